// Checks of what JavaScript hands over. The TypeScript side checks first and speaks to people; these are the
// last line, so that no caller can make the addon read or write past a buffer.
#ifndef BPF_MAPS_ARGUMENTS_H_
#define BPF_MAPS_ARGUMENTS_H_

#include <napi.h>

#include <cstdint>
#include <string>

namespace bpf_maps {

// Throws a TypeError with code ERR_BPF_ARGUMENT.
[[noreturn]] void ThrowArgument(Napi::Env env, const std::string& message);

uint32_t Uint32Argument(const Napi::CallbackInfo& info, size_t index, const char* name);
// 0..2^31-1
int FdArgument(const Napi::CallbackInfo& info, size_t index, const char* name);
// Without NUL bytes.
std::string StringArgument(const Napi::CallbackInfo& info, size_t index, const char* name);
// A Uint8Array of at least `count * size` bytes; a detached one has none.
uint8_t* BytesArgument(const Napi::CallbackInfo& info, size_t index, const char* name, uint64_t count, uint64_t size);
// A Uint8Array, and how long it is; a detached one has 0 bytes.
uint8_t* BytesArgument(const Napi::CallbackInfo& info, size_t index, const char* name, uint64_t* length);
// A Uint32Array that is not empty; `*most` becomes its length, if that is less.
uint32_t* WordsArgument(const Napi::CallbackInfo& info, size_t index, const char* name, uint64_t* most);

}  // namespace bpf_maps

#endif  // BPF_MAPS_ARGUMENTS_H_
