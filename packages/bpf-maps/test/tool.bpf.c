/* Maps of the command's tests: addresses, nested structs, arrays, numbers that a double does not hold. */
#include "maps.bpf.h"
#include <linux/in6.h>

enum tool_state { OPEN, CLOSED };

struct tool_flow {
	__be32 address;
	__u8 hardware[6];
	__u16 port;
	struct in6_addr source;
};

struct tool_counters {
	struct {
		__s64 low;
		__u64 high;
	} counters;
	enum tool_state state;
	char name[8];
	int list[3];
	_Bool on;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct tool_flow);
	__type(value, struct tool_counters);
} tool_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} tool_per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, enum tool_state);
	__type(value, __u64);
} tool_scalars SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 100000);
	__type(key, __u32);
	__type(value, __u64);
} tool_many SEC(".maps");

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}
