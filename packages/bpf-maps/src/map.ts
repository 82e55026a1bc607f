import { statfsSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { BtfValue } from './btf/btf-codec.ts';
import { type Codec, locate } from './codec.ts';
import { EntryReader } from './entry-reader.ts';
import { BpfError, BpfUsageError, describe, ENOTSUPP } from './errors.ts';
import { findByName, type MapDescription, readFdInfo } from './list-maps.ts';
import { type MapInfo, mapInfo } from './map-info.ts';
import {
  type AnyMap,
  type CheckedSpec,
  checkSpec,
  type KeylessMapSpec,
  type MapSpec,
  type PerCpuMapSpec,
  type PlainMapSpec,
  type RingBufferSpec,
} from './map-spec.ts';
import { type MapOperation, reasonAgainst } from './map-type-support.ts';
import { MapFlags, mapTypeName } from './map-types.ts';
import { addon, type NativeMap, type NativeMapInfo } from './native.ts';
import {
  type AnyOpenOptions,
  type DerivedOptions,
  type OpenedMap,
  type OpenOptions,
  type OpenPerCpuOptions,
  openMap,
  type RawOptions,
} from './open-map.ts';
import { BPF_FS_MAGIC, findPins } from './pins.ts';

const { ENOENT, EPERM } = constants.errno;

/** With these the kernel refuses what a map type does not have. */
const NOT_APPLICABLE = new Set([
  constants.errno.EINVAL,
  constants.errno.EOPNOTSUPP,
  constants.errno.ENOSPC,
  ENOTSUPP,
]);

/** What the commands of bpf(2) are to the table of map types. */
const OPERATIONS: Readonly<Partial<Record<string, MapOperation>>> = {
  BPF_MAP_LOOKUP_ELEM: 'get',
  BPF_MAP_UPDATE_ELEM: 'set',
  BPF_MAP_UPDATE_BATCH: 'set',
  BPF_MAP_DELETE_ELEM: 'delete',
  BPF_MAP_DELETE_BATCH: 'delete',
  BPF_MAP_LOOKUP_AND_DELETE_ELEM: 'take',
  BPF_MAP_LOOKUP_BATCH: 'iterate',
};

/** When `set` may write: always, only if the key is new, or only if it is there (BPF_ANY, BPF_NOEXIST, BPF_EXIST). */
export type UpdateMode = 'any' | 'create' | 'update';

const UPDATE_FLAGS: Readonly<Record<UpdateMode, number>> = { any: 0, create: 1, update: 2 };

/** How to write. */
export interface SetOptions {
  /** Default `any`. */
  readonly mode?: UpdateMode;
}

/**
 * A BPF map. It owns a file descriptor, which {@link BpfMap.close} (or `using`, or garbage collection) gives
 * back; the map itself lives on while a program, a pin or another descriptor holds it.
 *
 * Every method is synchronous, and one system call unless it says otherwise. Every method throws
 * {@link BpfUsageError} `ERR_BPF_CLOSED` after closing, `ERR_BPF_MAP_TYPE` where the type has no elements (ring
 * buffers), `ERR_BPF_REENTRANT` when a codec calls the map that it is encoding for; {@link CodecError} for
 * values that their codec refuses; {@link BpfError} for what the kernel refuses.
 */
export class BpfMap<K, V> implements AnyMap, Disposable {
  readonly #native: NativeMap;
  readonly #description: NativeMapInfo;
  readonly #key: Codec<K>;
  readonly #value: Codec<V>;
  readonly #scratch: DataView;
  readonly #valueOffset: number;
  #memory: ArrayBuffer | undefined;
  /** Has the type elements, all of whose operations are left to the kernel to accept or refuse? */
  readonly #asksKernel: boolean;
  #closed = false;
  #busy = false;

  private constructor(opened: OpenedMap<K, V>) {
    this.#native = opened.native;
    this.#description = opened.description;
    this.#key = opened.key;
    this.#value = opened.value;
    this.#scratch = new DataView(opened.native.scratch());
    this.#valueOffset = opened.description.valueOffset;
    const { hasElements, type } = opened.description;
    // The kernel would take what lies in the buffer of values for a question.
    this.#asksKernel = hasElements && mapTypeName(type) !== 'bloom_filter';
  }

  /**
   * Creates a map (BPF_MAP_CREATE). Per-CPU types take and give arrays with one value for each possible CPU.
   *
   * @throws BpfError `EPERM` without CAP_BPF; `EINVAL` for a combination that the kernel does not know; `E2BIG`
   * @throws BpfUsageError `ERR_BPF_ARGUMENT`
   */
  static create<K, V>(spec: PerCpuMapSpec<K, V>): BpfMap<K, V[]>;
  static create<K, V>(spec: PlainMapSpec<K, V>): BpfMap<K, V>;
  static create<V>(spec: KeylessMapSpec<V>): BpfMap<undefined, V>;
  static create(spec: RingBufferSpec): BpfMap<undefined, undefined>;
  static create(spec: MapSpec): BpfMap<unknown, unknown> {
    return BpfMap.#create(spec);
  }

  static #create(spec: MapSpec): BpfMap<unknown, unknown> {
    const checked = checkSpec(spec);
    const inner = 'innerMap' in spec ? spec.innerMap : undefined;
    if (inner !== undefined && !(inner instanceof BpfMap)) {
      if (typeof inner !== 'object' || inner === null || !('type' in inner)) {
        throw new BpfUsageError('ERR_BPF_ARGUMENT', 'innerMap must be a BpfMap or the specification of one');
      }
      using template = BpfMap.#create(inner);
      return BpfMap.#createWith(checked, template.fd);
    }
    return BpfMap.#createWith(checked, inner === undefined ? 0 : inner.fd);
  }

  static #createWith(spec: CheckedSpec, innerFd: number): BpfMap<unknown, unknown> {
    const { type, key, value, maxEntries, flags, name } = spec;
    const native = addon().createMap(type, key.size, value.size, maxEntries, flags, name, innerFd);
    return new BpfMap(openMap(native, spec, { operation: 'BPF_MAP_CREATE', mapName: name }));
  }

  /**
   * Opens the map that is pinned at `path` in a BPF file system. Without codecs its keys and values are what its
   * BTF says: `openPinned<FlowKey, Flow>(path)` gives them the types that {@link toTypeScript} prints, which
   * nobody checks. With `{ codec: 'bytes' }` they are bytes.
   *
   * @throws BtfError `ERR_BPF_NO_BTF` without codecs, if the map has no BTF; `ERR_BPF_BTF_TYPE` if its BTF has
   *   types without values of a fixed size
   * @throws BpfError `ENOENT` if nothing is pinned there; `EINVAL` if it is not a map; `EPERM`, `EACCES`
   * @throws BpfUsageError `ERR_BPF_CODEC_SIZE` if a codec's size is not that of the map's keys or values;
   *   `ERR_BPF_MAP_TYPE` if `perCpu` does not say what the map is
   */
  static openPinned<K, V>(path: string, options: OpenOptions<K, V>): BpfMap<K, V>;
  static openPinned<K, V>(path: string, options: OpenPerCpuOptions<K, V>): BpfMap<K, V[]>;
  static openPinned(path: string, options: RawOptions): BpfMap<Uint8Array, Uint8Array>;
  static openPinned<K = BtfValue, V = BtfValue>(path: string, options?: DerivedOptions): BpfMap<K, V>;
  static openPinned(path: string, options?: AnyOpenOptions): BpfMap<unknown, unknown> {
    checkPath(path);
    return new BpfMap(openMap(addon().openPinned(path), options, { operation: 'BPF_OBJ_GET', path }));
  }

  /**
   * Opens a map by the id that the kernel gave it (CAP_SYS_ADMIN). Otherwise as {@link BpfMap.openPinned}.
   *
   * @throws BpfError `ENOENT` if no map has this id
   */
  static openById<K, V>(id: number, options: OpenOptions<K, V>): BpfMap<K, V>;
  static openById<K, V>(id: number, options: OpenPerCpuOptions<K, V>): BpfMap<K, V[]>;
  static openById(id: number, options: RawOptions): BpfMap<Uint8Array, Uint8Array>;
  static openById<K = BtfValue, V = BtfValue>(id: number, options?: DerivedOptions): BpfMap<K, V>;
  static openById(id: number, options?: AnyOpenOptions): BpfMap<unknown, unknown> {
    if (!Number.isInteger(id) || id < 0 || id > 0xffff_ffff) {
      throw new BpfUsageError(
        'ERR_BPF_ARGUMENT',
        `id must be a whole number from 0 to 4294967295, got ${describe(id)}`,
      );
    }
    return BpfMap.#openById(id, options);
  }

  static #openById(id: number, options: AnyOpenOptions | undefined): BpfMap<unknown, unknown> {
    return new BpfMap(
      openMap(addon().openById(id), options, { operation: 'BPF_MAP_GET_FD_BY_ID', mapId: id }),
    );
  }

  /**
   * Takes over an open file descriptor of a map, such as a loader has; from then on the map closes it, and
   * nobody else may. When this throws, the descriptor is still the caller's. Otherwise as
   * {@link BpfMap.openPinned}.
   *
   * @throws BpfError `EBADF` if it is not open; `EINVAL` if it is not that of a map
   */
  static fromFd<K, V>(fd: number, options: OpenOptions<K, V>): BpfMap<K, V>;
  static fromFd<K, V>(fd: number, options: OpenPerCpuOptions<K, V>): BpfMap<K, V[]>;
  static fromFd(fd: number, options: RawOptions): BpfMap<Uint8Array, Uint8Array>;
  static fromFd<K = BtfValue, V = BtfValue>(fd: number, options?: DerivedOptions): BpfMap<K, V>;
  static fromFd(fd: number, options?: AnyOpenOptions): BpfMap<unknown, unknown> {
    if (!Number.isInteger(fd) || fd < 0 || fd > 0x7fff_ffff) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', `fd must be an open file descriptor, got ${describe(fd)}`);
    }
    return new BpfMap(
      openMap(addon().adoptFd(fd), options, { operation: 'BPF_OBJ_GET_INFO_BY_FD', borrowed: true }),
    );
  }

  /**
   * Opens the one map that has this name (CAP_SYS_ADMIN). The kernel keeps 15 characters, so what is longer is
   * compared by its first 15. Otherwise as {@link BpfMap.openPinned}. O(maps of the system).
   *
   * @throws BpfError `ENOENT` if no map has this name
   * @throws BpfUsageError `ERR_BPF_AMBIGUOUS` if several have; the message tells their ids
   */
  static openByName<K, V>(name: string, options: OpenOptions<K, V>): BpfMap<K, V>;
  static openByName<K, V>(name: string, options: OpenPerCpuOptions<K, V>): BpfMap<K, V[]>;
  static openByName(name: string, options: RawOptions): BpfMap<Uint8Array, Uint8Array>;
  static openByName<K = BtfValue, V = BtfValue>(name: string, options?: DerivedOptions): BpfMap<K, V>;
  static openByName(name: string, options?: AnyOpenOptions): BpfMap<unknown, unknown> {
    if (typeof name !== 'string' || name === '') {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', `name must be the name of a map, got ${describe(name)}`);
    }
    return BpfMap.#openById(findByName(name), options);
  }

  /** The open file descriptor, for calls of others; it stays this map's. Throws after closing. */
  get fd(): number {
    this.#checkOpen();
    return this.#description.fd;
  }

  /** The id that the kernel gave this map. Known after closing, too. */
  get id(): number {
    return this.#description.id;
  }

  /** What the kernel tells of this map. Known after closing, too. */
  get info(): MapInfo {
    return mapInfo(this.#description);
  }

  /**
   * All that can be told of this map: its memory, whether it is frozen, and where it is pinned, as of now.
   * O(pins): the BPF file systems are walked.
   */
  describe(): MapDescription {
    this.#checkOpen();
    return { ...this.info, ...readFdInfo(this.fd), pins: findPins().get(this.id) ?? [] };
  }

  /** Was the descriptor given back? */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The value of `key`, or undefined if it is not there (of an array: if the index is not below
   * `maxEntries`). An `lpm_trie` gives the value of the longest prefix that matches; a queue or stack, for
   * the key undefined, its next element without taking it. No allocation but the value's own.
   */
  get(key: K): V | undefined {
    this.#begin('get');
    try {
      this.#encodeKey(key);
      return this.#answer(this.#native.lookup(), 'BPF_MAP_LOOKUP_ELEM');
    } finally {
      this.#busy = false;
    }
  }

  /** Is `key` there? As {@link BpfMap.get}, without decoding the value. */
  has(key: K): boolean {
    this.#begin('get');
    try {
      this.#encodeKey(key);
      return this.#there(this.#native.lookup(), 'BPF_MAP_LOOKUP_ELEM');
    } finally {
      this.#busy = false;
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
    const flags = updateFlags(options);
    this.#begin('set');
    try {
      this.#encodeKey(key);
      this.#encodeValue(value);
      const result = this.#native.update(flags);
      if (result < 0) throw this.#failure('BPF_MAP_UPDATE_ELEM', result);
    } finally {
      this.#busy = false;
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
      return this.#there(this.#native.remove(), 'BPF_MAP_DELETE_ELEM');
    } finally {
      this.#busy = false;
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
      return this.#answer(this.#native.take(), 'BPF_MAP_LOOKUP_AND_DELETE_ELEM');
    } finally {
      this.#busy = false;
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
    this.#checkOpen();
    const reason = this.#reason('contains');
    if (reason !== undefined) {
      const type = mapTypeName(this.#description.type);
      throw new BpfUsageError('ERR_BPF_MAP_TYPE', `${this.#title()} is of type ${type}: ${reason}`);
    }
    this.#begin('contains');
    try {
      this.#encodeValue(value);
      return this.#there(this.#native.lookup(), 'BPF_MAP_LOOKUP_ELEM');
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Iterates over all entries, in the kernel's order, by batches: a few system calls a thousand entries.
   * Entries that stay in the map meanwhile are seen exactly once; of those that come or go, some. The map may
   * be read and written while this runs.
   *
   * @throws BpfError while iterating: `EAGAIN` if other processes change an `lpm_trie` too fast to walk it
   */
  entries(): IterableIterator<[K, V]> {
    this.#checkElements('iterate');
    return this.#walk((reader, index) => [reader.key(index), reader.value(index)]);
  }

  /** As {@link BpfMap.entries}, keys only. */
  keys(): IterableIterator<K> {
    this.#checkElements('iterate');
    return this.#walk((reader, index) => reader.key(index));
  }

  /** As {@link BpfMap.entries}, values only. */
  values(): IterableIterator<V> {
    this.#checkElements('iterate');
    return this.#walk((reader, index) => reader.value(index));
  }

  /** As {@link BpfMap.entries}. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  *#walk<T>(pick: (reader: EntryReader<K, V>, index: number) => T): Generator<T, void, undefined> {
    const reader = new EntryReader(this.#native.openCursor(), this.#description, this.#key, this.#value);
    for (;;) {
      this.#checkOpen();
      const count = reader.read();
      if (count < 0) throw this.#failure('BPF_MAP_LOOKUP_BATCH', count);
      if (count === 0) return;
      for (let index = 0; index < count; index++) {
        yield pick(reader, index);
        this.#checkOpen();
      }
    }
  }

  /** Many look-ups by one call into the addon; the kernel is still asked once for each key. */
  getBatch(keys: Iterable<K>): Array<V | undefined> {
    this.#checkElements('get');
    const batch = encodeAll([...keys], this.#key, 'keys');
    const stride = this.#description.valueBytes;
    const values = new Uint8Array(batch.count * stride);
    const found = new Uint8Array(batch.count);
    const result = this.#native.lookupMany(batch.bytes, values, found, batch.count);
    if (result < 0) throw this.#failure('BPF_MAP_LOOKUP_ELEM', result);
    const view = new DataView(values.buffer);
    return Array.from(found, (flag, index) =>
      flag === 1 ? this.#value.decode(view, index * stride) : undefined,
    );
  }

  /**
   * Sets many entries, by BPF_MAP_UPDATE_BATCH where the type and the mode have it, else one by one. Not
   * atomic: when it fails, the error's `completed` tells how many are done.
   */
  setBatch(entries: Iterable<readonly [K, V]>, options?: SetOptions): void {
    const flags = updateFlags(options);
    this.#checkElements('set');
    const list = [...entries];
    const keys = encodeAll(
      list.map(([key]) => key),
      this.#key,
      'keys',
    );
    const values = encodeAll(
      list.map(([, value]) => value),
      this.#value,
      'values',
      this.#description.valueBytes,
    );
    this.#checkOpen();
    const [done, result] = this.#native.updateMany(keys.bytes, values.bytes, list.length, flags);
    if (result < 0) throw this.#failure('BPF_MAP_UPDATE_BATCH', result, done);
  }

  /**
   * Deletes many entries, by BPF_MAP_DELETE_BATCH where the type has it, else one by one. Keys that are not
   * there are passed over.
   *
   * @returns how many were there
   */
  deleteBatch(keys: Iterable<K>): number {
    this.#checkElements('delete');
    const batch = encodeAll([...keys], this.#key, 'keys');
    this.#checkOpen();
    const [done, result, deleted] = this.#native.deleteMany(batch.bytes, batch.count);
    if (result < 0) throw this.#failure('BPF_MAP_DELETE_BATCH', result, done);
    return deleted;
  }

  /**
   * The memory of an array created with `MapFlags.MMAPABLE`, shared with the kernel and every other process
   * that maps it: entry i begins at `i * roundUp(valueSize, 8)`. Writes are seen at once; use `Atomics` where
   * order matters. The buffer stays valid after the map was closed, until it is collected.
   *
   * @throws BpfUsageError `ERR_BPF_MAP_TYPE` if the map is not such an array
   * @throws BpfError `EPERM` if it is frozen or read-only
   */
  mapMemory(): ArrayBuffer {
    this.#checkOpen();
    if (this.info.type !== 'array' || (this.#description.flags & MapFlags.MMAPABLE) === 0) {
      throw new BpfUsageError(
        'ERR_BPF_MAP_TYPE',
        `${this.#title()} cannot be mapped: only an array created with MapFlags.MMAPABLE can`,
      );
    }
    if (this.#memory === undefined || this.#memory.detached) {
      const memory = this.#native.mapMemory();
      if (typeof memory === 'number') throw this.#failure('mmap', memory);
      this.#memory = memory;
    }
    return this.#memory;
  }

  /** User space can no longer write to this map (BPF_MAP_FREEZE); programs can. For good. */
  freeze(): void {
    this.#checkOpen();
    const result = this.#native.freeze();
    if (result < 0) throw this.#failure('BPF_MAP_FREEZE', result);
  }

  /**
   * Pins the map at `path`, in a BPF file system (usually under /sys/fs/bpf): it lives until it is unpinned,
   * and {@link BpfMap.openPinned} finds it.
   *
   * @throws BpfError `EEXIST`, `ENOENT` (no such directory), `EPERM` (not a BPF file system, or no CAP_BPF)
   */
  pin(path: string): void {
    checkPath(path);
    this.#checkOpen();
    const result = this.#native.pin(path);
    if (result < 0) {
      const hint = result === -EPERM && !onBpfFs(path) ? NOT_BPFFS : undefined;
      throw this.#failure('BPF_OBJ_PIN', result, undefined, path, hint);
    }
  }

  /**
   * Removes this map's pin at `path`.
   *
   * @throws BpfError `ENOENT` if nothing is pinned there
   * @throws BpfUsageError `ERR_BPF_ARGUMENT` if it is a pin of another map, which is left alone
   */
  unpin(path: string): void {
    checkPath(path);
    this.#checkOpen();
    using pinned = BpfMap.openPinned(path, { codec: 'bytes' });
    if (pinned.id !== this.id) {
      throw new BpfUsageError(
        'ERR_BPF_ARGUMENT',
        `what is pinned at ${path} is map ${pinned.id}, not ${this.#title()}`,
      );
    }
    unlinkSync(path);
  }

  /** Closes the descriptor. Closing again does nothing; memory that was mapped stays valid. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#memory = undefined;
    this.#native.close();
  }

  /** As {@link BpfMap.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #title(): string {
    const { name, id } = this.#description;
    return name === '' ? `map ${id}` : `map '${name}' (id ${id})`;
  }

  #checkOpen(): void {
    if (this.#closed) throw new BpfUsageError('ERR_BPF_CLOSED', `${this.#title()} is closed`);
  }

  #reason(operation: MapOperation): string | undefined {
    const { type, valueSize } = this.#description;
    return reasonAgainst(mapTypeName(type), operation, valueSize);
  }

  #checkElements(operation: MapOperation): void {
    this.#checkOpen();
    if (this.#asksKernel) return;
    const reason = this.#reason(operation);
    if (reason === undefined) return;
    throw new BpfUsageError(
      'ERR_BPF_MAP_TYPE',
      `${this.#title()} is of type ${mapTypeName(this.#description.type)}: ${reason}`,
    );
  }

  /** The scratch buffer is one: a codec must not use it for another call while it encodes for this one. */
  #begin(operation: MapOperation): void {
    this.#checkElements(operation);
    if (this.#busy) {
      throw new BpfUsageError(
        'ERR_BPF_REENTRANT',
        `${this.#title()} was called by a codec that works for it`,
      );
    }
    this.#busy = true;
  }

  #encodeKey(key: K): void {
    try {
      this.#key.encode(key, this.#scratch, 0);
    } catch (error) {
      throw locate(error, 'key');
    }
  }

  #encodeValue(value: V): void {
    try {
      this.#value.encode(value, this.#scratch, this.#valueOffset);
    } catch (error) {
      throw locate(error, 'value');
    }
  }

  #there(result: number, operation: string): boolean {
    if (result === 0) return true;
    if (result === -ENOENT) return false;
    throw this.#failure(operation, result);
  }

  #answer(result: number, operation: string): V | undefined {
    return this.#there(result, operation) ? this.#value.decode(this.#scratch, this.#valueOffset) : undefined;
  }

  #failure(operation: string, result: number, completed?: number, path?: string, hint?: string): Error {
    // A codec may have closed the map after the check.
    if (this.#closed) return new BpfUsageError('ERR_BPF_CLOSED', `${this.#title()} is closed`);
    const { name: mapName, id: mapId } = this.#description;
    const inapplicable = NOT_APPLICABLE.has(-result) ? OPERATIONS[operation] : undefined;
    const reason = inapplicable === undefined ? undefined : this.#reason(inapplicable);
    return new BpfError({
      errno: -result,
      operation,
      mapName,
      mapId,
      completed,
      path,
      hint: hint ?? reason,
    });
  }
}

const NOT_BPFFS = 'the path is not in a BPF file system; mount one with: mount -t bpf bpf /sys/fs/bpf';

function onBpfFs(path: string): boolean {
  try {
    return statfsSync(dirname(path)).type === BPF_FS_MAGIC;
  } catch {
    return true;
  }
}

function checkPath(path: string): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `path must be a file name without NUL characters, got ${describe(path)}`,
    );
  }
}

function updateFlags(options: SetOptions | undefined): number {
  const mode = options?.mode ?? 'any';
  if (!Object.hasOwn(UPDATE_FLAGS, mode)) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `mode must be 'any', 'create' or 'update', got ${describe(mode)}`,
    );
  }
  return UPDATE_FLAGS[mode];
}

function encodeAll<T>(
  list: readonly T[],
  codec: Codec<T>,
  what: string,
  stride: number = codec.size,
): { bytes: Uint8Array; count: number } {
  const bytes = new Uint8Array(list.length * stride);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of list.entries()) {
    try {
      codec.encode(value, view, index * stride);
    } catch (error) {
      throw locate(error, `${what}[${index}]`);
    }
  }
  return { bytes, count: list.length };
}
