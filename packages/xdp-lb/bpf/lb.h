/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The path of a packet, the same at both hooks, top to bottom:
 *
 *   parse -> a reply to an allocated port? -> service -> flow, or Maglev and
 *   a new flow -> next hop -> rewrite -> send
 *
 * XDP leaves to tcx, behind it on the same interface, what it cannot send
 * itself (no neighbour yet, a device without XDP transmission, a VLAN tag to
 * take off, a checksum that is not complete). It decides that before the
 * first write to the packet, so tcx sees the frame exactly as it came.
 */
#ifndef BLIXT_LB_H
#define BLIXT_LB_H

#include "announce.h"
#include "conntrack.h"
#include "nat.h"
#include "next_hop.h"
#include "reply_in_place.h"
#include "rewrite.h"
#include "stats.h"

/* What the entry programs know about where they are attached. */
struct hook {
	bool native;		/* native XDP: the driver transmits */
	bool partial;		/* XDP that sees frames of local sockets */
};

/*
 * On a veth, a frame from a local socket reaches native XDP with only its
 * pseudo-header summed. Such a frame is tcx's; taking one complete frame in
 * 65,536 for it costs only speed.
 */
static __always_inline bool check_looks_partial(ctx_t *ctx, const struct packet *packet)
{
	__u16 *check = ctx_at(ctx, l4_check_offset(packet));
	void *end = ctx_data_end(ctx);
	__u16 length;

	if ((void *)(check + 1) > end)
		return false;
	if (packet->ipv6) {
		struct ipv6hdr *ip = ctx_at(ctx, packet->l3_offset);

		if ((void *)(ip + 1) > end)
			return false;
		length = bpf_ntohs(ip->payload_len) - (packet->l4_offset - packet->l3_offset - sizeof(*ip));
	} else {
		struct iphdr *ip = ctx_at(ctx, packet->l3_offset);

		if ((void *)(ip + 1) > end)
			return false;
		length = bpf_ntohs(ip->tot_len) - ip->ihl * 4;
	}
	return *check == csum_fold16(csum_pseudo_header(packet->src, packet->dst, packet->ipv6,
						       packet->protocol, length));
}

/* May this program itself answer out of the device that the packet came in by? */
static __always_inline bool may_answer(ctx_t *ctx, const struct hook *hook)
{
	__u32 ifindex = ctx_ifindex(ctx);
	__u32 *device;

	if (!hook->native)
		return true;
	device = bpf_map_lookup_elem(&devices, &ifindex);
	return device && *device & DEVICE_XDP_REDIRECT;
}

/* XDP: is the next hop, or the frame itself, one that tcx has to deal with? */
static __always_inline bool
leave_to_tcx(ctx_t *ctx, const struct packet *packet, const struct hook *hook, bool resolved, __u32 device)
{
	if (!CTX_XDP)
		return false;
	if (!resolved || packet->vlan_tags)
		return true;
	if (hook->native && !(device & DEVICE_XDP_REDIRECT))
		return true;
	return hook->partial && check_looks_partial(ctx, packet);
}

static __always_inline int
send(ctx_t *ctx, const struct packet *packet, const struct tuple *to, __u32 ifindex,
     const __u8 *dst_mac, const __u8 *src_mac, bool direct, __u32 device, bool ipv6)
{
	struct ethhdr *eth;

	if (rewrite(ctx, packet, to, TAKE_TTL, ipv6))
		return drop(DROP_INTERNAL);
#if !CTX_XDP
	if (packet->vlan_tags || ctx->vlan_present) {
		for (int i = 0; i < MAX_VLAN_TAGS + 1 && (ctx->vlan_present || i < packet->vlan_tags); i++)
			if (bpf_skb_vlan_pop(ctx))
				return drop(DROP_INTERNAL);
	}
	if (!direct)
		return bpf_redirect_neigh(ifindex, NULL, 0, 0);
#endif
	eth = ctx_data(ctx);
	if ((void *)(eth + 1) > ctx_data_end(ctx))
		return drop(DROP_INTERNAL);
	set_mac(eth, dst_mac, src_mac);
#if !CTX_XDP
	if (device & DEVICE_REDIRECT_PEER)
		return bpf_redirect_peer(ifindex, 0);
#endif
	return ctx_redirect(ctx, ifindex);
}

static __always_inline enum hop_result
find_next_hop(ctx_t *ctx, const struct packet *packet, const __be32 *src, const __be32 *dst,
	      struct next_hop *hop)
{
	return hop_ask(ctx, packet, (const struct address_key *)src, (const struct address_key *)dst, hop);
}

