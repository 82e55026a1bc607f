// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The tcx programs: ingress balances, egress rewrites the replies of node-local backends. */
#define BLIXT_HOOK_TCX
#include "lb.h"

/*
 * Behind generic XDP a frame may begin at its IP header here (seen on linux
 * 6.18, where XDP is given a copy of the frame, which it seems has lost the
 * length of its MAC header). Pushing a header over the old one mends that.
 */
static __always_inline int restore_mac_header(struct __sk_buff *ctx)
{
	struct ethhdr *eth = ctx_data(ctx), saved;

	if ((void *)(eth + 1) > ctx_data_end(ctx) || eth->h_proto == (__be16)ctx->protocol)
		return 0;
	if (bpf_skb_load_bytes_relative(ctx, 0, &saved, sizeof(saved), BPF_HDR_START_MAC) ||
	    saved.h_proto != (__be16)ctx->protocol)
		return 0;
	if (bpf_skb_change_head(ctx, ETH_HLEN, 0))
		return -1;
	return bpf_skb_store_bytes(ctx, 0, &saved, sizeof(saved), 0);
}

SEC("tc")
int blixt_tcx(struct __sk_buff *ctx)
{
	const struct hook hook = {};

	if (restore_mac_header(ctx))
		return drop(DROP_INTERNAL);
	return load_balance(ctx, &hook);
}

/*
 * local mode: what a node-local backend answers leaves as if the service had
 * answered. The kernel has routed it already; only its source changes.
 */
SEC("tc")
int blixt_tcx_out(struct __sk_buff *ctx)
{
	struct local_flow_key key = {};
	struct local_flow *flow;
	struct packet packet;
	struct tuple to;
	enum parse_result parsed = parse(ctx, &packet);

	if (parsed == PARSE_SHORT && ctx_pull(ctx, 256))
		parsed = parse(ctx, &packet);
	if (parsed != PARSE_OK)
		return CTX_PASS;
	address_copy(key.backend, packet.src);
	address_copy(key.client, packet.dst);
	key.backend_port = packet.sport;
	key.client_port = packet.dport;
	key.protocol = packet.protocol;
	flow = bpf_map_lookup_elem(&local_flows, &key);
	if (!flow)
		return CTX_PASS;
	to.src = flow->service;
	to.dst = packet.dst;
	to.sport = flow->service_port;
	to.dport = packet.dport;
	if (rewrite(ctx, &packet, &to, KEEP_TTL, packet.ipv6))
		return drop(DROP_INTERNAL);
	return CTX_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
