// The bpf(2) commands that work on maps, one function each: plain arguments in, 0 (or a file descriptor) or
// a negative errno out. Nothing here knows of JavaScript, and nothing here checks sizes: MapHandle does.
#ifndef BPF_MAPS_BPF_SYSCALL_H_
#define BPF_MAPS_BPF_SYSCALL_H_

#include <cstdint>
#include <string>
#include <vector>

namespace bpf_maps {

// enum bpf_map_type, include/uapi/linux/bpf.h. Spelled out, since the headers of a distribution may be
// older than the kernel that runs.
enum MapType : uint32_t {
  kHash = 1,
  kArray = 2,
  kProgArray = 3,
  kPerfEventArray = 4,
  kPercpuHash = 5,
  kPercpuArray = 6,
  kStackTrace = 7,
  kCgroupArray = 8,
  kLruHash = 9,
  kLruPercpuHash = 10,
  kLpmTrie = 11,
  kArrayOfMaps = 12,
  kHashOfMaps = 13,
  kDevmap = 14,
  kSockmap = 15,
  kCpumap = 16,
  kXskmap = 17,
  kSockhash = 18,
  kCgroupStorage = 19,
  kReuseportSockarray = 20,
  kPercpuCgroupStorage = 21,
  kQueue = 22,
  kStack = 23,
  kSkStorage = 24,
  kDevmapHash = 25,
  kStructOps = 26,
  kRingbuf = 27,
  kInodeStorage = 28,
  kTaskStorage = 29,
  kBloomFilter = 30,
  kUserRingbuf = 31,
  kCgrpStorage = 32,
  kArena = 33,
};

// Map flags, include/uapi/linux/bpf.h.
constexpr uint32_t kFlagMmapable = 1U << 10;
constexpr uint32_t kFlagTokenFd = 1U << 16;
constexpr uint32_t kFlagSegvOnFault = 1U << 17;

// ENOTSUPP of include/linux/errno.h: the kernel lets it out where a map type lacks a command.
constexpr int kNotSupported = 524;

struct MapInfo {
  uint32_t type = 0;
  uint32_t id = 0;
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;
  uint32_t flags = 0;
  std::string name;
  uint32_t ifindex = 0;
  uint32_t btf_vmlinux_value_type_id = 0;
  uint32_t btf_id = 0;
  uint32_t btf_key_type_id = 0;
  uint32_t btf_value_type_id = 0;
  uint32_t btf_vmlinux_id = 0;
  uint64_t map_extra = 0;
};

struct BtfInfo {
  std::vector<uint8_t> data;
  std::string name;
  bool kernel = false;
};

struct MapSpec {
  uint32_t type = 0;
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;
  uint32_t flags = 0;
  int inner_map_fd = 0;
  std::string name;
  // Each with the flag that makes it count, where there is one.
  uint32_t numa_node = 0;
  uint32_t ifindex = 0;
  int btf_fd = 0;
  uint32_t btf_key_type_id = 0;
  uint32_t btf_value_type_id = 0;
  uint32_t btf_vmlinux_value_type_id = 0;
  uint64_t map_extra = 0;
  int value_type_btf_obj_fd = 0;
  int token_fd = 0;
  // SHA-256 of the one program that may use the map, or empty.
  std::vector<uint8_t> exclusive_program_hash;
};

int CreateMap(const MapSpec& spec);
// `flags`: 0, or BPF_F_RDONLY or BPF_F_WRONLY.
int GetPinned(const std::string& path, uint32_t flags);
// With flags 0 also of a map that this process may only read.
int GetMapById(uint32_t id, uint32_t flags);
// The smallest id of a map that is greater than `id`; -ENOENT after the last one.
int GetNextMapId(uint32_t id, uint32_t* next);
// The BTF with this id, as it was loaded; of a kernel module, without the kernel's own that it extends.
int GetBtf(uint32_t id, BtfInfo* info);
int GetBtfFdById(uint32_t id);
// Loads BTF into the kernel: a descriptor, or a negative errno and in `log` what the kernel says. With a token if
// `token_fd` is not 0.
int LoadBtf(const uint8_t* data, uint32_t size, int token_fd, std::string* log);
// From the root of a BPF file system that delegates.
int CreateToken(int bpffs_fd);
int PinObject(int fd, const std::string& path);
int GetMapInfo(int fd, MapInfo* info);
int LookupElement(int fd, const void* key, void* value, uint64_t flags = 0);
int LookupAndDeleteElement(int fd, const void* key, void* value);
int UpdateElement(int fd, const void* key, const void* value, uint64_t flags);
int DeleteElement(int fd, const void* key);
int GetNextKey(int fd, const void* key, void* next_key);
int Freeze(int fd);
// `count` is in and out: how many fit or are given, and how many the kernel has done.
int LookupBatch(int fd, const void* in_token, void* out_token, void* keys, void* values, uint32_t* count);
int LookupAndDeleteBatch(int fd, const void* in_token, void* out_token, void* keys, void* values,
                         uint32_t* count);
int UpdateBatch(int fd, const void* keys, const void* values, uint32_t* count);
int DeleteBatch(int fd, const void* keys, uint32_t* count);

}  // namespace bpf_maps

#endif  // BPF_MAPS_BPF_SYSCALL_H_
