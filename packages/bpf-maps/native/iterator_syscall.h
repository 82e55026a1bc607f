// The bpf(2) commands for BPF iterators over maps: a file descriptor or a negative errno comes out.
#ifndef BPF_MAPS_ITERATOR_SYSCALL_H_
#define BPF_MAPS_ITERATOR_SYSCALL_H_

#include <linux/bpf.h>

#include <cstdint>
#include <vector>

namespace bpf_maps {

// Loads a program that a kind of iterator calls for each entry. `function` is the BTF id of the kernel's function that
// stands for the kind, such as bpf_iter_sockmap.
int LoadIterator(const std::vector<bpf_insn>& instructions, uint32_t function);

// Where read(2) gives what the program writes, from the map's beginning. The program may be closed then.
int OpenMapIterator(int program, int map);

}  // namespace bpf_maps

#endif  // BPF_MAPS_ITERATOR_SYSCALL_H_
