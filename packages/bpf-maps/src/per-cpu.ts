import { constants } from 'node:os';
import { type Codec, roundUp } from './codec.ts';
import { BpfError } from './errors.ts';
import { addon } from './native.ts';
import { elements } from './struct.ts';

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
