// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* XDP: the entry of a test run, the floor, and a stub, whose time is the measuring's own. */
#define BLIXT_HOOK_XDP
#include "floor.h"
#include "flow_source.h"

SEC("xdp.frags")
int bench_entry(struct xdp_md *ctx)
{
	if (flow_source_write(ctx))
		return XDP_ABORTED;
	bpf_tail_call(ctx, &programs, 0);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int bench_floor(struct xdp_md *ctx)
{
	return floor_balance(ctx);
}

SEC("xdp.frags")
int bench_stub(struct xdp_md *ctx)
{
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
