import type { EntryChunk } from './entry-chunk.ts';
import { AsyncEntryIterator, EntryIterator, entryAt, keyAt, valueAt } from './entry-iterators.ts';
import { EntryReader } from './entry-reader.ts';
import { type AsyncOptions, checkSignal, finishJob, jobElements } from './jobs.ts';
import { stateOf } from './map-base.ts';
import { MapBatches } from './map-batches.ts';
import type { MapState } from './map-state.ts';
import { mapTypeName } from './map-types.ts';
import { BatchKind } from './native.ts';

const NO_BYTES = new Uint8Array(0);

/** Types with BPF_MAP_LOOKUP_AND_DELETE_BATCH (kernel/bpf/hashtab.c: BATCH_OPS). */
const DRAINABLE: ReadonlySet<string> = new Set([
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
  'hash_of_maps',
]);

/**
 * All elements. Where the type has BPF_MAP_LOOKUP_BATCH (hash maps, arrays, maps of maps, LPM tries), a walk uses it:
 * one system call for up to 4096 entries. A bucket of a hash map that is larger than the buffer is read again with a
 * larger one; in a trie, where the kernel starts over when the entry that it would go on behind was deleted, what comes
 * again is passed over. Other types have no batches (Linux 6.18). Sockmaps and sockhashes of at least 512 slots are
 * walked by a BPF iterator, a small program that the kernel runs for each entry (Linux 5.11, CAP_BPF and CAP_PERFMON;
 * else as the others); those with indexes (devmaps, cpumaps, arrays of programs, …) by a look-up for each index; the
 * rest (devmap hashes, stack traces, …) by BPF_MAP_GET_NEXT_KEY: all keys first, each once, then their values.
 */
export abstract class MapIteration<K, V> extends MapBatches<K, V> {
  /**
   * Iterates over all entries, in the kernel's order, by batches: one system call for up to 4096 entries, the first
   * for 256. Entries that stay in the map meanwhile are seen exactly once; those that come or go, once or not at all.
   * The map may be read and written while this runs. In an `lpm_trie`, an entry that another process deletes at the
   * very moment that the kernel reads it may be seen with the value of the prefix around it.
   *
   * @throws BpfError while iterating: `EAGAIN` if other processes change an `lpm_trie`, or a type without batches, too
   *   fast to walk it
   */
  entries(): IterableIterator<[K, V]> {
    return walk(this, false, entryAt);
  }

  /** As `entries`, keys only. */
  keys(): IterableIterator<K> {
    return walk(this, false, keyAt);
  }

  /** As `entries`, values only. */
  values(): IterableIterator<V> {
    return walk(this, false, valueAt);
  }

  /** As `entries`. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /**
   * Calls `callback` for each entry, as JavaScript's own `Map` does. As `entries`, without an array for each entry: a
   * little faster.
   *
   * @param callback - what it throws ends the walk, and is thrown
   */
  forEach(callback: (value: V, key: K, map: this) => void): void {
    const state = stateOf(this);
    checkWalk(state, false);
    const reader = new EntryReader(state);
    for (let count = reader.read(); count > 0; count = reader.read()) {
      for (let index = 0; index < count; index++) {
        state.checkOpen();
        callback(reader.value(index), reader.key(index), this);
      }
    }
  }

  /**
   * All entries as the kernel lays them out, up to 4096 at a time, in buffers that are the caller's: what is read of
   * them costs nothing but the system calls. What is promised of `entries` holds here, too. `setChunk`
   * writes them: `for (const chunk of one.chunks()) other.setChunk(chunk)` copies a map.
   *
   * @throws BpfError while iterating, as `entries`
   */
  chunks(): IterableIterator<EntryChunk> {
    const state = stateOf(this);
    checkWalk(state, false);
    return chunkSteps(state);
  }

