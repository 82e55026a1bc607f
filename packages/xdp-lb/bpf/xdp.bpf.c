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

/* Names these types in BTF, from which user space's constants are generated. */
const volatile struct {
	enum drop_reason drop_reason;
	enum device_flag device_flag;
	enum service_flag service_flag;
	enum backend_flag backend_flag;
	enum flow_state flow_state;
} blixt_enums = {};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
