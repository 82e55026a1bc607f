import { setTimeout as sleep } from 'node:timers/promises';
import { untilSignal } from './signals.ts';

/** How often to look, and for how long. */
export interface PollOptions {
  /** Milliseconds. */
  readonly interval: number;
  /** How often to look after the first time; undefined: until Ctrl-C. */
  readonly count?: number | undefined;
}

/** Calls `look` every interval until it has done so often enough, or a signal ends it. */
export function poll({ interval, count }: PollOptions, look: () => Promise<void>): Promise<void> {
  return untilSignal(async (signal) => {
    let due = performance.now();
    for (let looked = 0; count === undefined || looked < count; looked++) {
      due = Math.max(due + interval, performance.now());
      await sleep(Math.max(0, due - performance.now()), undefined, { signal });
      await look();
    }
  });
}
