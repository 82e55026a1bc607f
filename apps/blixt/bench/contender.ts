import { readFileSync } from 'node:fs';
import type { Way } from './world.ts';

/** An endpoint of a way that was not there before, instead of its first. */
export interface EndpointChange {
  readonly way: Way;
  readonly address: string;
}

/** Who brings Services and their endpoints into a kernel. */
export interface Contender extends AsyncDisposable {
  /** Starts it; resolves when all is loaded, to how long that took from the start of the process, in seconds. */
  start(ways: readonly Way[]): Promise<number>;
  /** Resolves when new connections of the way may go to the address, to the time on performance.now()'s clock. */
  seen(change: EndpointChange): Promise<number>;
  /** Of the process. */
  readonly pid: number;
}

/** Memory of a process, in MiB. */
export interface Memory {
  readonly resident: number;
  readonly peak: number;
}

export function memoryOf({ pid }: Contender): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { resident: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}
