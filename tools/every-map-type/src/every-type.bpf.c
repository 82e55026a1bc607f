/* A map of every type that Linux 6.18 has, made by libbpf, and programs that fill those that only programs fill. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

/* Newer than the headers of distributions. */
#define CGRP_STORAGE 32
#define ARENA 33

typedef unsigned int u32;
typedef unsigned long long u64;

struct stack {
	u64 addresses[4];
};

struct lpm_key {
	u32 prefixlen;
	unsigned char data[4];
};

#define MAP(name, kind, entries, options, k, v)        \
	struct {                                       \
		__uint(type, kind);                    \
		__uint(max_entries, entries);          \
		__uint(map_flags, options);            \
		__type(key, k);                        \
		__type(value, v);                      \
	} name SEC(".maps");

MAP(m_hash, BPF_MAP_TYPE_HASH, 8, 0, u32, u64)
MAP(m_array, BPF_MAP_TYPE_ARRAY, 8, 0, u32, u64)
MAP(m_percpu_hash, BPF_MAP_TYPE_PERCPU_HASH, 8, 0, u32, u64)
MAP(m_percpu_array, BPF_MAP_TYPE_PERCPU_ARRAY, 8, 0, u32, u64)
MAP(m_lru_hash, BPF_MAP_TYPE_LRU_HASH, 64, 0, u32, u64)
MAP(m_lru_percpu_hash, BPF_MAP_TYPE_LRU_PERCPU_HASH, 64, 0, u32, u64)
MAP(m_lpm_trie, BPF_MAP_TYPE_LPM_TRIE, 8, BPF_F_NO_PREALLOC, struct lpm_key, u64)
MAP(m_prog_array, BPF_MAP_TYPE_PROG_ARRAY, 8, 0, u32, u32)
MAP(m_perf_event_array, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 8, 0, u32, u32)
MAP(m_stack_trace, BPF_MAP_TYPE_STACK_TRACE, 8, 0, u32, struct stack)
MAP(m_cgroup_array, BPF_MAP_TYPE_CGROUP_ARRAY, 8, 0, u32, u32)
MAP(m_devmap, BPF_MAP_TYPE_DEVMAP, 8, 0, u32, struct bpf_devmap_val)
MAP(m_devmap_hash, BPF_MAP_TYPE_DEVMAP_HASH, 8, 0, u32, u32)
MAP(m_cpumap, BPF_MAP_TYPE_CPUMAP, 2, 0, u32, u32)
MAP(m_xskmap, BPF_MAP_TYPE_XSKMAP, 8, 0, u32, u32)
MAP(m_sockmap, BPF_MAP_TYPE_SOCKMAP, 8, 0, u32, u64)
MAP(m_sockhash, BPF_MAP_TYPE_SOCKHASH, 8, 0, u32, u64)
MAP(m_reuseport_sockarray, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 8, 0, u32, u64)
MAP(m_sk_storage, BPF_MAP_TYPE_SK_STORAGE, 0, BPF_F_NO_PREALLOC, int, u64)
MAP(m_inode_storage, BPF_MAP_TYPE_INODE_STORAGE, 0, BPF_F_NO_PREALLOC, int, u64)
MAP(m_task_storage, BPF_MAP_TYPE_TASK_STORAGE, 0, BPF_F_NO_PREALLOC, int, u64)
MAP(m_cgrp_storage, CGRP_STORAGE, 0, BPF_F_NO_PREALLOC, int, u64)
MAP(m_cgroup_storage, BPF_MAP_TYPE_CGROUP_STORAGE, 0, 0, struct bpf_cgroup_storage_key, u64)
MAP(m_percpu_cgroup_storage, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 0, 0, u64, u64)

#define KEYLESS(name, kind, entries, options, size)    \
	struct {                                       \
		__uint(type, kind);                    \
		__uint(max_entries, entries);          \
		__uint(map_flags, options);            \
		__uint(value_size, size);              \
	} name SEC(".maps");

KEYLESS(m_queue, BPF_MAP_TYPE_QUEUE, 8, 0, 8)
KEYLESS(m_stack, BPF_MAP_TYPE_STACK, 8, 0, 8)
KEYLESS(m_bloom_filter, BPF_MAP_TYPE_BLOOM_FILTER, 64, 0, 8)
KEYLESS(m_ringbuf, BPF_MAP_TYPE_RINGBUF, 4096, 0, 0)
KEYLESS(m_user_ringbuf, BPF_MAP_TYPE_USER_RINGBUF, 4096, 0, 0)
KEYLESS(m_arena, ARENA, 4, BPF_F_MMAPABLE, 0)

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, u32);
	__array(values, struct inner);
} m_array_of_maps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, u32);
	__array(values, struct inner);
} m_hash_of_maps SEC(".maps");

/* The kernel's own, as far as it is used here: libbpf finds the members by their names. */
struct sock;

struct tcp_congestion_ops {
	u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, u32 ack, u32 acked);
	u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops/ssthresh")
u32 BPF_PROG(ssthresh, struct sock *sk)
{
	return 2;
}

SEC("struct_ops/cong_avoid")
void BPF_PROG(cong_avoid, struct sock *sk, u32 ack, u32 acked)
{
}

SEC("struct_ops/undo_cwnd")
u32 BPF_PROG(undo_cwnd, struct sock *sk)
{
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops m_struct_ops = {
	.ssthresh = (void *)ssthresh,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "blixt_test",
};

static long store(struct bpf_dynptr *record, void *context)
{
	u32 index = 7;
	u64 *value = bpf_map_lookup_elem(&m_array, &index);

	if (value)
		bpf_dynptr_read(value, sizeof(*value), record, 0, 0);
	return 0;
}

/*
 * Writes 41 into both kinds of buffers, what user space wrote into the third kind to m_array, and there too whether
 * the bloom filter contains 42.
 */
SEC("xdp")
int exchange(struct xdp_md *ctx)
{
	u64 number = 41, asked = 42;
	u32 index = 6;
	u64 *contained = bpf_map_lookup_elem(&m_array, &index);

	if (contained)
		*contained = bpf_map_peek_elem(&m_bloom_filter, &asked) == 0;
	bpf_ringbuf_output(&m_ringbuf, &number, sizeof(number), 0);
	bpf_perf_event_output(ctx, &m_perf_event_array, BPF_F_CURRENT_CPU, &number, sizeof(number));
	bpf_user_ringbuf_drain(&m_user_ringbuf, store, 0, 0);
	return XDP_PASS;
}

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

/* Only programs that trace record stacks. */
SEC("raw_tp/sys_enter")
int record_stack(void *ctx)
{
	bpf_get_stackid(ctx, &m_stack_trace, 0);
	return 0;
}

/* A cgroup has storage as soon as a program that uses it is attached there. */
SEC("cgroup_skb/egress")
int count_packets(struct __sk_buff *skb)
{
	u64 *packets = bpf_get_local_storage(&m_cgroup_storage, 0);

	__sync_fetch_and_add(packets, 1);
	return 1;
}

SEC("cgroup_skb/ingress")
int count_packets_per_cpu(struct __sk_buff *skb)
{
	u64 *packets = bpf_get_local_storage(&m_percpu_cgroup_storage, 0);

	*packets += 1;
	return 1;
}
