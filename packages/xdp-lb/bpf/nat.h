/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Full NAT: which source port a flow gets, how long it keeps it, and the way
 * back.
 *
 * Every (backend address, port, protocol) has a region of nat_slots, one slot
 * a port, so one source port serves many backends, and a reply finds its flow
 * by arithmetic instead of a hash. A flow's hash names two blocks of 16 ports
 * in which its port may lie: a flow that conntrack has forgotten finds its
 * own port again.
 */
#ifndef BLIXT_NAT_H
#define BLIXT_NAT_H

#include "clock.h"
#include "ctx.h"
#include "maps.h"
#include "parse.h"

#define NAT_TAG_SHIFT	24
#define NAT_STATE_SHIFT	TICK_BITS
#define NAT_BLOCKS_TRIED	2
#define NAT_NO_SLOT	0xffffffff

static __always_inline __u32 nat_word(__u8 tag, enum flow_state state, __u32 now)
{
	return (__u32)tag << NAT_TAG_SHIFT | (__u32)state << NAT_STATE_SHIFT | (now & TICK_MASK);
}

static __always_inline __u8 nat_word_tag(__u32 word)
{
	return word >> NAT_TAG_SHIFT;
}

static __always_inline enum flow_state nat_word_state(__u32 word)
{
	return (word >> NAT_STATE_SHIFT) & 7;
}

static __always_inline __u32 nat_word_idle(__u32 word, __u32 now)
{
	return (now - word) & TICK_MASK;
}

static __always_inline __u32 nat_timeout(enum flow_state state, __u8 protocol)
{
	const volatile struct settings *s = &settings;

	switch (state) {
	case FLOW_FREE:
		return 0;
	case FLOW_HALF_OPEN:
		return protocol == IPPROTO_TCP ? s->timeout_half_open : s->timeout_udp;
	case FLOW_ESTABLISHED:
		return protocol == IPPROTO_TCP ? s->timeout_established : s->timeout_udp_replied;
	case FLOW_TIME_WAIT:
		return s->timeout_time_wait;
	case FLOW_CLOSED:
		return s->timeout_closed;
	default:
		return s->timeout_fin;
	}
}

static __always_inline bool nat_word_expired(__u32 word, __u8 protocol, __u32 now)
{
	return nat_word_idle(word, now) >= nat_timeout(nat_word_state(word), protocol);
}

static __always_inline __u32 *nat_word_of(__u32 slot)
{
	__u32 block_index = slot / NAT_PORTS_PER_BLOCK;
	struct nat_block *block = bpf_map_lookup_elem(&nat_words, &block_index);

	return block ? &block->words[slot % NAT_PORTS_PER_BLOCK] : NULL;
}

static __always_inline struct nat_slot *nat_slot_of(__u32 slot)
{
	return bpf_map_lookup_elem(&nat_slots, &slot);
}

/* Is the slot, whatever its word says, this packet's flow's? */
static __always_inline bool nat_slot_is(const struct nat_slot *slot, const struct packet *packet)
{
	return slot->client_port == packet->sport && slot->service_port == packet->dport &&
	       address_equal(slot->client, packet->src) &&
	       address_equal(slot->service, packet->dst);
}

/*
 * The state after a packet with these flags. Whoever sends the first FIN
 * keeps the TIME_WAIT (RFC 9293, 3.6): when that is the backend, its port is
 * given to a new flow only when no other is free.
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

/* Which of two busy words to give up first: one in TIME_WAIT, then the oldest half-open one. */
static __always_inline __u32 nat_reuse_score(__u32 word, __u32 now)
{
	enum flow_state state = nat_word_state(word);

	if (state == FLOW_CLOSED || state == FLOW_TIME_WAIT)
		return (1U << 31) | (nat_word_idle(word, now) + 1);
	if (state == FLOW_HALF_OPEN)
		return nat_word_idle(word, now) + 1;
	return 0;
}

