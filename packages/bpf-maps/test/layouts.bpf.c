/* One map for each struct of layouts.h, and one for each struct that has no codec. */
#include "maps.bpf.h"
#include "layouts.h"

#define HASH(tag)                                   \
	struct {                                    \
		__uint(type, BPF_MAP_TYPE_HASH);    \
		__uint(max_entries, 64);            \
		__type(key, u32);                   \
		__type(value, struct tag);          \
	} tag##_map SEC(".maps");
EACH_STRUCT(HASH)

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct bits);
	__type(value, enum colour);
} by_bits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4);
	__type(key, struct anonymous);
	__type(value, struct holes);
} by_anonymous SEC(".maps");

struct flexible {
	u32 count;
	u32 items[];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct flexible);
} flexible_map SEC(".maps");

struct named_map_key {
};

struct array {
	struct named_map_key array;
	u32 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct array);
} named_map SEC(".maps");

struct locked {
	struct bpf_spin_lock lock;
	u32 counter;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct locked);
} locked_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 8);
} undescribed SEC(".maps");

volatile u64 counter = 42;
const volatile char greeting[8] = "hello";

SEC("xdp")
int touch(struct xdp_md *ctx)
{
	return greeting[0] == 'x' ? ++counter : XDP_PASS;
}
