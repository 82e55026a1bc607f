/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ctx.h for tcx. The frame may be non-linear, and its checksum may be left
 * for the device to finish (CHECKSUM_PARTIAL); the helpers know, we do not.
 */
#ifndef BLIXT_CTX_TCX_H
#define BLIXT_CTX_TCX_H

#include <stdbool.h>

typedef struct __sk_buff ctx_t;

/* enum tcx_action_base: TCX_NEXT lets other programs of the hook see the packet. */
#define CTX_PASS	(-1)
#define CTX_DROP	2
#define CTX_XDP		0

static __always_inline void *ctx_data(ctx_t *ctx)
{
	return (void *)(long)ctx->data;
}

static __always_inline void *ctx_data_end(ctx_t *ctx)
{
	return (void *)(long)ctx->data_end;
}

static __always_inline __u32 ctx_length(ctx_t *ctx)
{
	return ctx->len;
}

static __always_inline __u32 ctx_ifindex(ctx_t *ctx)
{
	return ctx->ifindex;
}

static __always_inline bool ctx_pull(ctx_t *ctx, __u32 length)
{
	if (length > ctx->len)
		length = ctx->len;
	return bpf_skb_pull_data(ctx, length) == 0;
}

static __always_inline int ctx_trim(ctx_t *ctx, __u32 length)
{
	return bpf_skb_change_tail(ctx, length, 0);
}

static __always_inline int ctx_store(ctx_t *ctx, __u32 offset, const void *from, __u32 length)
{
	return bpf_skb_store_bytes(ctx, offset, from, length, BPF_F_RECOMPUTE_CSUM);
}

static __always_inline int ctx_redirect(ctx_t *ctx, __u32 ifindex)
{
	return bpf_redirect(ifindex, 0);
}

#endif
