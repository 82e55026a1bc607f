import { createInterface } from 'node:readline';

/** Do this to that map, `count` times, beginning with the key of number `start`. */
export interface Request {
  readonly operation: string;
  readonly id: number;
  readonly start: number;
  readonly count: number;
}

/** How much CPU time it took, and a sum over what was read, which all contenders must agree about. */
export interface Answer {
  readonly nanoseconds: number;
  readonly check: number;
}

/** The first word of the record that ends a flood of them; that of the others is 1. */
export const LAST_RECORD = 2;

/** An odd factor: all keys below `maxEntries` (a power of two), each once, far from each other. */
export function keyOf(maxEntries: number, number: number): number {
  return Math.imul(number, 0x9e3779b1) & (maxEntries - 1);
}

/** What all threads of this process have used of the CPUs: whatever else the machine does is not counted. */
export function cpuNanoseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Times `work`, which returns the sum over what it read. */
export function time(work: () => number): Answer {
  const began = cpuNanoseconds();
  const check = work();
  return { nanoseconds: cpuNanoseconds() - began, check };
}

/** As {@link time}, of work that takes turns with others. */
export async function timeAsync(work: () => Promise<number>): Promise<Answer> {
  const began = cpuNanoseconds();
  const check = await work();
  return { nanoseconds: cpuNanoseconds() - began, check };
}

/** From here on, work takes long enough for what a full collection throws away to be there again. */
const LONG = 100_000;
/** What takes a hundredth of the time of the others. */
const QUICK: ReadonlySet<string> = new Set(['consume', 'receive']);

/**
 * Collects garbage, so that what earlier work left behind is not collected while the next is timed (see
 * --expose-gc). Before short work only what is young: a full collection drops warm code and memory as well, which
 * would then be most of what is measured.
 */
export function settle({ operation, count }: Request): void {
  const short = count < LONG || QUICK.has(operation);
  globalThis.gc?.({ type: short ? 'minor' : 'major', execution: 'sync' });
}

/** Answers the requests on standard input, one a line: OPERATION ID START COUNT. An answer is: NANOSECONDS CHECK. */
export async function answerRequests(answer: (request: Request) => Answer | Promise<Answer>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [operation = '', ...numbers] = line.split(' ');
    const [id = 0, start = 0, count = 0] = numbers.map(Number);
    const { nanoseconds, check } = await answer({ operation, id, start, count });
    process.stdout.write(`${nanoseconds} ${check}\n`);
  }
}
