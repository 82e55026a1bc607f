#include "iterator_syscall.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bpf_maps {
namespace {

uint64_t Address(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

int Call(bpf_cmd command, bpf_attr* attr) {
  const long result = syscall(__NR_bpf, command, attr, sizeof(*attr));
  return result < 0 ? -errno : static_cast<int>(result);
}

}  // namespace

int LoadIterator(const std::vector<bpf_insn>& instructions, uint32_t function) {
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.prog_type = BPF_PROG_TYPE_TRACING;
  attr.expected_attach_type = BPF_TRACE_ITER;
  attr.attach_btf_id = function;
  attr.insns = Address(instructions.data());
  attr.insn_cnt = static_cast<uint32_t>(instructions.size());
  // bpf_seq_write is for programs under the GPL.
  attr.license = Address("Dual BSD/GPL");
  std::memcpy(attr.prog_name, "blixt_walk", sizeof("blixt_walk"));
  return Call(BPF_PROG_LOAD, &attr);
}

int OpenMapIterator(int program, int map) {
  bpf_iter_link_info target;
  std::memset(&target, 0, sizeof(target));
  target.map.map_fd = static_cast<uint32_t>(map);
  bpf_attr attr;
  std::memset(&attr, 0, sizeof(attr));
  attr.link_create.prog_fd = static_cast<uint32_t>(program);
  attr.link_create.attach_type = BPF_TRACE_ITER;
  attr.link_create.iter_info = Address(&target);
  attr.link_create.iter_info_len = sizeof(target);
  const int link = Call(BPF_LINK_CREATE, &attr);
  if (link < 0) return link;
  std::memset(&attr, 0, sizeof(attr));
  attr.iter_create.link_fd = static_cast<uint32_t>(link);
  const int iterator = Call(BPF_ITER_CREATE, &attr);
  close(link);
  return iterator;
}

}  // namespace bpf_maps
