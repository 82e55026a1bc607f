import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CANARY } from './leak-works.ts';
import type { Holdings, LeakRounds } from './run-leaks.ts';
import type { Sanitized } from './sanitized.ts';
import { slope } from './slope.ts';
import { loadSurroundings } from './surroundings.ts';

/**
 * What a process may hold more after each time, by the slope over the rounds. A descriptor or a region that is leaked is
 * one a time; the least that malloc gives is 16 bytes. The resident memory goes up and down by pages in each round.
 */
const LIMITS = { descriptors: 0.05, regions: 0.05, allocated: 8 } as const;
const RESIDENT_LIMIT_OF_A_ROUND = 512 * 1024;

const holdings = ['descriptors', 'regions', 'allocated', 'resident'] as const;

/** By how much each of the holdings grows each time. */
type Growth = Readonly<Record<keyof Holdings, number>>;

/** What came of a work. */
export interface LeakReport {
  readonly growth: Growth;
  /** What grows by more than it may, in words. */
  readonly leaks: readonly string[];
}

function leaksOf(growth: Growth, times: number): string[] {
  const limits: Growth = { ...LIMITS, resident: RESIDENT_LIMIT_OF_A_ROUND / times };
  return holdings
    .filter((what) => growth[what] > limits[what])
    .map((what) => `${what} grow by ${growth[what]} each time`);
}

/**
 * What each work leaks, by its name.
 *
 * @throws Error if what leaks on purpose is not seen
 */
export async function findLeaks(
  { env, nodeArguments }: Sanitized,
  effort: { readonly times: number; readonly rounds: number },
): Promise<ReadonlyMap<string, LeakReport>> {
  using surroundings = loadSurroundings();
  const script = join(import.meta.dirname, 'run-leaks.ts');
  const options = [
    '--times',
    String(effort.times),
    '--rounds',
    String(effort.rounds),
    ...surroundings.arguments,
  ];
  // What was freed shall be free, and not kept to find out who uses it nevertheless.
  const ASAN_OPTIONS = `${env.ASAN_OPTIONS}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0`;
  // Compiled code comes and goes when it likes.
  const steady = ['--no-opt', '--no-maglev', '--no-sparkplug'];
  const command = ['--pdeathsig', 'KILL', process.execPath, ...nodeArguments, ...steady, script, ...options];
  const child = spawn('setpriv', command, {
    env: { ...env, ASAN_OPTIONS },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const reports = new Map<string, LeakReport>();
  for await (const line of createInterface({ input: child.stdout })) {
    const { name, times, rounds }: LeakRounds = JSON.parse(line);
    const of = (what: keyof Holdings) => slope(rounds.map((held) => held[what])) / times;
    const growth = {
      descriptors: of('descriptors'),
      regions: of('regions'),
      allocated: of('allocated'),
      resident: of('resident'),
    };
    reports.set(name, { growth, leaks: leaksOf(growth, times) });
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the process that leaks are looked for in ended with ${code}`);
  const canary = reports.get(CANARY);
  if (canary === undefined || canary.leaks.length === 0) throw new Error('a leak on purpose was not seen');
  reports.delete(CANARY);
  return reports;
}

/** Prints what each work leaks; is it nothing? */
export async function reportLeaks(sanitized: Sanitized, json: boolean): Promise<boolean> {
  const reports = await findLeaks(sanitized, { times: 200, rounds: 12 });
  for (const [name, { growth, leaks }] of reports) {
    const figures = holdings.map((what) => `${what} ${growth[what].toFixed(3)}`).join(', ');
    console.error(`fuzz: ${leaks.length === 0 ? 'flat' : 'LEAK'}: ${name}: ${figures}`);
  }
  const flat = [...reports.values()].every(({ leaks }) => leaks.length === 0);
  if (json) console.log(JSON.stringify({ flat, works: Object.fromEntries(reports) }));
  return flat;
}
