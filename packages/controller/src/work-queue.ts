/** Settings of a {@link WorkQueue}. */
export interface WorkQueueOptions<K extends string> {
  /**
   * Handles a batch of distinct keys. Resolves to the keys that failed, of the batch or not, and have to
   * come again after a backoff. When it rejects, all of the batch comes again.
   */
  readonly process: (keys: readonly K[]) => Promise<Iterable<K>>;
  /** Called when `process` rejects. */
  readonly onError: (error: unknown, keys: readonly K[]) => void;
  /** First delay after a failure, in milliseconds (default 50); doubles with each further one. */
  readonly baseDelay?: number;
  /** Longest delay, in milliseconds (default 30 000). */
  readonly maxDelay?: number;
}

/**
 * A level-triggered work queue: it holds keys, not events. A key that is added several times before its
 * turn is handled once; a key that is added while it is handled is handled again afterwards, never at the
 * same time. All keys that wait form one batch, so that a burst costs one turn.
 */
export class WorkQueue<K extends string> {
  readonly #options: WorkQueueOptions<K>;
  readonly #baseDelay: number;
  readonly #maxDelay: number;
  readonly #waiting = new Set<K>();
  readonly #failures = new Map<K, number>();
  readonly #retries = new Map<K, NodeJS.Timeout>();
  #idleWaiters: (() => void)[] = [];
  #scheduled = false;
  #running = false;
  #stopped = false;

  constructor(options: WorkQueueOptions<K>) {
    this.#options = options;
    this.#baseDelay = options.baseDelay ?? 50;
    this.#maxDelay = options.maxDelay ?? 30_000;
  }

  /** Asks for a key to be handled, soon. */
  add(keys: Iterable<K>): void {
    if (this.#stopped) return;
    for (const key of keys) {
      this.#cancelRetry(key);
      this.#waiting.add(key);
    }
    this.#schedule();
  }

  /** Number of keys that wait for their turn or for a retry. */
  get size(): number {
    return this.#waiting.size + this.#retries.size;
  }

  /** Resolves once nothing waits and nothing runs; keys that wait for a retry do not count. */
  async idle(): Promise<void> {
    if (!this.#running && this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Takes nothing more, forgets what waits, and resolves when the running batch has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const timer of this.#retries.values()) clearTimeout(timer);
    this.#retries.clear();
    await this.idle();
  }

  #schedule(): void {
    if (this.#scheduled || this.#running || this.#waiting.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#running || this.#waiting.size === 0) {
      this.#settle();
      return;
    }
    this.#running = true;
    const batch = [...this.#waiting];
    this.#waiting.clear();
    let failed: Iterable<K>;
    try {
      failed = await this.#options.process(batch);
    } catch (error) {
      failed = batch;
      this.#options.onError(error, batch);
    }
    const retry = new Set(failed);
    for (const key of batch) if (!retry.has(key)) this.#failures.delete(key);
    for (const key of retry) this.#retryLater(key);
    this.#running = false;
    this.#settle();
  }

  #settle(): void {
    if (this.#waiting.size > 0) {
      this.#schedule();
      return;
    }
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #retryLater(key: K): void {
    if (this.#stopped || this.#waiting.has(key)) return;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delay = Math.min(this.#baseDelay * 2 ** failures, this.#maxDelay);
    this.#cancelRetry(key);
    const timer = setTimeout(() => {
      this.#retries.delete(key);
      this.add([key]);
    }, delay);
    this.#retries.set(key, timer);
  }

  #cancelRetry(key: K): void {
    clearTimeout(this.#retries.get(key));
    this.#retries.delete(key);
  }
}