  /**
   * As `entries`, but the system calls are made on the threadpool, so that a big map does not hold up the event
   * loop: chunk by chunk, the next one when all entries of the last were taken.
   *
   * @returns iterating rejects with what `entries` throws; `ERR_BPF_CLOSED` if the map is closed meanwhile; the
   *   reason of the signal
   */
  entriesAsync(options?: AsyncOptions): AsyncIterableIterator<[K, V]> {
    return walkAsync(this, false, options, entryAt);
  }

  /** As `entriesAsync`, keys only. */
  keysAsync(options?: AsyncOptions): AsyncIterableIterator<K> {
    return walkAsync(this, false, options, keyAt);
  }

  /** As `entriesAsync`, values only. */
  valuesAsync(options?: AsyncOptions): AsyncIterableIterator<V> {
    return walkAsync(this, false, options, valueAt);
  }

  /** As `entriesAsync`: `for await (const [key, value] of map)`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<[K, V]> {
    return this.entriesAsync();
  }

  /**
   * As `chunks`, up to 2048 entries at a time, on the threadpool.
   *
   * @returns iterating rejects as that of `entriesAsync`
   */
  chunksAsync(options?: AsyncOptions): AsyncIterableIterator<EntryChunk> {
    const state = stateOf(this);
    checkWalk(state, false);
    return asyncChunkSteps(state, options);
  }

  /**
   * Takes all entries out of a hash map, by batches (BPF_MAP_LOOKUP_AND_DELETE_BATCH, Linux 5.6): what a program
   * writes meanwhile is either seen here or still there. Each chunk is taken at once: who leaves the loop early
   * loses the rest of the last chunk, up to about a thousand entries.
   *
   * @throws BpfError while iterating: `ENOTSUPP` or `EINVAL` for other types
   */
  drain(): IterableIterator<[K, V]> {
    return walk(this, true, entryAt);
  }

  /** As `drain`, on the threadpool. */
  drainAsync(options?: AsyncOptions): AsyncIterableIterator<[K, V]> {
    return walkAsync(this, true, options, entryAt);
  }

  /**
   * How many entries there are, by walking over them: O(entries), as the kernel does not tell. Of an array, its
   * size. As exact as `entries`: entries that come or go meanwhile may be counted or not.
   */
  count(): number {
    const state = stateOf(this);
    state.checkElements('iterate');
    const reader = new EntryReader(state);
    let total = 0;
    for (let count = reader.read(); count > 0; count = reader.read()) total += count;
    return total;
  }

  /**
   * As `count`, on the threadpool.
   *
   * @returns rejects as `entriesAsync`
   */
  async countAsync(options?: AsyncOptions): Promise<number> {
    const state = stateOf(this);
    state.checkElements('iterate');
    const reader = new EntryReader(state);
    let total = 0;
    while (!reader.finished) {
      checkSignal(options);
      total += await reader.readAsync();
    }
    return total;
  }

  /**
   * Deletes all entries; pops all elements of a queue or a stack. Entries that come meanwhile may stay.
   *
   * @returns how many were deleted
   * @throws BpfUsageError `ERR_BPF_MAP_TYPE` for arrays, whose entries are always there, and other types without
   */
  clear(): number {
    const state = stateOf(this);
    const way = wayToClear(state);
    let deleted = 0;
    if (way === 'pop') {
      const { maxEntries, valueBytes } = state.description;
      const step = Math.min(maxEntries, jobElements(state.description));
      const values = new Uint8Array(step * valueBytes);
      const found = new Uint8Array(step);
      // Whoever pushes meanwhile does not keep this from ending.
      while (deleted < maxEntries) {
        const [, result, hits] = state.native.takeMany(NO_BYTES, values, found, step);
        if (result < 0) throw state.failure('BPF_MAP_LOOKUP_AND_DELETE_ELEM', result);
        deleted += hits;
        if (hits < step) break;
      }
      return deleted;
    }
    const reader = new EntryReader(state, { take: way === 'drain' });
    for (let count = reader.read(); count > 0; count = reader.read()) {
      if (way === 'drain') {
        deleted += count;
        continue;
      }
      const [, result, hits] = state.native.deleteMany(reader.keys, count);
      deleted += hits;
      if (result < 0) throw state.failure('BPF_MAP_DELETE_BATCH', result, { completed: deleted });
    }
    return deleted;
  }

