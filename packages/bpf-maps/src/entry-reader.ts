import { constants } from 'node:os';
import { finishJob } from './jobs.ts';
import type { MapState } from './map-state.ts';
import type { NativeCursor } from './native.ts';

/** Bytes of keys and values that one step reads, about. */
const CHUNK_BYTES = 64 * 1024;
const MAX_CHUNK_ENTRIES = 1024;

const { ENOSPC } = constants.errno;

/** Reads a map's entries chunk by chunk into buffers of its own, and decodes them on demand. */
export class EntryReader<K, V> {
  readonly #state: MapState<K, V>;
  readonly #cursor: NativeCursor;
  readonly #operation: string;
  #capacity: number;
  #finished = false;
  #keys: Uint8Array = new Uint8Array(0);
  #values: Uint8Array = new Uint8Array(0);
  #keyView: DataView = new DataView(this.#keys.buffer);
  #valueView: DataView = new DataView(this.#values.buffer);

  /** @param take - whether entries are deleted as they are read, where the map's type can */
  constructor(state: MapState<K, V>, take = false) {
    this.#state = state;
    this.#cursor = state.native.openCursor(take);
    this.#operation = take ? 'BPF_MAP_LOOKUP_AND_DELETE_BATCH' : 'BPF_MAP_LOOKUP_BATCH';
    const { keySize, valueBytes, maxEntries } = state.description;
    const fitting = Math.max(1, Math.floor(CHUNK_BYTES / Math.max(1, keySize + valueBytes)));
    this.#capacity = Math.max(1, Math.min(fitting, MAX_CHUNK_ENTRIES, maxEntries));
  }

  /** The keys of the chunk, one after the other; there may be room behind them. */
  get keys(): Uint8Array {
    return this.#keys;
  }

  /** Reads the next chunk: how many entries it has; 0 at the end. */
  read(): number {
    this.#state.checkOpen();
    const { keySize, valueBytes } = this.#state.description;
    for (;;) {
      if (this.#keys.length < this.#capacity * keySize || this.#values.length < this.#capacity * valueBytes) {
        this.#use(new Uint8Array(this.#capacity * keySize), new Uint8Array(this.#capacity * valueBytes));
      }
      const count = this.#cursor.next(this.#keys, this.#values, this.#capacity);
      if (this.#mayGrow(count)) continue;
      if (count < 0) throw this.#state.failure(this.#operation, count);
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
      return output.hits;
    }
  }

  /** Was the last chunk that `readAsync` read the last one? */
  get finished(): boolean {
    return this.#finished;
  }

  key(index: number): K {
    return this.#state.key.decode(this.#keyView, index * this.#state.description.keySize);
  }

  value(index: number): V {
    return this.#state.value.decode(this.#valueView, index * this.#state.description.valueBytes);
  }

  /** One bucket of a hash map is read at once or not at all. */
  #mayGrow(result: number): boolean {
    if (result !== -ENOSPC) return false;
    this.#capacity *= 2;
    return true;
  }

  #use(keys: Uint8Array, values: Uint8Array): void {
    this.#keys = keys;
    this.#values = values;
    this.#keyView = new DataView(keys.buffer);
    this.#valueView = new DataView(values.buffer);
  }
}
