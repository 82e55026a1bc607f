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
#define NAT_TAGS_TRIED	2	/* in a block, equal tags of other flows are rare */
#define NAT_NO_SLOT	0xffffffff
#define NAT_SCORE_FREE	0xffffffff

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

static __always_inline bool nat_word_expired(__u32 word, __u32 protocol, __u32 now)
{
	const volatile struct settings *s = &settings;
	__u32 state = nat_word_state(word) & (FLOW_STATES - 1);
	__u32 timeout = protocol == IPPROTO_TCP ? s->tcp_timeouts[state] : s->udp_timeouts[state];

	return nat_word_idle(word, now) >= timeout;
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

/*
 * How readily a slot is given to a new flow: a free one at once, then the
 * oldest of those that are closed, then the oldest half-open one. 0: never.
 */
static __always_inline __u32 nat_reuse_score(__u32 word, __u32 protocol, __u32 now)
{
	enum flow_state state = nat_word_state(word);

	if (nat_word_expired(word, protocol, now))
		return NAT_SCORE_FREE;
	if (state >= FLOW_TIME_WAIT)
		return 1U << 31 | nat_word_idle(word, now);
	if (state == FLOW_HALF_OPEN)
		return 1U << 30 | nat_word_idle(word, now);
	return 0;
}

/*
 * The two functions that follow look through one block each. They are no
 * inlines, and their results single numbers, so that the verifier goes through
 * their loops once, and not once for each way to get there and on.
 */

/* The best slot of a block for a new flow: its score in the upper half, its place in the block in the lower. */
__noinline __u64 nat_best_of_block(__u32 block_index, __u32 protocol, __u32 now)
{
	struct nat_block *block = bpf_map_lookup_elem(&nat_words, &block_index);
	__u64 best = 0;

	if (!block)
		return 0;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < NAT_PORTS_PER_BLOCK; i++) {
		__u64 score = nat_reuse_score(block->words[i], protocol, now);

		if (score << 32 > best)
			best = score << 32 | i;
		if (score == NAT_SCORE_FREE)
			break;
	}
	return best;
}

/* The first busy slot of a block with this tag, from a place on; NAT_PORTS_PER_BLOCK if there is none. */
__noinline __u32
nat_find_tag(__u32 block_index, __u32 from, __u32 tag, __u32 protocol, __u32 now)
{
	struct nat_block *block = bpf_map_lookup_elem(&nat_words, &block_index);

	if (!block)
		return NAT_PORTS_PER_BLOCK;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < NAT_PORTS_PER_BLOCK; i++) {
		__u32 word = block->words[i];

		if (i >= from && nat_word_tag(word) == tag && !nat_word_expired(word, protocol, now))
			return i;
	}
	return NAT_PORTS_PER_BLOCK;
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

/* The n-th block that a flow's port may lie in. */
static __always_inline __u32 nat_block_index(const struct backend *backend, __u64 hash, __u32 n)
{
	__u32 mask = (1U << (backend->nat_log2 & 15)) / NAT_PORTS_PER_BLOCK - 1;

	return backend->nat_base / NAT_PORTS_PER_BLOCK + (((__u32)(hash >> 8) ^ n) & mask);
}

static __always_inline __u8 nat_tag(__u64 hash)
{
	return hash;
}

/* The slot that the packet's flow still has at this backend, or NAT_NO_SLOT. */
static __always_inline __u32
nat_find_own(const struct packet *packet, const struct backend *backend, __u64 hash, __u32 now)
{
	for (int i = 0; i < NAT_BLOCKS_TRIED; i++) {
		__u32 block_index = nat_block_index(backend, hash, i);
		__u32 from = 0;

		for (int j = 0; j < NAT_TAGS_TRIED; j++) {
			__u32 found = nat_find_tag(block_index, from, nat_tag(hash), packet->protocol, now);
			__u32 index = block_index * NAT_PORTS_PER_BLOCK + found;
			struct nat_slot *slot;

			if (found >= NAT_PORTS_PER_BLOCK)
				break;
			slot = nat_slot_of(index);
			if (slot && slot->backend_generation == backend->generation && nat_slot_is(slot, packet))
				return index;
			from = found + 1;
		}
	}
	return NAT_NO_SLOT;
}

/* A slot for a new flow at this backend, or NAT_NO_SLOT when none can be had. */
static __always_inline __u32
nat_allocate(const struct packet *packet, const struct backend *backend, __u32 backend_id,
	     __u64 hash, __u32 now)
{
	__u32 first = nat_block_index(backend, hash, 0), second = nat_block_index(backend, hash, 1);
	__u64 best = nat_best_of_block(first, packet->protocol, now);
	__u32 chosen, chosen_word, *word_address;
	bool is_free = best >> 32 == NAT_SCORE_FREE;
	struct nat_slot *slot;

	chosen = first * NAT_PORTS_PER_BLOCK + (__u32)best;
	if (!is_free) {
		__u64 other = nat_best_of_block(second, packet->protocol, now);

		if (other >> 32 > best >> 32) {
			best = other;
			chosen = second * NAT_PORTS_PER_BLOCK + (__u32)best;
			is_free = best >> 32 == NAT_SCORE_FREE;
		}
	}
	if (!best)
		return NAT_NO_SLOT;
	word_address = nat_word_of(chosen);
	slot = nat_slot_of(chosen);
	if (!word_address || !slot)
		return NAT_NO_SLOT;
	chosen_word = *word_address;
	if (is_free && !nat_word_expired(chosen_word, packet->protocol, now))
		return NAT_NO_SLOT;
	/* Another CPU may have been here first; then this packet waits for its retransmission. */
	if (__sync_val_compare_and_swap(word_address, chosen_word,
					nat_word(nat_tag(hash), FLOW_HALF_OPEN, now)) != chosen_word)
		return NAT_NO_SLOT;
	if (!is_free)
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
