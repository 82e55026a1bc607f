import { constants } from 'node:os';
import { SHORT } from './bytes.ts';
import { locate } from './codec.ts';
import { Control, type ElementCalls, elementControl } from './element-calls.ts';
import { BpfUsageError, describe } from './errors.ts';
import { MapBase, stateOf } from './map-base.ts';
import type { MapState } from './map-state.ts';
import type { MapOperation } from './map-type-support.ts';
import { addon } from './native.ts';
import type { OpenedMap } from './open-map.ts';

const { EBADF, ENOENT } = constants.errno;

/** When `set` may write: always, only if the key is new, or only if it is there (BPF_ANY, BPF_NOEXIST, BPF_EXIST). */
export type UpdateMode = 'any' | 'create' | 'update';

const UPDATE_FLAGS: Readonly<Record<UpdateMode, number>> = { any: 0, create: 1, update: 2 };

/** BPF_F_LOCK, include/uapi/linux/bpf.h. */
const LOCK = 4;

/** How to read. */
export interface GetOptions {
  /**
   * Reads while it holds the value's `struct bpf_spin_lock` (BPF_F_LOCK, Linux 5.1): what a program changes under
   * the lock is seen whole. The kernel refuses (`EINVAL`) for maps whose values have none by their BTF.
   */
  readonly lock?: boolean;
}

/** How to write. */
export interface SetOptions {
  /** Default `any`. */
  readonly mode?: UpdateMode;
  /**
   * Writes while it holds the value's `struct bpf_spin_lock` (BPF_F_LOCK, Linux 5.1), in place: programs that take
   * the lock see the old value or the new one. The lock itself is left alone. The kernel refuses (`EINVAL`) for
   * maps whose values have none by their BTF.
   */
  readonly lock?: boolean;
}

/** Single elements. */
export abstract class MapElements<K, V> extends MapBase<K, V> {
  readonly #state: MapState<K, V>;
  readonly #calls: ElementCalls = addon();
  readonly #control: Int32Array = elementControl();
  readonly #slot: number;
  readonly #scratch: DataView;
  readonly #valueOffset: number;
  readonly #valueBytes: Uint8Array;

  /** @internal */
  protected constructor(opened: OpenedMap<K, V>) {
    super(opened);
    this.#state = stateOf(this);
    this.#slot = opened.native.slot();
    this.#scratch = new DataView(opened.native.scratch());
    this.#valueOffset = opened.description.valueOffset;
    this.#valueBytes = new Uint8Array(this.#scratch.buffer, this.#valueOffset, this.#state.value.size);
  }

  /**
   * The value of `key`, or undefined if it is not there (of an array: if the index is not below
   * `maxEntries`). An `lpm_trie` gives the value of the longest prefix that matches; a queue or stack, for
   * the key undefined, its next element without taking it. No allocation but the value's own.
   */
  get(key: K, options?: GetOptions): V | undefined {
    const flags = options === undefined ? 0 : readFlags(options);
    this.#begin('get');
    try {
      this.#encodeKey(key);
      return this.#answer(this.#lookup(flags), 'BPF_MAP_LOOKUP_ELEM');
    } finally {
      this.#state.busy = false;
    }
  }

