#include "bpf_syscall.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "element_syscall.h"

namespace bpf_maps {
namespace {

// struct bpf_map_info of include/uapi/linux/bpf.h, with btf_vmlinux_id (Linux 6.9), which the headers of a
// distribution may call padding.
struct KernelMapInfo {
  uint32_t type;
  uint32_t id;
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
  uint32_t map_flags;
  char name[BPF_OBJ_NAME_LEN];
  uint32_t ifindex;
  uint32_t btf_vmlinux_value_type_id;
  uint64_t netns_dev;
  uint64_t netns_ino;
  uint32_t btf_id;
  uint32_t btf_key_type_id;
  uint32_t btf_value_type_id;
  uint32_t btf_vmlinux_id;
  uint64_t map_extra;
};

// What BPF_MAP_CREATE uses of union bpf_attr, include/uapi/linux/bpf.h of Linux 6.18. Newer than the headers of a
// distribution may be: value_type_btf_obj_fd and map_token_fd (6.9), excl_prog_hash (6.18).
struct MapCreateAttr {
  uint32_t map_type;
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
  uint32_t map_flags;
  uint32_t inner_map_fd;
  uint32_t numa_node;
  char map_name[BPF_OBJ_NAME_LEN];
  uint32_t map_ifindex;
  uint32_t btf_fd;
  uint32_t btf_key_type_id;
  uint32_t btf_value_type_id;
  uint32_t btf_vmlinux_value_type_id;
  uint64_t map_extra;
  int32_t value_type_btf_obj_fd;
  int32_t map_token_fd;
  uint64_t excl_prog_hash;
  uint32_t excl_prog_hash_size;
  uint32_t padding;
};
static_assert(offsetof(MapCreateAttr, map_name) == offsetof(bpf_attr, map_name));
static_assert(offsetof(MapCreateAttr, map_extra) == offsetof(bpf_attr, map_extra));

// What BPF_BTF_LOAD uses of it; the last three since Linux 6.4 and 6.9.
struct BtfLoadAttr {
  uint64_t btf;
  uint64_t btf_log_buf;
  uint32_t btf_size;
  uint32_t btf_log_size;
  uint32_t btf_log_level;
  uint32_t btf_log_true_size;
  uint32_t btf_flags;
  int32_t btf_token_fd;
};
static_assert(offsetof(BtfLoadAttr, btf_log_level) == offsetof(bpf_attr, btf_log_level));

// What BPF_TOKEN_CREATE (36, Linux 6.9) uses of it.
struct TokenCreateAttr {
  uint32_t flags;
  uint32_t bpffs_fd;
};
constexpr int kTokenCreate = 36;

uint64_t Address(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

// Bytes behind the last field that a command uses must be zero, and an older kernel refuses an attribute
// that is longer than its own unless the rest is zero: a zeroed union serves every kernel.
bpf_attr Zeroed() {
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  return attr;
}

int Call(bpf_cmd command, bpf_attr* attr) {
  const long result = syscall(__NR_bpf, command, attr, sizeof(*attr));
  return result < 0 ? -errno : static_cast<int>(result);
}

// With a structure that is newer, or shorter, than bpf_attr.
template <typename Attr>
int CallWith(int command, Attr* attr) {
  const long result = syscall(__NR_bpf, command, attr, sizeof(*attr));
  return result < 0 ? -errno : static_cast<int>(result);
}

}  // namespace

int CreateMap(const MapSpec& spec) {
  MapCreateAttr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.map_type = spec.type;
  attr.key_size = spec.key_size;
  attr.value_size = spec.value_size;
  attr.max_entries = spec.max_entries;
  attr.map_flags = spec.flags;
  attr.inner_map_fd = static_cast<uint32_t>(spec.inner_map_fd);
  attr.numa_node = spec.numa_node;
  std::memcpy(attr.map_name, spec.name.data(), std::min(spec.name.size(), sizeof(attr.map_name) - 1));
  attr.map_ifindex = spec.ifindex;
  attr.btf_fd = static_cast<uint32_t>(spec.btf_fd);
  attr.btf_key_type_id = spec.btf_key_type_id;
  attr.btf_value_type_id = spec.btf_value_type_id;
  attr.btf_vmlinux_value_type_id = spec.btf_vmlinux_value_type_id;
  attr.map_extra = spec.map_extra;
  attr.value_type_btf_obj_fd = spec.value_type_btf_obj_fd;
  attr.map_token_fd = spec.token_fd;
  if (!spec.exclusive_program_hash.empty()) {
    attr.excl_prog_hash = Address(spec.exclusive_program_hash.data());
    attr.excl_prog_hash_size = static_cast<uint32_t>(spec.exclusive_program_hash.size());
  }
  return CallWith(BPF_MAP_CREATE, &attr);
}

int GetPinned(const std::string& path, uint32_t flags) {
  bpf_attr attr = Zeroed();
  attr.pathname = Address(path.c_str());
  attr.file_flags = flags;
  return Call(BPF_OBJ_GET, &attr);
}

int GetMapById(uint32_t id, uint32_t flags) {
  bpf_attr attr = Zeroed();
  attr.map_id = id;
  attr.open_flags = flags;
  const int fd = Call(BPF_MAP_GET_FD_BY_ID, &attr);
  if (flags != 0 || (fd != -EPERM && fd != -EACCES)) return fd;
  // A security module may allow reading alone.
  attr = Zeroed();
  attr.map_id = id;
  attr.open_flags = BPF_F_RDONLY;
  const int read_only = Call(BPF_MAP_GET_FD_BY_ID, &attr);
  return read_only < 0 ? fd : read_only;
}

int GetNextMapId(uint32_t id, uint32_t* next) {
  bpf_attr attr = Zeroed();
  attr.start_id = id;
  const int result = Call(BPF_MAP_GET_NEXT_ID, &attr);
  *next = attr.next_id;
  return result;
}

int GetBtfFdById(uint32_t id) {
  bpf_attr attr = Zeroed();
  attr.btf_id = id;
  return Call(BPF_BTF_GET_FD_BY_ID, &attr);
}

int GetBtf(uint32_t id, BtfInfo* info) {
  const int fd = GetBtfFdById(id);
  if (fd < 0) return fd;
  char name[256] = "";
  bpf_btf_info raw;
  std::memset(&raw, 0, sizeof(raw));
  // Asked with no room at all, the kernel tells the size.
  int result = 0;
  for (int step = 0; step < 2 && result == 0; step++) {
    info->data.resize(raw.btf_size);
    const uint32_t size = raw.btf_size;
    std::memset(&raw, 0, sizeof(raw));
    raw.btf = size == 0 ? 0 : Address(info->data.data());
    raw.btf_size = size;
    raw.name = Address(name);
    raw.name_len = sizeof(name);
    bpf_attr attr = Zeroed();
    attr.info.bpf_fd = static_cast<uint32_t>(fd);
    attr.info.info_len = sizeof(raw);
    attr.info.info = Address(&raw);
    result = Call(BPF_OBJ_GET_INFO_BY_FD, &attr);
  }
  close(fd);
  if (result < 0) return result;
  info->name.assign(name, strnlen(name, sizeof(name)));
  info->kernel = raw.kernel_btf != 0;
  return 0;
}

int LoadBtf(const uint8_t* data, uint32_t size, int token_fd, std::string* log) {
  BtfLoadAttr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.btf = Address(data);
  attr.btf_size = size;
  if (token_fd != 0) {
    attr.btf_flags = kFlagTokenFd;
    attr.btf_token_fd = token_fd;
  }
  const int fd = CallWith(BPF_BTF_LOAD, &attr);
  if (fd >= 0 || fd == -EPERM) return fd;
  // Once more, to hear why.
  std::vector<char> text(64 * 1024);
  attr.btf_log_buf = Address(text.data());
  attr.btf_log_size = static_cast<uint32_t>(text.size());
  attr.btf_log_level = 1;
  const int again = CallWith(BPF_BTF_LOAD, &attr);
  log->assign(text.data(), strnlen(text.data(), text.size()));
  return again;
}

int CreateToken(int bpffs_fd) {
  TokenCreateAttr attr = {0, static_cast<uint32_t>(bpffs_fd)};
  return CallWith(kTokenCreate, &attr);
}

int PinObject(int fd, const std::string& path) {
  bpf_attr attr = Zeroed();
  attr.pathname = Address(path.c_str());
  attr.bpf_fd = static_cast<uint32_t>(fd);
  return Call(BPF_OBJ_PIN, &attr);
}

int GetMapInfo(int fd, MapInfo* info) {
  KernelMapInfo raw;
  std::memset(&raw, 0, sizeof(raw));
  bpf_attr attr = Zeroed();
  attr.info.bpf_fd = static_cast<uint32_t>(fd);
  attr.info.info_len = sizeof(raw);
  attr.info.info = Address(&raw);
  const int result = Call(BPF_OBJ_GET_INFO_BY_FD, &attr);
  if (result < 0) return result;
  info->type = raw.type;
  info->id = raw.id;
  info->key_size = raw.key_size;
  info->value_size = raw.value_size;
  info->max_entries = raw.max_entries;
  info->flags = raw.map_flags;
  info->name.assign(raw.name, strnlen(raw.name, sizeof(raw.name)));
  info->ifindex = raw.ifindex;
  info->btf_vmlinux_value_type_id = raw.btf_vmlinux_value_type_id;
  info->btf_id = raw.btf_id;
  info->btf_key_type_id = raw.btf_key_type_id;
  info->btf_value_type_id = raw.btf_value_type_id;
  info->btf_vmlinux_id = raw.btf_vmlinux_id;
  info->map_extra = raw.map_extra;
  return 0;
}

int LookupElement(int fd, const void* key, void* value, uint64_t flags) {
  return CallOnElement(BPF_MAP_LOOKUP_ELEM, fd, key, value, flags);
}

int LookupAndDeleteElement(int fd, const void* key, void* value) {
  return CallOnElement(BPF_MAP_LOOKUP_AND_DELETE_ELEM, fd, key, value, 0);
}

int UpdateElement(int fd, const void* key, const void* value, uint64_t flags) {
  return CallOnElement(BPF_MAP_UPDATE_ELEM, fd, key, value, flags);
}

int DeleteElement(int fd, const void* key) {
  return CallOnElement(BPF_MAP_DELETE_ELEM, fd, key, nullptr, 0);
}

int GetNextKey(int fd, const void* key, void* next_key) {
  return CallOnElement(BPF_MAP_GET_NEXT_KEY, fd, key, next_key, 0);
}

int Freeze(int fd) {
  bpf_attr attr = Zeroed();
  attr.map_fd = static_cast<uint32_t>(fd);
  return Call(BPF_MAP_FREEZE, &attr);
}

namespace {

int ReadBatch(bpf_cmd command, int fd, const void* in_token, void* out_token, void* keys, void* values,
              uint32_t* count) {
  bpf_attr attr = Zeroed();
  attr.batch.map_fd = static_cast<uint32_t>(fd);
  attr.batch.in_batch = Address(in_token);
  attr.batch.out_batch = Address(out_token);
  attr.batch.keys = Address(keys);
  attr.batch.values = Address(values);
  attr.batch.count = *count;
  const int result = Call(command, &attr);
  *count = attr.batch.count;
  return result;
}

}  // namespace

int LookupBatch(int fd, const void* in_token, void* out_token, void* keys, void* values, uint32_t* count) {
  return ReadBatch(BPF_MAP_LOOKUP_BATCH, fd, in_token, out_token, keys, values, count);
}

int LookupAndDeleteBatch(int fd, const void* in_token, void* out_token, void* keys, void* values,
                         uint32_t* count) {
  return ReadBatch(BPF_MAP_LOOKUP_AND_DELETE_BATCH, fd, in_token, out_token, keys, values, count);
}

int UpdateBatch(int fd, const void* keys, const void* values, uint32_t* count) {
  bpf_attr attr = Zeroed();
  attr.batch.map_fd = static_cast<uint32_t>(fd);
  attr.batch.keys = Address(keys);
  attr.batch.values = Address(values);
  attr.batch.count = *count;
  const int result = Call(BPF_MAP_UPDATE_BATCH, &attr);
  *count = attr.batch.count;
  return result;
}

int DeleteBatch(int fd, const void* keys, uint32_t* count) {
  bpf_attr attr = Zeroed();
  attr.batch.map_fd = static_cast<uint32_t>(fd);
  attr.batch.keys = Address(keys);
  attr.batch.count = *count;
  const int result = Call(BPF_MAP_DELETE_BATCH, &attr);
  *count = attr.batch.count;
  return result;
}

}  // namespace bpf_maps
