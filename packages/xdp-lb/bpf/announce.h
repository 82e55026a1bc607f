/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Says where announced addresses are: answers to ARP requests (RFC 826) and
 * to neighbour solicitations (RFC 4861, section 7.2), made out of the frame
 * that asked, and sent out of the interface that it came in by. The kernel
 * need not have these addresses, and on all nodes but one must not say that
 * it has.
 */
#ifndef BLIXT_ANNOUNCE_H
#define BLIXT_ANNOUNCE_H

#include "reply_in_place.h"

#define ARP_ETHERNET	bpf_htons(1)
#define ARP_REQUEST	bpf_htons(1)
#define ARP_REPLY	bpf_htons(2)

#define NEIGHBOUR_SOLICITATION	135
#define NEIGHBOUR_ADVERTISEMENT	136
#define NEIGHBOUR_SOLICITED	bpf_htonl(1 << 30)
#define NEIGHBOUR_OVERRIDE	bpf_htonl(1 << 29)
#define TARGET_LINK_LAYER_ADDRESS	2
/* Nothing that a router has forwarded: RFC 4861, section 7.1.1. */
#define NEIGHBOUR_HOP_LIMIT	255

struct arp_ipv4 {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_length;
	__u8 protocol_length;
	__be16 operation;
	__u8 sender_mac[ETH_ALEN];
	__be32 sender;
	__u8 target_mac[ETH_ALEN];
	__be32 target;
} __attribute__((packed));

/* A solicitation without options is 8 bytes shorter. */
struct neighbour_message {
	struct icmp_header icmp;
	__be32 target[4];
	__u8 option;
	__u8 option_length;	/* in units of 8 bytes */
	__u8 mac[ETH_ALEN];
};

struct advertisement {
	struct ipv6hdr ip;
	struct neighbour_message message;
};

/* The address by which this machine is reached at an interface, if `address` is announced there. */
static __always_inline const struct announcer *find_announcer(ctx_t *ctx, const __be32 *address)
{
	const struct announcer *announcer;
	__u32 ifindex = ctx_ifindex(ctx);

	if (!bpf_map_lookup_elem(&announced, address))
		return NULL;
	announcer = bpf_map_lookup_elem(&announcers, &ifindex);
	/* Whoever took the address over, when nobody drove this machine any more, is not to be contradicted. */
	if (!announcer || (announcer->until && bpf_ktime_get_ns() >= announcer->until))
		return NULL;
	return announcer;
}

static __always_inline int
send_answer(ctx_t *ctx, const __u8 *to, const struct announcer *announcer)
{
	struct ethhdr *eth = ctx_data(ctx);

	if ((void *)(eth + 1) > ctx_data_end(ctx))
		return drop(DROP_INTERNAL);
	__builtin_memcpy(eth->h_dest, to, ETH_ALEN);
	__builtin_memcpy(eth->h_source, announcer->mac, ETH_ALEN);
	return ctx_redirect(ctx, ctx_ifindex(ctx));
}

/* Probes (RFC 5227), which have no sender, are answered too: somebody has the address. */
__noinline int answer_arp(ctx_t *ctx, const struct packet *packet)
{
	const struct announcer *announcer;
	__be32 address[4];
	struct arp_ipv4 answer;
	struct arp_ipv4 *arp;

	if (!packet)
		return CTX_DROP;
	arp = ctx_at(ctx, packet->l3_offset);
	if ((void *)(arp + 1) > ctx_data_end(ctx))
		return CTX_PASS;
	if (arp->hardware != ARP_ETHERNET || arp->protocol != bpf_htons(ETH_P_IP) ||
	    arp->hardware_length != ETH_ALEN || arp->protocol_length != sizeof(arp->target) ||
	    arp->operation != ARP_REQUEST || arp->sender == arp->target)
		return CTX_PASS;
	address_from_ipv4(address, arp->target);
	announcer = find_announcer(ctx, address);
	if (!announcer)
		return CTX_PASS;

	answer.hardware = ARP_ETHERNET;
	answer.protocol = bpf_htons(ETH_P_IP);
	answer.hardware_length = ETH_ALEN;
	answer.protocol_length = sizeof(answer.target);
	answer.operation = ARP_REPLY;
	__builtin_memcpy(answer.sender_mac, announcer->mac, ETH_ALEN);
	answer.sender = arp->target;
	__builtin_memcpy(answer.target_mac, arp->sender_mac, ETH_ALEN);
	answer.target = arp->sender;
	if (ctx_store(ctx, packet->l3_offset, &answer, sizeof(answer)))
		return drop(DROP_INTERNAL);
	return send_answer(ctx, answer.target_mac, announcer);
}

