// npm run fuzz -- bpf-maps: random sequences of calls, and what they leak. See README.md.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { checkCanaries } from './canaries.ts';
import { reportLeaks } from './leaks.ts';
import { type Crash, type Plan, replay, runPlan } from './runner.ts';
import { buildSanitized } from './sanitized.ts';
import { loadSurroundings } from './surroundings.ts';
import type { Tally } from './tally.ts';

const USAGE = `usage: npm run fuzz -- bpf-maps [OPTION...]

  --sequences N  how many sequences (default 100000; with --minutes, no limit)
  --minutes M    stop after so many minutes
  --seed S       of the random numbers; default: another one each time
  --sequence N   run this one sequence alone, and show its calls
  --from N       begin with this one; with --sequence, run those before it, too
  --processes N  default: one for each CPU
  --leaks        instead: do the same things again and again, and fail if descriptors or memory grow
  --json         the result as one line of JSON on standard output`;

function number(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0) return value;
  console.error(`fuzz: --${name} must be a number, got ${JSON.stringify(text)}\n\n${USAGE}`);
  process.exit(2);
}

const string = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    sequences: string,
    minutes: string,
    seed: string,
    sequence: string,
    from: string,
    processes: string,
    leaks: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

function say(text: string): void {
  console.error(`fuzz: ${text}`);
}

async function showCrash(plan: Plan, crash: Crash): Promise<void> {
  const { seed, sequence, from } = crash;
  say(`${crash.how} in sequence ${sequence} of seed ${seed}\n${crash.output}`);
  const trace = String(sequence);
  const alone = await replay(plan, { seed, from: sequence, to: sequence + 1 }, trace);
  const again = alone.how === undefined ? await replay(plan, { seed, from, to: sequence + 1 }, trace) : alone;
  say(
    again.how === undefined
      ? 'it does not happen again when these sequences run alone'
      : `calls:\n${again.output}`,
  );
  const first = alone.how === undefined ? ` --from ${from}` : '';
  say(`to repeat: npm run fuzz -- bpf-maps --seed ${seed} --sequence ${sequence}${first}`);
}

function printResult(tally: Tally, seed: number, seconds: number, crashes: number): void {
  const { sequences, calls } = tally;
  const outcomes = Object.fromEntries(Object.entries(tally.outcomes).sort(([, a], [, b]) => b - a));
  if (values.json) console.log(JSON.stringify({ seed, sequences, calls, seconds, crashes, outcomes }));
  else console.log(`${sequences} sequences, ${calls} calls in ${seconds.toFixed(0)} s, ${crashes} crashes`);
}

async function fuzz(): Promise<number> {
  const started = performance.now();
  const sanitized = await buildSanitized();
  await checkCanaries(sanitized);
  if (values.leaks) return (await reportLeaks(sanitized, values.json)) ? 0 : 1;
  using surroundings = loadSurroundings();
  const seed = number(values.seed, 'seed') ?? Math.floor(Math.random() * 2 ** 31);
  const minutes = number(values.minutes, 'minutes');
  const from = number(values.from, 'from');
  const only = number(values.sequence, 'sequence');
  const count = number(values.sequences, 'sequences') ?? (minutes === undefined ? 100_000 : Infinity);
  let told = performance.now();
  const begun = performance.now();
  const plan: Plan = {
    seed,
    from: from ?? 0,
    to: (from ?? 0) + count,
    deadline: minutes === undefined ? Infinity : begun + minutes * 60_000,
    processes: number(values.processes, 'processes') ?? availableParallelism(),
    sanitized,
    arguments: surroundings.arguments,
    onProgress(tally) {
      if (performance.now() - told < 10_000) return;
      told = performance.now();
      const rate = tally.sequences / ((told - begun) / 1000);
      say(`${tally.sequences} sequences, ${tally.calls} calls, ${rate.toFixed(0)} sequences a second`);
    },
  };
  say(`seed ${seed}; built and checked in ${((begun - started) / 1000).toFixed(0)} s`);
  if (only !== undefined) {
    const { how, output } = await replay(plan, { seed, from: from ?? only, to: only + 1 }, String(only));
    console.error(output);
    say(how ?? 'no crash');
    return how === undefined ? 0 : 1;
  }
  const { tally, crashes } = await runPlan(plan);
  for (const crash of crashes) await showCrash(plan, crash);
  printResult(tally, seed, (performance.now() - begun) / 1000, crashes.length);
  return crashes.length === 0 ? 0 : 1;
}

process.exitCode = await fuzz();
