// A process of the fuzzer: runs chunks of sequences as its parent asks for them, and tells what came of them. Which
// sequence is running is in a file, for when the process does not live to tell.
import { openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fuzzHooks } from './hooks.ts';
import { Random } from './random.ts';
import { runSequence } from './sequence.ts';
import { emptyTally, type Tally } from './tally.ts';
import { type Pins, World } from './world.ts';

/** What the parent asks for. */
export interface Chunk {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

/** Finalizers run in the event loop, and garbage is not collected often enough by itself to find what is wrong with it. */
const YIELD_EVERY = 32;
const COLLECT_EVERY = 1000;

const { values } = parseArgs({
  options: {
    current: { type: 'string' },
    pin: { type: 'string', multiple: true, default: [] },
    directory: { type: 'string', default: '' },
    program: { type: 'string', default: '' },
    trace: { type: 'string', default: '' },
  },
});

// Most of the errors are expected; to write down where each was made would cost more than the call.
if (values.trace === '') Error.stackTraceLimit = 0;

const hooks = fuzzHooks();
const pins: Pins = {
  maps: values.pin,
  directory: values.directory,
  program: hooks.openProgram(values.program),
};
const current = values.current === undefined ? undefined : openSync(values.current, 'w');

function fail(what: string, error: unknown): never {
  console.error(`fuzz: ${what}:`, error);
  process.exit(3);
}

// What the package leaves unhandled is its fault: promises that it returns are handled.
process.on('unhandledRejection', (error) => fail('unhandled rejection', error));
process.on('uncaughtException', (error) => fail('uncaught exception', error));

async function runChunk({ seed, from, to }: Chunk): Promise<Tally> {
  const tally = emptyTally();
  for (let sequence = from; sequence < to; sequence++) {
    if (current !== undefined) writeSync(current, `${sequence}\n`.padStart(24), 0);
    const traced = values.trace === 'all' || values.trace === String(sequence);
    const trace = traced ? (call: string) => writeSync(2, `fuzz: ${sequence}: ${call}\n`) : undefined;
    const world = new World(new Random(seed, sequence), { hooks, pins, tally, trace });
    await runSequence(world);
    if (sequence % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
    if (sequence % COLLECT_EVERY === 0) globalThis.gc?.();
  }
  return tally;
}

// With all that is open then.
process.on('disconnect', () => process.exit(0));
process.on('message', (chunk: Chunk) => {
  runChunk(chunk).then(
    (tally) => process.send?.(tally),
    (error) => fail('failed', error),
  );
});
