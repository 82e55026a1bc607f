#include "ring_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <set>

#include "bpf_syscall.h"
#include "map.h"

namespace bpf_maps {
namespace {

// Two would take records from each other, or write over each other's.
std::mutex users_mutex;
std::set<uint32_t>& Users() {
  static std::set<uint32_t> users;
  return users;
}

}  // namespace

int RingMemory::Open(int fd, Role role) {
  fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (fd_ < 0) return -errno;
  descriptor_ = std::make_unique<Descriptor>(fd_);
  MapInfo map;
  const int result = GetMapInfo(fd_, &map);
  if (result < 0) return result;
  const bool consumes = role == Role::kConsumer;
  if (map.type != (consumes ? kRingbuf : kUserRingbuf)) return -EINVAL;
  {
    std::lock_guard<std::mutex> lock(users_mutex);
    if (!Users().insert(map.id).second) return -EBUSY;
    map_id_ = map.id;
    registered_ = true;
  }
  size_ = map.max_entries;
  page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const int writable = PROT_READ | PROT_WRITE;
  void* memory = mmap(nullptr, page_, consumes ? writable : PROT_READ, MAP_SHARED, fd_, 0);
  if (memory == MAP_FAILED) return -errno;
  consumer_ = static_cast<uint8_t*>(memory);
  memory = mmap(nullptr, page_ + 2 * size_, consumes ? PROT_READ : writable, MAP_SHARED, fd_,
                static_cast<off_t>(page_));
  if (memory == MAP_FAILED) return -errno;
  producer_ = static_cast<uint8_t*>(memory);
  return 0;
}

void RingMemory::Close() {
  if (consumer_ != nullptr) munmap(consumer_, page_);
  if (producer_ != nullptr) munmap(producer_, page_ + 2 * size_);
  consumer_ = producer_ = nullptr;
  descriptor_.reset();
  fd_ = -1;
  if (registered_) {
    std::lock_guard<std::mutex> lock(users_mutex);
    Users().erase(map_id_);
    registered_ = false;
  }
}

}  // namespace bpf_maps
