/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Full NAT: which source port a flow gets, how long it keeps it, and the way
 * back.
 *
 * Every (backend address, port, protocol) has a region of nat_slots, one slot
 * a port, so one source port serves many backends, and a reply finds its flow
 * by arithmetic instead of a hash. Ports are given out in turn: neighbours in
 * time are neighbours in memory, and a port rests as long as possible before
 * it is used again.
 */
#ifndef BLIXT_NAT_H
#define BLIXT_NAT_H

#include "clock.h"
#include "ctx.h"
#include "maps.h"
#include "parse.h"

#define NAT_NO_SLOT	0xffffffff
#define NAT_SCORE_FREE	0xffffffff
#define NAT_PLACES_TRIED	4	/* the cursor's, and three of the flow's hash */
#define NAT_PORTS_TRIED	8	/* from a place on */

static __always_inline __u32 nat_word(enum flow_state state, __u32 now)
{
	return (__u32)state << TICK_BITS | (now & TICK_MASK);
}

static __always_inline enum flow_state nat_word_state(__u32 word)
{
	return word >> TICK_BITS;
}

static __always_inline __u32 nat_word_idle(__u32 word, __u32 now)
{
	return (now - word) & TICK_MASK;
}

static __always_inline bool nat_word_expired(__u32 word, __u32 protocol, __u32 now)
{
	const volatile struct settings *s = &settings;
	__u32 state = nat_word_state(word) & (FLOW_STATES - 1);
	__u32 timeout = protocol == IPPROTO_TCP ? s->tcp_timeouts[state] : s->udp_timeouts[state];

	return nat_word_idle(word, now) >= timeout;
}

static __always_inline struct backend *live_backend(__u32 id, __u32 generation)
{
	struct backend *backend = bpf_map_lookup_elem(&backends, &id);

	if (!backend || !backend->generation || backend->generation != generation)
		return NULL;
	return backend;
}

static __always_inline struct nat_slot *nat_slot_of(__u32 index)
{
	return bpf_map_lookup_elem(&nat_slots, &index);
}

/* Is the slot still this packet's flow's? */
static __always_inline bool nat_slot_is(const struct nat_slot *slot, const struct packet *packet)
{
	return slot->client_port == packet->sport && slot->service_port == packet->dport &&
	       address_equal(slot->client, packet->src) &&
	       address_equal(slot->service, packet->dst);
}

/*
 * The state after a packet with these flags. Whoever sends the first FIN
 * keeps the TIME_WAIT (RFC 9293, 3.6): when that is the backend, its port is
 * given to a new flow only when none near it is free.
 */
static __always_inline enum flow_state
nat_next_state(enum flow_state state, __u8 tcp_flags, bool from_client)
{
	if (tcp_flags & TCP_RST)
		return FLOW_CLOSED;
	if (tcp_flags & TCP_FIN) {
		if (from_client)
			return state == FLOW_FIN_BACKEND ? FLOW_TIME_WAIT :
			       state < FLOW_FIN_CLIENT ? FLOW_FIN_CLIENT : state;
		return state == FLOW_FIN_CLIENT ? FLOW_CLOSED :
		       state < FLOW_FIN_CLIENT ? FLOW_FIN_BACKEND : state;
	}
	if (!from_client && state == FLOW_HALF_OPEN)
		return FLOW_ESTABLISHED;
	return state;
}

/*
 * How readily a slot is given to a new flow: at once when it is free, or when
 * nobody has answered its flow (which, should it come to life after all, gets
 * another); else the longer it is closed, the sooner. 0: never.
 *
 * A slot whose flow had a packet within REFRESH_TICKS is not given away: after
 * that time the flow's next packet makes sure that the slot is still its own.
 */
static __always_inline __u32 nat_reuse_score(__u32 word, __u32 protocol, __u32 now)
{
	enum flow_state state = nat_word_state(word);

	if (nat_word_expired(word, protocol, now))
		return NAT_SCORE_FREE;
	if (nat_word_idle(word, now) < REFRESH_TICKS)
		return 0;
	if (state == FLOW_HALF_OPEN)
		return NAT_SCORE_FREE;
	return state >= FLOW_TIME_WAIT ? nat_word_idle(word, now) : 0;
}

/*
 * The best of NAT_PORTS_TRIED slots of a region for a new flow, from a place
 * on: its score in the upper half, its place in the region in the lower. No
 * inline, and its result a single number, so that the verifier goes through the
 * loop once, and not once for each way to get here and on.
 */
__noinline __u64 nat_best_slot(__u32 base, __u32 mask, __u32 from, __u32 protocol, __u32 now)
{
	__u64 best = 0;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < NAT_PORTS_TRIED; i++) {
		__u32 place = (from + i) & mask;
		struct nat_slot *slot = nat_slot_of(base + place);
		__u64 score;

		if (!slot)
			break;
		score = nat_reuse_score(slot->word, protocol, now);
		if (score == NAT_SCORE_FREE)
			return score << 32 | place;
		if (score << 32 > best)
			best = score << 32 | place;
	}
	return best;
}

