/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way to the next hop. Asking the FIB costs as much as all the rest of a
 * packet, so its answer is kept, for a backend per CPU and for a client in
 * the NAT slot, and asked anew after HOP_TICKS or REFRESH_TICKS.
 */
#ifndef BLIXT_NEXT_HOP_H
#define BLIXT_NEXT_HOP_H

#include <linux/if_ether.h>
#include "clock.h"
#include "ctx.h"
#include "maps.h"
#include "parse.h"
#include "stats.h"

#define HOP_TICKS	4	/* about 1 s */
#define FAMILY_IPV4	2	/* AF_INET */
#define FAMILY_IPV6	10	/* AF_INET6 */

enum hop_result {
	HOP_READY,	/* MAC addresses known: send it yourself */
	HOP_KERNEL,	/* the kernel's neighbour code must deliver */
	HOP_HERE,	/* the destination is an address of this machine */
	HOP_TOO_BIG,
	HOP_NONE,
};

/* Asks the FIB. `src` and `dst` are the addresses that the packet will have. */
__noinline enum hop_result
hop_ask(ctx_t *ctx, const struct packet *packet, const struct address_key *src,
	const struct address_key *dst, struct next_hop *hop)
{
	struct bpf_fib_lookup fib = {};
	__u32 *device;
	long result;

	if (!packet || !src || !dst || !hop)
		return HOP_NONE;
	fib.ifindex = ctx_ifindex(ctx);
	fib.l4_protocol = packet->protocol;
	if (packet->ipv6) {
		fib.family = FAMILY_IPV6;
		address_copy(fib.ipv6_src, src->address);
		address_copy(fib.ipv6_dst, dst->address);
	} else {
		fib.family = FAMILY_IPV4;
		fib.ipv4_src = src->address[3];
		fib.ipv4_dst = dst->address[3];
	}
	if (CTX_XDP)
		fib.tot_len = ctx_length(ctx) - packet->l3_offset;

	result = bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);
	hop->resolved = 0;
	switch (result) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		hop->resolved = 1;
		break;
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		break;
	case BPF_FIB_LKUP_RET_NOT_FWDED:
		return HOP_HERE;
	case BPF_FIB_LKUP_RET_FRAG_NEEDED:
		return HOP_TOO_BIG;
	default:
		return HOP_NONE;
	}
	hop->ifindex = fib.ifindex;
	__builtin_memcpy(hop->dst_mac, fib.dmac, ETH_ALEN);
	__builtin_memcpy(hop->src_mac, fib.smac, ETH_ALEN);
	device = bpf_map_lookup_elem(&devices, &hop->ifindex);
	hop->device = device ? *device : 0;
	hop->asked = clock_ticks();
	return hop->resolved ? HOP_READY : HOP_KERNEL;
}

/* Two bytes at a time: struct ethhdr is packed, and byte by byte is what the compiler would make of it. */
static __always_inline void copy_mac(__u8 *to, const __u8 *from)
{
	((__u16 *)to)[0] = ((const __u16 *)from)[0];
	((__u16 *)to)[1] = ((const __u16 *)from)[1];
	((__u16 *)to)[2] = ((const __u16 *)from)[2];
}

static __always_inline void
set_mac(struct ethhdr *eth, const __u8 *dst, const __u8 *src)
{
	copy_mac(eth->h_dest, dst);
	copy_mac(eth->h_source, src);
}

#endif
