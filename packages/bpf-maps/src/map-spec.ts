import type { Btf } from './btf/btf.ts';
import type { Codec } from './codec.ts';
import type { MapInfo } from './map-info.ts';
import type {
  KeylessMapType,
  MapOfMapsType,
  PerCpuMapType,
  PlainMapType,
  StorageMapType,
} from './map-types.ts';
import type { BpfToken } from './token.ts';

/** Any open map, whatever its keys and values. */
export interface AnyMap {
  /** The file descriptor, which the map owns. */
  readonly fd: number;
  /** What the kernel told when the map was opened. */
  readonly info: MapInfo;
}

/** What every map may be created with. */
export interface MapSpecBase {
  /** See {@link MapFlags}; those that a type or an option needs are added. Default 0. */
  readonly flags?: number;
  /** At most 15 letters, digits, `_` and `.`; for people (bpftool shows it). */
  readonly name?: string;
  /** Creates the map, and loads its BTF, by what the token allows (Linux 6.9). */
  readonly token?: BpfToken;
  /** Offloads the map to this network interface, where its driver can (hash and array, Linux 4.17). */
  readonly ifindex?: number;
  /**
   * 32 bytes: the SHA-256 of the instructions of the one program that may use the map (Linux 6.18). Others are
   * refused by the verifier.
   */
  readonly exclusiveProgramHash?: Uint8Array;
}

/** What maps are created with that have a fixed room. */
export interface SizedMapSpec extends MapSpecBase {
  /** Entries. */
  readonly maxEntries: number;
}

/** On which memory a map lies. */
export interface NumaMapSpec extends SizedMapSpec {
  /** The NUMA node whose memory the map takes (Linux 4.14). By default that of the CPU that creates it. */
  readonly numaNode?: number;
}

/** Types of a map's keys and values, as BTF that the caller has. */
export interface MapBtfSpec {
  /** The types: a {@link Btf} without a base, or its bytes in the machine's byte order. Loaded into the kernel. */
  readonly types: Btf | Uint8Array;
  /** The type of keys; 0, the default, for maps that have none. Its size must be that of the codec. */
  readonly keyTypeId?: number;
  /** The type of values. Its size must be that of the codec. */
  readonly valueTypeId: number;
}

/** How a map describes itself to others. */
export interface DescribedMapSpec {
  /**
   * The BTF that the map gets (BPF_BTF_LOAD, Linux 4.18), by which bpftool prints it, and this package opens it
   * without codecs. By default it is derived from the codecs, where they tell their `ctype` (all of this package's
   * do) and the kernel takes it; else the map has none. With true, a failure to do so is an error; with false, the
   * map has none.
   */
  readonly btf?: boolean | MapBtfSpec;
}

/** A map with keys and one value each. */
export interface PlainMapSpec<K, V> extends NumaMapSpec, DescribedMapSpec {
  /** A type with keys and one value each. */
  readonly type: PlainMapType;
  /** How keys are written and read. */
  readonly key: Codec<K>;
  /** How values are written and read. */
  readonly value: Codec<V>;
}

/** A map of maps. */
export interface MapOfMapsSpec<K, V> extends NumaMapSpec {
  /** By index, or by key. */
  readonly type: MapOfMapsType;
  /** How keys are written and read. */
  readonly key: Codec<K>;
  /** How values are written and read: `innerMap()`, or u32 for descriptors and ids. */
  readonly value: Codec<V>;
  /** What inner maps look like: a map, or the specification of one. A pattern only, no part of the map. */
  readonly innerMap: AnyMap | MapSpec;
}

/** A map with keys, and one value for each possible CPU. */
export interface PerCpuMapSpec<K, V> extends SizedMapSpec, DescribedMapSpec {
  /** A type with a value for each possible CPU. */
  readonly type: PerCpuMapType;
  /** How keys are written and read. */
  readonly key: Codec<K>;
  /** Of one CPU's value. */
  readonly value: Codec<V>;
}

