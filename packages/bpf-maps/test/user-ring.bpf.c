/* Drains a user ring buffer: counts its records, and sums what they begin with. */
#include "maps.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} m_records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, unsigned int);
	__type(value, unsigned long long);
} m_drained SEC(".maps");

static void add(unsigned int index, unsigned long long number)
{
	unsigned long long *value = bpf_map_lookup_elem(&m_drained, &index);

	if (value)
		__sync_fetch_and_add(value, number);
}

static long count(struct bpf_dynptr *record, void *context)
{
	unsigned long long number = 0;

	add(0, 1);
	if (bpf_dynptr_read(&number, sizeof(number), record, 0, 0) == 0)
		add(1, number);
	else
		add(2, 1);
	return 0;
}

SEC("xdp")
int drain(struct xdp_md *ctx)
{
	bpf_user_ringbuf_drain(&m_records, count, 0, 0);
	return XDP_PASS;
}
