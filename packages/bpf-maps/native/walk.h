// A walk over all entries of a map, a chunk at a time. Entries that stay in the map during the walk are seen
// exactly once, whatever else comes and goes. Nothing here knows of JavaScript: a walk may go on on another
// thread, but not on two at once.
#ifndef BPF_MAPS_WALK_H_
#define BPF_MAPS_WALK_H_

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "map_handle.h"
#include "socket_walk.h"

namespace bpf_maps {

class Walk {
 public:
  // With `take`, entries are deleted as they are read (BPF_MAP_LOOKUP_AND_DELETE_BATCH).
  Walk(const MapHandle& map, bool take);

  // The number of entries written, or a negative errno. -ENOSPC: more room is needed for the next step; nothing
  // is lost, call again with larger buffers. 0 means the end if finished(); else that `budget` system calls
  // were not enough, and the next call goes on.
  int Next(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity, uint64_t budget);
  bool finished() const { return finished_; }

 private:
  // By the kernel's batches, where these go by position (hash maps, arrays).
  int NextBatch(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                uint64_t budget);
  // By the kernel's batches, where these go from key to key in an order that is known (LPM tries).
  int NextInOrder(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                  uint64_t budget);
  // Without batches: by a BPF iterator, index by index, or all keys first.
  int NextByIndex(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                  uint64_t budget);
  int NextByKeys(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                 uint64_t budget);
  int WithoutBatches(int fd, const MapHandle& map, uint8_t* keys, uint8_t* values, uint32_t capacity,
                     uint64_t budget);
  int CollectKeys(int fd, const MapHandle& map, uint64_t budget);
  uint32_t KeepNew(uint8_t* keys, uint8_t* values, uint32_t count, size_t value_bytes);
  void Remember(const uint8_t* keys, uint32_t count);
  const uint8_t* ChooseToken(int fd);

  const bool take_;
  const size_t key_bytes_;
  bool by_batch_;
  const bool in_order_;
  bool started_ = false;
  bool finished_ = false;
  // Where the kernel's batches go on: a bucket number (__u32) or a key, by map type.
  std::vector<uint8_t> token_;
  std::vector<uint8_t> next_token_;
  // How many keys the kernel was asked for, where it may start over and so never end.
  uint64_t steps_ = 0;
  // In order: the last key that was given out, if any, and some before it.
  std::vector<uint8_t> last_;
  std::vector<uint8_t> anchors_;
  // By a BPF iterator, if the type has one.
  std::unique_ptr<SocketWalk> sockets_;
  bool asked_for_sockets_ = false;
  // By index: the next one.
  uint32_t index_ = 0;
  // All keys first: as far as they are collected.
  bool collected_ = false;
  std::string current_;
  std::unordered_set<std::string> seen_;
  std::vector<uint8_t> keys_;
  size_t position_ = 0;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_WALK_H_
