import type { BpfMap } from '../index.ts';

/** A difference between two readings of a map. Keys and values are bytes, one to a character. */
export interface Change {
  readonly kind: 'added' | 'changed' | 'removed';
  readonly key: string;
  /** What was there before; undefined if it was added. */
  readonly before: string | undefined;
  /** What is there now; undefined if it was removed. */
  readonly now: string | undefined;
}

/** Bytes as a string of as many characters: the least memory that JavaScript takes for them. */
export function packed(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The bytes again. */
export function unpacked(text: string): DataView {
  const bytes = Uint8Array.from(Buffer.from(text, 'latin1'));
  return new DataView(bytes.buffer);
}

/** Is it a queue or a stack? */
export function isKeyless({ info: { type } }: BpfMap<Uint8Array, Uint8Array>): boolean {
  return type === 'queue' || type === 'stack';
}

/**
 * What user space sees of a map: all entries; of a queue or a stack its next element, under a key of no bytes.
 */
export function visibleEntries(map: BpfMap<Uint8Array, Uint8Array>): Iterable<[Uint8Array, Uint8Array]> {
  if (!isKeyless(map)) return map.entries();
  const key = new Uint8Array();
  const next = map.get(key);
  return next === undefined ? [] : [[key, next]];
}

/** The entries of a map as they were last seen. Memory: O(entries that are kept). */
export class Snapshot {
  readonly #limit: number;
  #entries = new Map<string, string>();
  #complete = true;

  /** Keeps the first `limit` entries. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many entries the last reading saw and kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** Did the last reading see all entries? */
  get complete(): boolean {
    return this.#complete;
  }

  /** Reads the map, and tells what is not as it was at the last reading. */
  read(map: BpfMap<Uint8Array, Uint8Array>): Change[] {
    const previous = this.#entries;
    const next = new Map<string, string>();
    const changes: Change[] = [];
    this.#complete = true;
    for (const [keyBytes, valueBytes] of visibleEntries(map)) {
      if (next.size >= this.#limit) {
        this.#complete = false;
        break;
      }
      const key = packed(keyBytes);
      const now = packed(valueBytes);
      const before = previous.get(key);
      // The old string where nothing changed, so that the new one is freed at once.
      next.set(key, before === now ? before : now);
      previous.delete(key);
      if (before === undefined) changes.push({ kind: 'added', key, before, now });
      else if (before !== now) changes.push({ kind: 'changed', key, before, now });
    }
    for (const [key, before] of previous) changes.push({ kind: 'removed', key, before, now: undefined });
    this.#entries = next;
    return changes;
  }
}
