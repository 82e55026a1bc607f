/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters. All are per CPU: no atomics, user space adds them up. */
#ifndef BLIXT_STATS_H
#define BLIXT_STATS_H

#include "ctx.h"
#include "maps.h"

static __always_inline int drop(enum drop_reason reason)
{
	__u32 index = reason;
	__u64 *packets = bpf_map_lookup_elem(&drops, &index);

	if (packets)
		(*packets)++;
	return CTX_DROP;
}

static __always_inline void count_packet(ctx_t *ctx, __u32 service_index, struct backend_cpu *backend)
{
	struct service_stats *service = bpf_map_lookup_elem(&service_stats, &service_index);
	__u32 length = ctx_length(ctx);

	backend->packets++;
	backend->bytes += length;
	if (service) {
		service->packets++;
		service->bytes += length;
	}
}

static __always_inline void count_flow(__u32 service_index, struct backend_cpu *backend)
{
	struct service_stats *service = bpf_map_lookup_elem(&service_stats, &service_index);

	backend->flows++;
	if (service)
		service->flows++;
}

static __always_inline void count_reject(__u32 service_index)
{
	struct service_stats *service = bpf_map_lookup_elem(&service_stats, &service_index);

	if (service)
		service->rejects++;
}

#endif
