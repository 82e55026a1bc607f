#include "walk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "batches.h"

namespace bpf_maps {
namespace {

// The kernel gives up with EINTR when entries vanish faster than it reads them.
constexpr int kInterruptedRetries = 16;

}  // namespace

Walk::Walk(const MapHandle& map, bool take) : take_(take), by_batch_(take || map.has_stable_batches()) {
  token_.resize(std::max<size_t>(map.key_bytes(), 8));
  next_token_.resize(token_.size());
}

int Walk::Next(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
               uint64_t budget) {
  if (!map.has_elements()) return -EBADF;
  if (map.key_bytes() == 0) return -kNotSupported;
  if (finished_) return 0;
  if (capacity == 0) return -ENOSPC;
  return by_batch_ ? NextBatch(fd, map, keys, values, capacity, budget)
                   : NextByKeys(fd, map, keys, values, capacity, budget);
}

int Walk::NextBatch(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                    uint64_t budget) {
  const auto read = take_ ? &LookupAndDeleteBatch : &LookupBatch;
  int attempt = 0;
  for (uint64_t step = 0; step < budget; step++) {
    uint32_t count = capacity;
    const int result =
        read(fd, started_ ? token_.data() : nullptr, next_token_.data(), keys, values, &count);
    if (result == -EINTR && attempt++ < kInterruptedRetries) continue;
    if (!started_ && !take_ && LacksBatch(result)) {
      by_batch_ = false;
      return NextByKeys(fd, map, keys, values, capacity, budget);
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
  return 0;
}

// BPF_MAP_GET_NEXT_KEY starts over when the key that it is given has been deleted meanwhile; so keys that
// were seen are remembered, and a walk that churn keeps from ending is given up.
int Walk::CollectKeys(int fd, const MapHandle& map, uint64_t budget) {
  const uint64_t limit = 16ULL * map.info().max_entries + 1024;
  std::string next(map.key_bytes(), '\0');
  for (uint64_t step = 0; step < budget; step++) {
    if (steps_ >= limit) return -EAGAIN;
    const int result = GetNextKey(fd, steps_ == 0 ? nullptr : current_.data(), next.data());
    if (result == -ENOENT) {
      collected_ = true;
      seen_.clear();
      return 0;
    }
    if (result < 0) return result;
    if (map.is_indexed() || seen_.insert(next).second) keys_.insert(keys_.end(), next.begin(), next.end());
    current_ = next;
    steps_++;
  }
  return 0;
}

int Walk::NextByKeys(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                     uint64_t budget) {
  if (!collected_) {
    const int result = CollectKeys(fd, map, budget);
    if (result < 0) {
      // A later call begins anew.
      keys_.clear();
      seen_.clear();
      steps_ = 0;
      return result;
    }
    if (!collected_) return 0;
  }
  started_ = true;
  const size_t size = map.key_bytes();
  uint32_t count = 0;
  for (uint64_t step = 0; step < budget && count < capacity && position_ < keys_.size(); step++) {
    std::memcpy(keys + count * size, keys_.data() + position_, size);
    const int result = LookupElement(fd, keys + count * size, values + count * map.value_bytes());
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
