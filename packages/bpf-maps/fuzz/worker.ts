import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { World } from './world.ts';

/** Starts a thread that runs sequences of its own, and ends it in the middle of one. */
export async function endWorker(world: World): Promise<void> {
  const { random, pins } = world;
  const workerData = { seed: random.below(2 ** 31), pins };
  const worker = new Worker(new URL('run-worker.ts', import.meta.url), { workerData });
  const failures: unknown[] = [];
  worker.on('error', (error) => failures.push(error));
  await new Promise((resolve) => {
    worker.once('message', resolve);
    worker.once('exit', resolve);
  });
  await delay(random.below(20));
  await worker.terminate();
  world.tally.calls++;
  if (failures.length > 0) throw new Error('a worker failed', { cause: failures[0] });
}
