/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Answers that the load balancer itself gives, made out of the packet that
 * they answer: TCP resets and echo replies. They leave by the device that the
 * packet came in by, to the station that sent it.
 */
#ifndef BLIXT_REPLY_IN_PLACE_H
#define BLIXT_REPLY_IN_PLACE_H

#include "rewrite.h"
#include "stats.h"

#define REPLY_TTL	64	/* IPDEFTTL, RFC 1700 */
#define ICMP_ECHO_REQUEST	8
#define ICMP6_ECHO_REQUEST	128

static __always_inline void swap_mac(struct ethhdr *eth)
{
	__u8 mac[ETH_ALEN];

	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
}

/* Swaps the addresses of both layers, and sets TTL and, unless 0, the length of what follows the IP header. */
static __always_inline int turn_around(ctx_t *ctx, const struct packet *packet, __u16 l4_length)
{
	void *data = ctx_data(ctx), *end = ctx_data_end(ctx);

	if (data + ETH_HLEN > end)
		return -1;
	swap_mac(data);
	if (packet->ipv6) {
		struct ipv6hdr *ip = ctx_at(ctx, packet->l3_offset);

		if ((void *)(ip + 1) > end)
			return -1;
		address_copy(ip->saddr.in6_u.u6_addr32, packet->dst);
		address_copy(ip->daddr.in6_u.u6_addr32, packet->src);
		ip->hop_limit = REPLY_TTL;
		if (l4_length)
			ip->payload_len = bpf_htons(l4_length);
	} else {
		struct iphdr *ip = ctx_at(ctx, packet->l3_offset);
		__u64 difference = 0;
		__be16 length;

		if ((void *)(ip + 1) > end)
			return -1;
		if (l4_length) {
			length = bpf_htons(ip->ihl * 4 + l4_length);
			difference = csum_replace(difference, ip->tot_len, length);
			ip->tot_len = length;
		}
		difference = csum_replace(difference, bpf_htons((__u16)ip->ttl << 8),
					  bpf_htons((__u16)REPLY_TTL << 8));
		ip->ttl = REPLY_TTL;
		ip->check = csum_apply(ip->check, difference);
		ip->saddr = packet->dst[3];
		ip->daddr = packet->src[3];
	}
	return 0;
}

/*
 * Is the transport checksum left for a device to finish? A change that is no
 * part of the pseudo-header is ignored by the helper exactly then.
 */
static __always_inline bool check_is_partial(ctx_t *ctx, __u32 offset)
{
#if CTX_XDP
	return false;
#else
	__u16 before = 0, after = 0;

	if (bpf_skb_load_bytes(ctx, offset, &before, sizeof(before)) ||
	    bpf_l4_csum_replace(ctx, offset, 0, 1, 0) ||
	    bpf_skb_load_bytes(ctx, offset, &after, sizeof(after)))
		return false;
	return before == after;
#endif
}

