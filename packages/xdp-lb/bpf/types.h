/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Everything that the programs and user space both read or write, declared
 * once. User space's codecs are generated from the BTF of these types.
 *
 * Addresses are 16 bytes in network order; an IPv4 address is v4-mapped
 * (RFC 4291, section 2.5.5.2: ::ffff:a.b.c.d). Ports are __be16.
 */
#ifndef BLIXT_TYPES_H
#define BLIXT_TYPES_H

#include <linux/types.h>

/* Why a packet was dropped; the index into the map `drops`. */
enum drop_reason {
	DROP_MALFORMED,		/* headers shorter than they say */
	DROP_FRAGMENT,		/* an IP fragment to a service's address */
	DROP_TTL_EXCEEDED,	/* TTL or hop limit would become 0 */
	DROP_REJECTED,		/* UDP packet whose Maglev slot is a reject slot */
	DROP_NO_PORT,		/* every NAT port that the flow may use is busy */
	DROP_NO_ROUTE,		/* the FIB has no route to the next hop, or forbids it */
	DROP_TOO_BIG,		/* larger than the next hop's MTU */
	DROP_INTERNAL,		/* a helper refused, or a map has no such entry */
	DROP_REASONS,
};

/* What a network device can do; the value of the map `devices`. */
enum device_flag {
	DEVICE_REDIRECT_PEER = 1 << 0,	/* veth whose peer is in another namespace */
	DEVICE_XDP_REDIRECT = 1 << 1,	/* native XDP may TX and REDIRECT to it */
};

enum service_flag {
	SERVICE_REJECT_ALL = 1 << 0,	/* no eligible backend: no Maglev table */
};

enum backend_flag {
	BACKEND_LOCAL = 1 << 0,		/* local mode: destination NAT only */
};

/* A Maglev slot that rejects; every other value is a backend's id. */
#define MAGLEV_REJECT	0
#define MAGLEV_SLOTS_PER_ENTRY	16

struct address_key {
	__be32 address[4];
};

/* An interface that says where announced addresses are. */
struct announcer {
	__u64 until;		/* when it ends, by CLOCK_MONOTONIC in ns; 0: never */
	__u8 mac[6];		/* of the interface */
	__u16 pad;
};

struct service_key {
	__be32 address[4];
	__be16 port;
	__u8 protocol;		/* IPPROTO_TCP or IPPROTO_UDP */
	__u8 pad;
};

/*
 * Replaced as a whole when its backends change, which is what makes a new
 * Maglev table take over in one step.
 */
struct service {
	__u32 id;		/* never used twice: no flow of a removed service is found again */
	__u32 index;		/* in service_stats; used again after removal */
	__u32 maglev_base;	/* first slot of its table */
	__u32 maglev_size;	/* a prime, or 1 */
	__u32 flags;		/* enum service_flag */
};

/* A backend of one service. Its id is its index; id 0 is never a backend. */
struct backend {
	__be32 address[4];
	__be32 source[4];	/* snat mode: the address that its flows come from */
	__be16 port;
	__u8 flags;		/* enum backend_flag */
	__u8 nat_log2;		/* the NAT region has 1 << nat_log2 ports */
	__u32 generation;	/* never used twice; 0: no backend */
	__u32 nat_base;		/* first slot of the NAT region in nat_slots */
	__u32 service_id;
	__u32 service_index;
};

/* The way to the next hop, as the FIB and the neighbour table told it. */
struct next_hop {
	__u32 ifindex;
	__u8 dst_mac[6];
	__u8 src_mac[6];
	__u16 device;		/* enum device_flag of ifindex */
	__u8 resolved;		/* dst_mac and src_mac are known */
	__u8 pad;
	__u32 asked;		/* when, in ticks */
};

/* What every CPU keeps for itself of a backend. */
struct backend_cpu {
	struct next_hop next_hop;
	__u32 nat_cursor;	/* the port, counted from the region's first, to try next */
	__u32 pad;
	__u64 packets;
	__u64 bytes;		/* frame length, both directions */
	__u64 flows;
};

struct service_stats {
	__u64 packets;
	__u64 bytes;
	__u64 flows;		/* new flows that got a backend */
	__u64 rejects;		/* flows (TCP) or packets (UDP) that were rejected */
};

struct flow_key {
	__be32 client[4];
	__u32 service_id;
	__be16 client_port;
	__u16 pad;
};

enum flow_state {
	FLOW_FREE,
	FLOW_HALF_OPEN,		/* no reply yet */
	FLOW_ESTABLISHED,	/* replied */
	FLOW_FIN_CLIENT,	/* TCP: the client has sent FIN */
	FLOW_FIN_BACKEND,	/* TCP: the backend has sent FIN */
	FLOW_TIME_WAIT,		/* TCP: both FINs, the backend's came first */
	FLOW_CLOSED,		/* TCP: both FINs, the client's came first; or RST */
};

/* A flow's memory: conntrack's value. */
struct flow {
	__u32 backend_id;
	__u32 backend_generation;
	__u32 nat_slot;		/* snat mode: index in nat_slots */
	__u32 refreshed;	/* when the NAT slot's lifetime was last renewed, in ticks */
	__be16 nat_port;	/* snat mode: source port; 0 in local mode */
	__u8 state;		/* local mode: enum flow_state */
	__u8 pad;
};

/*
 * One port of a backend's NAT region: whose it is, and the way back. One cache
 * line: a reply needs nothing else.
 */
struct nat_slot {
	__be32 client[4];
	__be32 service[4];
	__be16 client_port;
	__be16 service_port;
	__u32 backend_id;
	__u32 backend_generation;
	__u32 word;		/* lifetime: state (3 bits, enum flow_state), last use (29 bits, ticks) */
	__u32 hop;		/* next hop to the client: ifindex (24 bits), then enum device_flag; 0: ask */
	__u8 dst_mac[6];
	__u8 src_mac[6];
};

struct nat_target_key {
	__be32 address[4];
	__be16 port;
	__u8 protocol;
	__u8 pad;
};

/* The NAT region of one (backend address, port, protocol). */
struct nat_target {
	__be32 source[4];
	__u32 base;
	__u32 log2;
};

struct maglev_entry {
	__u32 backend_ids[MAGLEV_SLOTS_PER_ENTRY];
};

/* local mode: what the reply of a node-local backend looks like. */
struct local_flow_key {
	__be32 backend[4];
	__be32 client[4];
	__be16 backend_port;
	__be16 client_port;
	__u8 protocol;
	__u8 pad[3];
};

struct local_flow {
	__be32 service[4];
	__u32 service_id;
	__be16 service_port;
	__u16 pad;
};

#define FLOW_STATES	8

/* Set once, when the programs are loaded. */
struct settings {
	__u16 nat_port_min;	/* host order */
	__u16 tick_shift;	/* 1 << tick_shift jiffies are a tick */
	__u32 csum_ipv6_flag;	/* BPF_F_IPV6 where the kernel knows it, or 0 */
	__u32 tcp_timeouts[FLOW_STATES];	/* in ticks, by enum flow_state */
	__u32 udp_timeouts[FLOW_STATES];
};

#endif
