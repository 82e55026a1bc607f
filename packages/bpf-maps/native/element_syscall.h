// bpf(2) for the commands on one element, which are called by the million. Each function between JavaScript and the
// kernel has its price: what the processor remembers of return addresses does not survive the kernel's mitigations of
// speculation, and so each return after a system call is mispredicted. So there is none here, not even the C library's.
#ifndef BPF_MAPS_ELEMENT_SYSCALL_H_
#define BPF_MAPS_ELEMENT_SYSCALL_H_

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace bpf_maps {

// What these commands use of bpf_attr: the rest of the attributes, four times as long, need be neither zeroed here nor
// copied by the kernel, which takes what is missing for zeros.
struct ElementAttr {
  uint32_t map_fd;
  uint32_t padding;
  uint64_t key;
  uint64_t value;
  uint64_t flags;
};
static_assert(offsetof(ElementAttr, key) == offsetof(bpf_attr, key));
static_assert(offsetof(ElementAttr, value) == offsetof(bpf_attr, value));
static_assert(offsetof(ElementAttr, flags) == offsetof(bpf_attr, flags));

// 0 or a negative errno.
inline int CallOnElement(bpf_cmd command, int fd, const void* key, const void* value, uint64_t flags) {
  ElementAttr attr = {static_cast<uint32_t>(fd), 0, reinterpret_cast<uintptr_t>(key),
                      reinterpret_cast<uintptr_t>(value), flags};
// What checks the calls of a sanitized build stands before the C library's function.
#if defined(__x86_64__) && !defined(BPF_MAPS_SANITIZED)
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(static_cast<long>(__NR_bpf)), "D"(static_cast<long>(command)), "S"(&attr), "d"(sizeof(attr))
                   : "rcx", "r11", "memory");
  return static_cast<int>(result);
#elif defined(__aarch64__) && !defined(BPF_MAPS_SANITIZED)
  register long number __asm__("x8") = __NR_bpf;
  register long result __asm__("x0") = command;
  register ElementAttr* attributes __asm__("x1") = &attr;
  register unsigned long size __asm__("x2") = sizeof(attr);
  __asm__ volatile("svc #0" : "+r"(result) : "r"(number), "r"(attributes), "r"(size) : "memory", "cc");
  return static_cast<int>(result);
#else
  const long result = syscall(__NR_bpf, command, &attr, sizeof(attr));
  return result < 0 ? -errno : static_cast<int>(result);
#endif
}

}  // namespace bpf_maps

#endif  // BPF_MAPS_ELEMENT_SYSCALL_H_