  /**
   * As {@link get}, but the value's bytes, as the kernel gives them, are written to `target`, whatever the codec of
   * values is: no allocation at all. Of a per-CPU map they are the values of all possible CPUs, each in a slot of a
   * multiple of 8 bytes.
   *
   * @param target - as many bytes as the value has: `info.valueSize`, or all slots of a per-CPU map
   * @returns whether `key` was there; if not, `target` is left as it is
   * @throws BpfUsageError `ERR_BPF_ARGUMENT` if `target` is not a Uint8Array of this size
   */
  getInto(key: K, target: Uint8Array, options?: GetOptions): boolean {
    const flags = options === undefined ? 0 : readFlags(options);
    const { size } = this.#state.value;
    checkTarget(target, size);
    this.#begin('get');
    try {
      this.#encodeKey(key);
      if (!this.#there(this.#lookup(flags), 'BPF_MAP_LOOKUP_ELEM')) return false;
      if (size > SHORT) target.set(this.#valueBytes);
      else for (let at = 0; at < size; at++) target[at] = this.#scratch.getUint8(this.#valueOffset + at);
      return true;
    } finally {
      this.#state.busy = false;
    }
  }

  /** Is `key` there? As `get`, without decoding the value. */
  has(key: K): boolean {
    this.#begin('get');
    try {
      this.#encodeKey(key);
      return this.#there(this.#lookup(0), 'BPF_MAP_LOOKUP_ELEM');
    } finally {
      this.#state.busy = false;
    }
  }

  /**
   * Sets the value of `key`; pushes it, on a queue or stack. Atomic in hash maps: a program sees the old
   * value or the new one. In arrays it is written in place.
   *
   * @throws BpfError `EEXIST` (mode `create`), `ENOENT` (mode `update`), `E2BIG` if the map is full or the
   *   index too large
   */
  set(key: K, value: V, options?: SetOptions): void {
    const flags = options === undefined ? 0 : updateFlags(options);
    this.#begin('set');
    try {
      this.#encodeKey(key);
      this.#encodeValue(value);
      this.#select(flags);
      this.#calls.update();
      const result = this.#result();
      if (result < 0) throw this.#state.failure('BPF_MAP_UPDATE_ELEM', result);
    } finally {
      this.#state.busy = false;
    }
  }

  /**
   * Deletes `key`.
   *
   * @returns whether it was there
   * @throws BpfError `EINVAL` for arrays, whose entries are always there
   */
  delete(key: K): boolean {
    this.#begin('delete');
    try {
      this.#encodeKey(key);
      this.#select(0);
      this.#calls.remove();
      return this.#there(this.#result(), 'BPF_MAP_DELETE_ELEM');
    } finally {
      this.#state.busy = false;
    }
  }

  /**
   * Reads and deletes `key` in one step (BPF_MAP_LOOKUP_AND_DELETE_ELEM; hash maps since Linux 5.14); pops,
   * from a queue or stack.
   *
   * @throws BpfError `ENOTSUPP` or `EOPNOTSUPP` for types that cannot
   */
  take(key: K): V | undefined {
    this.#begin('take');
    try {
      this.#encodeKey(key);
      this.#select(0);
      this.#calls.take();
      return this.#answer(this.#result(), 'BPF_MAP_LOOKUP_AND_DELETE_ELEM');
    } finally {
      this.#state.busy = false;
    }
  }

  /**
   * Was `value` added to this bloom filter? False is certain, true is likely: a bloom filter may take a value
   * for one that was added, by a chance that falls with `maxEntries`. Values are added with
   * `set(undefined, value)`.
   *
   * @throws BpfUsageError `ERR_BPF_MAP_TYPE` on a map of another type
   */
  contains(value: V): boolean {
    this.#state.checkOpen();
    this.#state.checkApplies('contains');
    this.#begin('contains');
    try {
      this.#encodeValue(value);
      return this.#there(this.#lookup(0), 'BPF_MAP_LOOKUP_ELEM');
    } finally {
      this.#state.busy = false;
    }
  }

  /** The scratch buffer is one: a codec must not use it for another call while it encodes for this one. */
  #begin(operation: MapOperation): void {
    const state = this.#state;
    state.checkElements(operation);
    if (state.busy) {
      throw new BpfUsageError('ERR_BPF_REENTRANT', `${state.title} was called by a codec that works for it`);
    }
    state.busy = true;
  }

  /** Says which element the next call is for. */
  #select(flags: number): void {
    this.#control[Control.slot] = this.#slot;
    this.#control[Control.flags] = flags;
  }

  /** Of the last call. */
  #result(): number {
    return this.#control[Control.result] ?? -EBADF;
  }

  #lookup(flags: number): number {
    this.#select(flags);
    this.#calls.lookup();
    return this.#result();
  }

  #encodeKey(key: K): void {
    try {
      this.#state.key.encode(key, this.#scratch, 0);
    } catch (error) {
      throw locate(error, 'key');
    }
  }

  #encodeValue(value: V): void {
    try {
      this.#state.value.encode(value, this.#scratch, this.#valueOffset);
    } catch (error) {
      throw locate(error, 'value');
    }
  }

  #there(result: number, operation: string): boolean {
    if (result === 0) return true;
    if (result === -ENOENT) return false;
    throw this.#state.failure(operation, result);
  }

  #answer(result: number, operation: string): V | undefined {
    return this.#there(result, operation)
      ? this.#state.value.decode(this.#scratch, this.#valueOffset)
      : undefined;
  }
}

function checkTarget(target: unknown, size: number): asserts target is Uint8Array {
  // A proxy of one is none: it has no bytes.
  const bytes = ArrayBuffer.isView(target) && target instanceof Uint8Array ? target : undefined;
  if (bytes?.length === size) return;
  const given = bytes === undefined ? describe(target) : `one of ${bytes.length}`;
  throw new BpfUsageError('ERR_BPF_ARGUMENT', `target must be a Uint8Array of ${size} bytes, got ${given}`);
}

function checkOptions(options: unknown): asserts options is object {
  if (typeof options === 'object' || options === undefined) return;
  throw new BpfUsageError('ERR_BPF_ARGUMENT', `options must be an object, got ${describe(options)}`);
}

function lockFlag(lock: unknown): number {
  if (lock === undefined || lock === false) return 0;
  if (lock === true) return LOCK;
  throw new BpfUsageError('ERR_BPF_ARGUMENT', `lock must be true or false, got ${describe(lock)}`);
}

function readFlags(options: GetOptions | undefined): number {
  checkOptions(options);
  return lockFlag(options?.lock);
}

/** @internal */
export function updateFlags(options: SetOptions | undefined): number {
  checkOptions(options);
  const mode = options?.mode ?? 'any';
  if (!Object.hasOwn(UPDATE_FLAGS, mode)) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `mode must be 'any', 'create' or 'update', got ${describe(mode)}`,
    );
  }
  return UPDATE_FLAGS[mode] | lockFlag(options?.lock);
}
