// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The XDP programs, by what the device is: a network card, a veth (whose
 * frames may come from a local socket), or anything by generic XDP.
 */
#define BLIXT_HOOK_XDP
#include "lb.h"

SEC("xdp.frags")
int blixt_xdp(struct xdp_md *ctx)
{
	const struct hook hook = { .native = true };

	return load_balance(ctx, &hook);
}

SEC("xdp.frags")
int blixt_xdp_veth(struct xdp_md *ctx)
{
	const struct hook hook = { .native = true, .partial = true };

	return load_balance(ctx, &hook);
}

SEC("xdp.frags")
int blixt_xdp_skb(struct xdp_md *ctx)
{
	const struct hook hook = { .partial = true };

	return load_balance(ctx, &hook);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
