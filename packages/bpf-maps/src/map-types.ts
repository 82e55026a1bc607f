/** `enum bpf_map_type` of include/uapi/linux/bpf.h. */
const NUMBERS: Readonly<Record<MapType, number>> = {
  hash: 1,
  array: 2,
  prog_array: 3,
  perf_event_array: 4,
  percpu_hash: 5,
  percpu_array: 6,
  stack_trace: 7,
  cgroup_array: 8,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  array_of_maps: 12,
  hash_of_maps: 13,
  devmap: 14,
  sockmap: 15,
  cpumap: 16,
  xskmap: 17,
  sockhash: 18,
  cgroup_storage: 19,
  reuseport_sockarray: 20,
  percpu_cgroup_storage: 21,
  queue: 22,
  stack: 23,
  sk_storage: 24,
  devmap_hash: 25,
  struct_ops: 26,
  ringbuf: 27,
  inode_storage: 28,
  task_storage: 29,
  bloom_filter: 30,
  user_ringbuf: 31,
  cgrp_storage: 32,
  arena: 33,
};

/** Map types that hold one value for each possible CPU. */
export type PerCpuMapType = 'percpu_hash' | 'percpu_array' | 'lru_percpu_hash';

/** Map types without keys: `set` pushes, `take` pops, `get` peeks. */
export type KeylessMapType = 'queue' | 'stack';

/** Map types whose elements this package reads and writes, with a key and one value. */
export type PlainMapType =
  | 'hash'
  | 'array'
  | 'prog_array'
  | 'perf_event_array'
  | 'stack_trace'
  | 'cgroup_array'
  | 'lru_hash'
  | 'lpm_trie'
  | 'array_of_maps'
  | 'hash_of_maps'
  | 'devmap'
  | 'sockmap'
  | 'cpumap'
  | 'xskmap'
  | 'sockhash'
  | 'reuseport_sockarray'
  | 'devmap_hash';

/** A map type of the kernel, named as in `enum bpf_map_type` of include/uapi/linux/bpf.h. */
export type MapType =
  | PlainMapType
  | PerCpuMapType
  | KeylessMapType
  | 'ringbuf'
  | 'user_ringbuf'
  | 'bloom_filter'
  | 'cgroup_storage'
  | 'percpu_cgroup_storage'
  | 'sk_storage'
  | 'inode_storage'
  | 'task_storage'
  | 'cgrp_storage'
  | 'struct_ops'
  | 'arena';

/** What a map of a type newer than this package is called: its number. */
export type UnknownMapType = `type ${number}`;

const names = new Map<number, MapType>();
for (const [name, number] of Object.entries(NUMBERS)) names.set(number, name as MapType);

/** @internal */
export function mapTypeNumber(type: MapType): number | undefined {
  return Object.hasOwn(NUMBERS, type) ? NUMBERS[type] : undefined;
}

/** @internal */
export function mapTypeName(type: number): MapType | UnknownMapType {
  return names.get(type) ?? `type ${type}`;
}

/** @internal */
export function mapTypeNames(): MapType[] {
  return [...names.values()];
}

/** Flags of `BPF_MAP_CREATE` (include/uapi/linux/bpf.h), to be combined with `|`. */
export const MapFlags = Object.freeze({
  /** Hash maps: allocate entries when they are needed. LPM tries have it always. */
  NO_PREALLOC: 1 << 0,
  /** LRU maps: a list for each CPU instead of a common one. */
  NO_COMMON_LRU: 1 << 1,
  /** User space may only read. */
  RDONLY: 1 << 3,
  /** User space may only write. */
  WRONLY: 1 << 4,
  /** Hash maps: no random seed, so that the order of entries repeats. */
  ZERO_SEED: 1 << 6,
  /** Programs may only read. */
  RDONLY_PROG: 1 << 7,
  /** Programs may only write. */
  WRONLY_PROG: 1 << 8,
  /** Arrays: memory that user space can map (Linux 5.5). */
  MMAPABLE: 1 << 10,
  /** Inner arrays may differ in `maxEntries` (Linux 5.10). */
  INNER_MAP: 1 << 12,
});
