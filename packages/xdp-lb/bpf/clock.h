/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Time, coarse and cheap: ticks of about a quarter of a second, made from
 * jiffies, which the JIT reads without a call (asking for nanoseconds would be
 * a fifth of a packet). NAT words keep 29 bits of them, more than 4 years.
 */
#ifndef BLIXT_CLOCK_H
#define BLIXT_CLOCK_H

#include "maps.h"

#define TICK_BITS	29
#define TICK_MASK	((1 << TICK_BITS) - 1)

/* How often a flow's traffic renews the lifetime of its NAT slot: about 4 s. */
#define REFRESH_TICKS	16

static __always_inline __u32 clock_ticks(void)
{
	const volatile struct settings *s = &settings;

	return bpf_jiffies64() >> (s->tick_shift & 31);
}

#endif
