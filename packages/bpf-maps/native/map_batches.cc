// The methods of NativeMap that work on many elements, at once or on the threadpool.
#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "arguments.h"
#include "batches.h"
#include "job.h"
#include "map.h"

namespace bpf_maps {
namespace {

Napi::Value Outcome(Napi::Env env, const BatchOutcome& outcome) {
  Napi::Array answer = Napi::Array::New(env, 3);
  answer.Set(0U, Napi::Number::New(env, outcome.done));
  answer.Set(1U, Napi::Number::New(env, outcome.result));
  answer.Set(2U, Napi::Number::New(env, outcome.hits));
  return answer;
}

BatchOutcome Refused() {
  BatchOutcome outcome;
  outcome.result = -EBADF;
  return outcome;
}

bool Usable(const MapHandle& map) { return !map.closed() && map.has_elements(); }

}  // namespace

Napi::Value NativeMap::LookupMany(const Napi::CallbackInfo& info) {
  const uint32_t count = Uint32Argument(info, 3, "count");
  const uint8_t* keys = BytesArgument(info, 0, "keys", count, handle_->key_bytes());
  uint8_t* values = BytesArgument(info, 1, "values", count, handle_->value_bytes());
  uint8_t* found = BytesArgument(info, 2, "found", count, 1);
  return Outcome(info.Env(), Usable(*handle_) ? bpf_maps::LookupMany(handle_->fd(), *handle_, keys, values,
                                                                     found, count)
                                              : Refused());
}

Napi::Value NativeMap::TakeMany(const Napi::CallbackInfo& info) {
  const uint32_t count = Uint32Argument(info, 3, "count");
  const uint8_t* keys = BytesArgument(info, 0, "keys", count, handle_->key_bytes());
  uint8_t* values = BytesArgument(info, 1, "values", count, handle_->value_bytes());
  uint8_t* found = BytesArgument(info, 2, "found", count, 1);
  return Outcome(info.Env(), Usable(*handle_)
                                 ? bpf_maps::TakeMany(handle_->fd(), *handle_, keys, values, found, count)
                                 : Refused());
}

Napi::Value NativeMap::UpdateMany(const Napi::CallbackInfo& info) {
  const uint32_t count = Uint32Argument(info, 2, "count");
  const uint32_t flags = Uint32Argument(info, 3, "flags");
  const uint8_t* keys = BytesArgument(info, 0, "keys", count, handle_->key_bytes());
  const uint8_t* values = BytesArgument(info, 1, "values", count, handle_->value_bytes());
  return Outcome(info.Env(), Usable(*handle_)
                                 ? bpf_maps::UpdateMany(handle_->fd(), *handle_, keys, values, count, flags)
                                 : Refused());
}

Napi::Value NativeMap::DeleteMany(const Napi::CallbackInfo& info) {
  const uint32_t count = Uint32Argument(info, 1, "count");
  const uint8_t* keys = BytesArgument(info, 0, "keys", count, handle_->key_bytes());
  return Outcome(info.Env(), Usable(*handle_) ? bpf_maps::DeleteMany(handle_->fd(), *handle_, keys, count)
                                              : Refused());
}

Napi::Value NativeMap::RunMany(const Napi::CallbackInfo& info) {
  const uint32_t kind = Uint32Argument(info, 0, "kind");
  const uint32_t count = JobElementsArgument(info, 3, "count", *handle_);
  const uint32_t flags = Uint32Argument(info, 4, "flags");
  const size_t key_bytes = handle_->key_bytes() * count;
  const size_t value_bytes = handle_->value_bytes() * count;
  const uint8_t* keys = BytesArgument(info, 1, "keys", count, handle_->key_bytes());
  if (kind > static_cast<uint32_t>(BatchKind::kTake)) ThrowArgument(info.Env(), "kind must be 0 to 3");
  const bool updates = kind == static_cast<uint32_t>(BatchKind::kUpdate);
  const uint8_t* values = BytesArgument(info, 2, "values", updates ? count : 0, handle_->value_bytes());
  if (!Usable(*handle_)) return Napi::Number::New(info.Env(), -EBADF);

  std::vector<uint8_t> own_keys(keys, keys + key_bytes);
  std::vector<uint8_t> own_values;
  if (updates) own_values.assign(values, values + value_bytes);
  return RunJob(info.Env(), handle_,
                [kind, count, flags, value_bytes, keys = std::move(own_keys), given = std::move(own_values)](
                    int fd, const MapHandle& map, JobOutput* output) {
                  switch (static_cast<BatchKind>(kind)) {
                    case BatchKind::kUpdate:
                      output->outcome =
                          bpf_maps::UpdateMany(fd, map, keys.data(), given.data(), count, flags);
                      return;
                    case BatchKind::kRemove:
                      output->outcome = bpf_maps::DeleteMany(fd, map, keys.data(), count);
                      return;
                    case BatchKind::kLookup:
                    case BatchKind::kTake: {
                      output->values.resize(value_bytes);
                      output->found.resize(count);
                      const auto read = static_cast<BatchKind>(kind) == BatchKind::kTake
                                            ? &bpf_maps::TakeMany
                                            : &bpf_maps::LookupMany;
                      output->outcome = read(fd, map, keys.data(), output->values.data(),
                                             output->found.data(), count);
                    }
                  }
                });
}

}  // namespace bpf_maps
