/** @internal The resolvers of those who wait for a ring to be readable, or writable. */
export type Waiting = Set<() => void>;

/** @internal What wakes those who wait, if it is asked to. */
export interface Waker {
  /** Asks to be woken; true if there is no need to wait. */
  arm(): boolean;
  /** Nobody waits any more. */
  disarm(): void;
}

/** @internal Lets all of them go on. */
export function wake(waiting: Waiting): void {
  const resolvers = [...waiting];
  waiting.clear();
  for (const resolve of resolvers) resolve();
}

/** @internal Waits until somebody wakes those who wait, or the signal is aborted. */
export async function waitAmong(waiting: Waiting, waker: Waker, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  waiting.add(stop);
  signal?.addEventListener('abort', stop);
  try {
    if (!waker.arm()) await promise;
  } finally {
    waiting.delete(stop);
    signal?.removeEventListener('abort', stop);
    if (waiting.size === 0) waker.disarm();
  }
}
