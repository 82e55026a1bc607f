/* Writes a record into a perf buffer whenever it runs: how often it has run. */
#include "maps.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} m_events SEC(".maps");

unsigned long long runs = 0;

SEC("xdp")
int emit(struct xdp_md *ctx)
{
	unsigned long long number = __sync_fetch_and_add(&runs, 1) + 1;

	bpf_perf_event_output(ctx, &m_events, BPF_F_CURRENT_CPU, &number, sizeof(number));
	return XDP_PASS;
}
