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

/** Map types that hold maps. */
export type MapOfMapsType = 'array_of_maps' | 'hash_of_maps';

/** Map types that keep a value with each object of the kernel: sockets, inodes, tasks, cgroups. */
export type StorageMapType = 'sk_storage' | 'inode_storage' | 'task_storage' | 'cgrp_storage';

/** Map types of which each element has a key and one value, and which need no more to be created. */
export type PlainMapType =
  | 'hash'
  | 'array'
  | 'prog_array'
  | 'perf_event_array'
  | 'stack_trace'
  | 'cgroup_array'
  | 'lru_hash'
  | 'lpm_trie'
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
  | MapOfMapsType
  | StorageMapType
  | 'ringbuf'
  | 'user_ringbuf'
  | 'bloom_filter'
  | 'cgroup_storage'
  | 'percpu_cgroup_storage'
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

/** @internal Types that keep values with objects of the kernel; the kernel creates none without BTF. */
export const STORAGES: ReadonlySet<MapType> = new Set([
  'sk_storage',
  'inode_storage',
  'task_storage',
  'cgrp_storage',
]);

/** @internal Types of which the kernel takes no number of entries. */
export const UNSIZED: ReadonlySet<MapType> = new Set([
  ...STORAGES,
  'cgroup_storage',
  'percpu_cgroup_storage',
]);

/**
 * Flags of `BPF_MAP_CREATE` (include/uapi/linux/bpf.h), to be combined with `|`. Those that an option of
 * `BpfMap.create` stands for are added by it.
 */
export const MapFlags = Object.freeze({
  /** Hash maps: allocate entries when they are needed. LPM tries and storages have it always. */
  NO_PREALLOC: 1 << 0,
  /** LRU maps: a list for each CPU instead of a common one (Linux 4.10). */
  NO_COMMON_LRU: 1 << 1,
  /** Memory of one NUMA node; by the option `numaNode` (Linux 4.14). */
  NUMA_NODE: 1 << 2,
  /** User space may only read, by this descriptor (Linux 4.15). */
  RDONLY: 1 << 3,
  /** User space may only write, by this descriptor (Linux 4.15). */
  WRONLY: 1 << 4,
  /** Stack traces: build id and offset instead of addresses, 32 bytes each (Linux 4.17). */
  STACK_BUILD_ID: 1 << 5,
  /** Hash maps: no random seed, so that the order of entries repeats (Linux 5.0; CAP_SYS_ADMIN). */
  ZERO_SEED: 1 << 6,
  /** Programs may only read (Linux 5.2). */
  RDONLY_PROG: 1 << 7,
  /** Programs may only write (Linux 5.2). */
  WRONLY_PROG: 1 << 8,
  /** Storages of sockets: a socket that is accepted gets a copy of its listener's value (Linux 5.4). */
  CLONE: 1 << 9,
  /** Arrays: memory that user space can map (Linux 5.5). Arenas have it always. */
  MMAPABLE: 1 << 10,
  /** Perf event arrays: events stay when the descriptor that they were set by is closed (Linux 5.10). */
  PRESERVE_ELEMS: 1 << 11,
  /** Inner arrays may differ in `maxEntries` (Linux 5.10). */
  INNER_MAP: 1 << 12,
  /** struct_ops: registered by a link, not by an update of the map (Linux 6.4). */
  LINK: 1 << 13,
  /** Not of maps: of BPF_OBJ_PIN and BPF_OBJ_GET, which share the numbers (Linux 6.5). */
  PATH_FD: 1 << 14,
  /** struct_ops: declared by a kernel module, by the option `moduleBtfId` (Linux 6.9). */
  VTYPE_BTF_OBJ_FD: 1 << 15,
  /** Created with a token, by the option `token` (Linux 6.9). */
  TOKEN_FD: 1 << 16,
  /** Arenas: a fault in user space, on a page that no program allocated, is a SIGSEGV (Linux 6.9). */
  SEGV_ON_FAULT: 1 << 17,
  /** Arenas: pointers that programs write are not translated to those of user space (Linux 6.9). */
  NO_USER_CONV: 1 << 18,
  /** Ring buffers: what is new overwrites what is oldest, instead of being refused (Linux 6.19). */
  RB_OVERWRITE: 1 << 19,
});
