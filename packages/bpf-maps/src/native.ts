import type { ElementCalls } from './element-calls.ts';
import { loadAddon } from './load-addon.ts';
import type { NativeMapOptions } from './native-map-options.ts';

/** What the addon tells of an open map. Sizes are the kernel's. */
export interface NativeMapInfo {
  readonly fd: number;
  readonly type: number;
  readonly id: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
  readonly mapExtra: bigint;
  readonly ifindex: number;
  readonly btfId: number;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  readonly btfVmlinuxId: number;
  readonly btfVmlinuxValueTypeId: number;
  /** Where the value begins in the scratch buffer. */
  readonly valueOffset: number;
  /** Bytes of one value as the kernel copies it: all CPUs' slots, for per-CPU types. */
  readonly valueBytes: number;
  readonly hasElements: boolean;
  readonly perCpu: boolean;
}

/** Numbers that come back are 0 or a count, or a negative errno. See native/map.h. */
export interface NativeMap {
  info(): NativeMapInfo;
  /** The key that {@link ElementCalls} work on, and at `valueOffset` the value. */
  scratch(): ArrayBuffer;
  /** What {@link ElementCalls} know this map by, as long as this object lives. */
  slot(): number;
  lookupMany(keys: Uint8Array, values: Uint8Array, found: Uint8Array, count: number): NativeOutcome;
  takeMany(keys: Uint8Array, values: Uint8Array, found: Uint8Array, count: number): NativeOutcome;
  updateMany(keys: Uint8Array, values: Uint8Array, count: number, flags: number): NativeOutcome;
  deleteMany(keys: Uint8Array, count: number): NativeOutcome;
  /** One of the last four, on the threadpool. */
  runMany(
    kind: BatchKind,
    keys: Uint8Array,
    values: Uint8Array,
    count: number,
    flags: number,
  ): Promise<NativeJobOutput> | number;
  /** With `take`, entries are deleted as they are read. */
  openCursor(take: boolean): NativeCursor;
  mapMemory(): ArrayBuffer | number;
  pin(path: string): number;
  freeze(): number;
  close(): void;
  /** Closes this object, but leaves the descriptor open. */
  release(): void;
}

/** See native/cursor.h. */
export interface NativeCursor {
  next(keys: Uint8Array, values: Uint8Array, capacity: number): number;
  nextJob(capacity: number): Promise<NativeJobOutput> | number;
}

/** How far a batch came, with which result, and how many keys were there. See native/batches.h. */
export type NativeOutcome = [done: number, result: number, hits: number];

/** What `runMany` does, in the numbers of native/batches.h. */
export const BatchKind = Object.freeze({ lookup: 0, update: 1, remove: 2, take: 3 });

/** One of {@link BatchKind}. */
export type BatchKind = (typeof BatchKind)[keyof typeof BatchKind];

/** What a job on the threadpool did. See native/job.h. */
export interface NativeJobOutput {
  readonly result: number;
  readonly done: number;
  readonly hits: number;
  /** Of a cursor: is the walk over? */
  readonly finished: boolean;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
  readonly found: Uint8Array;
}

/** See native/ring_buffer.h. */
export interface NativeRingBuffer {
  read(bytes: Uint8Array, offsets: Uint32Array, lengths: Uint32Array): number;
  commit(bytes: number): number;
  pending(): number;
  arm(keepAlive: boolean): number;
  disarm(): void;
  close(): void;
}

/** See native/user_ring_buffer.h. */
export interface NativeUserRingBuffer {
  write(bytes: Uint8Array, length: number): number;
  pending(): number;
  arm(keepAlive: boolean): void;
  disarm(): void;
  close(): void;
}

/** See native/perf_buffer.h. */
export interface NativePerfBuffer {
  read(bytes: Uint8Array, offsets: Uint32Array, lengths: Uint32Array, cpus: Uint32Array): number;
  lost(): number;
  arm(keepAlive: boolean): number;
  disarm(): void;
  close(): void;
}

/** BTF as the kernel keeps it. */
export interface NativeBtf {
  readonly data: Uint8Array;
  readonly name: string;
  /** Is it the kernel's own, or a kernel module's? */
  readonly kernel: boolean;
}

/** The addon's exports. */
export interface Addon extends ElementCalls {
  createMap(options: NativeMapOptions): NativeMap | number;
  /** Flags: 0, BPF_F_RDONLY or BPF_F_WRONLY. */
  openPinned(path: string, flags?: number): NativeMap | number;
  openById(id: number, flags?: number): NativeMap | number;
  /** Loads BTF into the kernel; a `result` that is not negative is a descriptor, which the caller closes. */
  addBtf(bytes: Uint8Array, tokenFd: number): { readonly result: number; readonly log: string };
  /** A descriptor, which the caller closes. */
  openBtf(id: number): number;
  /** Closes what the last two and `createToken` gave; 0, or a negative errno for any other descriptor. */
  closeDescriptor(fd: number): number;
  /** As `openBtf`. */
  createToken(bpffsFd: number): number;
  adoptFd(fd: number): NativeMap | number;
  /** After -ENOENT there is no more. */
  nextMapId(id: number): number;
  loadBtf(id: number): NativeBtf | number;
  openRingBuffer(fd: number, onReadable: () => void): NativeRingBuffer | number;
  openUserRingBuffer(fd: number, onDrained: () => void): NativeUserRingBuffer | number;
  openPerfBuffer(fd: number, pages: number, onReadable: () => void): NativePerfBuffer | number;
  /** See native/ring_positions.h. */
  ringPositions(fd: number): readonly [consumed: bigint, produced: bigint] | number;
  possibleCpus(): number;
}

let loaded: Addon | undefined;

/**
 * The addon, loaded at the first use, so that importing this package works everywhere.
 *
 * @throws BpfUsageError `ERR_BPF_PLATFORM` where there is none
 */
export function addon(): Addon {
  loaded ??= loadAddon();
  return loaded;
}
