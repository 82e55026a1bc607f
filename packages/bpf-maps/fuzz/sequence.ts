import { setTimeout as delay } from 'node:timers/promises';
import { addon } from '../src/native.ts';
import { exhaustDescriptors } from './exhausted.ts';
import { closeThings, takeSteps } from './steps.ts';
import { endWorker } from './worker.ts';
import type { World } from './world.ts';

/** What waits longer than this waits for ever: all rings are closed by then. */
const PATIENCE_MS = 20_000;

const NEVER = Symbol('never');

/** `release` gives descriptors to its caller, which is us. */
function closeReleased(world: World): void {
  for (const fd of world.descriptors) {
    const map = addon().adoptFd(fd);
    if (typeof map !== 'number') map.close();
  }
}

async function settle(world: World): Promise<void> {
  // What was waited for may have started more.
  while (world.pending.length > 0) {
    const waiting = Promise.all(world.pending.splice(0));
    const controller = new AbortController();
    const patience = delay(PATIENCE_MS, NEVER, { signal: controller.signal }).catch(() => NEVER);
    const first = await Promise.race([waiting, patience]);
    controller.abort();
    if (first === NEVER) throw new Error('a promise was never settled');
    closeThings(world, 'close');
  }
}

/** Runs one sequence; returns a promise only if something of it is asynchronous. */
export function runSequence(world: World): Promise<void> | undefined {
  const { random, hooks } = world;
  world.tally.sequences++;
  const special = random.below(4000);
  if (special === 0) exhaustDescriptors(world);
  const interrupted = special < 40;
  if (interrupted) hooks.interrupt(50 + random.below(500));
  try {
    takeSteps(world);
  } finally {
    if (interrupted) hooks.interrupt(0);
  }
  closeThings(world, 'close', 'return');
  closeReleased(world);
  if (special === 41) return endWorker(world);
  return world.pending.length > 0 ? settle(world) : undefined;
}
