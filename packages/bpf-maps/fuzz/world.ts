import { GuardedBytes } from './guarded-bytes.ts';
import type { FuzzHooks } from './hooks.ts';
import type { Random } from './random.ts';
import { count, outcomeOf, type Tally } from './tally.ts';

/** At most so many objects are kept to call methods of. */
const MAX_THINGS = 24;

/** Objects that are shared by all sequences of a run: maps and a program that bpftool loaded. */
export interface Pins {
  /** Of maps of each type. */
  readonly maps: readonly string[];
  /** A directory in a BPF file system for pins of the sequences' own. */
  readonly directory: string;
  /** A program that writes to the rings; see programs.bpf.c. */
  readonly program: number;
}

/** What one sequence of calls works with. */
export class World {
  readonly random: Random;
  readonly hooks: FuzzHooks;
  readonly pins: Pins;
  readonly tally: Tally;
  readonly bytes = new GuardedBytes();
  /** Objects that calls returned: maps, cursors, iterators, rings, buffers. */
  readonly things: object[] = [];
  /** Descriptors that were given out. */
  readonly descriptors: number[] = [];
  readonly mapIds: number[] = [];
  readonly pending: Array<Promise<unknown>> = [];
  /** Told of each call before it is made. */
  readonly trace: ((call: string) => void) | undefined;
  #depth = 0;

  constructor(
    random: Random,
    surroundings: {
      readonly hooks: FuzzHooks;
      readonly pins: Pins;
      readonly tally: Tally;
      readonly trace: ((call: string) => void) | undefined;
    },
  ) {
    this.random = random;
    this.hooks = surroundings.hooks;
    this.pins = surroundings.pins;
    this.tally = surroundings.tally;
    this.trace = surroundings.trace;
  }

  /** Makes a call, whatever comes of it. */
  attempt(name: string, call: () => unknown): unknown {
    this.tally.calls++;
    this.trace?.(name);
    let result: unknown;
    try {
      result = call();
    } catch (error) {
      const outcome = outcomeOf(error);
      count(this.tally, outcome);
      this.trace?.(`  ${outcome}`);
      return undefined;
    } finally {
      this.bytes.check();
    }
    count(this.tally, typeof result === 'number' && result < 0 ? `errno ${-result}` : 'ok');
    this.keep(result);
    return result;
  }

  /** Keeps what a call returned, for later calls. */
  keep(result: unknown): void {
    if (typeof result !== 'object' || result === null) return;
    if (result instanceof Promise) {
      this.pending.push(
        result.then(
          (value) => {
            count(this.tally, 'resolved');
            this.keep(value);
          },
          (error) => count(this.tally, `rejected: ${outcomeOf(error)}`),
        ),
      );
      return;
    }
    if (Array.isArray(result) || Object.getPrototypeOf(result) === Object.prototype) return;
    if (this.things.length < MAX_THINGS) this.things.push(result);
    else this.things[this.random.below(MAX_THINGS)] = result;
  }

  /** Something that happens in the middle of a call, in code of the user's that the call runs; never very deep. */
  nested(work: () => void): void {
    if (this.#depth >= 2) return;
    this.#depth++;
    try {
      work();
    } finally {
      this.#depth--;
    }
  }
}
