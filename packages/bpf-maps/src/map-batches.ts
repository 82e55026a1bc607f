import {
  type Encoded,
  type EncodedParts,
  encodeEntries,
  encodeEntryParts,
  encodeKeyParts,
  encodeKeys,
} from './batch-encoding.ts';
import { checkChunk, type EntryChunk } from './entry-chunk.ts';
import { BpfUsageError, describe } from './errors.ts';
import { type AsyncOptions, checkSignal, jobElements } from './jobs.ts';
import { stateOf } from './map-base.ts';
import { MapElements, type SetOptions, updateFlags } from './map-elements.ts';
import type { MapState } from './map-state.ts';
import { BatchKind, type NativeJobOutput } from './native.ts';

/** How to take many elements. */
export interface TakeOptions<V> {
  /**
   * Values are added to this array as they are taken, and it is what is returned. What was taken is gone from the map:
   * when the call throws or rejects (the kernel refuses, the signal is aborted, the map is closed), here is what was
   * taken until then, for the first `into.length` keys.
   */
  readonly into?: Array<V | undefined>;
}

/** Many elements at once. */
export abstract class MapBatches<K, V> extends MapElements<K, V> {
  /** Many look-ups by one call into the addon; the kernel is still asked once for each key. */
  getBatch(keys: Iterable<K>): Array<V | undefined> {
    const state = stateOf(this);
    state.checkElements('get');
    return read(state, keys, BatchKind.lookup, []);
  }

  /**
   * As `getBatch`, on the threadpool. Each key is read at a time of its own: other changes may come in between.
   *
   * @returns rejects with what `getBatch` throws; `ERR_BPF_CLOSED` if the map is closed meanwhile; the reason of
   *   the signal
   */
  async getBatchAsync(keys: Iterable<K>, options?: AsyncOptions): Promise<Array<V | undefined>> {
    const state = stateOf(this);
    state.checkElements('get');
    return readAsync(state, keys, BatchKind.lookup, [], options);
  }

  /**
   * Reads and deletes many keys, each in one step as `take` does, by one call into the addon. The kernel has no
   * batch that does so for given keys; `drain` takes all entries, by batches.
   *
   * @throws BpfError as `take`, `completed` tells how many keys were done; what was taken of them is in `options.into`
   */
  takeBatch(keys: Iterable<K>, options?: TakeOptions<V>): Array<V | undefined> {
    const state = stateOf(this);
    state.checkElements('take');
    return read(state, keys, BatchKind.take, takenInto(options));
  }

  /**
   * As `takeBatch`, on the threadpool.
   *
   * @returns rejects as `getBatchAsync`; what was taken until then is in `options.into`, and lost without it
   */
  async takeBatchAsync(
    keys: Iterable<K>,
    options?: AsyncOptions & TakeOptions<V>,
  ): Promise<Array<V | undefined>> {
    const state = stateOf(this);
    state.checkElements('take');
    return readAsync(state, keys, BatchKind.take, takenInto(options), options);
  }

  /**
   * Sets many entries, by BPF_MAP_UPDATE_BATCH where the type and the options have it, else one by one. Nothing is
   * written if a codec refuses one of them. Not atomic: when the kernel refuses, the error's `completed` tells how many
   * are done.
   */
  setBatch(entries: Iterable<readonly [K, V]>, options?: SetOptions): void {
    const state = stateOf(this);
    const flags = updateFlags(options);
    state.checkElements('set');
    update(state, encodeEntries(state, entries), flags);
  }

  /**
   * As `setBatch`, on the threadpool. Entries are read and encoded on this thread, half a millisecond at a time, and
   * all of them before the first is written: let them be until then.
   *
   * @returns rejects as `getBatchAsync`; a `BpfError` has `completed`
   */
  async setBatchAsync(
    entries: Iterable<readonly [K, V]>,
    options?: SetOptions & AsyncOptions,
  ): Promise<void> {
    const state = stateOf(this);
    const flags = updateFlags(options);
    state.checkElements('set');
    const size = jobElements(state.description);
    const parts = encodeEntryParts(state, entries, size, () => checkGoingOn(state, options));
    await updateAsync(state, parts instanceof Promise ? await parts : parts, flags, options);
  }

