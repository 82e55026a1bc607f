/**
 * A signal that aborts when one of some others does, or when a time is over, and that holds on to nothing once it is
 * disposed. (AbortSignal.any and AbortSignal.timeout stay until the time is over: thousands, where requests are many.)
 */
export class RequestSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param timeoutMs - after this time its reason is a DOMException `TimeoutError`; undefined for no limit */
  constructor(sources: readonly (AbortSignal | undefined)[], timeoutMs?: number) {
    this.#sources = sources.filter((it) => it !== undefined);
    for (const source of this.#sources) {
      if (source.aborted) this.#controller.abort(source.reason);
      source.addEventListener('abort', this.#follow);
    }
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(() => {
      this.#controller.abort(new DOMException('The time is over.', 'TimeoutError'));
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** It aborts no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const source of this.#sources) source.removeEventListener('abort', this.#follow);
  }

  readonly #follow = ({ target }: Event): void => {
    this.#controller.abort(target instanceof AbortSignal ? target.reason : undefined);
  };
}
