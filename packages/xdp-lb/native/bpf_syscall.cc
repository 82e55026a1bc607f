// SPDX-License-Identifier: Apache-2.0
#include "bpf_syscall.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace {

int Bpf(int command, void* attr, unsigned size) {
  int result = static_cast<int>(syscall(__NR_bpf, command, attr, size));
  return result < 0 ? -errno : result;
}

// The members of union bpf_attr that are used here, as include/uapi/linux/bpf.h of 6.6 lays them out.
struct LinkCreateAttr {
  uint32_t program_fd, target_ifindex, attach_type, flags;
  uint64_t unused[6];
};

struct LinkUpdateAttr {
  uint32_t link_fd, new_program_fd, flags, old_program_fd;
};

struct ObjectAttr {
  uint64_t pathname;
  uint32_t fd, flags;
};

struct QueryAttr {
  uint32_t target_ifindex, attach_type, query_flags, attach_flags;
  uint64_t program_ids;
  uint32_t count, pad;
  uint64_t program_attach_flags, link_ids, link_attach_flags, revision;
};

struct InfoAttr {
  uint32_t fd, length;
  uint64_t info;
};

struct IdAttr {
  uint32_t id, next_id, flags;
};

// The head of struct bpf_link_info, then the widest of its union: `xdp` is an ifindex, `tcx` adds the attach type.
struct RawLinkInfo {
  uint32_t type, id, program_id, pad;
  uint32_t ifindex, attach_type;
  uint64_t unused[16];
};

}  // namespace

int BpfLinkCreate(int program, uint32_t ifindex, uint32_t attach_type, uint32_t flags) {
  LinkCreateAttr attr{};
  attr.program_fd = program;
  attr.target_ifindex = ifindex;
  attr.attach_type = attach_type;
  attr.flags = flags;
  return Bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}

int BpfLinkUpdate(int link, int program) {
  LinkUpdateAttr attr{};
  attr.link_fd = link;
  attr.new_program_fd = program;
  return Bpf(BPF_LINK_UPDATE, &attr, sizeof(attr));
}

int BpfObjectPin(int fd, const std::string& path) {
  ObjectAttr attr{};
  attr.pathname = reinterpret_cast<uint64_t>(path.c_str());
  attr.fd = fd;
  return Bpf(BPF_OBJ_PIN, &attr, sizeof(attr));
}

int BpfObjectGet(const std::string& path) {
  ObjectAttr attr{};
  attr.pathname = reinterpret_cast<uint64_t>(path.c_str());
  return Bpf(BPF_OBJ_GET, &attr, sizeof(attr));
}

int BpfProgramById(uint32_t id) {
  IdAttr attr{};
  attr.id = id;
  return Bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof(attr));
}

int BpfTcxQuery(uint32_t ifindex, uint32_t attach_type, std::vector<uint32_t>* program_ids) {
  program_ids->assign(64, 0);
  QueryAttr attr{};
  attr.target_ifindex = ifindex;
  attr.attach_type = attach_type;
  attr.program_ids = reinterpret_cast<uint64_t>(program_ids->data());
  attr.count = program_ids->size();
  int result = Bpf(BPF_PROG_QUERY, &attr, sizeof(attr));
  if (result < 0) {
    program_ids->clear();
    return result == -ENOENT ? 0 : result;  // ENOENT: nothing is attached
  }
  program_ids->resize(attr.count);
  return 0;
}

int BpfLinkInfo(int fd, LinkInfo* info) {
  RawLinkInfo raw{};
  InfoAttr attr{};
  attr.fd = fd;
  attr.length = sizeof(raw);
  attr.info = reinterpret_cast<uint64_t>(&raw);
  int result = Bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
  if (result < 0) return result;
  *info = {raw.id, raw.type, raw.program_id, raw.ifindex, raw.attach_type};
  return 0;
}
