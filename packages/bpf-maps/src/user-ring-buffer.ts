import { constants } from 'node:os';
import { type Codec, checkCodec, locate } from './codec.ts';
import { BpfError, BpfUsageError, describe } from './errors.ts';
import { type AsyncOptions, checkSignal } from './jobs.ts';
import { BpfMap } from './map.ts';
import type { AnyMap } from './map-spec.ts';
import { addon, type NativeUserRingBuffer } from './native.ts';
import { type Waiting, waitAmong, wake } from './waiting.ts';

const { E2BIG, EIO, ENOSPC } = constants.errno;

/** How to write records. */
export interface UserRingBufferOptions<T> {
  /** How a record is written. Without a codec a record is bytes, of any length. */
  readonly record: Codec<T>;
}

function recordEncoder<T>(options: UserRingBufferOptions<T> | undefined): (record: T) => Uint8Array {
  if (options === undefined) {
    return (record) => {
      if (record instanceof Uint8Array) return record;
      throw new BpfUsageError('ERR_BPF_ARGUMENT', `a record must be a Uint8Array, got ${describe(record)}`);
    };
  }
  const codec = options.record;
  checkCodec(codec, 'record');
  return (record) => {
    const bytes = new Uint8Array(codec.size);
    try {
      codec.encode(record, new DataView(bytes.buffer), 0);
    } catch (error) {
      throw locate(error, 'record');
    }
    return bytes;
  };
}

/**
 * The producer of a user ring buffer (`user_ringbuf`, Linux 6.1): records that programs drain with
 * `bpf_user_ringbuf_drain`, in the order in which they were written, up to 131,072 with a call
 * (`BPF_MAX_USER_RINGBUF_SAMPLES`, include/linux/bpf.h). Writing is a copy into shared memory, without a system call;
 * programs are not told, they look when they run. Reserving and submitting are one step here: a program never meets a
 * record that is being written. A ring has one producer: this class refuses a second one in this process, and nobody
 * else may write meanwhile.
 */
export class UserRingBuffer<T = Uint8Array> implements Disposable {
  readonly #native: NativeUserRingBuffer;
  readonly #encode: (record: T) => Uint8Array;
  readonly #info: { readonly mapName: string; readonly mapId: number };
  readonly #waiting: Waiting;
  #closed = false;

  /**
   * Starts producing. The ring buffer keeps a descriptor of its own: `map` may be closed at once.
   *
   * @throws BpfUsageError `ERR_BPF_MAP_TYPE` if `map` is not of type `user_ringbuf`; `ERR_BPF_CLOSED`
   * @throws BpfError `EBUSY` if this process writes to it already: there is one producer position
   */
  constructor(
    map: AnyMap,
    ...options: Uint8Array extends T ? [UserRingBufferOptions<T>?] : [UserRingBufferOptions<T>]
  );
  constructor(map: AnyMap, options?: UserRingBufferOptions<T>) {
    if (!(map instanceof BpfMap)) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', 'a UserRingBuffer is made from a BpfMap');
    }
    const { type, name, id } = map.info;
    if (type !== 'user_ringbuf') {
      throw new BpfUsageError(
        'ERR_BPF_MAP_TYPE',
        `map ${id} is of type ${type}; a UserRingBuffer needs a user_ringbuf`,
      );
    }
    this.#info = { mapName: name, mapId: id };
    this.#encode = recordEncoder(options);
    const waiting: Waiting = new Set();
    this.#waiting = waiting;
    // The addon holds this callback: it must not hold the UserRingBuffer, or that would never be collected.
    const native = addon().openUserRingBuffer(map.fd, () => wake(waiting));
    if (typeof native === 'number') {
      const hint =
        native === -constants.errno.EBUSY ? 'another UserRingBuffer of this process writes to it' : undefined;
      throw new BpfError({ errno: -native, operation: 'open user ring buffer', hint, ...this.#info });
    }
    this.#native = native;
  }

  /** Has producing ended? */
  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes in the ring that programs have not yet drained: of each record 8, and its length rounded up to 8. */
  get pending(): number {
    this.#checkOpen();
    return this.#native.pending();
  }

  /**
   * Writes a record, if there is room.
   *
   * @returns whether there was; if not, nothing was written
   * @throws BpfError `E2BIG` for a record that is longer than the ring, or than 16 MiB
   * @throws BpfUsageError `ERR_BPF_CLOSED`; `ERR_BPF_RINGBUF_CORRUPT` if another process writes as well
   * @throws CodecError for a record that its codec refuses
   */
  write(record: T): boolean {
    this.#checkOpen();
    return this.#write(this.#encode(record));
  }

  /**
   * Writes a record, as soon as there is room: programs that drain wake it (not those that drain with
   * `BPF_RB_NO_WAKEUP`). Waiting keeps the process alive. Of several that wait, none is sure to be first.
   *
   * @returns rejects with what `write` throws; `ERR_BPF_CLOSED` if the ring is closed meanwhile; the reason of the
   *   signal, and then nothing was written
   */
  async writeAsync(record: T, options?: AsyncOptions): Promise<void> {
    checkSignal(options);
    this.#checkOpen();
    const bytes = this.#encode(record).slice();
    let written = this.#write(bytes);
    const waker = {
      arm: () => {
        this.#native.arm(true);
        // Programs may have drained between the last attempt and the arming.
        written = this.#write(bytes);
        return written;
      },
      disarm: () => this.#native.disarm(),
    };
    while (!written) {
      await waitAmong(this.#waiting, waker, options?.signal);
      if (written) return;
      this.#checkOpen();
      checkSignal(options);
      written = this.#write(bytes);
    }
  }

  /** Stops producing; what waits is rejected. Records that were written stay in the ring. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.close();
    wake(this.#waiting);
  }

  /** As {@link UserRingBuffer.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #write(bytes: Uint8Array): boolean {
    // A codec may have closed the ring.
    this.#checkOpen();
    const result = this.#native.write(bytes, bytes.length);
    if (result === 0) return true;
    if (result === -ENOSPC) return false;
    if (result === -EIO) {
      throw new BpfUsageError(
        'ERR_BPF_RINGBUF_CORRUPT',
        `user ring buffer ${this.#info.mapId} holds impossible positions: does another process write to it?`,
      );
    }
    const hint = result === -E2BIG ? `a record of ${bytes.length} bytes never fits` : undefined;
    throw new BpfError({ errno: -result, operation: 'write user ring buffer', hint, ...this.#info });
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new BpfUsageError('ERR_BPF_CLOSED', `user ring buffer ${this.#info.mapId} is closed`);
    }
  }
}
