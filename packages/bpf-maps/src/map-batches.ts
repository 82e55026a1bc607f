import { type Codec, locate } from './codec.ts';
import { type AsyncOptions, checkSignal, finishJob, jobElements } from './jobs.ts';
import { stateOf } from './map-base.ts';
import { MapElements, type SetOptions, updateFlags } from './map-elements.ts';
import type { MapState } from './map-state.ts';
import { BatchKind } from './native.ts';

/** Many elements at once. */
export abstract class MapBatches<K, V> extends MapElements<K, V> {
  /** Many look-ups by one call into the addon; the kernel is still asked once for each key. */
  getBatch(keys: Iterable<K>): Array<V | undefined> {
    const state = stateOf(this);
    state.checkElements('get');
    return read(state, encodeAll([...keys], state.key, 'keys'), BatchKind.lookup);
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
    return readAsync(state, encodeAll([...keys], state.key, 'keys'), BatchKind.lookup, options);
  }

  /**
   * Reads and deletes many keys, each in one step as `take` does, by one call into the addon. The kernel has no
   * batch that does so for given keys; `drain` takes all entries, by batches.
   */
  takeBatch(keys: Iterable<K>): Array<V | undefined> {
    const state = stateOf(this);
    state.checkElements('take');
    return read(state, encodeAll([...keys], state.key, 'keys'), BatchKind.take);
  }

  /**
   * As `takeBatch`, on the threadpool. What was taken before it rejects is lost.
   *
   * @returns rejects as `getBatchAsync`
   */
  async takeBatchAsync(keys: Iterable<K>, options?: AsyncOptions): Promise<Array<V | undefined>> {
    const state = stateOf(this);
    state.checkElements('take');
    return readAsync(state, encodeAll([...keys], state.key, 'keys'), BatchKind.take, options);
  }

  /**
   * Sets many entries, by BPF_MAP_UPDATE_BATCH where the type and the options have it, else one by one. Not
   * atomic: when it fails, the error's `completed` tells how many are done.
   */
  setBatch(entries: Iterable<readonly [K, V]>, options?: SetOptions): void {
    const state = stateOf(this);
    const flags = updateFlags(options);
    state.checkElements('set');
    const { keys, values } = encodeEntries(state, entries);
    state.checkOpen();
    const [done, result] = state.native.updateMany(keys.bytes, values.bytes, keys.count, flags);
    if (result < 0) throw state.failure('BPF_MAP_UPDATE_BATCH', result, { completed: done });
  }

  /**
   * As `setBatch`, on the threadpool. Entries are encoded before it returns, so that they may change afterwards.
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
    const { keys, values } = encodeEntries(state, entries);
    for await (const { done, result, from } of inJobs(
      state,
      BatchKind.update,
      keys,
      values.bytes,
      flags,
      options,
    )) {
      if (result < 0) throw state.failure('BPF_MAP_UPDATE_BATCH', result, { completed: from + done });
    }
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
    const batch = encodeAll([...keys], state.key, 'keys');
    state.checkOpen();
    const [done, result, deleted] = state.native.deleteMany(batch.bytes, batch.count);
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
    const batch = encodeAll([...keys], state.key, 'keys');
    let deleted = 0;
    for await (const job of inJobs(state, BatchKind.remove, batch, NO_BYTES, 0, options)) {
      if (job.result < 0) {
        throw state.failure('BPF_MAP_DELETE_BATCH', job.result, { completed: job.from + job.done });
      }
      deleted += job.hits;
    }
    return deleted;
  }
}

const NO_BYTES = new Uint8Array(0);

/** Encoded keys or values, one after the other. */
interface Encoded {
  readonly bytes: Uint8Array;
  readonly count: number;
}

type Reading = typeof BatchKind.lookup | typeof BatchKind.take;

const READ_COMMANDS: Readonly<Record<Reading, string>> = {
  [BatchKind.lookup]: 'BPF_MAP_LOOKUP_ELEM',
  [BatchKind.take]: 'BPF_MAP_LOOKUP_AND_DELETE_ELEM',
};

function read<K, V>(state: MapState<K, V>, keys: Encoded, kind: Reading): Array<V | undefined> {
  state.checkOpen();
  const values = new Uint8Array(keys.count * state.description.valueBytes);
  const found = new Uint8Array(keys.count);
  const { native } = state;
  const [done, result] =
    kind === BatchKind.take
      ? native.takeMany(keys.bytes, values, found, keys.count)
      : native.lookupMany(keys.bytes, values, found, keys.count);
  if (result < 0) throw state.failure(READ_COMMANDS[kind], result, { completed: done });
  return decodeFound(state, values, found);
}

async function readAsync<K, V>(
  state: MapState<K, V>,
  keys: Encoded,
  kind: Reading,
  options: AsyncOptions | undefined,
): Promise<Array<V | undefined>> {
  const answers: Array<V | undefined> = [];
  for await (const job of inJobs(state, kind, keys, NO_BYTES, 0, options)) {
    if (job.result < 0) {
      throw state.failure(READ_COMMANDS[kind], job.result, { completed: job.from + job.done });
    }
    for (const value of decodeFound(state, job.values, job.found)) answers.push(value);
  }
  return answers;
}

/** Does a batch job by job: so many elements at a time that none takes long. */
async function* inJobs<K, V>(
  state: MapState<K, V>,
  kind: BatchKind,
  keys: Encoded,
  values: Uint8Array,
  flags: number,
  options: AsyncOptions | undefined,
) {
  checkSignal(options);
  const { keySize, valueBytes } = state.description;
  const step = jobElements(state.description);
  for (let from = 0; from < keys.count; from += step) {
    const count = Math.min(step, keys.count - from);
    const job = state.native.runMany(
      kind,
      keys.bytes.subarray(from * keySize, (from + count) * keySize),
      values.subarray(from * valueBytes, (from + count) * valueBytes),
      count,
      flags,
    );
    const output = await finishJob(state, job, 'BPF_MAP_UPDATE_BATCH');
    yield { ...output, from };
    if (from + count < keys.count) checkSignal(options);
  }
}

function decodeFound<K, V>(
  state: MapState<K, V>,
  values: Uint8Array,
  found: Uint8Array,
): Array<V | undefined> {
  const view = new DataView(values.buffer);
  const stride = state.description.valueBytes;
  return Array.from(found, (flag, index) =>
    flag === 1 ? state.value.decode(view, index * stride) : undefined,
  );
}

function encodeEntries<K, V>(
  state: MapState<K, V>,
  entries: Iterable<readonly [K, V]>,
): { keys: Encoded; values: Encoded } {
  const list = [...entries];
  return {
    keys: encodeAll(
      list.map(([key]) => key),
      state.key,
      'keys',
    ),
    values: encodeAll(
      list.map(([, value]) => value),
      state.value,
      'values',
      state.description.valueBytes,
    ),
  };
}

function encodeAll<T>(
  list: readonly T[],
  codec: Codec<T>,
  what: string,
  stride: number = codec.size,
): Encoded {
  const bytes = new Uint8Array(list.length * stride);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of list.entries()) {
    try {
      codec.encode(value, view, index * stride);
    } catch (error) {
      throw locate(error, `${what}[${index}]`);
    }
  }
  return { bytes, count: list.length };
}
