import { BpfUsageError, describe } from './errors.ts';

/**
 * Where programs count the records that did not fit a ring buffer: a map whose entry 0 is the number of them, or one
 * number for each CPU; a `BpfMap` of type `percpu_array` or `array`, or whatever else has such a `get`. In the program:
 *
 * ```c
 * struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
 * if (!event) {
 *   __u64 *count = bpf_map_lookup_elem(&lost, &(__u32){0}); // a percpu_array with one entry
 *   if (count) (*count)++;
 *   return 0;
 * }
 * ```
 */
export interface LostCounter {
  /** The value of a key, as a `BpfMap` gives it. */
  get(key: number): number | bigint | readonly number[] | readonly bigint[] | undefined;
}

/** @internal */
export function checkLostCounter(lost: unknown): void {
  if (lost === undefined) return;
  if (typeof lost !== 'object' || lost === null || !('get' in lost) || typeof lost.get !== 'function') {
    throw new BpfUsageError('ERR_BPF_ARGUMENT', `lost must be a BpfMap, got ${describe(lost)}`);
  }
}

/** @internal The sum of entry 0 over all CPUs. */
export function lostRecords(counter: LostCounter): number {
  const value: unknown = counter.get(0);
  let sum = 0;
  for (const part of Array.isArray(value) ? value : [value]) {
    if (typeof part !== 'number' && typeof part !== 'bigint') {
      throw new BpfUsageError(
        'ERR_BPF_ARGUMENT',
        `entry 0 of the map that counts lost records must be a number, or one for each CPU; it holds ${describe(value)}`,
      );
    }
    sum += Number(part);
  }
  return sum;
}
