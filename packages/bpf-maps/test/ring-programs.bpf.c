/* Programs that write to ring buffers: one that takes its time between reserving and submitting, one that counts what
 * does not fit, and one that writes records of several lengths and discards some. */
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

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} m_mixed SEC(".maps");

/* How often the next ran, how many records it submitted, and how many did not fit. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, unsigned int);
	__type(value, unsigned long long);
} m_mixed_counts SEC(".maps");

static unsigned long long add(unsigned int index)
{
	unsigned long long *count = bpf_map_lookup_elem(&m_mixed_counts, &index);

	return count ? __sync_fetch_and_add(count, 1) : 0;
}

SEC("xdp")
int write_mixed(struct xdp_md *ctx)
{
	unsigned long long number = add(0);
	unsigned long long *record;

	if (number % 3 == 0)
		record = bpf_ringbuf_reserve(&m_mixed, 8, 0);
	else if (number % 3 == 1)
		record = bpf_ringbuf_reserve(&m_mixed, 30, 0);
	else
		record = bpf_ringbuf_reserve(&m_mixed, 1001, 0);
	if (!record) {
		add(2);
		return XDP_DROP;
	}
	*record = number;
	if (number % 5 == 0) {
		bpf_ringbuf_discard(record, 0);
	} else {
		bpf_ringbuf_submit(record, 0);
		add(1);
	}
	return XDP_PASS;
}