static __always_inline int drop_hop(enum hop_result result)
{
	return drop(result == HOP_TOO_BIG ? DROP_TOO_BIG : DROP_NO_ROUTE);
}

/* The packet of a backend (NULL: it was removed) to a port that was allocated for one of its flows. */
static __always_inline int
forward_reply(ctx_t *ctx, const struct packet *packet, const struct hook *hook,
	      struct nat_slot *slot, struct backend *backend, bool ipv6)
{
	__u32 now = clock_ticks();
	__u32 id = slot->backend_id;
	bool due = nat_is_due(slot, packet->tcp_flags, now);
	bool direct = true;
	struct backend_cpu *cpu;
	struct next_hop hop;
	struct tuple to;

	if (packet->ttl <= 1)
		return drop(DROP_TTL_EXCEEDED);
	if (due || !slot->hop) {
		enum hop_result result = find_next_hop(ctx, packet, slot->service, slot->client, &hop);

		if (result > HOP_KERNEL)
			return drop_hop(result);
		if (leave_to_tcx(ctx, packet, hook, hop.resolved, hop.device))
			return CTX_PASS;
		/* At each renewal the kernel delivers once: that keeps its neighbour entry alive. */
		direct = CTX_XDP;
		__builtin_memcpy(slot->dst_mac, hop.dst_mac, ETH_ALEN);
		__builtin_memcpy(slot->src_mac, hop.src_mac, ETH_ALEN);
		slot->hop = hop.resolved ? hop.ifindex | (__u32)hop.device << 24 : 0;
	} else {
		hop.ifindex = slot->hop & 0xffffff;
		hop.device = slot->hop >> 24;
		__builtin_memcpy(hop.dst_mac, slot->dst_mac, ETH_ALEN);
		__builtin_memcpy(hop.src_mac, slot->src_mac, ETH_ALEN);
		if (leave_to_tcx(ctx, packet, hook, true, hop.device))
			return CTX_PASS;
	}
	if (due && backend)
		nat_track(slot, packet->tcp_flags, false, now);

	to.src = slot->service;
	to.dst = slot->client;
	to.sport = slot->service_port;
	to.dport = slot->client_port;
	cpu = bpf_map_lookup_elem(&backends_cpu, &id);
	if (cpu && backend)
		count_packet(ctx, backend->service_index, cpu);
	return send(ctx, packet, &to, hop.ifindex, hop.dst_mac, hop.src_mac, direct, hop.device, ipv6);
}

/*
 * Finds the flow of a reply; NULL when the packet is none. A backend that was
 * removed is NULL: a client that only waits is not left without what the
 * backend still sends, and its next packet, an acknowledgement at the latest,
 * is reset.
 */
static __always_inline struct nat_slot *
find_reply(const struct packet *packet, struct backend **backend)
{
	const volatile struct settings *s = &settings;
	struct nat_target_key key = {};
	struct nat_target *target;
	struct nat_slot *slot;
	__u32 port = bpf_ntohs(packet->dport);

	if (port < s->nat_port_min)
		return NULL;
	address_copy(key.address, packet->src);
	key.port = packet->sport;
	key.protocol = packet->protocol;
	target = bpf_map_lookup_elem(&nat_targets, &key);
	if (!target)
		return NULL;
	port -= s->nat_port_min;
	if (port >> (target->log2 & 15) || !address_equal(target->source, packet->dst))
		return NULL;
	slot = nat_slot_of(target->base + port);
	if (!slot)
		return NULL;
	*backend = live_backend(slot->backend_id, slot->backend_generation);
	if (!*backend && !nat_is_awaited(slot, packet->protocol, clock_ticks()))
		return NULL;
	return slot;
}

