/** Waits between two turns of a loop, which something that happens meanwhile may cut short. */
export class Pause {
  readonly #signal: AbortSignal;
  #end: () => void = () => undefined;

  /** @param signal - of the loop: from its abort on there is nothing to wait for */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.end());
  }

  /** Waits so many milliseconds, not at all when they are negative. */
  async wait(ms: number): Promise<void> {
    if (this.#signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(ms, 0));
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = () => undefined;
  }

  /** Ends the wait that is under way, if there is one. */
  end(): void {
    this.#end();
  }
}
