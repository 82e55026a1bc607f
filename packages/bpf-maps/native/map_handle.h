// An open map: its file descriptor and the sizes that the kernel reports for it. Every buffer that goes to
// the kernel is as long as these sizes say; they come from the kernel alone, never from JavaScript.
#ifndef BPF_MAPS_MAP_HANDLE_H_
#define BPF_MAPS_MAP_HANDLE_H_

#include <cstddef>
#include <memory>

#include "bpf_syscall.h"

namespace bpf_maps {

// A file descriptor of a map, which JavaScript cannot adopt as another one's. It is closed when the last who uses it
// lets go of it: the map itself, jobs that run on other threads, and readers of rings.
class Descriptor {
 public:
  explicit Descriptor(int fd);
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int fd() const { return fd_; }
  // It is the caller's again, and stays open.
  void Release();

 private:
  int fd_;
  bool owned_ = true;
};

class MapHandle {
 public:
  // Takes the descriptor over on success only; on failure it stays with the caller, and `*error` holds the
  // negative errno (-EINVAL: not a map).
  static std::shared_ptr<MapHandle> Adopt(int fd, int* error);

  // Does a map of this process own the descriptor already?
  static bool IsOwned(int fd);

  ~MapHandle() { Close(); }
  MapHandle(const MapHandle&) = delete;
  MapHandle& operator=(const MapHandle&) = delete;

  // No longer usable from here on; the descriptor is closed as soon as no job uses it any more.
  void Close();
  // Leaves the descriptor open: it is no longer this handle's.
  void Release();
  bool closed() const { return fd_ < 0; }
  int fd() const { return fd_; }
  // For jobs, so that closing the map does not pull the descriptor from under them; null after closing.
  const std::shared_ptr<Descriptor>& descriptor() const { return descriptor_; }
  const MapInfo& info() const { return info_; }

  // May keys and values of this type be read and written with buffers whose sizes are known here?
  bool has_elements() const { return has_elements_; }
  bool per_cpu() const { return per_cpu_; }
  // Does the kernel walk this type's batches by position, so that a deleted key cannot restart the walk?
  bool has_stable_batches() const;
  bool is_indexed() const;
  // Bytes of one key, and of one value as the kernel copies it: for per-CPU types
  // round_up(value_size, 8) for every possible CPU.
  size_t key_bytes() const { return info_.key_size; }
  size_t value_bytes() const { return value_bytes_; }
  // The kernel wants a null pointer for the key of a map without keys (queue, stack).
  const void* KeyPointer(const void* key) const { return info_.key_size == 0 ? nullptr : key; }

 private:
  MapHandle(int fd, MapInfo info, size_t value_bytes, bool has_elements, bool per_cpu)
      : descriptor_(std::make_shared<Descriptor>(fd)),
        fd_(fd),
        info_(std::move(info)),
        value_bytes_(value_bytes),
        has_elements_(has_elements),
        per_cpu_(per_cpu) {}

  std::shared_ptr<Descriptor> descriptor_;
  int fd_;
  MapInfo info_;
  size_t value_bytes_;
  bool has_elements_;
  bool per_cpu_;
};

// How many CPUs the kernel counts as possible, from /sys/devices/system/cpu/possible; 0 if unreadable.
uint32_t PossibleCpus();

}  // namespace bpf_maps

#endif  // BPF_MAPS_MAP_HANDLE_H_