/* A slot that is taken from a flow which may still be remembered: make conntrack forget it. */
static __always_inline void nat_forget(const struct nat_slot *slot)
{
	struct flow_key key = {};
	struct backend *backend;
	__u32 id = slot->backend_id;

	backend = bpf_map_lookup_elem(&backends, &id);
	if (!backend)
		return;
	address_copy(key.client, slot->client);
	key.client_port = slot->client_port;
	key.service_id = backend->service_id;
	bpf_map_delete_elem(&conntrack, &key);
}

/*
 * The slot of the packet's flow at this backend: its own, when it has one
 * still, or one that is free or can be given up, or NAT_NO_SLOT. With
 * `only_own`, nothing is allocated.
 */
static __always_inline __u32
nat_allocate(const struct packet *packet, const struct backend *backend, __u32 backend_id,
	     __u64 hash, bool only_own, __u32 now)
{
	__u8 tag = (__u8)hash | 1;
	__u32 blocks_mask = ((1U << (backend->nat_log2 & 15)) / NAT_PORTS_PER_BLOCK) - 1;
	__u32 first_block = (__u32)(hash >> 8) & blocks_mask;
	__u32 chosen, chosen_word, chosen_score;
	struct nat_slot *slot;
	__u32 *word_address;

	chosen = NAT_NO_SLOT;
	chosen_word = 0;
	chosen_score = 0;
	for (int i = 0; i < NAT_BLOCKS_TRIED; i++) {
		__u32 block_index = backend->nat_base / NAT_PORTS_PER_BLOCK +
				    ((first_block ^ i) & blocks_mask);
		struct nat_block *block = bpf_map_lookup_elem(&nat_words, &block_index);

		if (!block)
			return NAT_NO_SLOT;
		for (int j = 0; j < NAT_PORTS_PER_BLOCK; j++) {
			__u32 word = block->words[j];
			__u32 index = block_index * NAT_PORTS_PER_BLOCK + j;
			__u32 score;

			if (nat_word_expired(word, packet->protocol, now)) {
				score = 0xffffffff;
			} else {
				if (nat_word_tag(word) == tag) {
					slot = nat_slot_of(index);
					if (slot && slot->backend_id == backend_id &&
					    slot->backend_generation == backend->generation &&
					    nat_slot_is(slot, packet))
						return index;
				}
				score = nat_reuse_score(word, now);
			}
			if (score > chosen_score) {
				chosen_score = score;
				chosen = index;
				chosen_word = word;
			}
		}
		if (chosen_score == 0xffffffff && !only_own)
			break;
	}
	if (only_own || chosen == NAT_NO_SLOT)
		return NAT_NO_SLOT;

	word_address = nat_word_of(chosen);
	slot = nat_slot_of(chosen);
	if (!word_address || !slot)
		return NAT_NO_SLOT;
	/* Another CPU may have been here first; then this packet waits for its retransmission. */
	if (__sync_val_compare_and_swap(word_address, chosen_word,
					nat_word(tag, FLOW_HALF_OPEN, now)) != chosen_word)
		return NAT_NO_SLOT;
	if (chosen_score != 0xffffffff)
		nat_forget(slot);
	address_copy(slot->client, packet->src);
	address_copy(slot->service, packet->dst);
	slot->client_port = packet->sport;
	slot->service_port = packet->dport;
	slot->backend_id = backend_id;
	slot->backend_generation = backend->generation;
	slot->refreshed = now - REFRESH_TICKS;
	slot->hop = 0;
	return chosen;
}

static __always_inline __be16 nat_port_of(const struct backend *backend, __u32 slot)
{
	const volatile struct settings *s = &settings;

	return bpf_htons(s->nat_port_min + (slot - backend->nat_base));
}

/*
 * Renews a slot's lifetime for a packet of its flow, and follows TCP's
 * states. Returns the state that it found.
 */
static __always_inline enum flow_state
nat_track(__u32 slot, __u8 tcp_flags, bool from_client, __u32 now)
{
	__u32 *address = nat_word_of(slot);
	enum flow_state state;
	__u32 word;

	if (!address)
		return FLOW_FREE;
	word = *address;
	state = nat_word_state(word);
	if (state < FLOW_TIME_WAIT && state != FLOW_FREE)
		*address = nat_word(nat_word_tag(word), nat_next_state(state, tcp_flags, from_client), now);
	return state;
}

#endif
