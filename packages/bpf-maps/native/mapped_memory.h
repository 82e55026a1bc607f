// The memory of maps, mapped into the process.
#ifndef BPF_MAPS_MAPPED_MEMORY_H_
#define BPF_MAPS_MAPPED_MEMORY_H_

#include <cstddef>

#include "external_memory.h"

namespace bpf_maps {

// MAP_FAILED with errno, as mmap(2). An `address` other than null is that of an arena, which lies at one address in all
// processes, so that pointers in it hold; nothing else may lie there.
void* MapMemory(int fd, void* address, size_t bytes);
// At the end of the environment the map is let go of, but its addresses stay mapped to memory of nobody's; only the same
// arena may come there again.
void UnmapMemory(void* memory, size_t bytes, LetGo reason);

}  // namespace bpf_maps

#endif  // BPF_MAPS_MAPPED_MEMORY_H_
