/* A map whose values have a lock. */
#include "maps.bpf.h"

struct locked {
	struct bpf_spin_lock lock;
	unsigned int low;
	unsigned long long high;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, unsigned int);
	__type(value, struct locked);
} m_locked SEC(".maps");

SEC("xdp")
int touch(struct xdp_md *ctx)
{
	unsigned int key = 1;
	struct locked *value = bpf_map_lookup_elem(&m_locked, &key);

	if (!value)
		return XDP_DROP;
	bpf_spin_lock(&value->lock);
	value->low++;
	value->high++;
	bpf_spin_unlock(&value->lock);
	return XDP_PASS;
}
