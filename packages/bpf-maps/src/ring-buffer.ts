import { constants } from 'node:os';
import type { Codec } from './codec.ts';
import { BpfError, BpfUsageError } from './errors.ts';
import { BpfMap } from './map.ts';
import type { AnyMap } from './map-spec.ts';
import { addon, type NativeRecords, type NativeRingBuffer } from './native.ts';
import { recordDecoder } from './record-decoder.ts';
import { type Waiting, wake } from './waiting.ts';

/** Records that are taken from the ring in one go: their space is given back when all have been delivered. */
const MAX_RECORDS = 256;
const MAX_BYTES = 64 * 1024;

const { EIO } = constants.errno;

/** How to read records. */
export interface RingBufferOptions<T> {
  /**
   * What a record begins with. A record may be longer (a header with data of any length behind it); one that
   * is shorter is an error. Without a codec a record is its bytes.
   */
  readonly record: Codec<T>;
}

/**
 * The consumer of a BPF ring buffer (`ringbuf`). Nothing is lost on this side: a record that was not yet
 * delivered stays in the kernel's memory, also when the consumer is closed, and a slow consumer makes the
 * producer's `bpf_ringbuf_reserve` fail, which it can count.
 *
 * Use one of: `for await (const record of ring)`, {@link RingBuffer.consume}, {@link RingBuffer.read}. While
 * one of the first two waits, the process stays alive; {@link RingBuffer.unref} changes that.
 */
export class RingBuffer<T = Uint8Array> implements AsyncIterable<T>, Disposable {
  readonly #native: NativeRingBuffer;
  readonly #decode: (record: Uint8Array) => T;
  readonly #info: { readonly mapName: string; readonly mapId: number };
  readonly #waiting: Waiting;
  #batch: NativeRecords | undefined;
  #index = 0;
  #offset = 0;
  #referenced = true;
  #closed = false;

