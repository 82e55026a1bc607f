/* The map of the README's example. */
#include "maps.bpf.h"

enum state { OPEN, CLOSED };

struct flow {
	__u32 address;
	__u16 port;
	char user[8];
};

struct flow_state {
	enum state state;
	__u64 packets;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct flow);
	__type(value, struct flow_state);
} flows SEC(".maps");

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}
