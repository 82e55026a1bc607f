/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which backend a flow is on. Flows live in an LRU hash and name their
 * backend by id and generation, so that a backend's id that was given to
 * another never catches an old flow.
 */
#ifndef BLIXT_CONNTRACK_H
#define BLIXT_CONNTRACK_H

#include "clock.h"
#include "maglev.h"
#include "maps.h"
#include "nat.h"
#include "parse.h"

enum flow_result {
	FLOW_FOUND,
	FLOW_NEW,
	FLOW_REJECTED,	/* its Maglev slot rejects, or its backend was removed */
	FLOW_NO_PORT,
};

static __always_inline void
flow_key_of(const struct packet *packet, __u32 service_id, struct flow_key *key)
{
	address_copy(key->client, packet->src);
	key->service_id = service_id;
	key->client_port = packet->sport;
	key->pad = 0;
}

/* The NAT slot of a packet's flow; NULL when it has none, or has it no more. */
static __always_inline struct nat_slot *
flow_slot(const struct packet *packet, const struct flow *flow)
{
	struct nat_slot *slot;

	if (!flow->nat_port)
		return NULL;
	slot = nat_slot_of(flow->nat_slot);
	if (!slot || slot->backend_id != flow->backend_id ||
	    slot->backend_generation != flow->backend_generation || !nat_slot_is(slot, packet))
		return NULL;
	return slot;
}

/*
 * The client of a flow whose backend was removed is about to be told, or to get
 * another: it waits for nothing more from that backend.
 */
__noinline int flow_give_up(const struct packet *packet, const struct flow *flow)
{
	struct nat_slot *slot;

	if (!packet || !flow)
		return 0;
	slot = flow_slot(packet, flow);
	if (slot)
		slot->word = nat_word(FLOW_CLOSED, clock_ticks());
	return 0;
}

/*
 * Keeps the lifetime of a known flow. Returns false when the flow is over,
 * and its packet has to be taken as one of an unknown flow: its NAT slot went
 * to another, or a SYN opens the same connection again.
 */
static __always_inline bool
flow_touch(const struct packet *packet, struct flow *flow, __u32 now)
{
	__u8 flags = packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST);
	enum flow_state state;

	if (!flags && now - flow->refreshed < REFRESH_TICKS)
		return true;
	if (flow->nat_port) {
		struct nat_slot *slot = flow_slot(packet, flow);

		if (!slot)
			return false;
		state = nat_track(slot, flags, true, now);
		slot->hop = 0;
	} else {
		state = flow->state;
		if (!(flags & TCP_SYN))
			flow->state = nat_next_state(state, flags, true);
	}
	if (flags & TCP_SYN && state >= FLOW_FIN_CLIENT)
		return false;
	/* After FIN or RST every packet looks again whether the slot is still the flow's. */
	flow->refreshed = flags & (TCP_FIN | TCP_RST) ? now - REFRESH_TICKS : now;
	return true;
}

/* Does the client still have a flow of local mode, from the packet's source port, at this service? */
static __always_inline bool local_flow_lives(const struct packet *packet, __u32 service_id)
{
	struct flow_key key;
	struct flow *flow;

	flow_key_of(packet, service_id, &key);
	flow = bpf_map_lookup_elem(&conntrack, &key);
	return flow && !flow->nat_port && flow->state != FLOW_CLOSED &&
	       live_backend(flow->backend_id, flow->backend_generation);
}

static __always_inline bool
flow_insert_local(const struct packet *packet, const struct backend *backend, const struct service *service)
{
	struct local_flow_key key = {};
	struct local_flow value = {};
	struct local_flow *other;

	address_copy(key.backend, backend->address);
	address_copy(key.client, packet->src);
	key.backend_port = backend->port;
	key.client_port = packet->sport;
	key.protocol = packet->protocol;
	address_copy(value.service, packet->dst);
	value.service_id = service->id;
	value.service_port = packet->dport;
	if (bpf_map_update_elem(&local_flows, &key, &value, BPF_NOEXIST) == 0)
		return true;
	/* The client uses this source port at another service of the same backend? */
	other = bpf_map_lookup_elem(&local_flows, &key);
	if (!other)
		return false;
	if (other->service_id == service->id)
		return true;
	if (local_flow_lives(packet, other->service_id))
		return false;
	return bpf_map_update_elem(&local_flows, &key, &value, BPF_ANY) == 0;
}

static __always_inline bool is_mid_connection(const struct packet *packet)
{
	return packet->protocol == IPPROTO_TCP && !(packet->tcp_flags & TCP_SYN);
}

/*
 * Chooses a backend for a flow that has none, and remembers it. A function of
 * its own for the verifier, which would otherwise follow its loops once for
 * each way to get here.
 */
__noinline enum flow_result
flow_create(const struct packet *packet, const struct service *service, struct flow *flow)
{
	struct backend *backend;
	struct flow_key key;
	__u32 id, now;
	__u64 hash;

	if (!packet || !service || !flow)
		return FLOW_REJECTED;
	hash = flow_hash(packet);
	id = maglev_select(service, hash);
	if (id == MAGLEV_REJECT)
		return FLOW_REJECTED;
	backend = bpf_map_lookup_elem(&backends, &id);
	if (!backend || !backend->generation)
		return FLOW_REJECTED;
	now = clock_ticks();
	flow->backend_id = id;
	flow->backend_generation = backend->generation;
	flow->nat_slot = 0;
	flow->nat_port = 0;
	flow->refreshed = now;
	flow->state = FLOW_ESTABLISHED;
	flow->pad = 0;

	/* Where a second service already uses the reply's tuple, full NAT tells the two apart. */
	if (!(backend->flags & BACKEND_LOCAL) || !flow_insert_local(packet, backend, service)) {
		/* In the middle of a connection only the port that it had would be any use. */
		if (is_mid_connection(packet))
			return FLOW_REJECTED;
		flow->nat_slot = nat_allocate(packet, backend, id, hash, now);
		if (flow->nat_slot == NAT_NO_SLOT)
			return FLOW_NO_PORT;
		flow->nat_port = nat_port_of(backend, flow->nat_slot);
		flow->state = FLOW_FREE;
	}
	flow_key_of(packet, service->id, &key);
	bpf_map_update_elem(&conntrack, &key, flow, BPF_ANY);
	return FLOW_NEW;
}

#endif
