import type { MapType, UnknownMapType } from './map-types.ts';

/** What is done with the elements of a map: methods of `BpfMap` (`get` stands for `has` and batches as well). */
export type MapOperation = 'get' | 'set' | 'delete' | 'take' | 'iterate' | 'contains';

/** What a map type is, and what user space can do with its elements. */
export interface MapTypeDescription {
  /** The kernel's name for it, in lower case. */
  readonly type: MapType;
  /** The first Linux version that has it, such as `4.10`. */
  readonly since: string;
  /** What an element's key is. */
  readonly key: string;
  /** What an element's value is, where writing and reading differ, both. */
  readonly value: string;
  /** Why an operation does not apply to this type; operations that are not named do. */
  readonly unsupported: Readonly<Partial<Record<MapOperation, string>>>;
}

type Reasons = MapTypeDescription['unsupported'];

const ONLY_BLOOM = 'only a bloom filter is asked whether it contains a value; ask other maps for a key';
const NO_TAKE = 'the kernel cannot read and delete an element of this type in one step: use get, then delete';
const ALWAYS_THERE = 'entries of this map type cannot be deleted (arrays: set values of zeros instead)';
const NO_LISTING =
  'the kernel keeps these values with the objects that they belong to, and has no list of them';

const all: Reasons = { contains: ONLY_BLOOM };
const withoutTake: Reasons = { ...all, take: NO_TAKE };
const fixed: Reasons = { ...withoutTake, delete: ALWAYS_THERE };
const unreadable = (reason: string): Reasons => ({
  ...withoutTake,
  get: reason,
  iterate: reason,
  take: reason,
});
const storage: Reasons = { ...withoutTake, iterate: NO_LISTING };
const keyless: Reasons = {
  ...all,
  delete: 'a queue or a stack has no keys: take() removes its next element',
  iterate: 'a queue or a stack has no keys to go through: take() its elements one by one',
};
const nothing = (reason: string): Reasons => ({
  get: reason,
  set: reason,
  delete: reason,
  take: reason,
  iterate: reason,
  contains: reason,
});

const ANY = 'of the key size';
const DATA = 'of the value size';
const EACH_CPU = 'one of the value size for each possible CPU';
const INDEX = 'index, __u32';
const SOCKET = 'written: descriptor of a socket; read, if values are of 8 bytes: its cookie';

function describe(
  since: string,
  key: string,
  value: string,
  unsupported: Reasons,
): Omit<MapTypeDescription, 'type'> {
  return { since, key, value, unsupported };
}

