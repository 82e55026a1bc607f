import { constants } from 'node:os';
import { BpfUsageError, describe } from './errors.ts';
import type { RecordDecoder } from './record-decoder.ts';
import { type Waiting, waitAmong, wake } from './waiting.ts';

/** Most bytes and records that are copied from the kernel's memory in one go. */
const CHUNK_BYTES = 64 * 1024;
const CHUNK_RECORDS = 2048;

/** A loop that finds records without end lets others have the event loop after so many milliseconds. */
const TURN = 10;
/** Records between two looks at the clock, less one: a power of two, less one. */
const CLOCK_MASK = 31;

const { EMSGSIZE } = constants.errno;

/** @internal What hands out records: see native/ring_buffer.h and native/perf_buffer.h. Negative results are errnos. */
export interface RecordSource {
  read(bytes: Uint8Array, offsets: Uint32Array, lengths: Uint32Array, cpus: Uint32Array): number;
  /** Gives back what was read up to this place. */
  commit(bytes: number): void;
  /** Asks to be woken once there is something to read; 1 if there is already. */
  arm(keepAlive: boolean): number;
  disarm(): void;
  close(): void;
}

/** @internal What a reader is made of. */
export interface RecordReaderParts<R> {
  readonly source: RecordSource;
  /** Whom the source wakes. */
  readonly waiting: Waiting;
  readonly decode: RecordDecoder<R>;
  /** Bytes of records that there can be at a time. */
  readonly capacity: number;
  /** For messages. */
  readonly title: string;
  failure(result: number): Error;
}

/** Memory that records are copied to, seen in two ways. */
interface Staging {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
}

function stage(size: number): Staging {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer) };
}

/**
 * What ring buffers and perf buffers have in common: ways to take records. All of them take from the same place, and
 * each record goes to one: whoever comes first.
 *
 * Records are copied from the kernel's memory in chunks (up to 64 KiB, or a quarter of the ring) and decoded one by
 * one. A record counts as delivered as soon as it was returned, or its callback was called.
 *
 * While a loop waits for records, the process stays alive; {@link RecordReader.unref} changes that. A loop that always
 * finds records lets timers and I/O have their turn after 10 ms, at a multiple of 32 records.
 */
export abstract class RecordReader<R> implements AsyncIterable<R>, Disposable {
  readonly #parts: RecordReaderParts<R>;
  readonly #chunkBytes: number;
  readonly #offsets: Uint32Array;
  readonly #lengths: Uint32Array;
  readonly #cpus: Uint32Array;
  /** What most chunks are copied to; those with a record that is larger have memory of their own. */
  #usual: Staging;
  #view: DataView<ArrayBuffer>;
  /** The records of the chunk, and which of them is next. */
  #count = 0;
  #index = 0;
  /** When the event loop is to be let go on. */
  #turn = 0;
  #referenced = true;
  #closed = false;