  /**
   * Sets many entries that are there as the kernel wants them: what `chunks` gives of a map with keys and
   * values of the same sizes, or bytes of one's own. As `setBatch`, but nothing is encoded, copied or allocated.
   *
   * @throws BpfUsageError `ERR_BPF_ARGUMENT` if keys or values are not `count` times their size
   */
  setChunk(chunk: EntryChunk, options?: SetOptions): void {
    const state = stateOf(this);
    const flags = updateFlags(options);
    state.checkElements('set');
    checkChunk(chunk, state.description);
    update(state, chunk, flags);
  }

  /**
   * As `setChunk`, on the threadpool. Each job copies its part of the chunk as it begins: let it be until it is done.
   *
   * @returns rejects as `setBatchAsync`
   */
  async setChunkAsync(chunk: EntryChunk, options?: SetOptions & AsyncOptions): Promise<void> {
    const state = stateOf(this);
    const flags = updateFlags(options);
    state.checkElements('set');
    checkSignal(options);
    checkChunk(chunk, state.description);
    await updateAsync(state, partsOf(state, chunk), flags, options);
  }

  /**
   * Deletes many entries, by BPF_MAP_DELETE_BATCH where the type has it, else one by one. Keys that are not
   * there are passed over.
   *
   * @returns how many were there
   */
  deleteBatch(keys: Iterable<K>): number {
    const state = stateOf(this);
    state.checkElements('delete');
    const batch = encodeKeys(state, keys);
    state.checkOpen();
    const [done, result, deleted] = state.native.deleteMany(batch.keys, batch.count);
    if (result < 0) throw state.failure('BPF_MAP_DELETE_BATCH', result, { completed: done });
    return deleted;
  }

  /**
   * As `deleteBatch`, on the threadpool.
   *
   * @returns how many were there; rejects as `getBatchAsync`, a `BpfError` has `completed`
   */
  async deleteBatchAsync(keys: Iterable<K>, options?: AsyncOptions): Promise<number> {
    const state = stateOf(this);
    state.checkElements('delete');
    let deleted = 0;
    const parts = keyParts(state, keys, options);
    const ready = parts instanceof Promise ? await parts : parts;
    for await (const job of inJobs(state, BatchKind.remove, ready, 0, options)) {
      if (job.result < 0) {
        throw state.failure('BPF_MAP_DELETE_BATCH', job.result, { completed: job.from + job.done });
      }
      deleted += job.hits;
    }
    return deleted;
  }
}

type Reading = typeof BatchKind.lookup | typeof BatchKind.take;

const READ_COMMANDS: Readonly<Record<Reading, string>> = {
  [BatchKind.lookup]: 'BPF_MAP_LOOKUP_ELEM',
  [BatchKind.take]: 'BPF_MAP_LOOKUP_AND_DELETE_ELEM',
};

function takenInto<V>(options: TakeOptions<V> | undefined): Array<V | undefined> {
  const into = options?.into;
  if (into === undefined) return [];
  if (Array.isArray(into)) return into;
  throw new BpfUsageError('ERR_BPF_ARGUMENT', `into must be an array, got ${describe(into)}`);
}

function read<K, V>(
  state: MapState<K, V>,
  keys: Iterable<K>,
  kind: Reading,
  answers: Array<V | undefined>,
): Array<V | undefined> {
  const batch = encodeKeys(state, keys);
  state.checkOpen();
  const values = new Uint8Array(batch.count * state.description.valueBytes);
  const found = new Uint8Array(batch.count);
  const { native } = state;
  const [done, result] =
    kind === BatchKind.take
      ? native.takeMany(batch.keys, values, found, batch.count)
      : native.lookupMany(batch.keys, values, found, batch.count);
  decodeFound(state, values, found, done, answers);
  if (result < 0) throw state.failure(READ_COMMANDS[kind], result, { completed: done });
  return answers;
}