static __always_inline int
forward(ctx_t *ctx, const struct packet *packet, const struct hook *hook, const struct service *service,
	bool ipv6)
{
	__u32 now = clock_ticks();
	enum flow_result result = FLOW_FOUND;
	struct backend *backend = NULL;
	struct backend_cpu *cpu;
	struct flow created;
	struct flow_key key;
	struct flow *flow;
	bool direct = true;
	struct tuple to;

	flow_key_of(packet, service->id, &key);
	flow = bpf_map_lookup_elem(&conntrack, &key);
	if (flow) {
		backend = live_backend(flow->backend_id, flow->backend_generation);
		if (!backend) {
			flow_give_up(packet, flow);
			if (is_mid_connection(packet))
				result = FLOW_REJECTED;
			else
				flow = NULL;
		} else if (!flow_touch(packet, flow, now)) {
			flow = NULL;
		}
	}
	if (!flow) {
		__builtin_memset(&created, 0, sizeof(created));
		flow = &created;
		result = flow_create(packet, service, flow);
		backend = live_backend(flow->backend_id, flow->backend_generation);
	}

	if (result >= FLOW_REJECTED || !backend) {
		if (result == FLOW_NO_PORT)
			return drop(DROP_NO_PORT);
		if (packet->protocol == IPPROTO_UDP) {
			count_reject(service->index);
			return drop(DROP_REJECTED);
		}
		if (!may_answer(ctx, hook) || (hook->partial && check_looks_partial(ctx, packet)))
			return CTX_PASS;
		if (packet->tcp_flags & TCP_SYN)
			count_reject(service->index);
		return reply_reset(ctx, packet);
	}
	if (packet->ttl <= 1)
		return drop(DROP_TTL_EXCEEDED);

	cpu = bpf_map_lookup_elem(&backends_cpu, &flow->backend_id);
	if (!cpu)
		return drop(DROP_INTERNAL);
	if (result == FLOW_NEW)
		count_flow(service->index, cpu);

	to.dst = backend->address;
	to.dport = backend->port;
	if (flow->nat_port) {
		to.src = backend->source;
		to.sport = flow->nat_port;
	} else {
		to.src = packet->src;
		to.sport = packet->sport;
	}

	if (!cpu->next_hop.resolved || now - cpu->next_hop.asked > HOP_TICKS) {
		enum hop_result hop = find_next_hop(ctx, packet, to.src, to.dst, &cpu->next_hop);

		if (hop == HOP_HERE && !flow->nat_port) {
			/* The backend shares this machine's own address: the kernel delivers. */
			if (leave_to_tcx(ctx, packet, hook, true, DEVICE_XDP_REDIRECT))
				return CTX_PASS;
			count_packet(ctx, service->index, cpu);
			return rewrite(ctx, packet, &to, KEEP_TTL, ipv6) ? drop(DROP_INTERNAL) : CTX_PASS;
		}
		if (hop > HOP_KERNEL)
			return drop_hop(hop);
		/* At each renewal the kernel delivers once: that keeps its neighbour entry alive. */
		direct = CTX_XDP;
	}
	if (leave_to_tcx(ctx, packet, hook, cpu->next_hop.resolved, cpu->next_hop.device))
		return CTX_PASS;
	count_packet(ctx, service->index, cpu);
	return send(ctx, packet, &to, cpu->next_hop.ifindex, cpu->next_hop.dst_mac,
		    cpu->next_hop.src_mac, direct, cpu->next_hop.device, ipv6);
}

static __always_inline bool is_service_address(const struct packet *packet)
{
	return bpf_map_lookup_elem(&addresses, packet->dst) != NULL;
}

/* A TCP or UDP packet; called with a constant `ipv6`, so that each family has a path without the other's. */
static __always_inline int
balance(ctx_t *ctx, const struct packet *packet, const struct hook *hook, bool ipv6)
{
	struct service_key key;
	struct service *service;
	struct backend *backend;
	struct nat_slot *slot;

	slot = find_reply(packet, &backend);
	if (slot)
		return forward_reply(ctx, packet, hook, slot, backend, ipv6);

	address_copy(key.address, packet->dst);
	key.port = packet->dport;
	key.protocol = packet->protocol;
	key.pad = 0;
	service = bpf_map_lookup_elem(&services, &key);
	if (!service)
		return CTX_PASS;
	return forward(ctx, packet, hook, service, ipv6);
}

static __always_inline int load_balance(ctx_t *ctx, const struct hook *hook)
{
	struct packet packet;
	enum parse_result parsed;

	parsed = parse(ctx, &packet);
	/* tcx: the headers may lie beyond the linear part. */
	if (parsed == PARSE_SHORT && ctx_pull(ctx, 256))
		parsed = parse(ctx, &packet);

	switch (parsed) {
	case PARSE_OK:
		break;
	case PARSE_ARP:
		return may_answer(ctx, hook) ? answer_arp(ctx, &packet) : CTX_PASS;
	case PARSE_ICMP:
		if (is_solicitation(ctx, &packet) && may_answer(ctx, hook))
			return answer_solicitation(ctx, &packet);
		if (is_echo_request(ctx, &packet) && is_service_address(&packet) && may_answer(ctx, hook))
			return reply_echo(ctx, &packet);
		return CTX_PASS;
	case PARSE_FRAGMENT:
		return is_service_address(&packet) ? drop(DROP_FRAGMENT) : CTX_PASS;
	default:
		return CTX_PASS;
	}
	if (packet.ipv6)
		return balance(ctx, &packet, hook, true);
	return balance(ctx, &packet, hook, false);
}

#endif
