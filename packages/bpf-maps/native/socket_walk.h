// All entries of a sockmap or sockhash by a BPF iterator (Documentation/bpf/bpf_iterators.rst): a program in the kernel
// goes through them, a read(2) fetches some thousand. These types have no batches, and a system call for each index of
// a map that is mostly empty takes a hundred times as long.
#ifndef BPF_MAPS_SOCKET_WALK_H_
#define BPF_MAPS_SOCKET_WALK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "map_handle.h"

namespace bpf_maps {

class SocketWalk {
 public:
  SocketWalk() = default;
  ~SocketWalk();
  SocketWalk(const SocketWalk&) = delete;
  SocketWalk& operator=(const SocketWalk&) = delete;

  // May such a map be walked like this, and is it worth it? Values must be of 8 bytes: they are the sockets' cookies.
  static bool Suits(const MapHandle& map);

  // 0, or a negative errno: before Linux 5.11, without BTF of the kernel, or CAP_BPF and CAP_PERFMON.
  int Begin(int fd, const MapHandle& map);

  // The number of entries written, 0 at the end, or a negative errno.
  int Next(uint8_t* keys, uint8_t* values, uint32_t capacity);

 private:
  int Fill();

  int iterator_ = -1;
  size_t key_bytes_ = 0;
  // What was read and not yet given out: a key and a cookie each.
  std::vector<uint8_t> records_;
  size_t position_ = 0;
  size_t end_ = 0;
  // The kernel comes again to the first entries of a bucket that it was interrupted in.
  std::unordered_set<std::string> seen_;
};

}  // namespace bpf_maps

#endif  // BPF_MAPS_SOCKET_WALK_H_
