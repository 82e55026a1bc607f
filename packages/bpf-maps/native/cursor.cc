#include "cursor.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <unordered_set>

#include "arguments.h"

namespace bpf_maps {
namespace {

// The kernel gives up with EINTR when entries vanish faster than it reads them.
constexpr int kInterruptedRetries = 16;

}  // namespace

Napi::Function NativeCursor::Define(Napi::Env env) {
  return DefineClass(env, "NativeCursor", {InstanceMethod<&NativeCursor::Next>("next")});
}

NativeCursor::NativeCursor(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeCursor>(info) {
  if (!info[0].IsExternal()) ThrowArgument(info.Env(), "a NativeCursor is made by openCursor");
  handle_ = *info[0].As<Napi::External<std::shared_ptr<MapHandle>>>().Data();
  by_batch_ = handle_->has_stable_batches();
  // The token is a bucket number (__u32) or a key, by map type.
  token_.resize(std::max<size_t>(handle_->key_bytes(), 8));
  next_token_.resize(token_.size());
}

Napi::Value NativeCursor::Next(const Napi::CallbackInfo& info) {
  const uint32_t capacity = Uint32Argument(info, 2, "capacity");
  uint8_t* keys = BytesArgument(info, 0, "keys", capacity, handle_->key_bytes());
  uint8_t* values = BytesArgument(info, 1, "values", capacity, handle_->value_bytes());
  int result = 0;
  if (handle_->closed() || !handle_->has_elements()) {
    result = -EBADF;
  } else if (handle_->key_bytes() == 0) {
    result = -kNotSupported;
  } else if (capacity == 0) {
    result = -ENOSPC;
  } else if (!finished_) {
    result = by_batch_ ? NextBatch(keys, values, capacity) : NextByKeys(keys, values, capacity);
  }
  return Napi::Number::New(info.Env(), result);
}

int NativeCursor::NextBatch(uint8_t* keys, uint8_t* values, uint32_t capacity) {
  for (int attempt = 0;; attempt++) {
    uint32_t count = capacity;
    const int result = LookupBatch(handle_->fd(), started_ ? token_.data() : nullptr, next_token_.data(), keys,
                                   values, &count);
    if (result == -EINTR && attempt < kInterruptedRetries) continue;
    if (!started_ && (result == -EINVAL || result == -kNotSupported || result == -EOPNOTSUPP)) {
      by_batch_ = false;
      return NextByKeys(keys, values, capacity);
    }
    if (result < 0 && result != -ENOENT) return result;
    started_ = true;
    token_.swap(next_token_);
    // ENOENT says that the walk is over; the last entries come with it.
    if (result == -ENOENT) finished_ = true;
    // A chunk of an array of maps may hold nothing but empty slots.
    if (count > capacity) return -EIO;
    if (count > 0 || finished_) return static_cast<int>(count);
    attempt = 0;
  }
}

// BPF_MAP_GET_NEXT_KEY starts over when the key that it is given has been deleted meanwhile; so keys that
// were seen are remembered, and a walk that churn keeps from ending is given up.
int NativeCursor::CollectKeys() {
  const size_t size = handle_->key_bytes();
  std::unordered_set<std::string> seen;
  std::string current(size, '\0');
  std::string next(size, '\0');
  const uint64_t limit = 16ULL * handle_->info().max_entries + 1024;
  bool first = true;
  for (uint64_t step = 0; step < limit; step++) {
    const int result = GetNextKey(handle_->fd(), first ? nullptr : current.data(), next.data());
    if (result == -ENOENT) return 0;
    if (result < 0) return result;
    first = false;
    if (handle_->is_indexed() || seen.insert(next).second) keys_.insert(keys_.end(), next.begin(), next.end());
    current.swap(next);
  }
  return -EAGAIN;
}

int NativeCursor::NextByKeys(uint8_t* keys, uint8_t* values, uint32_t capacity) {
  if (!started_) {
    const int result = CollectKeys();
    if (result < 0) {
      keys_.clear();
      return result;
    }
    started_ = true;
  }
  const size_t size = handle_->key_bytes();
  uint32_t count = 0;
  while (count < capacity && position_ < keys_.size()) {
    std::memcpy(keys + count * size, keys_.data() + position_, size);
    const int result =
        LookupElement(handle_->fd(), keys + count * size, values + count * handle_->value_bytes());
    // Sockets' maps have ENOSPC for values too small to tell; here it would ask for larger buffers.
    if (result == -ENOSPC) return -EOPNOTSUPP;
    if (result < 0 && result != -ENOENT) return result;
    position_ += size;
    if (result == 0) count++;
  }
  if (position_ >= keys_.size()) finished_ = true;
  return static_cast<int>(count);
}

}  // namespace bpf_maps
