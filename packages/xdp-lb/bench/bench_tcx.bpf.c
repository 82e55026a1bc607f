// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tcx: the entry of a test run, the floor, and a stub, whose time is the measuring's own. */
#define BLIXT_HOOK_TCX
#include "floor.h"
#include "flow_source.h"

SEC("tc")
int bench_entry(struct __sk_buff *ctx)
{
	if (flow_source_write(ctx))
		return CTX_DROP;
	bpf_tail_call(ctx, &programs, 0);
	return CTX_DROP;
}

SEC("tc")
int bench_floor(struct __sk_buff *ctx)
{
	return floor_balance(ctx);
}

SEC("tc")
int bench_stub(struct __sk_buff *ctx)
{
	return CTX_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
