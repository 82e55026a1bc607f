/** Settings of a {@link Backoff}. */
export interface BackoffOptions {
  /** Longest first delay, in milliseconds (default 200); doubles with each further failure. */
  readonly baseMs?: number;
  /** Longest delay, in milliseconds (default 30,000). */
  readonly maxMs?: number;
}

/**
 * Delays between tries that fail: exponential, and anywhere in the upper half of the range, so that many
 * clients do not come back together. Never gives up.
 */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor({ baseMs = 200, maxMs = 30_000 }: BackoffOptions = {}) {
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure and tells how long to wait, in milliseconds. */
  next(): number {
    const longest = Math.min(this.#baseMs * 2 ** this.#failures, this.#maxMs);
    this.#failures += 1;
    return longest * (0.5 + Math.random() / 2);
  }

  /** A try did not fail. */
  reset(): void {
    this.#failures = 0;
  }
}
