import { constants } from 'node:os';
import type { Codec } from './codec.ts';
import { BpfError, BpfUsageError, describe } from './errors.ts';
import { BpfMap } from './map.ts';
import type { AnyMap } from './map-spec.ts';
import { addon, type NativePerfBuffer } from './native.ts';
import { recordDecoder } from './record-decoder.ts';
import { type Waiting, wake } from './waiting.ts';

/** Bytes of records that are taken from the kernel in one go. */
const READ_BYTES = 64 * 1024;

/** A record of a perf buffer. */
export interface PerfRecord<T> {
  /** The CPU on which the program ran. */
  readonly cpu: number;
  /** What the program wrote. */
  readonly record: T;
}

/** How large the rings of a perf buffer are. */
export interface PerfBufferSize {
  /** Pages of each CPU's ring: a power of two. Default 16. */
  readonly pages?: number;
}

/** How to read records. */
export interface PerfBufferOptions<T> extends PerfBufferSize {
  /**
   * What a record begins with; one that is shorter is an error. Without a codec a record is its bytes, with up to 7
   * more behind: the kernel keeps lengths in steps of 8.
   */
  readonly record: Codec<T>;
}

/**
 * The reader of a perf buffer: of a `perf_event_array` that programs write to with `bpf_perf_event_output` and
 * `BPF_F_CURRENT_CPU`. It opens a perf event with a ring for each CPU that is online, and puts them into the map, in
 * place of those that were there; closing takes them out. Needs CAP_PERFMON.
 *
 * What does not fit a ring is lost, and counted by the kernel: see {@link PerfBuffer.lost}. Records of one CPU come in
 * their order; those of different CPUs in any. For new programs a ring buffer is the better choice: nothing is lost
 * silently, and order is kept.
 *
 * Use one of: `for await (const { cpu, record } of buffer)`, {@link PerfBuffer.consume}, {@link PerfBuffer.read}. While
 * one of the first two waits, the process stays alive.
 */
export class PerfBuffer<T = Uint8Array> implements AsyncIterable<PerfRecord<T>>, Disposable {
  readonly #native: NativePerfBuffer;
  readonly #decode: (record: Uint8Array) => T;
  readonly #info: { readonly mapName: string; readonly mapId: number };
  readonly #waiting: Waiting;
  #queue: Array<{ cpu: number; bytes: Uint8Array }> = [];
  #index = 0;
  #lost = 0;
  #closed = false;