/*
 * A slot of a region whose flow's backend was removed, or NAT_NO_SLOT: when the
 * backend has come back, its old flows stand in the way of new ones.
 */
__noinline __u32 nat_abandoned_slot(__u32 base, __u32 mask, __u32 from, __u32 now)
{
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < NAT_PLACES_TRIED * NAT_PORTS_TRIED; i++) {
		__u32 place = (from + i) & mask;
		struct nat_slot *slot = nat_slot_of(base + place);

		if (!slot)
			break;
		if (nat_word_idle(slot->word, now) >= REFRESH_TICKS &&
		    !live_backend(slot->backend_id, slot->backend_generation))
			return base + place;
	}
	return NAT_NO_SLOT;
}

/*
 * Makes a slot that may be given away this packet's flow's, or returns false
 * when another CPU has been faster.
 */
static __always_inline bool
nat_take(const struct packet *packet, const struct backend *backend, __u32 backend_id,
	 struct nat_slot *slot, __u32 now)
{
	__u32 word = slot->word;

	if ((nat_word_idle(word, now) < REFRESH_TICKS && !nat_word_expired(word, packet->protocol, now)) ||
	    __sync_val_compare_and_swap(&slot->word, word, nat_word(FLOW_HALF_OPEN, now)) != word)
		return false;
	address_copy(slot->client, packet->src);
	address_copy(slot->service, packet->dst);
	slot->client_port = packet->sport;
	slot->service_port = packet->dport;
	slot->backend_id = backend_id;
	slot->backend_generation = backend->generation;
	slot->hop = 0;
	return true;
}

/*
 * A slot for a new flow at this backend, or NAT_NO_SLOT when none can be had.
 * Every CPU goes round the region by a cursor of its own; where it meets another
 * one's, it goes on from a place that the flow's hash tells.
 */
static __always_inline __u32
nat_allocate(const struct packet *packet, const struct backend *backend, __u32 backend_id,
	     __u64 hash, __u32 now)
{
	struct backend_cpu *cpu = bpf_map_lookup_elem(&backends_cpu, &backend_id);
	__u32 mask = (1U << (backend->nat_log2 & 15)) - 1;
	struct nat_slot *slot;
	__u32 abandoned;

	if (!cpu)
		return NAT_NO_SLOT;
#pragma clang loop unroll(disable)
	for (int i = 0; i < NAT_PLACES_TRIED; i++) {
		__u32 from = i ? hash >> (16 * i) : cpu->nat_cursor;
		__u64 best = nat_best_slot(backend->nat_base, mask, from, packet->protocol, now);
		__u32 place = (__u32)best & mask;

		slot = nat_slot_of(backend->nat_base + place);
		if (!best || !slot || !nat_take(packet, backend, backend_id, slot, now))
			continue;
		cpu->nat_cursor = place + 1;
		return backend->nat_base + place;
	}
	abandoned = nat_abandoned_slot(backend->nat_base, mask, hash, now);
	slot = nat_slot_of(abandoned);
	return slot && nat_take(packet, backend, backend_id, slot, now) ? abandoned : NAT_NO_SLOT;
}

static __always_inline __be16 nat_port_of(const struct backend *backend, __u32 slot)
{
	const volatile struct settings *s = &settings;

	return bpf_htons(s->nat_port_min + (slot - backend->nat_base));
}

/*
 * Is something that a removed backend still sends for its flow's client? Until
 * the client has sent a packet and been told of the removal; what came of an
 * opened connection first, a SYN, is left for the client to repeat.
 */
static __always_inline bool nat_is_awaited(const struct nat_slot *slot, __u32 protocol, __u32 now)
{
	__u32 word = slot->word;
	enum flow_state state = nat_word_state(word);

	if (state >= FLOW_TIME_WAIT || nat_word_expired(word, protocol, now))
		return false;
	return protocol != IPPROTO_TCP || state != FLOW_HALF_OPEN;
}

/* Does a reply have to call nat_track()? */
static __always_inline bool nat_is_due(const struct nat_slot *slot, __u8 tcp_flags, __u32 now)
{
	return tcp_flags & (TCP_FIN | TCP_RST) || nat_word_state(slot->word) == FLOW_HALF_OPEN ||
	       nat_word_idle(slot->word, now) >= REFRESH_TICKS;
}

/*
 * Renews a slot's lifetime for a packet of its flow, and follows TCP's states.
 * Returns the state that it found.
 */
static __always_inline enum flow_state
nat_track(struct nat_slot *slot, __u8 tcp_flags, bool from_client, __u32 now)
{
	enum flow_state state = nat_word_state(slot->word);

	if (state < FLOW_TIME_WAIT && state != FLOW_FREE)
		slot->word = nat_word(nat_next_state(state, tcp_flags, from_client), now);
	return state;
}

#endif
