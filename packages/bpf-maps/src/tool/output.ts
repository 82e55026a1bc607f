const BUFFER_CHARACTERS = 64 * 1024;

/** Milliseconds after which what comes bit by bit is seen. */
const DELAY = 20;

/**
 * Standard output, written in large pieces and never faster than it is read: between pieces Node.js can learn
 * that nobody reads any more.
 */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #pending = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** How many characters and lines a terminal shows; anything else shows all. */
  get size(): { readonly columns: number; readonly rows: number } {
    const { isTTY, columns, rows } = this.#stream;
    const shows = (count: number): number => (isTTY && count > 0 ? count : Number.POSITIVE_INFINITY);
    return { columns: shows(columns), rows: shows(rows) };
  }

  /** The stream, for its colours. */
  get stream(): NodeJS.WriteStream {
    return this.#stream;
  }

  async write(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= BUFFER_CHARACTERS) await this.flush();
  }

  /** What was written will be seen soon, without waiting for it: for lines that come many at once, or seldom. */
  flushSoon(): void {
    this.#timer ??= setTimeout(() => void this.flush(), DELAY);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#pending;
    this.#pending = '';
    if (text === '') return;
    await new Promise<void>((resolve) => {
      // Errors come as events.
      this.#stream.write(text, () => setImmediate(resolve));
    });
  }
}
