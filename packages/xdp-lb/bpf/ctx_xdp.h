/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ctx.h for XDP: the frame is linear and its checksums are complete. */
#ifndef BLIXT_CTX_XDP_H
#define BLIXT_CTX_XDP_H

#include <stdbool.h>

typedef struct xdp_md ctx_t;

#define CTX_PASS	XDP_PASS
#define CTX_DROP	XDP_DROP
#define CTX_XDP		1

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
	return ctx->data_end - ctx->data;
}

static __always_inline __u32 ctx_ifindex(ctx_t *ctx)
{
	return ctx->ingress_ifindex;
}

static __always_inline bool ctx_pull(ctx_t *ctx, __u32 length)
{
	return false;
}

static __always_inline int ctx_trim(ctx_t *ctx, __u32 length)
{
	return bpf_xdp_adjust_tail(ctx, (int)length - (int)bpf_xdp_get_buff_len(ctx));
}

static __always_inline int ctx_store(ctx_t *ctx, __u32 offset, const void *from, __u32 length)
{
	return bpf_xdp_store_bytes(ctx, offset, (void *)from, length);
}

static __always_inline int ctx_redirect(ctx_t *ctx, __u32 ifindex)
{
	if (ifindex == ctx->ingress_ifindex)
		return XDP_TX;
	return bpf_redirect(ifindex, 0);
}

#endif