static __always_inline bool is_solicitation(ctx_t *ctx, const struct packet *packet)
{
	struct icmp_header *icmp = ctx_at(ctx, packet->l4_offset);

	if ((void *)(icmp + 1) > ctx_data_end(ctx))
		return false;
	return packet->ipv6 && icmp->type == NEIGHBOUR_SOLICITATION && icmp->code == 0 &&
	       packet->ttl == NEIGHBOUR_HOP_LIMIT &&
	       packet->l4_offset == packet->l3_offset + sizeof(struct ipv6hdr);
}

/* Who looks whether an address is free asks without one of its own, and is answered by a message to all nodes. */
__noinline int answer_solicitation(ctx_t *ctx, const struct packet *packet)
{
	const __u8 all_nodes_mac[ETH_ALEN] = { 0x33, 0x33, 0, 0, 0, 1 };
	const __be32 all_nodes[4] = { bpf_htonl(0xff020000), 0, 0, bpf_htonl(1) };
	const __be32 unspecified[4] = {};
	const struct announcer *announcer;
	struct advertisement answer = {};
	struct neighbour_message *asked;
	__u8 to[ETH_ALEN];
	struct ethhdr *eth;
	bool solicited;
	__u32 *words;
	__u64 sum;

	if (!packet)
		return CTX_DROP;
	asked = ctx_at(ctx, packet->l4_offset);
	if ((void *)&asked->option > ctx_data_end(ctx))
		return CTX_PASS;
	address_copy(answer.message.target, asked->target);
	announcer = find_announcer(ctx, answer.message.target);
	if (!announcer)
		return CTX_PASS;
	solicited = !address_equal(packet->src, unspecified);
	eth = ctx_data(ctx);
	if ((void *)(eth + 1) > ctx_data_end(ctx))
		return CTX_PASS;
	__builtin_memcpy(to, solicited ? eth->h_source : all_nodes_mac, ETH_ALEN);

	answer.ip.version = 6;
	answer.ip.payload_len = bpf_htons(sizeof(answer.message));
	answer.ip.nexthdr = IPPROTO_ICMPV6;
	answer.ip.hop_limit = NEIGHBOUR_HOP_LIMIT;
	address_copy(answer.ip.saddr.in6_u.u6_addr32, answer.message.target);
	address_copy(answer.ip.daddr.in6_u.u6_addr32, solicited ? packet->src : all_nodes);
	answer.message.icmp.type = NEIGHBOUR_ADVERTISEMENT;
	answer.message.icmp.rest = NEIGHBOUR_OVERRIDE | (solicited ? NEIGHBOUR_SOLICITED : 0);
	answer.message.option = TARGET_LINK_LAYER_ADDRESS;
	answer.message.option_length = 1;
	__builtin_memcpy(answer.message.mac, announcer->mac, ETH_ALEN);
	words = (__u32 *)&answer.message;
	sum = csum_pseudo_header(answer.ip.saddr.in6_u.u6_addr32, answer.ip.daddr.in6_u.u6_addr32, true,
				 IPPROTO_ICMPV6, sizeof(answer.message));
#pragma unroll
	for (int i = 0; i < sizeof(answer.message) / sizeof(*words); i++)
		sum += words[i];
	answer.message.icmp.checksum = ~csum_fold16(sum);

	if (ctx_trim(ctx, packet->l3_offset + sizeof(answer)))
		return drop(DROP_INTERNAL);
	ctx_pull(ctx, packet->l3_offset + sizeof(answer));
	if (ctx_store(ctx, packet->l3_offset, &answer, sizeof(answer)))
		return drop(DROP_INTERNAL);
	return send_answer(ctx, to, announcer);
}

#endif
