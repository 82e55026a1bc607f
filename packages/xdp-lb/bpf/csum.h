/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Internet checksum arithmetic (RFC 1071, RFC 1624). A "difference" is the
 * one's complement sum of the new words and the complements of the old ones.
 */
#ifndef BLIXT_CSUM_H
#define BLIXT_CSUM_H

#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>

/* Folds to 32 bits: what the checksum helpers of tc take as a difference. */
static __always_inline __u32 csum_fold32(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	return sum;
}

static __always_inline __u16 csum_fold16(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static __always_inline __u64 csum_replace(__u64 difference, __u32 from, __u32 to)
{
	return difference + (__u32)~from + to;
}

static __always_inline __u64
csum_replace_address(__u64 difference, const __be32 *from, const __be32 *to, bool ipv6)
{
	difference = csum_replace(difference, from[3], to[3]);
	if (ipv6) {
		difference = csum_replace(difference, from[0], to[0]);
		difference = csum_replace(difference, from[1], to[1]);
		difference = csum_replace(difference, from[2], to[2]);
	}
	return difference;
}

/* RFC 1624, equation 3: HC' = ~(~HC + ~m + m') */
static __always_inline __sum16 csum_apply(__sum16 check, __u64 difference)
{
	return ~csum_fold16((__u64)(__u16)~check + difference);
}

/* The pseudo-header's part of a TCP or UDP checksum (RFC 9293, 3.1; RFC 8200, 8.1). */
static __always_inline __u64
csum_pseudo_header(const __be32 *src, const __be32 *dst, bool ipv6, __u8 protocol, __u16 length)
{
	__u64 sum = (__u64)src[3] + dst[3];

	if (ipv6)
		sum += (__u64)src[0] + src[1] + src[2] + dst[0] + dst[1] + dst[2];
	return sum + bpf_htons(protocol) + bpf_htons(length);
}

#endif
