import { setTimeout as sleep } from 'node:timers/promises';

/** How often to look, and for how long. */
export interface PollOptions {
  /** Milliseconds. */
  readonly interval: number;
  /** How often to look after the first time; undefined: until Ctrl-C. */
  readonly count?: number | undefined;
}

/** Calls `look` every interval until it has done so often enough, or SIGINT, SIGTERM or SIGHUP end it. */
export async function poll({ interval, count }: PollOptions, look: () => Promise<void>): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, end);
  try {
    let due = performance.now();
    for (let looked = 0; count === undefined || looked < count; looked++) {
      due = Math.max(due + interval, performance.now());
      await sleep(Math.max(0, due - performance.now()), undefined, { signal: ended.signal });
      await look();
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
}
