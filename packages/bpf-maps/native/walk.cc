#include "walk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "batches.h"
#include "lpm_order.h"

namespace bpf_maps {
namespace {

// The kernel gives up with EINTR when entries vanish faster than it reads them.
constexpr int kInterruptedRetries = 16;

// Keys that a walk in order remembers, to go on from when the last one is gone.
constexpr size_t kAnchors = 64;

// A walk that churn keeps from ending is given up.
uint64_t StepLimit(const MapHandle& map) { return 16ULL * map.info().max_entries + 1024; }

}  // namespace

Walk::Walk(const MapHandle& map, bool take)
    : take_(take),
      key_bytes_(map.key_bytes()),
      by_batch_(take || map.has_stable_batches() || map.info().type == kLpmTrie),
      in_order_(!take && map.info().type == kLpmTrie) {
  token_.resize(std::max<size_t>(key_bytes_, 8));
  next_token_.resize(token_.size());
}

int Walk::Next(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
               uint64_t budget) {
  if (!map.has_elements()) return -EBADF;
  if (key_bytes_ == 0) return -kNotSupported;
  if (finished_) return 0;
  if (capacity == 0) return -ENOSPC;
  if (!by_batch_) return WithoutBatches(fd, map, keys, values, capacity, budget);
  return in_order_ ? NextInOrder(fd, map, keys, values, capacity, budget)
                   : NextBatch(fd, map, keys, values, capacity, budget);
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
      return WithoutBatches(fd, map, keys, values, capacity, budget);
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

// The kernel goes on behind the key that it is given, or starts over if that was deleted meanwhile, also within a
// batch. What comes again is known by the order of keys, and passed over.
int Walk::NextInOrder(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                      uint64_t budget) {
  int attempt = 0;
  for (uint64_t step = 0; step < budget; step++) {
    if (steps_ >= StepLimit(map)) return -EAGAIN;
    const uint8_t* token = started_ ? ChooseToken(fd) : nullptr;
    uint32_t count = capacity;
    const int result = LookupBatch(fd, token, next_token_.data(), keys, values, &count);
    if (result == -EINTR && attempt++ < kInterruptedRetries) continue;
    if (!started_ && LacksBatch(result)) {
      by_batch_ = false;
      return WithoutBatches(fd, map, keys, values, capacity, budget);
    }
    if (result < 0 && result != -ENOENT) return result;
    if (count > capacity) return -EIO;
    attempt = 0;
    steps_ += count + 1;
    if (result == -ENOENT) finished_ = true;
    if (count > 0) {
      std::memcpy(token_.data(), keys + (count - 1) * key_bytes_, key_bytes_);
      started_ = true;
    }
    const uint32_t kept = KeepNew(keys, values, count, map.value_bytes());
    if (kept > 0) Remember(keys, kept);
    if (kept > 0 || finished_) return static_cast<int>(kept);
  }
  return 0;
}

// Moves the entries that come after the last one given out to the front: how many these are.
uint32_t Walk::KeepNew(uint8_t* keys, uint8_t* values, uint32_t count, size_t value_bytes) {
  const uint8_t* last = last_.empty() ? nullptr : last_.data();
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint8_t* key = keys + i * key_bytes_;
    if (last != nullptr && !ComesAfter(key, last, key_bytes_)) continue;
    uint8_t* place = keys + kept * key_bytes_;
    if (kept < i) {
      std::memcpy(place, key, key_bytes_);
      std::memcpy(values + kept * value_bytes, values + i * value_bytes, value_bytes);
    }
    last = place;
    kept++;
  }
  return kept;
}

// Anchors lie at distances of 1, 2, 4, … keys before the last one, of this chunk and some before it.
void Walk::Remember(const uint8_t* keys, uint32_t count) {
  uint32_t distance = 1;
  while (distance <= (count - 1) / 2) distance *= 2;
  for (; distance > 0 && distance < count; distance /= 2) {
    const uint8_t* key = keys + (count - 1 - distance) * key_bytes_;
    anchors_.insert(anchors_.end(), key, key + key_bytes_);
  }
  const uint8_t* last = keys + (count - 1) * key_bytes_;
  last_.assign(last, last + key_bytes_);
  anchors_.insert(anchors_.end(), last_.begin(), last_.end());
  const size_t room = kAnchors * key_bytes_;
  if (anchors_.size() > room) anchors_.erase(anchors_.begin(), anchors_.end() - static_cast<ptrdiff_t>(room));
}

// The key that the next batch goes on behind: the last one that was given out, or if it is gone the latest anchor that
// is still there. It spares the way from the beginning, on which nothing would be new. If none is left, the last key
// that the kernel returned.
const uint8_t* Walk::ChooseToken(int fd) {
  const bool behind = ComesAfter(last_.data(), token_.data(), key_bytes_);
  for (size_t at = anchors_.size(); at > 0; at -= key_bytes_) {
    const uint8_t* anchor = anchors_.data() + at - key_bytes_;
    // It had started over, and came further than this anchor.
    if (behind && ComesAfter(token_.data(), anchor, key_bytes_)) break;
    const int result = GetNextKey(fd, anchor, next_token_.data());
    if (result == -ENOENT || (result == 0 && ComesAfter(next_token_.data(), anchor, key_bytes_))) return anchor;
  }
  return token_.data();
}

int Walk::WithoutBatches(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                         uint64_t budget) {
  if (!asked_for_sockets_) {
    asked_for_sockets_ = true;
    auto sockets = std::make_unique<SocketWalk>();
    // Where it cannot be had, system calls for each entry do.
    if (SocketWalk::Suits(map) && sockets->Begin(fd, map) == 0) sockets_ = std::move(sockets);
  }
  if (sockets_ != nullptr) {
    const int result = sockets_->Next(keys, values, capacity);
    if (result == 0) finished_ = true;
    return result;
  }
  return map.is_indexed() && key_bytes_ == sizeof(index_)
             ? NextByIndex(fd, map, keys, values, capacity, budget)
             : NextByKeys(fd, map, keys, values, capacity, budget);
}

// The keys are known: half the system calls.
int Walk::NextByIndex(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                      uint64_t budget) {
  uint32_t count = 0;
  for (uint64_t step = 0; step < budget && count < capacity && index_ < map.info().max_entries; step++) {
    const int result = LookupElement(fd, &index_, values + count * map.value_bytes());
    // Sockets' maps have ENOSPC for values too small to tell; here it would ask for larger buffers.
    if (result == -ENOSPC) return -EOPNOTSUPP;
    if (result < 0 && result != -ENOENT) return result;
    std::memcpy(keys + count * key_bytes_, &index_, sizeof(index_));
    index_++;
    if (result == 0) count++;
  }
  if (index_ >= map.info().max_entries) finished_ = true;
  return static_cast<int>(count);
}

// BPF_MAP_GET_NEXT_KEY starts over when the key that it is given has been deleted meanwhile; so keys that
// were seen are remembered.
int Walk::CollectKeys(int fd, const MapHandle& map, uint64_t budget) {
  std::string next(key_bytes_, '\0');
  for (uint64_t step = 0; step < budget; step++) {
    if (steps_ >= StepLimit(map)) return -EAGAIN;
    const int result = GetNextKey(fd, steps_ == 0 ? nullptr : current_.data(), next.data());
    if (result == -ENOENT) {
      collected_ = true;
      seen_.clear();
      return 0;
    }
    if (result < 0) return result;
    if (seen_.insert(next).second) keys_.insert(keys_.end(), next.begin(), next.end());
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
  const size_t size = key_bytes_;
  uint32_t count = 0;
  for (uint64_t step = 0; step < budget && count < capacity && position_ < keys_.size(); step++) {
    std::memcpy(keys + count * size, keys_.data() + position_, size);
    const int result = LookupElement(fd, keys + count * size, values + count * map.value_bytes());
    // As in NextByIndex.
    if (result == -ENOSPC) return -EOPNOTSUPP;
    if (result < 0 && result != -ENOENT) return result;
    position_ += size;
    if (result == 0) count++;
  }
  if (position_ >= keys_.size()) finished_ = true;
  return static_cast<int>(count);
}

}  // namespace bpf_maps
