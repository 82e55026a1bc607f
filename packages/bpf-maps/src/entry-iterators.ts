/// <reference lib="es2025.iterator" />
import { EntryReader } from './entry-reader.ts';
import { BpfUsageError } from './errors.ts';
import { type AsyncOptions, checkSignal } from './jobs.ts';
import type { MapState } from './map-state.ts';

/** What an iterator gives of the entry at `index` of the chunk that `reader` has read. */
type Pick<K, V, T> = (reader: EntryReader<K, V>, index: number) => T;

export function entryAt<K, V>(reader: EntryReader<K, V>, index: number): [K, V] {
  return [reader.key(index), reader.value(index)];
}

export function keyAt<K, V>(reader: EntryReader<K, V>, index: number): K {
  return reader.key(index);
}

export function valueAt<K, V>(reader: EntryReader<K, V>, index: number): V {
  return reader.value(index);
}

/**
 * Goes through the entries of a map. Written by hand, as a generator costs twice as much a step; else like one: it is
 * over once it has thrown, or was left.
 */
export class EntryIterator<K, V, T> extends Iterator<T, undefined, undefined> {
  readonly #state: MapState<K, V>;
  readonly #reader: EntryReader<K, V>;
  readonly #pick: Pick<K, V, T>;
  #index = 0;
  #count = 0;
  #finished = false;
  #picking = false;

  constructor(state: MapState<K, V>, take: boolean, pick: Pick<K, V, T>) {
    super();
    this.#state = state;
    this.#reader = new EntryReader(state, { take });
    this.#pick = pick;
  }

  override next(): IteratorResult<T, undefined> {
    try {
      if (this.#index === this.#count && !this.#advance()) return { value: undefined, done: true };
      this.#state.checkOpen();
      this.#picking = true;
      const value = this.#pick(this.#reader, this.#index++);
      this.#picking = false;
      return { value, done: false };
    } catch (error) {
      this.return();
      throw error;
    }
  }

  /** Ends it: what a loop calls that is left early. */
  override return(): IteratorResult<T, undefined> {
    this.#finished = true;
    this.#index = this.#count;
    return { value: undefined, done: true };
  }

  #advance(): boolean {
    if (this.#finished) return false;
    // What it decodes at this moment would change under its hands.
    if (this.#picking) {
      throw new BpfUsageError('ERR_BPF_REENTRANT', `an iterator was called by a codec that works for it`);
    }
    this.#index = 0;
    this.#count = 0;
    this.#count = this.#reader.read();
    this.#finished = this.#count === 0;
    return !this.#finished;
  }
}

/** As {@link EntryIterator}; the next chunk is read on the threadpool when all entries of the last were taken. */
export class AsyncEntryIterator<K, V, T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #state: MapState<K, V>;
  readonly #reader: EntryReader<K, V>;
  readonly #pick: Pick<K, V, T>;
  readonly #options: AsyncOptions | undefined;
  #index = 0;
  #count = 0;
  #finished = false;
  /** Those who wait for a chunk take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(state: MapState<K, V>, take: boolean, options: AsyncOptions | undefined, pick: Pick<K, V, T>) {
    this.#state = state;
    this.#reader = new EntryReader(state, { take });
    this.#options = options;
    this.#pick = pick;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#waiting > 0 || this.#index === this.#count) return this.#afterOthers(() => this.#read());
    try {
      return Promise.resolve(this.#step());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Ends it, after those who wait: what a loop calls that is left early. */
  return(): Promise<IteratorResult<T, undefined>> {
    return this.#afterOthers(async () => this.#finish());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #afterOthers(act: () => Promise<IteratorResult<T, undefined>>): Promise<IteratorResult<T, undefined>> {
    this.#waiting++;
    const answer = this.#turn.then(act);
    const done = () => {
      this.#waiting--;
    };
    this.#turn = answer.then(done, done);
    return answer;
  }

  async #read(): Promise<IteratorResult<T, undefined>> {
    try {
      while (this.#index === this.#count) {
        if (this.#finished || this.#reader.finished) return this.#finish();
        checkSignal(this.#options);
        this.#index = 0;
        this.#count = 0;
        this.#count = await this.#reader.readAsync();
      }
    } catch (error) {
      this.#finish();
      throw error;
    }
    return this.#step();
  }

  #step(): IteratorResult<T, undefined> {
    try {
      this.#state.checkOpen();
      return { value: this.#pick(this.#reader, this.#index++), done: false };
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  #finish(): IteratorResult<T, undefined> {
    this.#finished = true;
    this.#index = this.#count;
    return { value: undefined, done: true };
  }
}
