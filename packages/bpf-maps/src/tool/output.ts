const BUFFER_CHARACTERS = 64 * 1024;

/**
 * Standard output, written in large pieces and never faster than it is read: between pieces Node.js can learn
 * that nobody reads any more.
 */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #pending = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** The stream, for its colours. */
  get stream(): NodeJS.WriteStream {
    return this.#stream;
  }

  async write(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= BUFFER_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    if (text === '') return;
    await new Promise<void>((resolve) => {
      // Errors come as events.
      this.#stream.write(text, () => setImmediate(resolve));
    });
  }
}
