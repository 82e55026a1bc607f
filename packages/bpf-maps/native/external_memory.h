// ArrayBuffers over memory that is not V8's.
#ifndef BPF_MAPS_EXTERNAL_MEMORY_H_
#define BPF_MAPS_EXTERNAL_MEMORY_H_

#include <napi.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace bpf_maps {

// How memory is let go of: because no buffer has it any more, or because the environment ends. JavaScript can move
// memory to another ArrayBuffer (`transfer()`), and that one to another thread, which goes on; nobody tells. So at the
// end of the environment the memory must stay readable and writable, whatever is in it.
enum class LetGo { kUnused, kEnvironmentEnds };

// `let_go` is called once, on this thread. If this throws, it is not called, and the memory is still the caller's.
Napi::Value ExternalMemory(Napi::Env env, void* memory, size_t bytes, std::function<void(LetGo)> let_go);

// Memory that others have as well. At the end of the environment it is left as it is, for good.
Napi::Value ExternalMemory(Napi::Env env, std::shared_ptr<void> memory, size_t bytes);

}  // namespace bpf_maps

#endif  // BPF_MAPS_EXTERNAL_MEMORY_H_
