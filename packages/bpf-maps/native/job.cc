#include "job.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "arguments.h"

namespace bpf_maps {
namespace {

struct Job {
  std::shared_ptr<MapHandle> map;
  std::shared_ptr<Descriptor> descriptor;
  std::function<void(int, const MapHandle&, JobOutput*)> work;
  JobOutput output;
  napi_deferred deferred = nullptr;
  napi_async_work handle = nullptr;
};

void Execute(napi_env, void* data) {
  auto* job = static_cast<Job*>(data);
  try {
    job->work(job->descriptor->fd(), *job->map, &job->output);
  } catch (const std::bad_alloc&) {
    job->output.outcome.result = -ENOMEM;
  }
}

// Plain Node-API: when the environment is ending, calls fail with a status, which must not become an exception.
bool SetBytes(napi_env env, napi_value object, const char* name, const std::vector<uint8_t>& bytes) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  if (napi_create_arraybuffer(env, bytes.size(), &data, &buffer) != napi_ok) return false;
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return napi_create_typedarray(env, napi_uint8_array, bytes.size(), buffer, 0, &array) == napi_ok &&
         napi_set_named_property(env, object, name, array) == napi_ok;
}

bool SetNumber(napi_env env, napi_value object, const char* name, double number) {
  napi_value value = nullptr;
  return napi_create_double(env, number, &value) == napi_ok &&
         napi_set_named_property(env, object, name, value) == napi_ok;
}

void Complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  // The descriptor is closed before JavaScript hears of the end.
  job->descriptor.reset();
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) == napi_ok) {
    napi_value answer = nullptr;
    napi_value finished = nullptr;
    const BatchOutcome& outcome = job->output.outcome;
    const bool told = napi_create_object(env, &answer) == napi_ok &&
                      SetNumber(env, answer, "result", outcome.result) &&
                      SetNumber(env, answer, "done", outcome.done) &&
                      SetNumber(env, answer, "hits", outcome.hits) &&
                      napi_get_boolean(env, job->output.finished, &finished) == napi_ok &&
                      napi_set_named_property(env, answer, "finished", finished) == napi_ok &&
                      SetBytes(env, answer, "keys", job->output.keys) &&
                      SetBytes(env, answer, "values", job->output.values) &&
                      SetBytes(env, answer, "found", job->output.found);
    if (told) {
      napi_resolve_deferred(env, job->deferred, answer);
    } else {
      // Out of memory, if the environment is not ending.
      napi_value exception = nullptr;
      bool pending = false;
      if (napi_is_exception_pending(env, &pending) == napi_ok && pending) {
        napi_get_and_clear_last_exception(env, &exception);
      }
      if (exception != nullptr) napi_reject_deferred(env, job->deferred, exception);
    }
    napi_close_handle_scope(env, scope);
  }
  napi_delete_async_work(env, job->handle);
}

}  // namespace

uint32_t JobElementsArgument(const Napi::CallbackInfo& info, size_t index, const char* name, const MapHandle& map) {
  const uint32_t count = Uint32Argument(info, index, name);
  // A byte more of each tells whether it was there.
  const uint64_t most = kMaxJobBytes / (map.key_bytes() + map.value_bytes() + 1);
  if (count > most) ThrowArgument(info.Env(), std::string(name) + " must be at most " + std::to_string(most));
  return count;
}

Napi::Value RunJob(Napi::Env env, const std::shared_ptr<MapHandle>& map,
                   std::function<void(int, const MapHandle&, JobOutput*)> work) {
  if (map->closed()) return Napi::Number::New(env, -EBADF);
  auto job = std::make_unique<Job>();
  job->map = map;
  job->descriptor = map->descriptor();
  job->work = std::move(work);
  napi_value promise = nullptr;
  napi_value name = Napi::String::New(env, "bpf map");
  if (napi_create_async_work(env, nullptr, name, &Execute, &Complete, job.get(), &job->handle) != napi_ok) {
    return Napi::Number::New(env, -ENOMEM);
  }
  if (napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
      napi_queue_async_work(env, job->handle) != napi_ok) {
    napi_delete_async_work(env, job->handle);
    return Napi::Number::New(env, -ENOMEM);
  }
  job.release();
  return Napi::Value(env, promise);
}

}  // namespace bpf_maps