async function readAsync<K, V>(
  state: MapState<K, V>,
  keys: Iterable<K>,
  kind: Reading,
  answers: Array<V | undefined>,
  options: AsyncOptions | undefined,
): Promise<Array<V | undefined>> {
  const parts = keyParts(state, keys, options);
  const ready = parts instanceof Promise ? await parts : parts;
  for await (const job of inJobs(state, kind, ready, 0, options)) {
    decodeFound(state, job.values, job.found, job.done, answers);
    if (job.result < 0) {
      throw state.failure(READ_COMMANDS[kind], job.result, { completed: job.from + job.done });
    }
  }
  return answers;
}

function update<K, V>(state: MapState<K, V>, { keys, values, count }: Encoded, flags: number): void {
  state.checkOpen();
  const [done, result] = state.native.updateMany(keys, values, count, flags);
  if (result < 0) throw state.failure('BPF_MAP_UPDATE_BATCH', result, { completed: done });
}

async function updateAsync<K, V>(
  state: MapState<K, V>,
  parts: Iterable<Encoded>,
  flags: number,
  options: AsyncOptions | undefined,
): Promise<void> {
  for await (const { done, result, from } of inJobs(state, BatchKind.update, parts, flags, options)) {
    if (result < 0) throw state.failure('BPF_MAP_UPDATE_BATCH', result, { completed: from + done });
  }
}

function checkGoingOn<K, V>(state: MapState<K, V>, options: AsyncOptions | undefined): void {
  state.checkOpen();
  checkSignal(options);
}

function keyParts<K, V>(
  state: MapState<K, V>,
  keys: Iterable<K>,
  options: AsyncOptions | undefined,
): EncodedParts {
  const size = jobElements(state.description);
  return encodeKeyParts(state, keys, size, () => checkGoingOn(state, options));
}

/** So many entries at a time that no job takes long. */
function* partsOf<K, V>({ description }: MapState<K, V>, chunk: EntryChunk): Generator<Encoded> {
  const { keySize, valueBytes } = description;
  const step = jobElements(description);
  for (let from = 0; from < chunk.count; from += step) {
    const count = Math.min(step, chunk.count - from);
    const end = from + count;
    yield {
      count,
      keys: chunk.keys.subarray(from * keySize, end * keySize),
      values: chunk.values.subarray(from * valueBytes, end * valueBytes),
    };
  }
}

/** What a job did, and how many elements others had done before it. */
interface JobOutput extends NativeJobOutput {
  readonly from: number;
}

/**
 * Does a batch job by job. What a job did is told also when the map was closed meanwhile; whether to go on is looked at
 * after that.
 */
async function* inJobs<K, V>(
  state: MapState<K, V>,
  kind: BatchKind,
  parts: Iterable<Encoded>,
  flags: number,
  options: AsyncOptions | undefined,
): AsyncGenerator<JobOutput, void, undefined> {
  let from = 0;
  for (const { keys, values, count } of parts) {
    if (from > 0) checkSignal(options);
    const job = state.native.runMany(kind, keys, values, count, flags);
    if (typeof job === 'number') throw state.failure('BPF_MAP_UPDATE_BATCH', job);
    const output = await job;
    yield { ...output, from };
    state.checkOpen();
    from += count;
  }
}

/** Adds what the first `done` keys have to `answers`. */
function decodeFound<K, V>(
  state: MapState<K, V>,
  values: Uint8Array,
  found: Uint8Array,
  done: number,
  answers: Array<V | undefined>,
): void {
  const view = new DataView(values.buffer);
  const stride = state.description.valueBytes;
  for (let index = 0; index < done; index++) {
    answers.push(found[index] === 1 ? state.value.decode(view, index * stride) : undefined);
  }
}
