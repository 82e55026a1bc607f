import { constants } from 'node:os';
import type { Codec } from './codec.ts';
import { BpfError, BpfUsageError } from './errors.ts';
import { checkLostCounter, type LostCounter, lostRecords } from './lost-records.ts';
import { BpfMap } from './map.ts';
import type { AnyMap } from './map-spec.ts';
import { MapFlags } from './map-types.ts';
import { addon, type NativeRingBuffer } from './native.ts';
import { recordDecoder } from './record-decoder.ts';
import { RecordReader } from './record-reader.ts';
import { type Waiting, wake } from './waiting.ts';

const { EIO } = constants.errno;

/** Where what did not fit a ring buffer is counted. */
export interface RingBufferLoss {
  /** The map in which programs count the records that they could not reserve space for, if they do. */
  readonly lost?: LostCounter;
}

/** How to read records. */
export interface RingBufferOptions<T> extends RingBufferLoss {
  /**
   * What a record begins with. A record may be longer (a header with data of any length behind it); one that
   * is shorter is an error. Without a codec a record is a copy of its bytes. A codec of one's own must copy what it
   * keeps: the memory that it reads is used again.
   */
  readonly record: Codec<T>;
}

/**
 * The consumer of a BPF ring buffer (`ringbuf`, Linux 5.8; Documentation/bpf/ringbuf.rst).
 *
 * Nothing is lost on this side: a record that was not delivered stays in the kernel's memory, also when the consumer
 * is closed. Its space is given back when the chunk that it was copied with was delivered, when a loop ends, and on
 * closing. So a slow consumer makes the producer's `bpf_ringbuf_reserve` fail, and only the program knows of that: the
 * kernel does not count it. See {@link LostCounter} for programs that do, and {@link RingBuffer.pending} for how full
 * the ring is.
 *
 * A ring has one consumer position: this class refuses a second consumer in this process, and finds out when another
 * process consumes as well (`ERR_BPF_RINGBUF_CORRUPT`).
 *
 * Use one of: {@link RingBuffer.consume} (with callbacks), {@link RingBuffer.batches},
 * `for await (const record of ring)`, {@link RingBuffer.read}; {@link RingBuffer.consumeRaw} is the fastest.
 */
export class RingBuffer<T = Uint8Array> extends RecordReader<T> {
  readonly #native: NativeRingBuffer;
  readonly #failure: (result: number) => Error;
  readonly #lost: LostCounter | undefined;
  /**
   * Bytes of the ring, the map's `maxEntries`. A record takes 8, and its length rounded up to 8; the kernel never fills
   * the last byte.
   */
  readonly capacity: number;

  /**
   * Starts consuming. The ring buffer keeps a descriptor of its own: `map` may be closed at once.
   *
   * @throws BpfUsageError `ERR_BPF_MAP_TYPE` if `map` is not of type `ringbuf`, or in overwrite mode
   *   (`MapFlags.RB_OVERWRITE`, Linux 6.19); `ERR_BPF_CLOSED`; `ERR_BPF_ARGUMENT`
   * @throws BpfError `EBUSY` if this process consumes it already: there is one consumer position
   */
  constructor(
    map: AnyMap,
    ...options: Uint8Array extends T ? [(RingBufferOptions<T> | RingBufferLoss)?] : [RingBufferOptions<T>]
  );
  constructor(map: AnyMap, options: Partial<RingBufferOptions<T>> = {}) {
    if (!(map instanceof BpfMap))
      throw new BpfUsageError('ERR_BPF_ARGUMENT', 'a RingBuffer is made from a BpfMap');
    const { type, name, id, maxEntries, flags } = map.info;
    if (type !== 'ringbuf') {
      throw new BpfUsageError(
        'ERR_BPF_MAP_TYPE',
        `map ${id} is of type ${type}; a RingBuffer needs a ringbuf`,
      );
    }
    if ((flags & MapFlags.RB_OVERWRITE) !== 0) {
      throw new BpfUsageError(
        'ERR_BPF_MAP_TYPE',
        `map ${id} has BPF_F_RB_OVERWRITE: programs write over records while they are read, which a RingBuffer does not support`,
      );
    }
    checkLostCounter(options.lost);
    const decode = recordDecoder(options.record);
    const waiting: Waiting = new Set();
    // The addon holds this callback: it must not hold the RingBuffer, or that would never be collected.
    const source = addon().openRingBuffer(map.fd, () => wake(waiting));
    const about = { mapName: name, mapId: id };
    if (typeof source === 'number') {
      const hint = 'another RingBuffer of this process reads it, or the kernel is older than 5.8';
      throw new BpfError({ errno: -source, operation: 'open ring buffer', hint, ...about });
    }
    const failure = (result: number) =>
      result === -EIO
        ? corrupt(id)
        : new BpfError({ errno: -result, operation: 'read ring buffer', ...about });
    super({ source, waiting, decode, capacity: maxEntries, title: `ring buffer ${id}`, failure });
    this.#native = source;
    this.#failure = failure;
    this.#lost = options.lost;
    this.capacity = maxEntries;
  }

  /**
   * Bytes in the ring that were not delivered, headers included (see {@link RingBuffer.capacity}): how far behind
   * this consumer is. Records that their producer has not committed yet, or discarded, count as well.
   *
   * @throws BpfUsageError `ERR_BPF_CLOSED`, `ERR_BPF_RINGBUF_CORRUPT`
   */
  get pending(): number {
    this.checkOpen();
    this.giveBack();
    const pending = this.#native.pending();
    if (pending < 0) throw this.#failure(pending);
    return pending;
  }

  /**
   * Records that did not fit, as programs counted them in the map that was given as `lost`, since that was made;
   * undefined without it. One system call.
   *
   * @throws BpfUsageError `ERR_BPF_CLOSED` if that map was closed; `ERR_BPF_ARGUMENT` if it holds no number
   */
  get lost(): number | undefined {
    return this.#lost === undefined ? undefined : lostRecords(this.#lost);
  }

  /**
   * As {@link RingBuffer.consume}, but `deliver` is called with the place of the record: `length` bytes at `offset` of
   * `view`, nothing decoded, nothing allocated. The view is good during the call only, and until more is read. It shows
   * a copy: what is written there has no effect on the ring.
   */
  async consumeRaw(
    deliver: (view: DataView<ArrayBuffer>, offset: number, length: number) => unknown,
  ): Promise<void> {
    await this.deliverAll(deliver);
  }
}

function corrupt(id: number): BpfUsageError {
  return new BpfUsageError(
    'ERR_BPF_RINGBUF_CORRUPT',
    `ring buffer ${id} holds impossible positions: does another process consume it?`,
  );
}