  /** @internal */
  protected constructor(parts: RecordReaderParts<R>) {
    this.#parts = parts;
    this.#chunkBytes = Math.min(CHUNK_BYTES, parts.capacity / 4);
    const records = Math.min(CHUNK_RECORDS, this.#chunkBytes / 8);
    this.#offsets = new Uint32Array(records);
    this.#lengths = new Uint32Array(records);
    this.#cpus = new Uint32Array(records);
    this.#usual = stage(this.#chunkBytes);
    this.#view = this.#usual.view;
  }

  /** Has reading ended? */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Takes the records that are there, without waiting. A record that does not fit its codec ends it: those before are
   * returned, and the next call throws.
   *
   * @param limit - how many at most; by default as many as can be there at a time, so that it ends though programs write
   * @throws BpfUsageError `ERR_BPF_CLOSED`; of ring buffers `ERR_BPF_RINGBUF_CORRUPT` if another process consumes as well
   * @throws BpfError `EIO` if a perf buffer holds what the kernel does not write
   * @throws CodecError for a record that is too short for its codec; that record is passed over
   */
  read(limit: number = this.#parts.capacity / 8): R[] {
    this.checkOpen();
    if (typeof limit !== 'number' || !(limit >= 0)) {
      throw new BpfUsageError(
        'ERR_BPF_ARGUMENT',
        `limit must be a number of records, got ${describe(limit)}`,
      );
    }
    const records: R[] = [];
    this.#collect(records, limit, true);
    return records;
  }

  /**
   * Calls `deliver` for each record, until the reader is closed: one after the other, without a promise in between
   * unless it returns one; then the next record waits for that. Inside, the reader may be closed, and more records be
   * taken with `read`.
   *
   * @returns resolves after closing; rejects with what `deliver` throws, and what `read` does: the record that it was
   *   called with counts as delivered, those behind it stay
   */
  async consume(deliver: (record: R) => unknown): Promise<void> {
    checkCallback(deliver);
    const { decode } = this.#parts;
    await this.deliverAll((view, offset, length, cpu) => deliver(decode(view, offset, length, cpu)));
  }

  /** Delivers records as they come; ends when the reader is closed. Leaving the loop does not close it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<R, undefined, undefined> {
    return this.#iterate(() => this.#take());
  }

  /**
   * Delivers records as they come, in arrays of as many as there are in a chunk, at least one: one promise for all of
   * them. Otherwise as iterating over the reader itself.
   */
  batches(): AsyncIterableIterator<R[], undefined, undefined> {
    return this.#iterate(() => {
      const records: R[] = [];
      this.#collect(records, Number.POSITIVE_INFINITY, false);
      return records;
    });
  }

  /** Waiting for records no longer keeps the process alive. */
  unref(): this {
    return this.#setReferenced(false);
  }

  /** Waiting for records keeps the process alive (the default). */
  ref(): this {
    return this.#setReferenced(true);
  }

  /** Stops reading, and ends all loops. Closing again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.giveBack();
    this.#closed = true;
    this.#count = 0;
    this.#index = 0;
    this.#parts.source.close();
    wake(this.#parts.waiting);
  }

  /** Closes the reader. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal Calls `deliver` where the records are; until the reader is closed. */
  protected async deliverAll(deliver: RecordDecoder<unknown>): Promise<void> {
    checkCallback(deliver);
    this.checkOpen();
    try {
      this.#beginTurn();
      while (!this.#closed) {
        const promised = this.#deliver(deliver);
        if (promised !== undefined) await promised;
        else if (!this.#closed && !this.#isTurnOver()) await this.#readable();
        if (this.#isTurnOver()) await this.#nextTurn();
      }
    } finally {
      this.giveBack();
    }
  }

  /** @internal Gives what was delivered back to the producer. The next read tells if that is impossible. */
  protected giveBack(): void {
    if (this.#closed || this.#index === 0) return;
    const last = this.#index - 1;
    this.#parts.source.commit((this.#offsets[last] ?? 0) + (this.#lengths[last] ?? 0));
  }

  /** @internal */
  protected checkOpen(): void {
    if (this.#closed) throw new BpfUsageError('ERR_BPF_CLOSED', `${this.#parts.title} is closed`);
  }

  /** Calls until it gets a promise, which it returns; until there is no record, or the turn is over. */
  #deliver(deliver: RecordDecoder<unknown>): PromiseLike<unknown> | undefined {
    const offsets = this.#offsets;
    const lengths = this.#lengths;
    const cpus = this.#cpus;
    do {
      while (this.#index < this.#count) {
        const index = this.#index++;
        const result = deliver(this.#view, offsets[index] ?? 0, lengths[index] ?? 0, cpus[index] ?? 0);
        if (typeof result === 'object' && isPromiseLike(result)) return result;
        if ((index & CLOCK_MASK) === CLOCK_MASK && this.#isTurnOver()) return undefined;
      }
    } while (!this.#isTurnOver() && this.#refill());
    return undefined;
  }

  /** The next record, which there must be. */
  #take(): R {
    const index = this.#index++;
    const { decode } = this.#parts;
    return decode(this.#view, this.#offsets[index] ?? 0, this.#lengths[index] ?? 0, this.#cpus[index] ?? 0);
  }

  /** Takes records, with `more` also those that are not copied yet. Throws only if there is none before the trouble. */
  #collect(records: R[], limit: number, more: boolean): void {
    let taking = -1;
    try {
      while (records.length < limit && (this.#index < this.#count || (more && this.#refill()))) {
        taking = this.#index;
        records.push(this.#take());
      }
    } catch (error) {
      if (records.length === 0) throw error;
      // The next call meets it first.
      if (this.#index === taking + 1) this.#index = taking;
    }
  }

  #iterate<V>(take: () => V): AsyncIterableIterator<V, undefined, undefined> {
    this.checkOpen();
    this.#beginTurn();
    const later = async (): Promise<IteratorResult<V, undefined>> => {
      while (!this.#closed) {
        if (this.#isTurnOver()) await this.#nextTurn();
        else if (this.#index < this.#count || this.#refill()) return { done: false, value: take() };
        else await this.#readable();
      }
      return { done: true, value: undefined };
    };
    const iterator: AsyncIterableIterator<V, undefined, undefined> = {
      next: () => {
        // Most of the time, with no more than the one promise that there must be.
        if (this.#index >= this.#count || (this.#index & CLOCK_MASK) === 0) return later();
        try {
          return Promise.resolve({ done: false, value: take() });
        } catch (error) {
          return Promise.reject(error);
        }
      },
      return: () => {
        this.giveBack();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** Copies the next chunk, once all of the last one was delivered. Is there a record? */
  #refill(): boolean {
    if (this.#closed) return false;
    this.#index = 0;
    this.#count = 0;
    // A callback may have transferred the memory that it was shown.
    if (this.#usual.bytes.length === 0) this.#usual = stage(this.#chunkBytes);
    let staging = this.#usual;
    let result = this.#copy(staging);
    if (result === -EMSGSIZE) {
      staging = stage(this.#lengths[0] ?? 0);
      result = this.#copy(staging);
    }
    if (result < 0) throw this.#parts.failure(result);
    this.#view = staging.view;
    this.#count = result;
    return result > 0;
  }

  #copy({ bytes }: Staging): number {
    return this.#parts.source.read(bytes, this.#offsets, this.#lengths, this.#cpus);
  }

  /** Waits until there may be a record, or the reader is closed. */
  async #readable(): Promise<void> {
    const { source, waiting } = this.#parts;
    await waitAmong(waiting, { arm: () => this.#arm(), disarm: () => source.disarm() });
    this.#beginTurn();
  }

  /** Is there something to read already? */
  #arm(): boolean {
    const result = this.#parts.source.arm(this.#referenced);
    if (result < 0) throw this.#parts.failure(result);
    return result > 0;
  }

  #setReferenced(referenced: boolean): this {
    this.#referenced = referenced;
    const { waiting } = this.#parts;
    if (!this.#closed && waiting.size > 0 && this.#arm()) wake(waiting);
    return this;
  }

  #beginTurn(): void {
    this.#turn = performance.now() + TURN;
  }

  #isTurnOver(): boolean {
    return performance.now() > this.#turn;
  }

  async #nextTurn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#beginTurn();
  }
}

function checkCallback(deliver: unknown): void {
  if (typeof deliver === 'function') return;
  throw new BpfUsageError('ERR_BPF_ARGUMENT', `deliver must be a function, got ${describe(deliver)}`);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
