#include "cursor.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "arguments.h"
#include "job.h"
#include "making.h"

namespace bpf_maps {
namespace {

// System calls that one job makes at most.
constexpr uint64_t kJobBudget = 4096;

}  // namespace

Napi::Function NativeCursor::Define(Napi::Env env) {
  return DefineClass(
      env, "NativeCursor",
      {InstanceMethod<&NativeCursor::Next>("next"), InstanceMethod<&NativeCursor::NextJob>("nextJob")});
}

NativeCursor::NativeCursor(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeCursor>(info) {
  handle_ = Making<std::shared_ptr<MapHandle>>::Take(info.Env(), "NativeCursor", "openCursor");
  state_ = std::make_shared<State>(*handle_, info[0].ToBoolean().Value());
}

Napi::Value NativeCursor::Next(const Napi::CallbackInfo& info) {
  const uint32_t capacity = Uint32Argument(info, 2, "capacity");
  uint8_t* keys = BytesArgument(info, 0, "keys", capacity, handle_->key_bytes());
  uint8_t* values = BytesArgument(info, 1, "values", capacity, handle_->value_bytes());
  int result = 0;
  if (handle_->closed()) {
    result = -EBADF;
  } else if (state_->busy) {
    result = -EBUSY;
  } else {
    result = state_->walk.Next(handle_->fd(), *handle_, keys, values, capacity, UINT64_MAX);
  }
  return Napi::Number::New(info.Env(), result);
}

Napi::Value NativeCursor::NextJob(const Napi::CallbackInfo& info) {
  const uint32_t capacity = JobElementsArgument(info, 0, "capacity", *handle_);
  if (state_->busy) return Napi::Number::New(info.Env(), -EBUSY);
  // Destroyed with the job's work, on this thread.
  state_->busy = true;
  const std::shared_ptr<void> turn(nullptr, [state = state_](void*) { state->busy = false; });
  return RunJob(info.Env(), handle_,
                [state = state_, turn, capacity](int fd, const MapHandle& map, JobOutput* output) {
                  output->keys.resize(capacity * map.key_bytes());
                  output->values.resize(capacity * map.value_bytes());
                  const int result = state->walk.Next(fd, map, output->keys.data(), output->values.data(),
                                                      capacity, kJobBudget);
                  const uint32_t count = result < 0 ? 0 : static_cast<uint32_t>(result);
                  output->outcome.result = std::min(result, 0);
                  output->outcome.hits = count;
                  output->finished = state->walk.finished();
                  output->keys.resize(count * map.key_bytes());
                  output->values.resize(count * map.value_bytes());
                });
}

}  // namespace bpf_maps
