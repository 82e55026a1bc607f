#include "socket_walk.h"

#include <linux/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "iterator_syscall.h"
#include "kernel_btf.h"

namespace bpf_maps {
namespace {

// From here on it takes less than the making of the iterator, some hundred microseconds.
constexpr uint32_t kWorthIt = 512;

constexpr size_t kCookieBytes = sizeof(uint64_t);

// The kernel hands over at most so many at once (kernel/bpf/bpf_iter.c: bpf_seq_read).
constexpr size_t kReadPages = 8;

// A read looks at no more than a million indexes: there are no more than that many reads without a socket.
constexpr int kEmptyReads = 8192;

constexpr bpf_insn Instruction(uint8_t code, uint8_t target, uint8_t source, int16_t offset, int32_t value) {
  return bpf_insn{code, target, source, offset, value};
}
constexpr bpf_insn Load(uint8_t target, uint8_t source, int16_t offset) {
  return Instruction(BPF_LDX | BPF_MEM | BPF_DW, target, source, offset, 0);
}
constexpr bpf_insn Store(uint8_t target, int16_t offset, uint8_t source) {
  return Instruction(BPF_STX | BPF_MEM | BPF_DW, target, source, offset, 0);
}
constexpr bpf_insn Move(uint8_t target, uint8_t source) {
  return Instruction(BPF_ALU64 | BPF_MOV | BPF_X, target, source, 0, 0);
}
constexpr bpf_insn Set(uint8_t target, int32_t value) {
  return Instruction(BPF_ALU64 | BPF_MOV | BPF_K, target, 0, 0, value);
}
constexpr bpf_insn Add(uint8_t target, int32_t value) {
  return Instruction(BPF_ALU64 | BPF_ADD | BPF_K, target, 0, 0, value);
}
constexpr bpf_insn SkipIfZero(uint8_t source, int16_t offset) {
  return Instruction(BPF_JMP | BPF_JEQ | BPF_K, source, 0, offset, 0);
}
constexpr bpf_insn CallHelper(int32_t helper) { return Instruction(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
constexpr bpf_insn Exit() { return Instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

// int walk(struct bpf_iter__sockmap { meta, map, key, sk } *context): writes key and cookie, if there is a socket.
std::vector<bpf_insn> Program(size_t key_bytes) {
  return {
      Move(BPF_REG_6, BPF_REG_1),
      Load(BPF_REG_7, BPF_REG_6, 16),  // key
      SkipIfZero(BPF_REG_7, 15),
      Load(BPF_REG_1, BPF_REG_6, 24),  // sk
      SkipIfZero(BPF_REG_1, 13),
      CallHelper(BPF_FUNC_get_socket_cookie),
      Store(BPF_REG_10, -8, BPF_REG_0),
      Load(BPF_REG_8, BPF_REG_6, 0),  // meta
      Load(BPF_REG_8, BPF_REG_8, 0),  // meta->seq
      Move(BPF_REG_1, BPF_REG_8),
      Move(BPF_REG_2, BPF_REG_7),
      Set(BPF_REG_3, static_cast<int32_t>(key_bytes)),
      CallHelper(BPF_FUNC_seq_write),
      Move(BPF_REG_1, BPF_REG_8),
      Move(BPF_REG_2, BPF_REG_10),
      Add(BPF_REG_2, -8),
      Set(BPF_REG_3, kCookieBytes),
      CallHelper(BPF_FUNC_seq_write),
      // If it did not fit, the kernel takes the whole entry back and shows it again to the next read.
      Set(BPF_REG_0, 0),
      Exit(),
  };
}

}  // namespace

SocketWalk::~SocketWalk() {
  if (iterator_ >= 0) close(iterator_);
}

bool SocketWalk::Suits(const MapHandle& map) {
  const uint32_t type = map.info().type;
  return (type == kSockmap || type == kSockhash) && map.value_bytes() == kCookieBytes &&
         map.info().max_entries >= kWorthIt;
}

int SocketWalk::Begin(int fd, const MapHandle& map) {
  const int function = KernelFunction("bpf_iter_sockmap");
  if (function < 0) return function;
  const int program = LoadIterator(Program(map.key_bytes()), static_cast<uint32_t>(function));
  if (program < 0) return program;
  const int iterator = OpenMapIterator(program, fd);
  close(program);
  if (iterator < 0) return iterator;
  iterator_ = iterator;
  key_bytes_ = map.key_bytes();
  return 0;
}

int SocketWalk::Next(uint8_t* keys, uint8_t* values, uint32_t capacity) {
  uint32_t count = 0;
  while (count < capacity) {
    if (position_ == end_) {
      // What is there is given out first.
      if (count > 0) break;
      const int result = Fill();
      if (result <= 0) return result;
    }
    const uint8_t* record = records_.data() + position_;
    position_ += key_bytes_ + kCookieBytes;
    if (!seen_.emplace(reinterpret_cast<const char*>(record), key_bytes_).second) continue;
    std::memcpy(keys + count * key_bytes_, record, key_bytes_);
    std::memcpy(values + count * kCookieBytes, record + key_bytes_, kCookieBytes);
    count++;
  }
  return static_cast<int>(count);
}

// Reads whole records: how many bytes, 0 at the end.
int SocketWalk::Fill() {
  records_.resize(kReadPages * static_cast<size_t>(sysconf(_SC_PAGESIZE)));
  for (int attempt = 0; attempt < kEmptyReads; attempt++) {
    const ssize_t size = read(iterator_, records_.data(), records_.size());
    // EAGAIN: without a socket, and the next one goes on from there.
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size < 0) return -errno;
    const size_t record = key_bytes_ + kCookieBytes;
    if (static_cast<size_t>(size) % record != 0) return -EIO;
    position_ = 0;
    end_ = static_cast<size_t>(size);
    return static_cast<int>(size);
  }
  return -EAGAIN;
}

}  // namespace bpf_maps
