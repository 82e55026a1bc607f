/* A program that writes to a ring buffer and a perf buffer, and drains a user ring buffer. */
#include "../test/maps.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} f_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 64);
	__type(key, unsigned int);
	__type(value, unsigned int);
} f_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} f_user_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, unsigned int);
	__type(value, unsigned long long);
} f_runs SEC(".maps");

struct record {
	unsigned long long number;
	unsigned char bytes[56];
};

static long ignore(struct bpf_dynptr *record, void *context)
{
	return 0;
}

SEC("tc")
int produce(struct __sk_buff *ctx)
{
	unsigned int zero = 0;
	unsigned long long *runs = bpf_map_lookup_elem(&f_runs, &zero);
	struct record record = {};

	if (!runs)
		return 0;
	record.number = (*runs)++;
	if (record.number % 3 == 0) {
		void *discarded = bpf_ringbuf_reserve(&f_ring, 24, 0);

		if (discarded)
			bpf_ringbuf_discard(discarded, 0);
	}
	bpf_ringbuf_output(&f_ring, &record, record.number % 2 ? 8 : sizeof(record), 0);
	bpf_perf_event_output(ctx, &f_events, BPF_F_CURRENT_CPU, &record, sizeof(record));
	if (record.number % 4 == 0)
		bpf_user_ringbuf_drain(&f_user_ring, ignore, 0, 0);
	return 0;
}
