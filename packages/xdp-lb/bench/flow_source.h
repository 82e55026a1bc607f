/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every iteration of a test run begins with: the packet as it was before
 * the program under test wrote to it, made one of the wanted flows. Then the
 * program under test is tail-called.
 */
#ifndef BLIXT_BENCH_FLOW_SOURCE_H
#define BLIXT_BENCH_FLOW_SOURCE_H

#include "parse.h"

#define FRAME_LENGTH	100
#define FRAME_HEAD	80

/* Written by user space between runs. */
struct flow_source {
	__u32 next;		/* counts packets */
	__u32 mask;		/* flows - 1, a power of two less one; all ones: every packet is a new flow */
	__u64 head[FRAME_HEAD / 8];	/* all that programs write to */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_source);
} flow_source SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

/*
 * A flow is a client's port and the lower 16 bits of its address. The order is
 * a permutation, so that neighbours in time are not neighbours in memory.
 */
static __always_inline int flow_source_write(ctx_t *ctx)
{
	struct flow_source *source;
	__u32 zero = 0, flow;
	__u8 *frame;

	source = bpf_map_lookup_elem(&flow_source, &zero);
	if (!source)
		return -1;
	/* The LRU may have forgotten the last packet's flow, and what was left of the frame is a reset. */
	if (ctx_length(ctx) != FRAME_LENGTH && ctx_trim(ctx, FRAME_LENGTH))
		return -1;
	frame = ctx_data(ctx);
	if ((void *)frame + FRAME_LENGTH > ctx_data_end(ctx))
		return -1;
	flow = (source->next++ * 0x9e3779b1u) & source->mask;
	for (int i = 0; i < FRAME_HEAD / 8; i++)
		((__u64 *)frame)[i] = source->head[i];
	if (frame[ETH_HLEN] >> 4 == 4) {
		*(__be16 *)(frame + ETH_HLEN + offsetof(struct iphdr, saddr) + 2) = flow >> 16;
		*(__be16 *)(frame + ETH_HLEN + sizeof(struct iphdr)) = flow;
	} else {
		*(__be16 *)(frame + ETH_HLEN + offsetof(struct ipv6hdr, saddr) + 14) = flow >> 16;
		*(__be16 *)(frame + ETH_HLEN + sizeof(struct ipv6hdr)) = flow;
	}
	return 0;
}

#endif