  /**
   * Starts consuming. The ring buffer keeps a descriptor of its own: `map` may be closed at once.
   *
   * @throws BpfUsageError `ERR_BPF_MAP_TYPE` if `map` is not of type `ringbuf`; `ERR_BPF_CLOSED`
   * @throws BpfError `EBUSY` if this process consumes it already: there is one consumer position
   */
  constructor(
    map: AnyMap,
    ...options: Uint8Array extends T ? [RingBufferOptions<T>?] : [RingBufferOptions<T>]
  );
  constructor(map: AnyMap, options?: RingBufferOptions<T>) {
    if (!(map instanceof BpfMap))
      throw new BpfUsageError('ERR_BPF_ARGUMENT', 'a RingBuffer is made from a BpfMap');
    const { type, name, id } = map.info;
    if (type !== 'ringbuf') {
      throw new BpfUsageError(
        'ERR_BPF_MAP_TYPE',
        `map ${id} is of type ${type}; a RingBuffer needs a ringbuf`,
      );
    }
    this.#info = { mapName: name, mapId: id };
    this.#decode = recordDecoder(options?.record);
    const waiting: Waiting = new Set();
    this.#waiting = waiting;
    // The addon holds this callback: it must not hold the RingBuffer, or that would never be collected.
    const native = addon().openRingBuffer(map.fd, () => wake(waiting));
    if (typeof native === 'number') {
      const hint = 'another RingBuffer of this process reads it, or the kernel is older than 5.8';
      throw new BpfError({ errno: -native, operation: 'open ring buffer', hint, ...this.#info });
    }
    this.#native = native;
  }

  /** Has consuming ended? */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Takes the records that are there, without waiting: at most `limit`.
   *
   * @throws BpfUsageError `ERR_BPF_CLOSED`; `ERR_BPF_RINGBUF_CORRUPT` if another process consumes as well
   * @throws CodecError for a record that is too short for its codec; that record is passed over
   */
  read(limit: number = Number.POSITIVE_INFINITY): T[] {
    this.#checkOpen();
    const records: T[] = [];
    while (records.length < limit) {
      const record = this.#next();
      if (record === undefined) break;
      records.push(this.#decode(record));
    }
    return records;
  }

  /**
   * Calls `deliver` for each record, until the ring buffer is closed. If it returns a promise, the next
   * record waits for it.
   *
   * @returns resolves after closing; rejects with what `deliver` throws
   */
  async consume(deliver: (record: T) => void | Promise<void>): Promise<void> {
    this.#checkOpen();
    while (!this.#closed) {
      const record = this.#next();
      if (record === undefined) await this.#readable();
      else await deliver(this.#decode(record));
    }
  }

  /** Delivers records as they come; ends when the ring buffer is closed. Leaving the loop does not close it. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    this.#checkOpen();
    return {
      next: async () => {
        while (!this.#closed) {
          const record = this.#next();
          if (record !== undefined) return { done: false, value: this.#decode(record) };
          await this.#readable();
        }
        return { done: true, value: undefined };
      },
      return: async () => {
        this.#commitDelivered();
        return { done: true, value: undefined };
      },
    };
  }

  /** Waiting for records no longer keeps the process alive. */
  unref(): this {
    this.#referenced = false;
    if (!this.#closed && this.#waiting.size > 0) this.#arm();
    return this;
  }

  /** Waiting for records keeps the process alive (the default). */
  ref(): this {
    this.#referenced = true;
    if (!this.#closed && this.#waiting.size > 0) this.#arm();
    return this;
  }

  /** Stops consuming and ends all loops. Records that were not delivered stay in the ring. */
  close(): void {
    if (this.#closed) return;
    this.#commitDelivered();
    this.#closed = true;
    this.#batch = undefined;
    this.#native.close();
    wake(this.#waiting);
  }

  /** As {@link RingBuffer.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Waits until there may be a record, or the ring buffer is closed. */
  async #readable(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    this.#arm();
    await promise;
    if (this.#waiting.size === 0 && !this.#closed) this.#native.disarm();
  }

  #arm(): void {
    const result = this.#native.arm(this.#referenced);
    if (result < 0) throw this.#failure(result);
  }

  /** The bytes of the next record, which is delivered with that; undefined if there is none. */
  #next(): Uint8Array | undefined {
    let batch = this.#batch;
    let length = batch?.lengths[this.#index];
    if (batch === undefined || length === undefined) {
      batch = this.#refill();
      length = batch.lengths[0];
      if (length === undefined) return undefined;
    }
    const record = batch.bytes.subarray(this.#offset, this.#offset + length);
    this.#index++;
    this.#offset += length;
    return record;
  }

  #refill(): NativeRecords {
    // All of the last batch was delivered.
    if (this.#batch !== undefined) this.#commit(this.#batch.position);
    this.#batch = undefined;
    const batch = this.#native.read(MAX_RECORDS, MAX_BYTES);
    if (typeof batch === 'number') throw this.#failure(batch);
    // Even an empty one has a position: there may have been records that their producer discarded.
    if (batch.lengths.length === 0) this.#commit(batch.position);
    else this.#batch = batch;
    this.#index = 0;
    this.#offset = 0;
    return batch;
  }

  #commitDelivered(): void {
    if (this.#closed || this.#batch === undefined || this.#index === 0) return;
    const end = this.#batch.ends[this.#index - 1];
    if (end !== undefined) this.#commit(end);
  }

  #commit(position: number): void {
    const result = this.#native.commit(position);
    if (result < 0) throw this.#failure(result);
  }

  #failure(result: number): Error {
    if (result === -EIO) {
      return new BpfUsageError(
        'ERR_BPF_RINGBUF_CORRUPT',
        `ring buffer ${this.#info.mapId} holds impossible positions: does another process consume it?`,
      );
    }
    return new BpfError({ errno: -result, operation: 'read ring buffer', ...this.#info });
  }

  #checkOpen(): void {
    if (this.#closed) throw new BpfUsageError('ERR_BPF_CLOSED', `ring buffer ${this.#info.mapId} is closed`);
  }
}