  /**
   * As `clear`, on the threadpool.
   *
   * @returns how many were deleted; rejects as `entriesAsync`
   */
  async clearAsync(options?: AsyncOptions): Promise<number> {
    const state = stateOf(this);
    checkSignal(options);
    const way = wayToClear(state);
    let deleted = 0;
    if (way === 'pop') {
      const step = Math.min(state.description.maxEntries, jobElements(state.description));
      while (deleted < state.description.maxEntries) {
        const job = state.native.runMany(BatchKind.take, NO_BYTES, NO_BYTES, step, 0);
        const { result, hits } = await finishJob(state, job, 'BPF_MAP_LOOKUP_AND_DELETE_ELEM');
        if (result < 0) throw state.failure('BPF_MAP_LOOKUP_AND_DELETE_ELEM', result);
        deleted += hits;
        if (hits < step) break;
        checkSignal(options);
      }
      return deleted;
    }
    const reader = new EntryReader(state, { take: way === 'drain' });
    while (!reader.finished) {
      checkSignal(options);
      const count = await reader.readAsync();
      if (way === 'drain') {
        deleted += count;
        continue;
      }
      const job = state.native.runMany(BatchKind.remove, reader.keys, NO_BYTES, count, 0);
      const { result, hits } = await finishJob(state, job, 'BPF_MAP_DELETE_BATCH');
      deleted += hits;
      if (result < 0) throw state.failure('BPF_MAP_DELETE_BATCH', result, { completed: deleted });
    }
    return deleted;
  }
}

function checkWalk<K, V>(state: MapState<K, V>, take: boolean): void {
  state.checkElements(take ? 'take' : 'iterate');
  if (take && state.description.keySize === 0) state.checkApplies('iterate');
}

function walk<K, V, T>(
  map: MapIteration<K, V>,
  take: boolean,
  pick: (reader: EntryReader<K, V>, index: number) => T,
): IterableIterator<T> {
  const state = stateOf(map);
  checkWalk(state, take);
  return new EntryIterator(state, take, pick);
}

function walkAsync<K, V, T>(
  map: MapIteration<K, V>,
  take: boolean,
  options: AsyncOptions | undefined,
  pick: (reader: EntryReader<K, V>, index: number) => T,
): AsyncIterableIterator<T> {
  const state = stateOf(map);
  checkWalk(state, take);
  return new AsyncEntryIterator(state, take, options, pick);
}

function* chunkSteps<K, V>(state: MapState<K, V>): Generator<EntryChunk, void, undefined> {
  const reader = new EntryReader(state);
  for (let count = reader.read(); count > 0; count = reader.read()) yield reader.giveAway(count);
}

async function* asyncChunkSteps<K, V>(
  state: MapState<K, V>,
  options: AsyncOptions | undefined,
): AsyncGenerator<EntryChunk, void, undefined> {
  const reader = new EntryReader(state);
  while (!reader.finished) {
    checkSignal(options);
    const count = await reader.readAsync();
    if (count > 0) yield reader.giveAway(count);
  }
}

/** How a map's entries are deleted; throws where they cannot. */
function wayToClear<K, V>(state: MapState<K, V>): 'drain' | 'delete' | 'pop' {
  state.checkOpen();
  const type = mapTypeName(state.description.type);
  if (type === 'queue' || type === 'stack') return 'pop';
  state.checkApplies('delete');
  state.checkApplies('iterate');
  return DRAINABLE.has(type) ? 'drain' : 'delete';
}
