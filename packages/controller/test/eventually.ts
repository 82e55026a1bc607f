import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds; the last failure is thrown when it does not in time. Returns how long it took, in ms. */
export async function eventually(check: () => void | Promise<void>, timeout = 15_000): Promise<number> {
  const start = performance.now();
  for (;;) {
    try {
      await check();
      return performance.now() - start;
    } catch (error) {
      if (performance.now() - start > timeout) throw error;
    }
    await sleep(2);
  }
}
