/* Programs that write to a ring buffer: one that takes its time between reserving and submitting, and one that counts
 * what does not fit. */
#include "maps.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} m_slow SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} m_counted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, unsigned int);
	__type(value, unsigned long long);
} m_lost SEC(".maps");

static long is_over(unsigned int index, void *until)
{
	return bpf_ktime_get_ns() >= *(unsigned long long *)until;
}

SEC("xdp")
int hold(struct xdp_md *ctx)
{
	unsigned long long until = bpf_ktime_get_ns() + 50 * 1000 * 1000;
	unsigned int *record = bpf_ringbuf_reserve(&m_slow, 8, 0);

	if (!record)
		return XDP_DROP;
	bpf_loop(1 << 23, is_over, &until, 0);
	*record = 1;
	bpf_ringbuf_submit(record, 0);
	return XDP_PASS;
}

SEC("xdp")
int quick(struct xdp_md *ctx)
{
	unsigned int *record = bpf_ringbuf_reserve(&m_slow, 8, 0);

	if (!record)
		return XDP_DROP;
	*record = 2;
	bpf_ringbuf_submit(record, 0);
	return XDP_PASS;
}

SEC("xdp")
int write_or_count(struct xdp_md *ctx)
{
	unsigned int zero = 0;
	unsigned long long *record = bpf_ringbuf_reserve(&m_counted, 8, 0);

	if (!record) {
		unsigned long long *lost = bpf_map_lookup_elem(&m_lost, &zero);

		if (lost)
			(*lost)++;
		return XDP_DROP;
	}
	*record = 1;
	bpf_ringbuf_submit(record, 0);
	return XDP_PASS;
}
