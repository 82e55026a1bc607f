import type { HeldConnection, RequestStats } from '@blixt/lab';

/** A backend's share of the answered requests, in percent. */
export interface Share {
  readonly expected: number;
  readonly seen: number;
}

/** What one phase of the demo claims, and what was seen. */
export interface PhaseResult {
  readonly name: string;
  /** Whether all that the phase claims was seen. */
  readonly ok: boolean;
  readonly requests: number;
  /** Requests that got no right answer. */
  readonly failed: number;
  /** By backend. */
  readonly shares: Readonly<Record<string, Share>>;
  /** What was seen besides shares, one sentence each. */
  readonly observations: readonly string[];
  /** What is wrong, one sentence each; empty when `ok`. */
  readonly problems: readonly string[];
}

/** The weights of backends, by name; shares are in proportion. */
export type Weights = Readonly<Record<string, number>>;

/** A share may be this far from what is expected, in percentage points. */
const TOLERANCE_POINTS = 5;
/** With fewer requests a share of a fair balancer is too often outside of the tolerance. */
const MIN_REQUESTS = 400;

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((1000 * part) / whole) / 10;
}

/** Expected shares in percent. */
export function expectedShares(weights: Weights): Record<string, number> {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  return Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, percent(weight, sum)]));
}

/** Expected shares next to what a load has seen so far. */
export function compareShares(
  weights: Weights,
  backends: Readonly<Record<string, number>>,
): Record<string, Share> {
  const answered = Object.values(backends).reduce((total, count) => total + count, 0);
  const expected = expectedShares(weights);
  const names = [...new Set([...Object.keys(expected), ...Object.keys(backends)])].sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      { expected: expected[name] ?? 0, seen: percent(backends[name] ?? 0, answered) },
    ]),
  );
}

function countBy<T>(items: readonly T[], key: (item: T) => string): string {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

/** Collects what a phase sees and judges it. */
export class PhaseRecord {
  readonly name: string;
  readonly #observations: string[] = [];
  readonly #problems: string[] = [];
  #shares: Record<string, Share> = {};
  #requests = 0;
  #failed = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Counts a load's requests; each must have been answered. */
  addRequests(stats: RequestStats): void {
    this.#requests += stats.requests;
    this.#failed += stats.failed;
    if (stats.failed > 0) {
      const reasons = Object.entries(stats.failures).map(([reason, count]) => `${count} ${reason}`);
      this.#problems.push(`${stats.failed} of ${stats.requests} requests failed: ${reasons.join(', ')}`);
    }
    if (stats.requests === 0) this.#problems.push('no request was made');
  }

  /** Judges the shares of a load; a backend of weight 0 must have got nothing at all. */
  checkShares(weights: Weights, stats: RequestStats): void {
    this.#shares = compareShares(weights, stats.backends);
    if (stats.requests < MIN_REQUESTS) {
      this.#problems.push(`only ${stats.requests} requests were made, too few to judge shares`);
    }
    for (const [name, { expected, seen }] of Object.entries(this.#shares)) {
      if (expected === 0 ? (stats.backends[name] ?? 0) > 0 : Math.abs(seen - expected) > TOLERANCE_POINTS) {
        this.#problems.push(`${name}: expected ${expected}% of the requests, saw ${seen}%`);
      }
    }
  }

  /** Claims that all these connections are open. */
  checkOpen(what: string, connections: readonly HeldConnection[]): void {
    const open = connections.filter(({ state }) => state === 'open');
    const sentence = `${open.length} of ${connections.length} ${what} live on`;
    if (open.length === connections.length && open.length > 0) this.observe(sentence);
    else this.#problems.push(`${sentence}: ${countBy(connections, ({ state, errno }) => errno ?? state)}`);
  }

  /** Claims that all these connections were reset. */
  checkReset(what: string, connections: readonly HeldConnection[], withinMs: number): void {
    const reset = connections.filter(({ state }) => state === 'reset');
    const sentence = `${reset.length} of ${connections.length} ${what} were reset within ${withinMs} ms`;
    if (reset.length === connections.length && reset.length > 0) this.observe(sentence);
    else this.#problems.push(`${sentence}: ${countBy(connections, ({ state, errno }) => errno ?? state)}`);
  }

  /** Claims that a condition holds. */
  check(holds: boolean, sentence: string): void {
    if (holds) this.observe(sentence);
    else this.#problems.push(`not so: ${sentence}`);
  }

  observe(sentence: string): void {
    this.#observations.push(sentence);
  }

  result(): PhaseResult {
    return {
      name: this.name,
      ok: this.#problems.length === 0,
      requests: this.#requests,
      failed: this.#failed,
      shares: this.#shares,
      observations: this.#observations,
      problems: this.#problems,
    };
  }
}