/* The reset that RFC 9293, section 3.10.7.1, prescribes for a segment to a closed port. */
__noinline int reply_reset(ctx_t *ctx, const struct packet *packet)
{
	__u32 l4_offset, header, length;
	__u32 seq, ack_seq;
	struct tcphdr *tcp;
	bool partial;
	__u64 sum;

	if (!packet)
		return CTX_DROP;
	l4_offset = packet->l4_offset;

	/* A reset is never answered with one, nor is a packet with IPv6 extension headers. */
	if (packet->tcp_flags & TCP_RST)
		return drop(DROP_REJECTED);
	if (packet->ipv6 && l4_offset != packet->l3_offset + sizeof(struct ipv6hdr))
		return drop(DROP_REJECTED);
	tcp = ctx_at(ctx, l4_offset);
	if ((void *)(tcp + 1) > ctx_data_end(ctx))
		return drop(DROP_MALFORMED);
	header = tcp->doff * 4;
	if (packet->ipv6) {
		struct ipv6hdr *ip = ctx_at(ctx, packet->l3_offset);

		if ((void *)(ip + 1) > ctx_data_end(ctx))
			return drop(DROP_MALFORMED);
		length = bpf_ntohs(ip->payload_len);
	} else {
		struct iphdr *ip = ctx_at(ctx, packet->l3_offset);

		if ((void *)(ip + 1) > ctx_data_end(ctx))
			return drop(DROP_MALFORMED);
		length = bpf_ntohs(ip->tot_len) - ip->ihl * 4;
	}
	if (length < header || header < sizeof(*tcp) || length > 0xffff)
		return drop(DROP_MALFORMED);
	seq = bpf_ntohl(tcp->seq);
	ack_seq = tcp->ack_seq;

	if (ctx_trim(ctx, l4_offset + sizeof(*tcp)))
		return drop(DROP_INTERNAL);
	ctx_pull(ctx, l4_offset + sizeof(*tcp));
	partial = check_is_partial(ctx, l4_offset + offsetof(struct tcphdr, check));
	if (turn_around(ctx, packet, sizeof(*tcp)))
		return drop(DROP_INTERNAL);

	tcp = ctx_at(ctx, l4_offset);
	if ((void *)(tcp + 1) > ctx_data_end(ctx))
		return drop(DROP_INTERNAL);
	tcp->source = packet->dport;
	tcp->dest = packet->sport;
	((__u8 *)tcp)[12] = sizeof(*tcp) / 4 << 4;
	if (packet->tcp_flags & TCP_ACK) {
		tcp->seq = ack_seq;
		tcp->ack_seq = 0;
		((__u8 *)tcp)[13] = TCP_RST;
	} else {
		length -= header;
		length += !!(packet->tcp_flags & TCP_SYN) + !!(packet->tcp_flags & TCP_FIN);
		tcp->seq = 0;
		tcp->ack_seq = bpf_htonl(seq + length);
		((__u8 *)tcp)[13] = TCP_RST | TCP_ACK;
	}
	tcp->window = 0;
	tcp->urg_ptr = 0;
	tcp->check = 0;
	sum = csum_pseudo_header(packet->dst, packet->src, packet->ipv6, IPPROTO_TCP, sizeof(*tcp));
	if (partial) {
		tcp->check = csum_fold16(sum);
	} else {
		__u32 *words = (__u32 *)tcp;

		sum += (__u64)words[0] + words[1] + words[2] + words[3] + words[4];
		tcp->check = ~csum_fold16(sum);
	}
	return ctx_redirect(ctx, ctx_ifindex(ctx));
}

static __always_inline bool is_echo_request(ctx_t *ctx, const struct packet *packet)
{
	struct icmp_header *icmp;

	icmp = ctx_at(ctx, packet->l4_offset);
	if ((void *)(icmp + 1) > ctx_data_end(ctx))
		return false;
	return icmp->code == 0 &&
	       icmp->type == (packet->ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO_REQUEST);
}

/* RFC 792 and RFC 4443, section 4.2: the same data back, only the type differs. */
__noinline int reply_echo(ctx_t *ctx, const struct packet *packet)
{
	struct icmp_header *icmp;
	__u64 difference;
	__u32 offset;
	__u8 from, to;

	if (!packet)
		return CTX_DROP;
	from = packet->ipv6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO_REQUEST;
	to = packet->ipv6 ? ICMP6_ECHO_REQUEST + 1 : 0;
	difference = csum_replace(0, bpf_htons((__u16)from << 8), bpf_htons((__u16)to << 8));
	offset = packet->l4_offset;

	if (packet->ipv6)
		update_hop_limit_sum(ctx, packet->ttl, REPLY_TTL);
#if !CTX_XDP
	if (bpf_l4_csum_replace(ctx, offset + offsetof(struct icmp_header, checksum), 0,
				csum_fold32(difference), 0))
		return drop(DROP_INTERNAL);
#endif
	icmp = ctx_at(ctx, offset);
	if ((void *)(icmp + 1) > ctx_data_end(ctx))
		return drop(DROP_INTERNAL);
	icmp->type = to;
#if CTX_XDP
	icmp->checksum = csum_apply(icmp->checksum, difference);
#endif
	if (turn_around(ctx, packet, 0))
		return drop(DROP_INTERNAL);
	return ctx_redirect(ctx, ctx_ifindex(ctx));
}

#endif
