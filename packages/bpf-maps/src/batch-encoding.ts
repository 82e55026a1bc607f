import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type Codec, locate } from './codec.ts';
import { BpfUsageError, describe } from './errors.ts';
import type { MapState } from './map-state.ts';

/** Milliseconds for which the event loop is held, about, and after how many elements that is looked at. */
const SLICE_MS = 0.5;
const SLICE_CHECK = 64;

/** Keys, or keys and values, one after the other. */
export interface Encoded {
  readonly count: number;
  readonly keys: Uint8Array;
  /** Empty where there are none. */
  readonly values: Uint8Array;
}

const NO_BYTES = new Uint8Array(0);

/** Room for so many keys or values, and how they are written. */
class Column<T> {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #codec: Codec<T>;
  readonly #stride: number;
  readonly #name: string;

  constructor(codec: Codec<T>, stride: number, rows: number, name: string) {
    this.bytes = new Uint8Array(stride * rows);
    this.#view = new DataView(this.bytes.buffer);
    this.#codec = codec;
    this.#stride = stride;
    this.#name = name;
  }

  /** @param index - of the element among all, for errors */
  write(row: number, value: T, index: number): void {
    try {
      this.#codec.encode(value, this.#view, row * this.#stride);
    } catch (error) {
      throw locate(error, `${this.#name}[${index}]`);
    }
  }
}

/** What is encoded, row by row. */
interface Rows<T> {
  write(row: number, element: T, index: number): void;
  finish(count: number): Encoded;
}

type MakeRows<K, V, T> = (state: MapState<K, V>, rows: number) => Rows<T>;

function keyRows<K, V>({ key, description }: MapState<K, V>, rows: number): Rows<K> {
  const keys = new Column(key, description.keySize, rows, 'keys');
  return {
    write: (row, element, index) => keys.write(row, element, index),
    finish: (count) => ({ count, keys: keys.bytes, values: NO_BYTES }),
  };
}

function entryRows<K, V>({ key, value, description }: MapState<K, V>, rows: number): Rows<readonly [K, V]> {
  const keys = new Column(key, description.keySize, rows, 'keys');
  const values = new Column(value, description.valueBytes, rows, 'values');
  return {
    write(row, entry, index) {
      if (typeof entry !== 'object' || entry === null) {
        throw new BpfUsageError(
          'ERR_BPF_ARGUMENT',
          `entries[${index}] must be [key, value], got ${describe(entry)}`,
        );
      }
      keys.write(row, entry[0], index);
      values.write(row, entry[1], index);
    },
    finish: (count) => ({ count, keys: keys.bytes, values: values.bytes }),
  };
}

function checkIterable(name: string, elements: unknown): void {
  if (typeof elements === 'object' && elements !== null && Symbol.iterator in elements) return;
  throw new BpfUsageError(
    'ERR_BPF_ARGUMENT',
    `${name} must be iterable, such as an array, got ${describe(elements)}`,
  );
}

function encode<K, V, T>(state: MapState<K, V>, make: MakeRows<K, V, T>, elements: Iterable<T>): Encoded {
  const list: ArrayLike<T> = Array.isArray(elements) ? elements : [...elements];
  const count = list.length;
  const rows = make(state, count);
  // What is no longer there, if a codec has shortened the array, is refused as what else does not fit.
  for (let row = 0; row < count; row++) rows.write(row, list[row] as T, row);
  return rows.finish(count);
}

/** Encodes all keys at once. */
export function encodeKeys<K, V>(state: MapState<K, V>, keys: Iterable<K>): Encoded {
  checkIterable('keys', keys);
  return encode(state, keyRows<K, V>, keys);
}

/** Encodes all entries at once. */
export function encodeEntries<K, V>(state: MapState<K, V>, entries: Iterable<readonly [K, V]>): Encoded {
  checkIterable('entries', entries);
  return encode(state, entryRows<K, V>, entries);
}

/** Encodes so many elements a part, and yields whenever the event loop was held for half a millisecond. */
function* slices<K, V, T>(
  state: MapState<K, V>,
  make: MakeRows<K, V, T>,
  elements: Iterable<T>,
  partSize: number,
): Generator<undefined, Encoded[], undefined> {
  const parts: Encoded[] = [];
  let began = performance.now();
  let index = 0;
  let row = 0;
  let room = 0;
  let rows: Rows<T> | undefined;
  for (const element of elements) {
    if (rows === undefined) {
      room = Array.isArray(elements) ? Math.min(partSize, Math.max(1, elements.length - index)) : partSize;
      rows = make(state, room);
    }
    rows.write(row, element, index);
    index++;
    row++;
    if (row === room) {
      parts.push(rows.finish(row));
      rows = undefined;
      row = 0;
    }
    if (index % SLICE_CHECK === 0 && performance.now() - began > SLICE_MS) {
      yield;
      began = performance.now();
    }
  }
  if (rows !== undefined) parts.push(rows.finish(row));
  return parts;
}

async function finishSlices(
  work: Generator<undefined, Encoded[], undefined>,
  check: () => void,
): Promise<Encoded[]> {
  try {
    for (;;) {
      await turnOfTheLoop();
      check();
      const step = work.next();
      if (step.done === true) return step.value;
    }
  } finally {
    work.return([]);
  }
}

/** Parts of a batch; at once, if that did not take long. */
export type EncodedParts = readonly Encoded[] | Promise<readonly Encoded[]>;

function encodeParts<K, V, T>(
  state: MapState<K, V>,
  make: MakeRows<K, V, T>,
  elements: Iterable<T>,
  partSize: number,
  check: () => void,
): EncodedParts {
  check();
  const work = slices(state, make, elements, partSize);
  const first = work.next();
  return first.done === true ? first.value : finishSlices(work, check);
}

/**
 * As {@link encodeKeys}, so many elements a part; the event loop turns whenever it was held for half a millisecond.
 *
 * @param check - throws when it is to stop
 */
export function encodeKeyParts<K, V>(
  state: MapState<K, V>,
  keys: Iterable<K>,
  partSize: number,
  check: () => void,
): EncodedParts {
  checkIterable('keys', keys);
  return encodeParts(state, keyRows<K, V>, keys, partSize, check);
}

/** As {@link encodeEntries}, otherwise as {@link encodeKeyParts}. */
export function encodeEntryParts<K, V>(
  state: MapState<K, V>,
  entries: Iterable<readonly [K, V]>,
  partSize: number,
  check: () => void,
): EncodedParts {
  checkIterable('entries', entries);
  return encodeParts(state, entryRows<K, V>, entries, partSize, check);
}
