/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The floor: the least that a load balancer with connection tracking can do
 * for a packet, written to be as fast as it can be. Parse without VLAN, IP
 * options or extension headers; one service look-up; one conntrack look-up or
 * insert; destination NAT; send it back where it came from. No way back, no
 * source NAT, no TTL, no counters, no lifetimes, no removed backends.
 */
#ifndef BLIXT_BENCH_FLOOR_H
#define BLIXT_BENCH_FLOOR_H

#include "csum.h"
#include "parse.h"

#define FLOOR_RING_SIZE	65536

struct floor_service_key {
	__be32 address[4];
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

struct floor_backend {
	__be32 address[4];
	__be16 port;
	__u8 mac[6];
};

struct floor_key4 {
	__be32 src;
	__be32 dst;
	__be16 sport;
	__be16 dport;
	__u32 protocol;
};

struct floor_key6 {
	__be32 src[4];
	__be32 dst[4];
	__be16 sport;
	__be16 dport;
	__u32 protocol;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct floor_service_key);
	__type(value, __u32);
} floor_services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FLOOR_RING_SIZE);
	__type(key, __u32);
	__type(value, __u32);
} floor_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct floor_backend);
} floor_backends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct floor_key4);
	__type(value, __u32);
} floor_flows4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct floor_key6);
	__type(value, __u32);
} floor_flows6 SEC(".maps");

static __always_inline struct floor_backend *
floor_select(void *flows, const void *key, __u32 hash)
{
	__u32 *known = bpf_map_lookup_elem(flows, key);
	__u32 index = hash % FLOOR_RING_SIZE, *chosen, id;

	if (known)
		return bpf_map_lookup_elem(&floor_backends, known);
	chosen = bpf_map_lookup_elem(&floor_ring, &index);
	if (!chosen)
		return NULL;
	id = *chosen;
	bpf_map_update_elem(flows, key, &id, BPF_ANY);
	return bpf_map_lookup_elem(&floor_backends, &id);
}

static __always_inline int
floor_check(ctx_t *ctx, __u32 offset, __u64 addresses, __u64 ports, __u8 protocol)
{
#if CTX_XDP
	__sum16 *check = ctx_data(ctx) + offset;

	if ((void *)(check + 1) > ctx_data_end(ctx))
		return -1;
	*check = csum_apply(*check, addresses + ports);
	return 0;
#else
	__u64 flags = protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;

	if (bpf_l4_csum_replace(ctx, offset, 0, csum_fold32(addresses), flags | BPF_F_PSEUDO_HDR))
		return -1;
	return bpf_l4_csum_replace(ctx, offset, 0, csum_fold32(ports), flags);
#endif
}

static __always_inline int floor_send(ctx_t *ctx, struct ethhdr *eth, const struct floor_backend *backend)
{
	__u16 *to = (__u16 *)eth;
	const __u16 *mac = (const __u16 *)backend->mac;

	to[3] = to[0];
	to[4] = to[1];
	to[5] = to[2];
	to[0] = mac[0];
	to[1] = mac[1];
	to[2] = mac[2];
	return ctx_redirect(ctx, ctx_ifindex(ctx));
}

static __always_inline int floor_ipv4(ctx_t *ctx)
{
	struct ethhdr *eth = ctx_data(ctx);
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	struct floor_service_key service = {};
	struct floor_backend *backend;
	struct floor_key4 key;
	__u64 addresses, ports;
	__u32 check;
	__be16 *port;

	if ((void *)(tcp + 1) > ctx_data_end(ctx) || ip->ihl != 5)
		return CTX_PASS;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return CTX_PASS;
	address_from_ipv4(service.address, ip->daddr);
	service.port = tcp->dest;
	service.protocol = ip->protocol;
	if (!bpf_map_lookup_elem(&floor_services, &service))
		return CTX_PASS;
	key.src = ip->saddr;
	key.dst = ip->daddr;
	key.sport = tcp->source;
	key.dport = tcp->dest;
	key.protocol = ip->protocol;
	backend = floor_select(&floor_flows4, &key, (key.src ^ key.sport) * 0x9e3779b1u >> 16);
	if (!backend)
		return CTX_PASS;
	addresses = csum_replace(0, key.dst, backend->address[3]);
	ports = csum_replace(0, key.dport, backend->port);
	check = ETH_HLEN + sizeof(*ip) + (key.protocol == IPPROTO_TCP ? offsetof(struct tcphdr, check) :
					  offsetof(struct udphdr, check));
	if (floor_check(ctx, check, addresses, ports, key.protocol))
		return CTX_DROP;
	eth = ctx_data(ctx);
	ip = (void *)(eth + 1);
	port = (void *)(ip + 1);
	if ((void *)(port + 2) > ctx_data_end(ctx))
		return CTX_DROP;
	ip->check = csum_apply(ip->check, addresses);
	ip->daddr = backend->address[3];
	port[1] = backend->port;
	return floor_send(ctx, eth, backend);
}

static __always_inline int floor_ipv6(ctx_t *ctx)
{
	struct ethhdr *eth = ctx_data(ctx);
	struct ipv6hdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	struct floor_service_key service = {};
	struct floor_backend *backend;
	struct floor_key6 key;
	__u64 addresses, ports;
	__u32 check;
	__be16 *port;

	if ((void *)(tcp + 1) > ctx_data_end(ctx))
		return CTX_PASS;
	if (ip->nexthdr != IPPROTO_TCP && ip->nexthdr != IPPROTO_UDP)
		return CTX_PASS;
	address_copy(service.address, ip->daddr.in6_u.u6_addr32);
	service.port = tcp->dest;
	service.protocol = ip->nexthdr;
	if (!bpf_map_lookup_elem(&floor_services, &service))
		return CTX_PASS;
	address_copy(key.src, ip->saddr.in6_u.u6_addr32);
	address_copy(key.dst, ip->daddr.in6_u.u6_addr32);
	key.sport = tcp->source;
	key.dport = tcp->dest;
	key.protocol = ip->nexthdr;
	backend = floor_select(&floor_flows6, &key, (key.src[3] ^ key.sport) * 0x9e3779b1u >> 16);
	if (!backend)
		return CTX_PASS;
	addresses = csum_replace_address(0, key.dst, backend->address, true);
	ports = csum_replace(0, key.dport, backend->port);
	check = ETH_HLEN + sizeof(*ip) + (key.protocol == IPPROTO_TCP ? offsetof(struct tcphdr, check) :
					  offsetof(struct udphdr, check));
	if (floor_check(ctx, check, addresses, ports, key.protocol))
		return CTX_DROP;
	eth = ctx_data(ctx);
	ip = (void *)(eth + 1);
	port = (void *)(ip + 1);
	if ((void *)(port + 2) > ctx_data_end(ctx))
		return CTX_DROP;
	address_copy(ip->daddr.in6_u.u6_addr32, backend->address);
	port[1] = backend->port;
	return floor_send(ctx, eth, backend);
}

static __always_inline int floor_balance(ctx_t *ctx)
{
	struct ethhdr *eth = ctx_data(ctx);

	if ((void *)(eth + 1) > ctx_data_end(ctx))
		return CTX_PASS;
	if (*(__be16 *)&eth->h_proto == bpf_htons(ETH_P_IP))
		return floor_ipv4(ctx);
	if (*(__be16 *)&eth->h_proto == bpf_htons(ETH_P_IPV6))
		return floor_ipv6(ctx);
	return CTX_PASS;
}

#endif
