import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chunk } from './run-sequences.ts';
import type { Sanitized } from './sanitized.ts';
import { addTally, emptyTally, type Tally } from './tally.ts';

const CHUNK = 1000;
/** Then a process is replaced by a new one: how processes end is tried as well. */
const CHUNKS_OF_A_PROCESS = 50;
/** A process that stays in one sequence for longer hangs. */
const PATIENCE_MS = 120_000;
const OUTPUT_LIMIT = 20_000;

/** A process that did not live, or hung. */
export interface Crash {
  readonly seed: number;
  readonly sequence: number;
  /** The first sequence that the process ran: what came before may matter. */
  readonly from: number;
  readonly how: string;
  readonly output: string;
}

/** Which sequences to run, and how. */
export interface Plan {
  readonly seed: number;
  readonly from: number;
  /** The first that is not run; may be Infinity if there is a deadline. */
  readonly to: number;
  /** As `performance.now()` counts. */
  readonly deadline: number;
  readonly processes: number;
  readonly sanitized: Sanitized;
  readonly arguments: readonly string[];
  readonly onProgress: (tally: Tally) => void;
}

/** A process that runs chunks of sequences. */
class Runner {
  readonly #directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #output = '';

  constructor({ sanitized, arguments: given }: Plan, trace?: string) {
    const options = [
      '--current',
      this.#current,
      ...given,
      ...(trace === undefined ? [] : ['--trace', trace]),
    ];
    this.#child = fork(join(import.meta.dirname, 'run-sequences.ts'), options, {
      env: sanitized.env,
      // A sequence that does not end would go on for ever after whoever watches it is gone.
      execPath: 'setpriv',
      execArgv: ['--pdeathsig', 'KILL', process.execPath, ...sanitized.nodeArguments],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data) => {
        this.#output = `${this.#output}${data}`.slice(-OUTPUT_LIMIT);
      });
    }
    this.#ended = new Promise((resolve) => {
      // A little after, for the rest of its output.
      this.#child.on('exit', (code, signal) => setTimeout(resolve, 100, signal ?? `exit code ${code}`));
    });
  }

  get #current(): string {
    return join(this.#directory, 'current');
  }

  get output(): string {
    return this.#output;
  }

  /** The sequence that it runs, or ran last. */
  get sequence(): number {
    try {
      return Number(readFileSync(this.#current, 'utf8'));
    } catch {
      return Number.NaN;
    }
  }

  /** What came of a chunk, or how the process ended instead. */
  async run(chunk: Chunk): Promise<Tally | string> {
    const answer = new Promise<Tally>((resolve) => this.#child.once('message', resolve));
    this.#child.send(chunk);
    let last = Number.NaN;
    const watch = setInterval(() => {
      const { sequence } = this;
      if (sequence === last) this.#child.kill('SIGKILL');
      last = sequence;
    }, PATIENCE_MS);
    try {
      return await Promise.race([answer, this.#ended]);
    } finally {
      clearInterval(watch);
    }
  }

  /** Lets the process end by itself: how it ended, if not well. */
  async end(): Promise<string | undefined> {
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    const how = await this.#ended;
    clearTimeout(timer);
    rmSync(this.#directory, { recursive: true, force: true });
    return how === 'exit code 0' ? undefined : how;
  }
}

/** Runs a few sequences in a process of their own: how it ended if not well, and what it wrote. */
export async function replay(
  plan: Plan,
  chunk: Chunk,
  trace: string,
): Promise<{ how: string | undefined; output: string }> {
  const runner = new Runner(plan, trace);
  await runner.run(chunk);
  const how = await runner.end();
  return { how, output: runner.output };
}

/** Runs sequences in several processes until all have run, the time is over, or one has crashed. */
export async function runPlan(
  plan: Plan,
): Promise<{ readonly tally: Tally; readonly crashes: readonly Crash[] }> {
  const { seed } = plan;
  const total = emptyTally();
  const crashes: Crash[] = [];
  let next = plan.from;
  const over = () => next >= plan.to || performance.now() >= plan.deadline || crashes.length > 0;

  async function work(): Promise<void> {
    while (!over()) {
      const runner = new Runner(plan);
      const first = next;
      let failure: string | undefined;
      for (let chunks = 0; chunks < CHUNKS_OF_A_PROCESS && !over() && failure === undefined; chunks++) {
        const from = next;
        next = Math.min(plan.to, from + CHUNK);
        const result = await runner.run({ seed, from, to: next });
        if (typeof result === 'string') failure = result;
        else {
          addTally(total, result);
          plan.onProgress(total);
        }
      }
      const { sequence } = runner;
      const how = (await runner.end()) ?? failure;
      if (how !== undefined) crashes.push({ seed, sequence, from: first, how, output: runner.output });
    }
  }

  await Promise.all(Array.from({ length: plan.processes }, work));
  return { tally: total, crashes };
}
