import { constants } from 'node:os';
import type { Codec } from './codec.ts';
import type { NativeCursor, NativeMapInfo } from './native.ts';

/** Bytes of keys and values that one step reads, about. */
const CHUNK_BYTES = 64 * 1024;
const MAX_CHUNK_ENTRIES = 1024;

/** Reads a map's entries chunk by chunk into buffers of its own, and decodes them on demand. */
export class EntryReader<K, V> {
  readonly #cursor: NativeCursor;
  readonly #description: NativeMapInfo;
  readonly #key: Codec<K>;
  readonly #value: Codec<V>;
  #capacity: number;
  #keys = new Uint8Array(0);
  #values = new Uint8Array(0);
  #keyView = new DataView(this.#keys.buffer);
  #valueView = new DataView(this.#values.buffer);

  constructor(cursor: NativeCursor, description: NativeMapInfo, key: Codec<K>, value: Codec<V>) {
    this.#cursor = cursor;
    this.#description = description;
    this.#key = key;
    this.#value = value;
    const entryBytes = Math.max(1, description.keySize + description.valueBytes);
    const fitting = Math.max(1, Math.floor(CHUNK_BYTES / entryBytes));
    this.#capacity = Math.max(1, Math.min(fitting, MAX_CHUNK_ENTRIES, description.maxEntries));
    this.#allocate();
  }

  /** How many entries the next chunk has; 0 at the end; a negative errno. */
  read(): number {
    for (;;) {
      const count = this.#cursor.next(this.#keys, this.#values, this.#capacity);
      // One bucket of a hash map is read at once or not at all.
      if (count !== -constants.errno.ENOSPC) return count;
      this.#capacity *= 2;
      this.#allocate();
    }
  }

  key(index: number): K {
    return this.#key.decode(this.#keyView, index * this.#description.keySize);
  }

  value(index: number): V {
    return this.#value.decode(this.#valueView, index * this.#description.valueBytes);
  }

  #allocate(): void {
    this.#keys = new Uint8Array(this.#capacity * this.#description.keySize);
    this.#values = new Uint8Array(this.#capacity * this.#description.valueBytes);
    this.#keyView = new DataView(this.#keys.buffer);
    this.#valueView = new DataView(this.#values.buffer);
  }
}
