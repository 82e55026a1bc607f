/* An arena at an address that every process knows; libbpf 1.1 takes it for an array, which is too long for BTF. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

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
