// A process that does each of the works of leak-works.ts in rounds, and writes what it holds after each round: a line of
// JSON a work.
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fuzzHooks } from './hooks.ts';
import { leakWorks } from './leak-works.ts';

/** What a process holds. Bytes. */
export interface Holdings {
  readonly descriptors: number;
  readonly allocated: number;
  readonly resident: number;
  /** Mapped regions of memory. */
  readonly regions: number;
}

/** What it held after each round of a work. */
export interface LeakRounds {
  readonly name: string;
  readonly times: number;
  readonly rounds: readonly Holdings[];
}

/** Rounds until caches are filled and code is compiled. */
const WARM_UP = 5;

const string = { type: 'string', default: '' } as const;
const { values } = parseArgs({
  options: {
    directory: string,
    program: string,
    pin: { type: 'string', multiple: true, default: [] },
    times: string,
    rounds: string,
  },
});

const hooks = fuzzHooks();

async function settle(): Promise<void> {
  // Finalizers run in the event loop, and let go of more.
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function measure(): Promise<Holdings> {
  await settle();
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    allocated: hooks.allocatedBytes(),
    resident: process.memoryUsage.rss(),
    regions: readFileSync('/proc/self/maps', 'latin1').split('\n').length,
  };
}

function pinOf(name: string): string {
  return values.pin.find((pin) => pin.endsWith(`/${name}`)) ?? '';
}

const works = leakWorks({
  hooks,
  ring: pinOf('f_ring'),
  events: pinOf('f_events'),
  userRing: pinOf('f_user_ring'),
  program: hooks.openProgram(values.program),
});

const times = Number(values.times);
for (const { name, run } of works) {
  const rounds: Holdings[] = [];
  for (let round = 0; round < WARM_UP + Number(values.rounds); round++) {
    for (let i = 0; i < times; i++) await run();
    const held = await measure();
    if (round >= WARM_UP) rounds.push(held);
  }
  const result: LeakRounds = { name, times, rounds };
  console.log(JSON.stringify(result));
}
