#include "kernel_btf.h"

#include <fcntl.h>
#include <linux/btf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace bpf_maps {
namespace {

// Of BTF_KIND_DECL_TAG and BTF_KIND_ENUM64, which the headers of a distribution may lack.
constexpr uint32_t kKindDeclTag = 17;
constexpr uint32_t kKindEnum64 = 19;

int ReadBtf(std::vector<uint8_t>* data) {
  const int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  struct stat about;
  if (fstat(fd, &about) < 0 || about.st_size <= 0) {
    close(fd);
    return -EIO;
  }
  data->resize(static_cast<size_t>(about.st_size));
  size_t done = 0;
  while (done < data->size()) {
    const ssize_t size = read(fd, data->data() + done, data->size() - done);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    done += static_cast<size_t>(size);
  }
  close(fd);
  return done == data->size() ? 0 : -EIO;
}

// Bytes that follow a type, Documentation/bpf/btf.rst; negative for a kind that is not known.
int64_t BytesBehind(uint32_t kind, uint32_t members) {
  switch (kind) {
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
    case kKindDeclTag:
      return 4;
    case BTF_KIND_ARRAY:
      return sizeof(btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return int64_t{members} * static_cast<int64_t>(sizeof(btf_member));
    case BTF_KIND_ENUM:
    case BTF_KIND_FUNC_PROTO:
      return int64_t{members} * 8;
    case BTF_KIND_DATASEC:
    case kKindEnum64:
      return int64_t{members} * 12;
    default:
      return kind <= kKindEnum64 ? 0 : -1;
  }
}

int FindFunction(const std::vector<uint8_t>& data, const char* name) {
  btf_header header;
  if (data.size() < sizeof(header)) return -EIO;
  std::memcpy(&header, data.data(), sizeof(header));
  const uint64_t types = uint64_t{header.hdr_len} + header.type_off;
  const uint64_t types_end = types + header.type_len;
  const uint64_t strings = uint64_t{header.hdr_len} + header.str_off;
  const uint64_t strings_end = strings + header.str_len;
  if (header.magic != BTF_MAGIC || types_end > data.size() || strings_end > data.size()) return -EIO;
  const size_t length = std::strlen(name) + 1;
  int id = 1;
  for (uint64_t at = types; at + sizeof(btf_type) <= types_end; id++) {
    btf_type type;
    std::memcpy(&type, data.data() + at, sizeof(type));
    const uint32_t kind = BTF_INFO_KIND(type.info);
    const uint64_t text = strings + type.name_off;
    if (kind == BTF_KIND_FUNC && text + length <= strings_end &&
        std::memcmp(data.data() + text, name, length) == 0) {
      return id;
    }
    const int64_t behind = BytesBehind(kind, BTF_INFO_VLEN(type.info));
    if (behind < 0) return -EIO;
    at += sizeof(type) + static_cast<uint64_t>(behind);
  }
  return -ENOENT;
}

}  // namespace

int KernelFunction(const char* name) {
  static std::mutex mutex;
  static std::map<std::string, int> known;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  std::vector<uint8_t> data;
  int result = ReadBtf(&data);
  if (result == 0) result = FindFunction(data, name);
  known[name] = result;
  return result;
}

}  // namespace bpf_maps
