import { constants } from 'node:os';
import type { Codec } from './codec.ts';
import { BpfError, BpfUsageError, describe } from './errors.ts';
import { BpfMap } from './map.ts';
import type { AnyMap } from './map-spec.ts';
import { addon, type NativePerfBuffer } from './native.ts';
import { possibleCpus } from './per-cpu.ts';
import { recordDecoder } from './record-decoder.ts';
import { RecordReader } from './record-reader.ts';
import { type Waiting, wake } from './waiting.ts';

/** The smallest page that Linux has: rings are at least this large. */
const PAGE_BYTES = 4096;

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
 * Use one of: {@link PerfBuffer.consume} (with callbacks), {@link PerfBuffer.batches},
 * `for await (const { cpu, record } of buffer)`, {@link PerfBuffer.read}; {@link PerfBuffer.consumeRaw} is the fastest.
 * Closing takes the rings out of the map: what was not delivered is lost.
 */
export class PerfBuffer<T = Uint8Array> extends RecordReader<PerfRecord<T>> {
  readonly #native: NativePerfBuffer;

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
    const decode = recordDecoder(options.record);
    const waiting: Waiting = new Set();
    const about = { mapName: name, mapId: id };
    // The addon holds this callback: it must not hold the PerfBuffer, or that would never be collected.
    const native = addon().openPerfBuffer(map.fd, pages, () => wake(waiting));
    if (typeof native === 'number') {
      throw new BpfError({ errno: -native, operation: 'open perf buffer', ...about });
    }
    super({
      // The space of records is given back as they are read.
      source: {
        read: (bytes, offsets, lengths, cpus) => native.read(bytes, offsets, lengths, cpus),
        commit: () => {},
        arm: (keepAlive) => native.arm(keepAlive),
        disarm: () => native.disarm(),
        close: () => native.close(),
      },
      waiting,
      decode: (view, offset, length, cpu) => ({ cpu, record: decode(view, offset, length, cpu) }),
      capacity: pages * PAGE_BYTES * possibleCpus(),
      title: `perf buffer ${id}`,
      failure: (result) =>
        new BpfError({ errno: -result, operation: 'read perf buffer', hint: hintOf(result), ...about }),
    });
    this.#native = native;
  }

  /**
   * Records that the kernel dropped since the beginning because a ring was full, as far as is known: the kernel tells
   * with the next record that fits.
   */
  get lost(): number {
    return this.#native.lost();
  }

  /**
   * As {@link PerfBuffer.consume}, but `deliver` is called with the place of the record: `length` bytes at `offset` of
   * `view`, nothing decoded, nothing allocated. The view is good during the call only, and until more is read. It shows
   * a copy: what is written there has no effect on the ring.
   */
  async consumeRaw(
    deliver: (view: DataView<ArrayBuffer>, offset: number, length: number, cpu: number) => unknown,
  ): Promise<void> {
    await this.deliverAll(deliver);
  }
}

function hintOf(result: number): string | undefined {
  return result === -constants.errno.EIO ? 'a ring holds what the kernel does not write' : undefined;
}
