/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Choosing a backend for a new flow: one look-up in the service's Maglev
 * table (Eisenbud et al., NSDI 2016, section 3.4), which user space fills.
 */
#ifndef BLIXT_MAGLEV_H
#define BLIXT_MAGLEV_H

#include "maps.h"
#include "parse.h"

static __always_inline __u64 hash_mix(__u64 hash, __u64 word)
{
	/* The finalizer's constants of MurmurHash3, 64 bits. */
	hash ^= word;
	hash *= 0xff51afd7ed558ccdULL;
	hash ^= hash >> 32;
	hash *= 0xc4ceb9fe1a85ec53ULL;
	hash ^= hash >> 29;
	return hash;
}

/*
 * The flow's 5-tuple, hashed. No seed: two nodes with the same backends
 * choose the same backend for the same flow.
 */
static __always_inline __u64 flow_hash(const struct packet *packet)
{
	__u64 hash = hash_mix(0, (__u64)packet->sport << 32 | (__u64)packet->dport << 16 | packet->protocol);

	if (packet->ipv6) {
		hash = hash_mix(hash, (__u64)packet->src[0] << 32 | packet->src[1]);
		hash = hash_mix(hash, (__u64)packet->src[2] << 32 | packet->dst[2]);
		hash = hash_mix(hash, (__u64)packet->dst[0] << 32 | packet->dst[1]);
	}
	return hash_mix(hash, (__u64)packet->src[3] << 32 | packet->dst[3]);
}

/* A backend's id, or MAGLEV_REJECT. */
static __always_inline __u32 maglev_select(const struct service *service, __u64 hash)
{
	struct maglev_entry *entry;
	__u32 slot, index;

	if (service->flags & SERVICE_REJECT_ALL || !service->maglev_size)
		return MAGLEV_REJECT;
	slot = service->maglev_base + (__u32)(hash >> 32) % service->maglev_size;
	index = slot / MAGLEV_SLOTS_PER_ENTRY;
	entry = bpf_map_lookup_elem(&maglev, &index);
	if (!entry)
		return MAGLEV_REJECT;
	return entry->backend_ids[slot % MAGLEV_SLOTS_PER_ENTRY];
}

#endif
