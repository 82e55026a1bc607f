import { constants } from 'node:os';
import { type Codec, roundUp } from './codec.ts';
import { elements } from './elements.ts';
import { BpfError, BpfUsageError, describe } from './errors.ts';
import { addon } from './native.ts';

/**
 * How many CPUs are possible here (/sys/devices/system/cpu/possible): how many values an entry of a per-CPU
 * map has. CPUs that are offline or not plugged in count.
 *
 * @throws BpfError `ENODATA` if the file cannot be read
 * @throws BpfUsageError `ERR_BPF_PLATFORM` where the addon cannot be loaded
 */
export function possibleCpus(): number {
  const cpus = addon().possibleCpus();
  if (cpus === 0) throw new BpfError({ errno: constants.errno.ENODATA, operation: 'possibleCpus' });
  return cpus;
}

/** @internal The kernel copies each CPU's value to a multiple of 8 bytes. */
export function perCpu<T>(codec: Codec<T>): Codec<T[]> {
  const cpus = possibleCpus();
  return elements(codec, cpus, roundUp(codec.size, 8), 8, `${cpus} values, one for each possible CPU`);
}

/**
 * The sum of the values that a per-CPU map has for one key: of numbers or bigints; of objects and arrays, member by
 * member. Numbers are summed as such: above 2^53 they are not exact; bigints always are.
 *
 * @throws BpfUsageError `ERR_BPF_ARGUMENT` for no values, or values that have no sum: text, booleans, bytes, or of
 *   different shapes
 */
export function sumPerCpu<T>(values: readonly T[]): T {
  if (!Array.isArray(values) || values.length === 0) {
    refuse(`expected an array with a value for each CPU, got ${describe(values)}`);
  }
  // The sum of values of one shape has this shape.
  return values.reduce((sum: unknown, value: unknown) => add(sum, value)) as T;
}

function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'bigint' && typeof b === 'bigint') return a + b;
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.map((member, index) => add(member, b[index]));
  }
  if (isRecord(a) && isRecord(b)) {
    return Object.fromEntries(Object.entries(a).map(([name, member]) => [name, add(member, b[name])]));
  }
  return refuse(
    `values that have a sum are numbers, bigints, and objects and arrays of them, got ${describe(b)}`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function refuse(message: string): never {
  throw new BpfUsageError('ERR_BPF_ARGUMENT', message);
}
