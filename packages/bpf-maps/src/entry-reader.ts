import { constants } from 'node:os';
import type { Codec } from './codec.ts';
import type { EntryChunk } from './entry-chunk.ts';
import { finishJob } from './jobs.ts';
import type { MapState } from './map-state.ts';
import type { NativeCursor } from './native.ts';

/** Bytes of keys and values that one step reads at most, about. */
const CHUNK_BYTES = 256 * 1024;
/** Entries of the first step: who looks at a few does not wait for many. Later ones read four times as many each. */
const FIRST_ENTRIES = 256;
/** Entries of one step at most: a millisecond or two. On the threadpool less, so that the event loop turns. */
const MAX_ENTRIES = 4096;
const MAX_ASYNC_ENTRIES = 2048;
/** Entries that are deleted in one step at most: who leaves early loses these. */
const MAX_TAKEN_ENTRIES = 1024;

const { ENOSPC } = constants.errno;

/** How an {@link EntryReader} reads. */
interface ReaderOptions {
  /** Whether entries are deleted as they are read, where the map's type can. */
  readonly take?: boolean;
  /** Entries of one step, instead of what is fast. */
  readonly capacity?: number;
}

/** Reads a map's entries chunk by chunk into buffers of its own, and decodes them on demand. */
export class EntryReader<K, V> {
  readonly #state: MapState<K, V>;
  readonly #key: Codec<K>;
  readonly #value: Codec<V>;
  readonly #keySize: number;
  readonly #valueBytes: number;
  readonly #cursor: NativeCursor;
  readonly #operation: string;
  readonly #limit: number;
  #capacity: number;
  #finished = false;
  #keys: Uint8Array = new Uint8Array(0);
  #values: Uint8Array = new Uint8Array(0);
  #keyView: DataView = new DataView(this.#keys.buffer);
  #valueView: DataView = new DataView(this.#values.buffer);

  constructor(state: MapState<K, V>, { take = false, capacity }: ReaderOptions = {}) {
    this.#state = state;
    this.#key = state.key;
    this.#value = state.value;
    this.#cursor = state.native.openCursor(take);
    this.#operation = take ? 'BPF_MAP_LOOKUP_AND_DELETE_BATCH' : 'BPF_MAP_LOOKUP_BATCH';
    const { keySize, valueBytes, maxEntries } = state.description;
    this.#keySize = keySize;
    this.#valueBytes = valueBytes;
    const fitting = Math.floor(CHUNK_BYTES / Math.max(1, keySize + valueBytes));
    const most = take ? MAX_TAKEN_ENTRIES : MAX_ENTRIES;
    this.#limit = Math.max(1, Math.min(capacity ?? fitting, maxEntries, most));
    this.#capacity = Math.min(this.#limit, FIRST_ENTRIES);
  }

  /** The keys of the chunk, one after the other; there may be room behind them. */
  get keys(): Uint8Array {
    return this.#keys;
  }

  /** Reads the next chunk: how many entries it has; 0 at the end. */
  read(): number {
    this.#state.checkOpen();
    for (;;) {
      const capacity = this.#capacity;
      if (this.#keys.length < capacity * this.#keySize || this.#values.length < capacity * this.#valueBytes) {
        this.#use(new Uint8Array(capacity * this.#keySize), new Uint8Array(capacity * this.#valueBytes));
      }
      const count = this.#cursor.next(this.#keys, this.#values, capacity);
      if (this.#mayGrow(count)) continue;
      if (count < 0) throw this.#state.failure(this.#operation, count);
      this.#readMore(this.#limit);
      return count;
    }
  }

  /** As {@link EntryReader.read}, on the threadpool; also 0 when there may be more, see `finished`. */
  async readAsync(): Promise<number> {
    this.#state.checkOpen();
    for (;;) {
      const job = this.#cursor.nextJob(this.#capacity);
      const output = await finishJob(this.#state, job, this.#operation);
      if (this.#mayGrow(output.result)) continue;
      if (output.result < 0) throw this.#state.failure(this.#operation, output.result);
      this.#use(output.keys, output.values);
      this.#finished = output.finished;
      this.#readMore(Math.min(this.#limit, MAX_ASYNC_ENTRIES));
      return output.hits;
    }
  }

  /** Was the last chunk that `readAsync` read the last one? */
  get finished(): boolean {
    return this.#finished;
  }

  key(index: number): K {
    return this.#key.decode(this.#keyView, index * this.#keySize);
  }

  value(index: number): V {
    return this.#value.decode(this.#valueView, index * this.#valueBytes);
  }

  /** Gives the chunk of `count` entries away: what is read next goes to other buffers. */
  giveAway(count: number): EntryChunk {
    const keys = this.#keys.subarray(0, count * this.#keySize);
    const values = this.#values.subarray(0, count * this.#valueBytes);
    this.#use(new Uint8Array(0), new Uint8Array(0));
    return { count, keys, values };
  }

  /** One bucket of a hash map is read at once or not at all. */
  #mayGrow(result: number): boolean {
    if (result !== -ENOSPC) return false;
    this.#capacity *= 2;
    return true;
  }

  #readMore(limit: number): void {
    if (this.#capacity < limit) this.#capacity = Math.min(this.#capacity * 4, limit);
  }

  #use(keys: Uint8Array, values: Uint8Array): void {
    this.#keys = keys;
    this.#values = values;
    this.#keyView = new DataView(keys.buffer);
    this.#valueView = new DataView(values.buffer);
  }
}
