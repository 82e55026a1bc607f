/** Bytes on either side of a view that nobody may write to. */
const MARGIN = 32;
const FILL = 0xa5;

/** Something was written where nobody may write, and the sanitizer cannot see it: within a JavaScript buffer. */
export class MarginError extends Error {
  override name = 'MarginError';
}

/** Views that lie in the middle of larger buffers. */
export class GuardedBytes {
  readonly #views: Array<{ readonly margins: Uint8Array; readonly length: number }> = [];

  /** Bytes in the middle of a buffer of some kind. */
  make(length: number, kind: 'plain' | 'shared' | 'resizable' | 'growable'): Uint8Array {
    const bytes = length + 2 * MARGIN;
    const buffer =
      kind === 'plain'
        ? new ArrayBuffer(bytes)
        : kind === 'resizable'
          ? new ArrayBuffer(bytes, { maxByteLength: 2 * bytes })
          : kind === 'shared'
            ? new SharedArrayBuffer(bytes)
            : new SharedArrayBuffer(bytes, { maxByteLength: 2 * bytes });
    const margins = new Uint8Array(buffer);
    margins.fill(FILL, 0, MARGIN);
    margins.fill(FILL, MARGIN + length);
    this.#views.push({ margins, length });
    return new Uint8Array(buffer, MARGIN, length);
  }

  /** @throws MarginError */
  check(): void {
    for (const { margins, length } of this.#views) {
      // Resized or transferred meanwhile: what is left of it.
      const end = margins.length;
      for (let at = 0; at < end; at++) {
        if (at === MARGIN) at += length;
        const byte = margins[at];
        // What a buffer grows by is zero.
        if (byte !== undefined && byte !== FILL && at < length + 2 * MARGIN) {
          throw new MarginError(`byte ${at - MARGIN} of ${length} was written: ${byte}`);
        }
      }
    }
  }

  forget(): void {
    this.#views.length = 0;
  }
}
