/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a frame to the fields that the packet path decides on. Ethernet, up to
 * two VLAN tags, IPv4 with options, IPv6 with extension headers, TCP, UDP,
 * and the first bytes of ICMP and ICMPv6. Nothing is written.
 */
#ifndef BLIXT_PARSE_H
#define BLIXT_PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_endian.h>
#include "ctx.h"

#define MAX_VLAN_TAGS	2
#define MAX_IPV6_EXTENSIONS	6
#define V4_MAPPED	bpf_htonl(0x0000ffff)

#define IP_FRAGMENT_MASK	bpf_htons(0x3fff)	/* MF and the offset, RFC 791 */

#define TCP_FIN	0x01
#define TCP_SYN	0x02
#define TCP_RST	0x04
#define TCP_ACK	0x10

enum parse_result {
	PARSE_OK,		/* TCP or UDP, ports known */
	PARSE_ICMP,		/* ICMP or ICMPv6, l4_offset known */
	PARSE_FRAGMENT,		/* addresses known, ports not */
	PARSE_ARP,		/* l3_offset known */
	PARSE_OTHER,		/* nothing for us: other protocols, other ethertypes */
	PARSE_SHORT,		/* the frame ends within a header */
};

struct packet {
	__be32 src[4];
	__be32 dst[4];
	__be16 sport;
	__be16 dport;
	__u16 l3_offset;
	__u16 l4_offset;
	__u8 ipv6;
	__u8 protocol;
	__u8 tcp_flags;
	__u8 vlan_tags;		/* inside the frame */
	__u8 ttl;
};

/* The first 8 bytes of ICMP (RFC 792) and ICMPv6 (RFC 4443) alike. */
struct icmp_header {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be32 rest;
};

struct vlan_header {
	__be16 tci;
	__be16 ethertype;
};

static __always_inline void address_from_ipv4(__be32 *address, __be32 ipv4)
{
	address[0] = 0;
	address[1] = 0;
	address[2] = V4_MAPPED;
	address[3] = ipv4;
}

static __always_inline void address_copy(__be32 *to, const __be32 *from)
{
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
}

static __always_inline bool address_equal(const __be32 *a, const __be32 *b)
{
	return a[3] == b[3] && a[2] == b[2] && a[1] == b[1] && a[0] == b[0];
}

/* The transport header at p: ports and, for TCP, flags. */
static __always_inline enum parse_result
parse_transport(struct packet *packet, void *data, void *p, void *end)
{
	packet->l4_offset = p - data;
	if (packet->protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = p;

		if ((void *)(tcp + 1) > end)
			return PARSE_SHORT;
		packet->sport = tcp->source;
		packet->dport = tcp->dest;
		packet->tcp_flags = ((__u8 *)tcp)[13];
		return PARSE_OK;
	}
	if (packet->protocol == IPPROTO_UDP) {
		struct udphdr *udp = p;

		if ((void *)(udp + 1) > end)
			return PARSE_SHORT;
		packet->sport = udp->source;
		packet->dport = udp->dest;
		packet->tcp_flags = 0;
		return PARSE_OK;
	}
	if (packet->protocol == (packet->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
		if (p + sizeof(struct icmp_header) > end)
			return PARSE_SHORT;
		return PARSE_ICMP;
	}
	return PARSE_OTHER;
}

static __always_inline enum parse_result
parse_ipv4(struct packet *packet, void *data, void *p, void *end)
{
	struct iphdr *ip = p;
	__u32 length;

	if ((void *)(ip + 1) > end)
		return PARSE_SHORT;
	length = ip->ihl * 4;
	if (ip->version != 4 || length < sizeof(*ip))
		return PARSE_SHORT;
	packet->ipv6 = 0;
	packet->protocol = ip->protocol;
	packet->ttl = ip->ttl;
	address_from_ipv4(packet->src, ip->saddr);
	address_from_ipv4(packet->dst, ip->daddr);
	if (ip->frag_off & IP_FRAGMENT_MASK)
		return PARSE_FRAGMENT;
	return parse_transport(packet, data, p + length, end);
}

struct ipv6_extension {
	__u8 next;
	__u8 length;		/* in units of 8 bytes, the first not counted */
};

static __always_inline enum parse_result
parse_ipv6(struct packet *packet, void *data, void *p, void *end)
{
	struct ipv6hdr *ip = p;

	if ((void *)(ip + 1) > end)
		return PARSE_SHORT;
	if (ip->version != 6)
		return PARSE_SHORT;
	packet->ipv6 = 1;
	packet->protocol = ip->nexthdr;
	packet->ttl = ip->hop_limit;
	address_copy(packet->src, ip->saddr.in6_u.u6_addr32);
	address_copy(packet->dst, ip->daddr.in6_u.u6_addr32);
	p = ip + 1;

	/* RFC 8200, section 4: hop-by-hop, routing, destination options, fragment. */
#pragma unroll
	for (int i = 0; i < MAX_IPV6_EXTENSIONS; i++) {
		struct ipv6_extension *extension = p;

		if (packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP)
			break;
		if (packet->protocol == IPPROTO_FRAGMENT)
			return PARSE_FRAGMENT;
		if (packet->protocol != IPPROTO_HOPOPTS &&
		    packet->protocol != IPPROTO_ROUTING &&
		    packet->protocol != IPPROTO_DSTOPTS)
			break;
		if ((void *)(extension + 1) > end)
			return PARSE_SHORT;
		packet->protocol = extension->next;
		p += (extension->length + 1) * 8;
	}
	return parse_transport(packet, data, p, end);
}

/*
 * A function of its own for the verifier, which would otherwise follow all
 * that comes after once for each shape of headers.
 */
__noinline enum parse_result parse(ctx_t *ctx, struct packet *packet)
{
	void *data = ctx_data(ctx);
	void *end = ctx_data_end(ctx);
	struct ethhdr *eth = data;
	void *p = eth + 1;
	__be16 ethertype;

	if (!packet || p > end)
		return PARSE_SHORT;
	ethertype = *(__be16 *)&eth->h_proto;
	packet->vlan_tags = 0;
#pragma unroll
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		struct vlan_header *vlan = p;

		if (ethertype != bpf_htons(ETH_P_8021Q) && ethertype != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(vlan + 1) > end)
			return PARSE_SHORT;
		ethertype = vlan->ethertype;
		packet->vlan_tags++;
		p = vlan + 1;
	}
	packet->l3_offset = p - data;
	if (ethertype == bpf_htons(ETH_P_IP))
		return parse_ipv4(packet, data, p, end);
	if (ethertype == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(packet, data, p, end);
	return ethertype == bpf_htons(ETH_P_ARP) ? PARSE_ARP : PARSE_OTHER;
}

#endif
