// The memory of a ring buffer or a user ring buffer, mapped by its one consumer or producer in this process
// (Documentation/bpf/ringbuf.rst): a page with each position, and the data behind the producer's.
#ifndef BPF_MAPS_RING_MEMORY_H_
#define BPF_MAPS_RING_MEMORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "map_handle.h"

namespace bpf_maps {

// The kernel's positions are unsigned long.
using RingPosition = std::atomic<unsigned long>;

class RingMemory {
 public:
  // What this process is to the ring: the consumer of a `ringbuf`, who may write its own position only; or the producer
  // of a `user_ringbuf`, who may write all but the consumer's.
  enum class Role { kConsumer, kProducer };

  RingMemory() = default;
  ~RingMemory() { Close(); }
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  // 0 or a negative errno; -EBUSY: the ring has one in this process already, and there is one position for all.
  // Keeps a descriptor of its own, so that closing the caller's does not pull it from under those who wait.
  int Open(int fd, Role role);
  void Close();

  bool is_open() const { return producer_ != nullptr; }
  int fd() const { return fd_; }
  // Bytes of data: a power of two.
  uint64_t size() const { return size_; }
  RingPosition& consumed() const { return *reinterpret_cast<RingPosition*>(consumer_); }
  RingPosition& produced() const { return *reinterpret_cast<RingPosition*>(producer_); }
  // The data come twice in a row, so that `size()` bytes from any position lie in one piece.
  uint8_t* At(uint64_t position) const { return producer_ + page_ + (position & (size_ - 1)); }

 private:
  int fd_ = -1;
  std::unique_ptr<Descriptor> descriptor_;
  uint32_t map_id_ = 0;
  bool registered_ = false;
  uint64_t size_ = 0;
  size_t page_ = 0;
  uint8_t* consumer_ = nullptr;
  uint8_t* producer_ = nullptr;
};

// include/uapi/linux/bpf.h: BPF_RINGBUF_HDR_SZ.
constexpr uint64_t kRecordHeader = 8;

// Bytes that a record takes in the ring.
inline uint64_t RecordBytes(uint64_t length) { return (length + kRecordHeader + 7) / 8 * 8; }

}  // namespace bpf_maps

#endif  // BPF_MAPS_RING_MEMORY_H_