/** Linux 6.18: kernel/bpf, net/core/sock_map.c, net/xdp/xskmap.c, net/core/bpf_sk_storage.c. */
const DESCRIPTIONS: Readonly<Record<MapType, Omit<MapTypeDescription, 'type'>>> = {
  hash: describe('3.19', ANY, DATA, all),
  array: describe('3.19', INDEX, DATA, fixed),
  prog_array: describe('4.2', INDEX, 'written: descriptor of a program; read: its id', withoutTake),
  perf_event_array: describe(
    '4.3',
    INDEX,
    'written: descriptor of a perf event',
    unreadable('the kernel does not tell which perf events a perf_event_array holds'),
  ),
  percpu_hash: describe('4.6', ANY, EACH_CPU, all),
  percpu_array: describe('4.6', INDEX, EACH_CPU, fixed),
  stack_trace: describe('4.6', 'stack id, __u32', 'instruction addresses, __u64 each', {
    ...all,
    set: 'only programs record stacks (bpf_get_stackid)',
  }),
  cgroup_array: describe(
    '4.8',
    INDEX,
    'written: descriptor of a cgroup (v2) directory',
    unreadable('the kernel does not tell which cgroups a cgroup_array holds'),
  ),
  lru_hash: describe('4.10', ANY, DATA, all),
  lru_percpu_hash: describe('4.10', ANY, EACH_CPU, all),
  lpm_trie: describe('4.11', 'prefix length, __u32, and data in network byte order', DATA, withoutTake),
  array_of_maps: describe('4.12', INDEX, 'written: descriptor of a map; read: its id', withoutTake),
  hash_of_maps: describe('4.12', ANY, 'written: descriptor of a map; read: its id', withoutTake),
  devmap: describe(
    '4.14',
    INDEX,
    'interface index, __u32, and a program (written: descriptor; read: id) if of 8 bytes',
    withoutTake,
  ),
  sockmap: describe('4.14', INDEX, SOCKET, withoutTake),
  cpumap: describe(
    '4.15',
    'CPU, __u32',
    'queue size, __u32, and a program (written: descriptor; read: id) if of 8 bytes',
    withoutTake,
  ),
  xskmap: describe(
    '4.18',
    INDEX,
    'written: descriptor of an AF_XDP socket',
    unreadable('the kernel does not tell which AF_XDP sockets an xskmap holds'),
  ),
  sockhash: describe('4.18', ANY, SOCKET, withoutTake),
  cgroup_storage: describe('4.19', 'struct bpf_cgroup_storage_key, or cgroup id, __u64', DATA, {
    ...withoutTake,
    delete: 'the storage of a cgroup goes with the program that is attached to it',
  }),
  reuseport_sockarray: describe('4.19', INDEX, SOCKET, withoutTake),
  percpu_cgroup_storage: describe('4.20', 'struct bpf_cgroup_storage_key, or cgroup id, __u64', EACH_CPU, {
    ...withoutTake,
    delete: 'the storage of a cgroup goes with the program that is attached to it',
  }),
  queue: describe('4.20', 'none', DATA, keyless),
  stack: describe('4.20', 'none', DATA, keyless),
  sk_storage: describe('5.2', 'descriptor of a socket, int', DATA, storage),
  devmap_hash: describe(
    '5.4',
    'any __u32',
    'interface index, __u32, and a program (written: descriptor; read: id) if of 8 bytes',
    withoutTake,
  ),
  struct_ops: describe('5.6', 'always 0, __u32', 'struct bpf_struct_ops_… of the kernel', withoutTake),
  ringbuf: describe('5.8', 'none', 'none', nothing('a ring buffer has records, which RingBuffer reads')),
  inode_storage: describe('5.10', 'descriptor of a file, int', DATA, storage),
  task_storage: describe('5.11', 'pidfd, int', DATA, storage),
  bloom_filter: describe('5.16', 'none', DATA, {
    get: 'a bloom filter does not give values back: contains(value) tells whether one was added',
    delete: 'nothing can be removed from a bloom filter',
    take: 'nothing can be removed from a bloom filter',
    iterate: 'a bloom filter does not keep the values that were added',
  }),
  user_ringbuf: describe(
    '6.1',
    'none',
    'none',
    nothing('a user ring buffer has no elements: user space writes records into it, for programs to read'),
  ),
  cgrp_storage: describe('6.2', 'descriptor of a cgroup (v2) directory, int', DATA, storage),
  arena: describe(
    '6.9',
    'none',
    'none',
    nothing('an arena has no elements: it is memory that programs and user space share'),
  ),
};

/** Every map type of Linux 6.18, in the kernel's order. */
export const mapTypes: readonly MapTypeDescription[] = Object.freeze(
  Object.entries(DESCRIPTIONS).map(([type, description]) =>
    Object.freeze({ type: type as MapType, ...description }),
  ),
);

const NO_COOKIE =
  'the kernel tells which sockets a map holds, by their cookies, only where values are of 8 bytes';

const UNKNOWN = 'this package does not know this map type: what its elements are is not known';

/** @internal Why `operation` does not apply to such a map; undefined where it does. */
export function reasonAgainst(
  type: MapType | UnknownMapType,
  operation: MapOperation,
  valueSize: number,
): string | undefined {
  const description = mapTypes.find((candidate) => candidate.type === type);
  if (description === undefined) return UNKNOWN;
  const reads = operation === 'get' || operation === 'iterate';
  if (reads && description.value === SOCKET && valueSize !== 8) return NO_COOKIE;
  return description.unsupported[operation];
}
