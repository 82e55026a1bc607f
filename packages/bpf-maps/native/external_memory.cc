#include "external_memory.h"

#include <memory>
#include <utility>

namespace bpf_maps {
namespace {

struct Memory {
  std::function<void(LetGo)> let_go;
  bool environment_ends = false;
};

void OnEnvironmentEnd(void* data) { static_cast<Memory*>(data)->environment_ends = true; }

// Node frees external memory before or after it calls the hooks of the environment's end, by its version. In both
// cases no JavaScript can run any more.
bool CanRun(napi_env env) {
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return false;
  napi_value object = nullptr;
  const bool can = napi_create_object(env, &object) == napi_ok &&
                   napi_set_named_property(env, object, "can", object) == napi_ok;
  napi_close_handle_scope(env, scope);
  return can;
}

void Finalize(napi_env env, void*, void* hint) {
  const std::unique_ptr<Memory> memory(static_cast<Memory*>(hint));
  if (!memory->environment_ends) napi_remove_env_cleanup_hook(env, &OnEnvironmentEnd, memory.get());
  const bool ends = memory->environment_ends || !CanRun(env);
  memory->let_go(ends ? LetGo::kEnvironmentEnds : LetGo::kUnused);
}

}  // namespace

Napi::Value ExternalMemory(Napi::Env env, void* data, size_t bytes, std::function<void(LetGo)> let_go) {
  auto memory = std::make_unique<Memory>();
  memory->let_go = std::move(let_go);
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, data, bytes, &Finalize, memory.get(), &buffer) != napi_ok) {
    throw Napi::Error::New(env);
  }
  napi_add_env_cleanup_hook(env, &OnEnvironmentEnd, memory.release());
  return Napi::Value(env, buffer);
}

Napi::Value ExternalMemory(Napi::Env env, std::shared_ptr<void> memory, size_t bytes) {
  void* data = memory.get();
  auto* owner = new std::shared_ptr<void>(std::move(memory));
  return ExternalMemory(env, data, bytes, [owner](LetGo reason) {
    if (reason == LetGo::kUnused) delete owner;
  });
}

}  // namespace bpf_maps
