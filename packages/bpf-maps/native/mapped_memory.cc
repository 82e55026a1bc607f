#include "mapped_memory.h"

#include <sys/mman.h>

#include <mutex>
#include <set>
#include <utility>

namespace bpf_maps {
namespace {

constexpr int kWritable = PROT_READ | PROT_WRITE;

// Of environments that have ended, by address and length.
std::mutex left_mutex;
std::set<std::pair<void*, size_t>>& Left() {
  static std::set<std::pair<void*, size_t>> left;
  return left;
}

}  // namespace

void* MapMemory(int fd, void* address, size_t bytes) {
  if (address == nullptr) return mmap(nullptr, bytes, kWritable, MAP_SHARED, fd, 0);
  std::lock_guard<std::mutex> lock(left_mutex);
  const bool left = Left().count({address, bytes}) > 0;
  void* memory = mmap(address, bytes, kWritable, MAP_SHARED | (left ? MAP_FIXED : MAP_FIXED_NOREPLACE), fd, 0);
  if (memory != MAP_FAILED) Left().erase({address, bytes});
  return memory;
}

void UnmapMemory(void* memory, size_t bytes, LetGo reason) {
  if (reason == LetGo::kUnused) {
    munmap(memory, bytes);
    return;
  }
  std::lock_guard<std::mutex> lock(left_mutex);
  mmap(memory, bytes, kWritable, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  Left().emplace(memory, bytes);
}

}  // namespace bpf_maps
