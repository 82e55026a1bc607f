// A thread that runs sequences until it is ended.
import { parentPort, workerData } from 'node:worker_threads';
import { fuzzHooks } from './hooks.ts';
import { Random } from './random.ts';
import { takeSteps } from './steps.ts';
import { emptyTally } from './tally.ts';
import { type Pins, World } from './world.ts';

const { seed, pins }: { readonly seed: number; readonly pins: Pins } = workerData;
const hooks = fuzzHooks();
const surroundings = { hooks, pins, tally: emptyTally(), trace: undefined };

process.on('unhandledRejection', () => {});
parentPort?.postMessage('running');
for (let sequence = 0; ; sequence++) {
  const world = new World(new Random(seed, sequence), surroundings);
  takeSteps(world);
  // Jobs end in the event loop.
  if (sequence % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
}
