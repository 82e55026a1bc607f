// What the fuzzer does besides calling the addon. Only in the sanitized build.
#ifndef BPF_MAPS_FUZZ_HOOKS_H_
#define BPF_MAPS_FUZZ_HOOKS_H_

#include <napi.h>

namespace bpf_maps {

// Adds `fuzz`, an object with the functions of hooks.cc.
void ExportFuzzHooks(Napi::Env env, Napi::Object exports);

}  // namespace bpf_maps

#endif  // BPF_MAPS_FUZZ_HOOKS_H_
