import { Backoff, type BackoffOptions } from './kubernetes/backoff.ts';

/** Settings of a {@link KeyedQueue}. */
export interface KeyedQueueOptions<K extends string> {
  /**
   * Does what the key needs, by what is known at that moment. When it rejects, the key comes again after a
   * backoff of its own; an error's `retryAfterMs` is the shortest.
   */
  readonly process: (key: K) => Promise<void>;
  /** Called when `process` rejects, with how often it has for this key in a row. Must not throw. */
  readonly onError?: (error: unknown, key: K, failures: number) => void;
  /** How many keys are processed at a time. Default 1. */
  readonly concurrency?: number;
  /** How many keys begin in a second. Default: any number. */
  readonly ratePerSecond?: number;
  /** How many keys may begin at once after a quiet time, when there is a rate. Default: those of a second. */
  readonly burst?: number;
  /** Delays of a key that fails. Default from 200 ms to 30 s, with jitter. */
  readonly backoff?: BackoffOptions;
}

/**
 * A level-triggered work queue: it holds keys, not events. A key that is added several times before its turn is
 * processed once; a key that is added while it is processed is processed again afterwards, never twice at the
 * same time. Keys begin in the order in which they came. Each key that fails has its own backoff, which a further
 * `add` does not cut short.
 *
 * For handlers of single objects; {@link WorkQueue} hands all that waits to one handler.
 */
export class KeyedQueue<K extends string> implements AsyncDisposable {
  readonly #options: KeyedQueueOptions<K>;
  readonly #waiting = new Set<K>();
  readonly #running = new Set<K>();
  /** Keys that were added while they were processed. */
  readonly #again = new Set<K>();
  readonly #delayed = new Map<K, NodeJS.Timeout>();
  readonly #backoffs = new Map<K, Backoff>();
  /** Keys that may begin now, by the rate. */
  #tokens: number;
  #refilledAt = performance.now();
  #pausedUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #idleWaiters: (() => void)[] = [];
  #isScheduled = false;
  #stopped = false;

  constructor(options: KeyedQueueOptions<K>) {
    this.#options = options;
    this.#tokens = this.#burst;
  }

  /** Asks for a key to be processed. */
  add(key: K): void {
    if (this.#stopped || this.#delayed.has(key)) return;
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Not within add(): whoever adds has more to do, and may add the same again.
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  /** A key's failures do not count any more: the next {@link add} is not delayed. */
  forget(key: K): void {
    this.#backoffs.delete(key);
    clearTimeout(this.#delayed.get(key));
    this.#delayed.delete(key);
  }

  /** Begins with nothing for a time, in milliseconds. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + milliseconds);
  }

  /** Keys that wait for their turn or for a further try. */
  get size(): number {
    return this.#waiting.size + this.#delayed.size + this.#again.size;
  }

  /** Forgets what waits. What is processed goes on. */
  clear(): void {
    this.#waiting.clear();
    this.#again.clear();
    for (const timer of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#backoffs.clear();
    this.#settle();
  }

  /** Resolves once nothing waits for its turn and nothing is processed; keys that wait for a further try do not count. */
  async idle(): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Takes nothing more, forgets what waits, and resolves when what is processed has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.clear();
    clearTimeout(this.#timer);
    await this.idle();
  }

  /** Stops it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #isIdle(): boolean {
    return this.#waiting.size === 0 && this.#running.size === 0;
  }

  get #burst(): number {
    const { ratePerSecond = Number.POSITIVE_INFINITY, burst = ratePerSecond } = this.#options;
    return Math.max(1, burst);
  }

  #pump(): void {
    const { concurrency = 1 } = this.#options;
    while (this.#running.size < concurrency) {
      const [key] = this.#waiting;
      if (key === undefined) return;
      const wait = this.#wait();
      if (wait > 0) {
        this.#timer ??= setTimeout(() => {
          this.#timer = undefined;
          this.#pump();
        }, wait);
        return;
      }
      this.#tokens -= 1;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
  }

  /** How long nothing may begin, in milliseconds. */
  #wait(): number {
    const now = performance.now();
    const { ratePerSecond } = this.#options;
    if (ratePerSecond === undefined) return this.#pausedUntil - now;
    const gained = ((now - this.#refilledAt) / 1000) * ratePerSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#refilledAt = now;
    const forToken = this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / ratePerSecond) * 1000;
    return Math.max(this.#pausedUntil - now, forToken);
  }

  async #run(key: K): Promise<void> {
    try {
      await this.#options.process(key);
      this.#backoffs.delete(key);
    } catch (error) {
      this.#fail(key, error);
    }
    this.#running.delete(key);
    if (this.#again.delete(key) && !this.#delayed.has(key) && !this.#stopped) this.#waiting.add(key);
    this.#settle();
    this.#pump();
  }

  #fail(key: K, error: unknown): void {
    if (this.#stopped) return;
    const backoff = this.#backoffs.get(key) ?? new Backoff(this.#options.backoff);
    this.#backoffs.set(key, backoff);
    const delay = Math.max(backoff.next(), retryAfterOf(error));
    const timer = setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, delay);
    this.#delayed.set(key, timer);
    this.#options.onError?.(error, key, backoff.failures);
  }

  #settle(): void {
    if (!this.#isIdle) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

function retryAfterOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return 0;
  return typeof error.retryAfterMs === 'number' ? error.retryAfterMs : 0;
}
