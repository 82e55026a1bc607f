/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Time, coarse and cheap: ticks of 2^28 ns (0.27 s). NAT words keep 29 bits
 * of them (4.5 years).
 */
#ifndef BLIXT_CLOCK_H
#define BLIXT_CLOCK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TICK_BITS	29
#define TICK_MASK	((1 << TICK_BITS) - 1)

/* How often, in ticks, a flow's traffic renews the lifetime of its NAT slot. */
#define REFRESH_TICKS	16

/* Now: nanoseconds of CLOCK_MONOTONIC_COARSE, asked once a packet. */
static __always_inline __u64 clock_now(void)
{
	return bpf_ktime_get_coarse_ns();
}

static __always_inline __u32 clock_ticks(__u64 now)
{
	return now >> 28;
}

/* Units of 2^30 ns. */
static __always_inline __u32 clock_seconds(__u64 now)
{
	return now >> 30;
}

#endif