  /**
   * Opens the rings. The perf buffer keeps a descriptor of its own: `map` may be closed at once.
   *
   * @throws BpfUsageError `ERR_BPF_MAP_TYPE` if `map` is not of type `perf_event_array`; `ERR_BPF_ARGUMENT`;
   *   `ERR_BPF_CLOSED`
   * @throws BpfError `EPERM`, `EACCES` without CAP_PERFMON; `EPERM` also for more memory than may be locked
   */
  constructor(
    map: AnyMap,
    ...options: Uint8Array extends T ? [(PerfBufferOptions<T> | PerfBufferSize)?] : [PerfBufferOptions<T>]
  );
  constructor(map: AnyMap, options: Partial<PerfBufferOptions<T>> = {}) {
    if (!(map instanceof BpfMap)) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', 'a PerfBuffer is made from a BpfMap');
    }
    const { type, name, id } = map.info;
    if (type !== 'perf_event_array') {
      throw new BpfUsageError(
        'ERR_BPF_MAP_TYPE',
        `map ${id} is of type ${type}; a PerfBuffer needs a perf_event_array`,
      );
    }
    const { pages = 16 } = options;
    if (!Number.isInteger(pages) || pages < 1 || pages > 2 ** 20 || (pages & (pages - 1)) !== 0) {
      throw new BpfUsageError(
        'ERR_BPF_ARGUMENT',
        `pages must be a power of two up to 2^20, got ${describe(pages)}`,
      );
    }
    this.#info = { mapName: name, mapId: id };
    this.#decode = recordDecoder(options.record);
    const waiting: Waiting = new Set();
    this.#waiting = waiting;
    // The addon holds this callback: it must not hold the PerfBuffer, or that would never be collected.
    const native = addon().openPerfBuffer(map.fd, pages, () => wake(waiting));
    if (typeof native === 'number') {
      throw new BpfError({ errno: -native, operation: 'open perf buffer', ...this.#info });
    }
    this.#native = native;
  }

  /** Has reading ended? */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Records that the kernel dropped since the beginning because a ring was full, as far as is known: the kernel tells
   * with the next record that fits.
   */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Takes the records that are there, without waiting: at most `limit`.
   *
   * @throws BpfUsageError `ERR_BPF_CLOSED`
   * @throws BpfError `EIO` if a ring holds what the kernel does not write
   * @throws CodecError for a record that is too short for its codec; that record is passed over
   */
  read(limit: number = Number.POSITIVE_INFINITY): Array<PerfRecord<T>> {
    this.#checkOpen();
    const records: Array<PerfRecord<T>> = [];
    while (records.length < limit) {
      const record = this.#next();
      if (record === undefined) break;
      records.push(record);
    }
    return records;
  }

  /**
   * Calls `deliver` for each record, until the perf buffer is closed. If it returns a promise, the next record waits
   * for it.
   *
   * @returns resolves after closing; rejects with what `deliver` throws
   */
  async consume(deliver: (record: PerfRecord<T>) => void | Promise<void>): Promise<void> {
    for await (const record of this) await deliver(record);
  }

  /** Delivers records as they come; ends when the perf buffer is closed. Leaving the loop does not close it. */
  [Symbol.asyncIterator](): AsyncIterator<PerfRecord<T>, undefined> {
    this.#checkOpen();
    return {
      next: async () => {
        while (!this.#closed) {
          const record = this.#next() ?? (await this.#wait());
          if (record !== undefined) return { done: false, value: record };
        }
        return { done: true, value: undefined };
      },
    };
  }

  /** Stops reading, ends all loops, and takes the rings out of the map. Records that were not delivered are lost. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#native.close();
    wake(this.#waiting);
  }

  /** As {@link PerfBuffer.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** The next record once there may be one; undefined if there is none after all. */
  async #wait(): Promise<PerfRecord<T> | undefined> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    this.#waiting.add(stop);
    try {
      // There may be records since the last look, of which nobody will tell.
      this.#native.arm(true);
      const record = this.#next();
      if (record !== undefined) return record;
      await promise;
      return undefined;
    } finally {
      this.#waiting.delete(stop);
      if (!this.#closed && this.#waiting.size === 0) this.#native.disarm();
    }
  }

  #next(): PerfRecord<T> | undefined {
    if (this.#index >= this.#queue.length) this.#refill();
    const entry = this.#queue[this.#index];
    if (entry === undefined) return undefined;
    this.#index++;
    return { cpu: entry.cpu, record: this.#decode(entry.bytes) };
  }

  #refill(): void {
    const batch = this.#native.read(READ_BYTES);
    if (typeof batch === 'number') {
      throw new BpfError({
        errno: -batch,
        operation: 'read perf buffer',
        hint: hintOf(batch),
        ...this.#info,
      });
    }
    this.#lost += batch.lost;
    let offset = 0;
    this.#queue = Array.from(batch.lengths, (length, index) => {
      const bytes = batch.bytes.subarray(offset, offset + length);
      offset += length;
      return { cpu: batch.cpus[index] ?? 0, bytes };
    });
    this.#index = 0;
  }

  #checkOpen(): void {
    if (this.#closed) throw new BpfUsageError('ERR_BPF_CLOSED', `perf buffer ${this.#info.mapId} is closed`);
  }
}

function hintOf(result: number): string | undefined {
  return result === -constants.errno.EIO ? 'a ring holds what the kernel does not write' : undefined;
}
