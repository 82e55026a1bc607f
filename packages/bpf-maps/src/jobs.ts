import { BpfUsageError, describe } from './errors.ts';
import type { MapState } from './map-state.ts';
import type { NativeJobOutput, NativeMapInfo } from './native.ts';

/** Of what is done on the threadpool. */
export interface AsyncOptions {
  /**
   * Stops between two jobs on the threadpool, each of which does at most 4096 elements; then the promise rejects with
   * the signal's reason. What was done until then stays done, and nothing more is done after.
   */
  readonly signal?: AbortSignal;
}

/** Elements of one job: some milliseconds. While one runs, neither `process.exit` nor a worker's end can pass it. */
const JOB_ELEMENTS = 4096;
const JOB_BYTES = 1024 * 1024;

/** How many elements one job does. */
export function jobElements(description: NativeMapInfo): number {
  const bytes = Math.max(1, description.keySize + description.valueBytes);
  return Math.max(1, Math.min(JOB_ELEMENTS, Math.floor(JOB_BYTES / bytes)));
}

/** @throws what the signal was aborted with; BpfUsageError for what is not a signal */
export function checkSignal(options: AsyncOptions | undefined): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) {
    throw new BpfUsageError('ERR_BPF_ARGUMENT', `options must be an object, got ${describe(options)}`);
  }
  const { signal } = options;
  if (signal === undefined) return;
  if (!(signal instanceof AbortSignal)) {
    throw new BpfUsageError('ERR_BPF_ARGUMENT', `signal must be an AbortSignal, got ${describe(signal)}`);
  }
  signal.throwIfAborted();
}

/** The end of a job on a map; rejects if it could not begin, or if the map was closed meanwhile. */
export async function finishJob<K, V>(
  state: MapState<K, V>,
  job: Promise<NativeJobOutput> | number,
  operation: string,
): Promise<NativeJobOutput> {
  if (typeof job === 'number') throw state.failure(operation, job);
  const output = await job;
  state.checkOpen();
  return output;
}
