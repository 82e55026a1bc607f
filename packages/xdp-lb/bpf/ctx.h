/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs between the two hooks, behind the same names:
 *
 *   ctx_t, ctx_data(), ctx_data_end(), ctx_length(), ctx_ifindex()
 *   ctx_pull()		headers become readable through ctx_data()
 *   ctx_trim()		cuts the frame to a length, or makes it that long
 *   ctx_store()	writes below the Ethernet header, and keeps the frame's sum right
 *   ctx_at()		the frame at an offset, for which bounds are still to be checked
 *   CTX_PASS, CTX_DROP	verdicts
 *   ctx_redirect()	sends through a device, MAC addresses being set
 */
#ifndef BLIXT_CTX_H
#define BLIXT_CTX_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#if defined(BLIXT_HOOK_XDP)
#include "ctx_xdp.h"
#elif defined(BLIXT_HOOK_TCX)
#include "ctx_tcx.h"
#else
#error "define BLIXT_HOOK_XDP or BLIXT_HOOK_TCX before including this"
#endif

/*
 * The mask, which no offset that parse() makes exceeds, is written in
 * assembly so that it stays on the register that the verifier looks at.
 */
static __always_inline void *ctx_at(ctx_t *ctx, __u64 offset)
{
	asm volatile("%0 &= 0x3fff" : "+r"(offset));
	return ctx_data(ctx) + offset;
}

#endif
