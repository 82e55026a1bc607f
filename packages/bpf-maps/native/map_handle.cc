#include "map_handle.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>
#include <string>

namespace bpf_maps {
namespace {

// BPF_OBJ_GET_INFO_BY_FD also answers for programs, links and BTF, in structures of their own: only the
// name of the file tells them apart (kernel/bpf/syscall.c: anon_inode_getfd("bpf-map", ...)).
bool IsMap(int fd) {
  char link[64];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  char target[64];
  const ssize_t length = readlink(link, target, sizeof(target));
  if (length <= 0) return false;
  const std::string name(target, static_cast<size_t>(length));
  return name == "anon_inode:bpf-map" || name == "anon_inode:[bpf-map]";
}

bool HasElements(uint32_t type) {
  switch (type) {
    case kHash:
    case kArray:
    case kProgArray:
    case kPerfEventArray:
    case kPercpuHash:
    case kPercpuArray:
    case kStackTrace:
    case kCgroupArray:
    case kLruHash:
    case kLruPercpuHash:
    case kLpmTrie:
    case kArrayOfMaps:
    case kHashOfMaps:
    case kDevmap:
    case kSockmap:
    case kCpumap:
    case kXskmap:
    case kSockhash:
    case kReuseportSockarray:
    case kQueue:
    case kStack:
    case kDevmapHash:
    case kCgroupStorage:
    case kPercpuCgroupStorage:
    case kSkStorage:
    case kStructOps:
    case kInodeStorage:
    case kTaskStorage:
    case kBloomFilter:
    case kCgrpStorage:
      return true;
    default:
      return false;
  }
}

// IS_FD_MAP of include/linux/bpf.h
bool HoldsDescriptors(uint32_t type) {
  switch (type) {
    case kProgArray:
    case kPerfEventArray:
    case kCgroupArray:
    case kArrayOfMaps:
    case kHashOfMaps:
      return true;
    default:
      return false;
  }
}

// The descriptors that some Descriptor will close. Shared by all threads.
std::mutex owned_mutex;
std::set<int>& Owned() {
  static std::set<int> owned;
  return owned;
}

}  // namespace

uint32_t PossibleCpus() {
  static const uint32_t cpus = [] {
    FILE* file = std::fopen("/sys/devices/system/cpu/possible", "re");
    if (file == nullptr) return 0U;
    uint32_t count = 0;
    unsigned first = 0;
    // A list of numbers and ranges, such as 0-3,8-11 (Documentation/admin-guide/cputopology.rst).
    while (std::fscanf(file, "%u", &first) == 1) {
      unsigned last = first;
      int separator = std::fgetc(file);
      if (separator == '-') {
        if (std::fscanf(file, "%u", &last) != 1 || last < first) break;
        separator = std::fgetc(file);
      }
      count += last - first + 1;
      if (separator != ',') break;
    }
    std::fclose(file);
    return count;
  }();
  return cpus;
}

std::shared_ptr<MapHandle> MapHandle::Adopt(int fd, int* error) {
  if (fcntl(fd, F_GETFD) < 0) {
    *error = -errno;
    return nullptr;
  }
  if (!IsMap(fd)) {
    *error = -EINVAL;
    return nullptr;
  }
  MapInfo info;
  *error = GetMapInfo(fd, &info);
  if (*error < 0) return nullptr;
  const bool per_cpu = info.type == kPercpuHash || info.type == kPercpuArray || info.type == kLruPercpuHash ||
                       info.type == kPercpuCgroupStorage;
  size_t value_bytes = info.value_size;
  if (per_cpu) {
    const uint32_t cpus = PossibleCpus();
    if (cpus == 0) {
      *error = -ENODATA;
      return nullptr;
    }
    value_bytes = (value_bytes + 7) / 8 * 8 * cpus;
  } else if (HoldsDescriptors(info.type)) {
    // Their values are copied as a __u32, whatever else they say.
    value_bytes = sizeof(uint32_t);
  }
  const bool has_elements = HasElements(info.type);
  return std::shared_ptr<MapHandle>(new MapHandle(fd, std::move(info), value_bytes, has_elements, per_cpu));
}

bool MapHandle::IsOwned(int fd) {
  std::lock_guard<std::mutex> lock(owned_mutex);
  return Owned().count(fd) > 0;
}

void MapHandle::Close() {
  fd_ = -1;
  descriptor_.reset();
}

void MapHandle::Release() {
  if (descriptor_ != nullptr) descriptor_->Release();
  Close();
}

Descriptor::Descriptor(int fd) : fd_(fd) {
  std::lock_guard<std::mutex> lock(owned_mutex);
  Owned().insert(fd);
}

Descriptor::~Descriptor() {
  // Until it is closed nobody else may have it.
  std::lock_guard<std::mutex> lock(owned_mutex);
  if (!owned_) return;
  Owned().erase(fd_);
  close(fd_);
}

void Descriptor::Release() {
  std::lock_guard<std::mutex> lock(owned_mutex);
  Owned().erase(fd_);
  owned_ = false;
}

bool MapHandle::is_indexed() const {
  switch (info_.type) {
    case kArray:
    case kProgArray:
    case kPerfEventArray:
    case kPercpuArray:
    case kCgroupArray:
    case kArrayOfMaps:
    case kDevmap:
    case kSockmap:
    case kCpumap:
    case kXskmap:
    case kReuseportSockarray:
      return true;
    default:
      return false;
  }
}

bool MapHandle::has_stable_batches() const {
  switch (info_.type) {
    case kHash:
    case kPercpuHash:
    case kLruHash:
    case kLruPercpuHash:
    case kHashOfMaps:
    case kArray:
    case kPercpuArray:
    case kArrayOfMaps:
      return true;
    default:
      return false;
  }
}

}  // namespace bpf_maps