/** A queue or a stack: no keys. */
export interface KeylessMapSpec<V> extends NumaMapSpec {
  /** `queue` (first in, first out) or `stack` (last in, first out). */
  readonly type: KeylessMapType;
  /** How values are written and read. */
  readonly value: Codec<V>;
}

/** A bloom filter. */
export interface BloomFilterSpec<V> extends NumaMapSpec, DescribedMapSpec {
  /** A bloom filter (Linux 5.16). */
  readonly type: 'bloom_filter';
  /** How values are written. */
  readonly value: Codec<V>;
  /** How many bits tell a value, 1 to 15: more take longer, and are wrong less often. Default 5. */
  readonly hashes?: number;
}

/** A ring buffer: neither keys nor values. Its records are read by `RingBuffer`, or written by `UserRingBuffer`. */
export interface RingBufferSpec extends NumaMapSpec {
  /** A ring buffer (Linux 5.8), or one that user space writes to (6.1). */
  readonly type: 'ringbuf' | 'user_ringbuf';
  /** Bytes: a power of two and a multiple of the page size. */
  readonly maxEntries: number;
}

/** A storage: a value with each socket, inode, task or cgroup that was given one. Keys are file descriptors. */
export interface StorageMapSpec<V> extends MapSpecBase, DescribedMapSpec {
  /** With what the values are kept (`sk_storage` since Linux 5.2, `cgrp_storage` since 6.2). */
  readonly type: StorageMapType;
  /** How values are written and read. The kernel wants BTF of them: without a `ctype` they are bytes. */
  readonly value: Codec<V>;
}

/** A storage of cgroups that a program is attached to: it makes the entries. */
export interface CgroupStorageSpec<K, V> extends MapSpecBase, DescribedMapSpec {
  /** One value for each cgroup (Linux 4.19). */
  readonly type: 'cgroup_storage';
  /** `struct bpf_cgroup_storage_key { __u64 cgroup_inode_id; __u32 attach_type; }`, or a cgroup's id, u64. */
  readonly key: Codec<K>;
  /** How values are written and read. */
  readonly value: Codec<V>;
}

/** A storage of cgroups with a value for each possible CPU. */
export interface PerCpuCgroupStorageSpec<K, V> extends MapSpecBase, DescribedMapSpec {
  /** A value for each possible CPU of each cgroup (Linux 4.20). */
  readonly type: 'percpu_cgroup_storage';
  /** As of {@link CgroupStorageSpec}. */
  readonly key: Codec<K>;
  /** Of one CPU's value. */
  readonly value: Codec<V>;
}

/** An arena: memory that programs and user space share, without elements. */
export interface ArenaSpec extends SizedMapSpec {
  /** An arena (Linux 6.9). */
  readonly type: 'arena';
  /** Pages. At most 4 GiB. */
  readonly maxEntries: number;
  /**
   * Where it lies in every process that maps it, a multiple of the page size. By default that is where the first
   * one maps it, which others do not know.
   */
  readonly address?: bigint;
}

/**
 * A table of functions of the kernel that programs replace. It is created from the kernel's BTF alone; its functions
 * are descriptors of programs of type `struct_ops`, which a loader has to load for them.
 */
export interface StructOpsSpec extends MapSpecBase {
  /** A struct_ops map (Linux 5.6). */
  readonly type: 'struct_ops';
  /** The struct of the kernel, such as `tcp_congestion_ops`. */
  readonly ops: string;
  /** The id of the BTF of the kernel module that declares it (Linux 6.9). By default the kernel itself. */
  readonly moduleBtfId?: number;
}

/** How a map is to be made. */
export type MapSpec =
  | PlainMapSpec<unknown, unknown>
  | MapOfMapsSpec<unknown, unknown>
  | PerCpuMapSpec<unknown, unknown>
  | KeylessMapSpec<unknown>
  | BloomFilterSpec<unknown>
  | RingBufferSpec
  | StorageMapSpec<unknown>
  | CgroupStorageSpec<unknown, unknown>
  | PerCpuCgroupStorageSpec<unknown, unknown>
  | ArenaSpec
  | StructOpsSpec;
