import type { Codec } from './codec.ts';
import { BpfUsageError } from './errors.ts';
import type { BpfMap } from './map.ts';
import { stateOf } from './map-base.ts';

/**
 * The entries of an array in memory that the kernel, its programs and other processes share: no system calls. Entry
 * i is `values[stride * i]`.
 *
 * Plain reads and writes of an element are whole (no torn values), but `values[i]++` is a read and a write, between
 * which others may write. `Atomics` on `values` is for that: each is one step for programs (which use
 * `__sync_fetch_and_add` and its like) and processes, too.
 *
 * | C in a program                              | here                                                       |
 * | ------------------------------------------- | ---------------------------------------------------------- |
 * | `__sync_fetch_and_add(&value, n)`           | `Atomics.add(values, stride * i, n)`, the value before     |
 * | `__sync_val_compare_and_swap(&value, a, b)` | `Atomics.compareExchange(values, stride * i, a, b)`        |
 * | `__sync_lock_test_and_set(&value, n)`       | `Atomics.exchange(values, stride * i, n)`                  |
 * | `__atomic_load_n`, `__atomic_store_n`       | `Atomics.load(values, stride * i)`, `Atomics.store(…, n)`  |
 */
export interface MappedArray<V extends MappedValues = MappedValues> {
  /** As wide as the map's values, and signed if they are; 4-byte values have room for another behind each. */
  readonly values: V;
  /** Elements of `values` from one entry to the next: 1 for values of 8 bytes, 2 for values of 4. */
  readonly stride: 1 | 2;
  /** Entries: the map's `maxEntries`. */
  readonly length: number;
}

/** The typed arrays of 4- and 8-byte integers. */
export type MappedValues = MappedNumbers | MappedBigints;

/** Of values of 4 bytes. */
export type MappedNumbers = Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** Of values of 8 bytes. */
export type MappedBigints = BigUint64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;

type Constructor = new (buffer: ArrayBuffer, offset: number, length: number) => MappedValues;

const CONSTRUCTORS: readonly Constructor[] = [Uint32Array, Int32Array, BigUint64Array, BigInt64Array];

/** Enough to tell signs, byte orders, enumerators, and what is no integer at all. */
const PATTERNS = [
  0,
  1,
  2n ** 64n - 1n,
  0x0102_0304_0506_0708n,
  0x8000_0000_8000_0000n,
  0x7ff0_0000_7f80_0000n,
];

/** Does the codec read what the typed array does? */
function reads(codec: Codec<unknown>, Values: Constructor): boolean {
  const memory = new BigUint64Array(1);
  const value = new Values(memory.buffer, 0, 1);
  if (value.BYTES_PER_ELEMENT !== codec.size) return false;
  const view = new DataView(memory.buffer);
  return PATTERNS.every((pattern) => {
    memory[0] = BigInt(pattern);
    return codec.decode(view, 0) === value[0];
  });
}

/**
 * The memory of an array that was created with `MapFlags.MMAPABLE`, and whose values are integers of 4 or 8 bytes in
 * the machine's byte order: u32, i32, u64 or i64, or what BTF says of such. For values of other types, views can be
 * laid over {@link BpfMap.mapMemory}, which tells how long the memory stays valid.
 *
 * ```ts
 * using map = BpfMap.openPinned('/sys/fs/bpf/counters', { key: u32, value: u64 });
 * const { values, stride } = mappedArray(map);
 * console.log(values[stride * 3]);
 * Atomics.add(values, stride * 3, 1n);
 * ```
 *
 * @throws BpfUsageError `ERR_BPF_MAP_TYPE` if the map is no such array, or its values are no such integers
 * @throws BpfError `EPERM` if the map is frozen or read-only
 */
export function mappedArray(map: BpfMap<number, number>): MappedArray<MappedNumbers>;
export function mappedArray(map: BpfMap<number, bigint>): MappedArray<MappedBigints>;
export function mappedArray(map: BpfMap<unknown, unknown>): MappedArray;
export function mappedArray<K, V>(map: BpfMap<K, V>): MappedArray {
  const state = stateOf(map);
  state.checkOpen();
  const { type, maxEntries: length } = map.info;
  const Values = CONSTRUCTORS.find((candidate) => reads(state.value, candidate));
  if (type !== 'array' || Values === undefined) {
    const what = type === 'array' ? 'has other values' : `is of type ${type}`;
    throw new BpfUsageError(
      'ERR_BPF_MAP_TYPE',
      `${state.title} ${what}: mappedArray() is for arrays of u32, i32, u64 or i64; mapMemory() gives the memory of others`,
    );
  }
  const stride = state.value.size === 8 ? 1 : 2;
  return Object.freeze({ values: new Values(map.mapMemory(), 0, length * stride), stride, length });
}
