/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writing new addresses, ports and TTL into a packet, with all its checksums
 * following. RFC 3022 (NAT), RFC 1624 (incremental checksums).
 */
#ifndef BLIXT_REWRITE_H
#define BLIXT_REWRITE_H

#include "csum.h"
#include "maps.h"
#include "ctx.h"
#include "parse.h"

/* What a packet is to have. */
struct tuple {
	const __be32 *src;
	const __be32 *dst;
	__be16 sport;
	__be16 dport;
};

static __always_inline __u32 l4_check_offset(const struct packet *packet)
{
	return packet->l4_offset + (packet->protocol == IPPROTO_TCP ?
				    offsetof(struct tcphdr, check) : offsetof(struct udphdr, check));
}

#if CTX_XDP
static __always_inline int
update_l4_check(ctx_t *ctx, const struct packet *packet, __u64 addresses, __u64 ports, bool ipv6)
{
	__u32 offset = l4_check_offset(packet);
	__sum16 *check;

	check = ctx_at(ctx, offset);
	if ((void *)(check + 1) > ctx_data_end(ctx))
		return -1;
	if (packet->protocol == IPPROTO_UDP) {
		/* RFC 768: 0 means that the sender computed none. */
		if (*check == 0 && !ipv6)
			return 0;
		*check = csum_apply(*check, addresses + ports);
		if (*check == 0)
			*check = 0xffff;
		return 0;
	}
	*check = csum_apply(*check, addresses + ports);
	return 0;
}

static __always_inline void update_hop_limit_sum(ctx_t *ctx, __u8 from, __u8 to)
{
}
#else
#ifndef BPF_F_IPV6
#define BPF_F_IPV6	(1ULL << 7)
#endif

static __always_inline int
update_l4_check(ctx_t *ctx, const struct packet *packet, __u64 addresses, __u64 ports, bool ipv6)
{
	const volatile struct settings *s = &settings;
	__u32 offset = l4_check_offset(packet);
	__u64 flags = packet->protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
	__u64 family = ipv6 ? s->csum_ipv6_flag : 0;

	if (bpf_l4_csum_replace(ctx, offset, 0, csum_fold32(addresses), flags | BPF_F_PSEUDO_HDR | family))
		return -1;
	return bpf_l4_csum_replace(ctx, offset, 0, csum_fold32(ports), flags);
}

/* IPv6 has no header checksum that would keep skb->csum right when the hop limit changes. */
static __always_inline void update_hop_limit_sum(ctx_t *ctx, __u8 from, __u8 to)
{
	bpf_csum_update(ctx, csum_fold32(csum_replace(0, bpf_htons(from), bpf_htons(to))));
}
#endif

/* What a rewrite takes from TTL or hop limit: 1 where we forward, 0 where the kernel does. */
enum ttl_cost {
	KEEP_TTL,
	TAKE_TTL,
};

/*
 * Replaces the packet's tuple by `to`. TTL or hop limit must be above `cost`.
 * Pointers into the packet are to be taken anew. `ipv6` is packet->ipv6, as a
 * constant.
 */
static __always_inline int
rewrite(ctx_t *ctx, const struct packet *packet, const struct tuple *to, enum ttl_cost cost, bool ipv6)
{
	__u64 addresses = 0, ports = 0;
	__be16 *port;
	void *end;

	addresses = csum_replace_address(addresses, packet->src, to->src, ipv6);
	addresses = csum_replace_address(addresses, packet->dst, to->dst, ipv6);
	ports = csum_replace(ports, (__u32)packet->sport + packet->dport, (__u32)to->sport + to->dport);

	if (update_l4_check(ctx, packet, addresses, ports, ipv6))
		return -1;
	if (ipv6 && cost)
		update_hop_limit_sum(ctx, packet->ttl, packet->ttl - 1);

	end = ctx_data_end(ctx);
	port = ctx_at(ctx, packet->l4_offset);
	if ((void *)(port + 2) > end)
		return -1;
	port[0] = to->sport;
	port[1] = to->dport;

	if (ipv6) {
		struct ipv6hdr *ip = ctx_at(ctx, packet->l3_offset);

		if ((void *)(ip + 1) > end)
			return -1;
		address_copy(ip->saddr.in6_u.u6_addr32, to->src);
		address_copy(ip->daddr.in6_u.u6_addr32, to->dst);
		ip->hop_limit -= cost;
	} else {
		struct iphdr *ip = ctx_at(ctx, packet->l3_offset);

		if ((void *)(ip + 1) > end)
			return -1;
		addresses = csum_replace(addresses, bpf_htons((__u16)ip->ttl << 8),
					 bpf_htons((__u16)(ip->ttl - cost) << 8));
		ip->check = csum_apply(ip->check, addresses);
		ip->saddr = to->src[3];
		ip->daddr = to->dst[3];
		ip->ttl -= cost;
	}
	return 0;
}

#endif
