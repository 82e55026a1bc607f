import { type Codec, checkCodec, none } from './codec.ts';
import { BpfUsageError, describe } from './errors.ts';
import type { MapInfo } from './map-info.ts';
import {
  type KeylessMapType,
  MapFlags,
  type MapType,
  mapTypeNames,
  mapTypeNumber,
  type PerCpuMapType,
  type PlainMapType,
} from './map-types.ts';

/** Any open map, whatever its keys and values. */
export interface AnyMap {
  /** The file descriptor, which the map owns. */
  readonly fd: number;
  /** What the kernel told when the map was opened. */
  readonly info: MapInfo;
}

/** What all maps are created with. */
export interface MapSpecBase {
  /** Entries. Of a ring buffer: bytes, a power of two and a multiple of the page size. */
  readonly maxEntries: number;
  /** See {@link MapFlags}; `NO_PREALLOC` is added for LPM tries, which need it. Default 0. */
  readonly flags?: number;
  /** At most 15 letters, digits, `_` and `.`; for people (bpftool shows it). */
  readonly name?: string;
}

/** A map with keys and one value each. */
export interface PlainMapSpec<K, V> extends MapSpecBase {
  /** A type with keys and one value each. */
  readonly type: PlainMapType;
  /** How keys are written and read. */
  readonly key: Codec<K>;
  /** How values are written and read. */
  readonly value: Codec<V>;
  /**
   * For `array_of_maps` and `hash_of_maps`, and there required: what inner maps look like, as a map or the
   * specification of one. It is a pattern only, and does not become part of the map.
   */
  readonly innerMap?: AnyMap | MapSpec;
}

/** A map with keys, and one value for each possible CPU. */
export interface PerCpuMapSpec<K, V> extends MapSpecBase {
  /** A type with a value for each possible CPU. */
  readonly type: PerCpuMapType;
  /** How keys are written and read. */
  readonly key: Codec<K>;
  /** Of one CPU's value. */
  readonly value: Codec<V>;
}

/** A queue or a stack: no keys. */
export interface KeylessMapSpec<V> extends MapSpecBase {
  /** `queue` (first in, first out) or `stack` (last in, first out). */
  readonly type: KeylessMapType;
  /** How values are written and read. */
  readonly value: Codec<V>;
}

/** A ring buffer: neither keys nor values; its records are read by `RingBuffer`. */
export interface RingBufferSpec extends MapSpecBase {
  /** A ring buffer. */
  readonly type: 'ringbuf';
}

/** How a map is to be made. */
export type MapSpec =
  | PlainMapSpec<unknown, unknown>
  | PerCpuMapSpec<unknown, unknown>
  | KeylessMapSpec<unknown>
  | RingBufferSpec;

/** @internal A specification that was checked, in the kernel's terms. */
export interface CheckedSpec {
  readonly type: number;
  readonly key: Codec<unknown>;
  readonly value: Codec<unknown>;
  readonly perCpu: boolean;
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
}

function refuse(message: string): never {
  throw new BpfUsageError('ERR_BPF_ARGUMENT', message);
}

function checkU32(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    refuse(`${what} must be a whole number from 0 to 4294967295, got ${describe(value)}`);
  }
  return value;
}

function isPerCpu(type: MapType): type is PerCpuMapType {
  return type === 'percpu_hash' || type === 'percpu_array' || type === 'lru_percpu_hash';
}

/** @internal */
export function checkSpec(spec: MapSpec): CheckedSpec {
  if (typeof spec !== 'object' || spec === null)
    refuse(`a map is created from an object, got ${describe(spec)}`);
  const type = mapTypeNumber(spec.type);
  if (type === undefined)
    refuse(`type must be one of ${mapTypeNames().join(', ')}; got ${describe(spec.type)}`);
  const name = spec.name ?? '';
  // BPF_OBJ_NAME_LEN is 16, the NUL included (kernel/bpf/syscall.c: bpf_obj_name_cpy).
  if (typeof name !== 'string' || !/^[A-Za-z0-9_.]{0,15}$/.test(name)) {
    refuse(`name must be at most 15 letters, digits, '_' and '.', got ${describe(name)}`);
  }
  const flags = checkU32(spec.flags ?? 0, 'flags');
  if ((spec.type === 'array_of_maps' || spec.type === 'hash_of_maps') && spec.innerMap === undefined) {
    refuse(`${spec.type} needs innerMap: what its inner maps look like`);
  }
  const key = 'key' in spec ? spec.key : none;
  const value = 'value' in spec ? spec.value : none;
  checkCodec(key, 'key');
  checkCodec(value, 'value');
  return {
    type,
    key,
    value,
    perCpu: isPerCpu(spec.type),
    maxEntries: checkU32(spec.maxEntries, 'maxEntries'),
    // Bit arithmetic is signed in JavaScript; >>> 0 brings the sign bit back.
    flags: spec.type === 'lpm_trie' ? (flags | MapFlags.NO_PREALLOC) >>> 0 : flags,
    name,
  };
}
