/* Arenas: memory that programs and user space share. */
#include "maps.bpf.h"

#define ARENA 33

struct {
	__uint(type, ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4);
	/* Where it lies in every process; of 32 bits, as the libbpf of distributions takes no more. */
	__uint(map_extra, 0x70000000);
} m_arena SEC(".maps");

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}
