import type { CType } from './ctype.ts';
import { BpfUsageError, CodecError } from './errors.ts';

/**
 * Translates between a JavaScript value and the bytes that C sees. A codec has a fixed size and keeps no
 * state; it reads and writes exactly `size` bytes at `offset` and must set every one of them on encoding
 * (the kernel compares keys byte by byte, padding included).
 *
 * All codecs of this package encode in O(size) and throw {@link CodecError} for a value that does not fit.
 */
export interface Codec<T> {
  /** Bytes, as C's `sizeof`; a multiple of {@link Codec.alignment}. */
  readonly size: number;
  /** Bytes, as C's `_Alignof`: a power of two. */
  readonly alignment: number;
  /** The C type of the values, if it is known: maps that are created with this codec describe themselves with it. */
  readonly ctype?: CType | undefined;
  /**
   * Writes a value: all `size` bytes at `offset`.
   *
   * @throws CodecError when the value does not fit
   */
  encode(value: T, view: DataView, offset: number): void;
  /** The value of the `size` bytes at `offset`. */
  decode(view: DataView, offset: number): T;
}

/** The JavaScript type that a codec encodes and decodes. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

/** The codec of nothing: no bytes. The key of queues, stacks and ring buffers. */
export const none: Codec<undefined> = Object.freeze({
  size: 0,
  alignment: 1,
  encode() {},
  decode() {
    return undefined;
  },
});

/** @internal Checks that `codec` is one, wherever a caller gives one. */
export function checkCodec(codec: unknown, what: string): asserts codec is Codec<unknown> {
  if (
    typeof codec !== 'object' ||
    codec === null ||
    !('size' in codec && 'alignment' in codec && 'encode' in codec && 'decode' in codec) ||
    typeof codec.encode !== 'function' ||
    typeof codec.decode !== 'function'
  ) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `${what} must be a codec (an object with size, alignment, encode and decode), such as u32 or struct({...})`,
    );
  }
  const { size, alignment } = codec;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new BpfUsageError(
      'ERR_BPF_LAYOUT',
      `${what} has size ${String(size)}; expected a whole number of bytes`,
    );
  }
  if (
    typeof alignment !== 'number' ||
    alignment < 1 ||
    alignment > 4096 ||
    (alignment & (alignment - 1)) !== 0 ||
    !Number.isInteger(alignment)
  ) {
    throw new BpfUsageError(
      'ERR_BPF_LAYOUT',
      `${what} has alignment ${String(alignment)}; expected a power of two`,
    );
  }
  if (size % alignment !== 0) {
    throw new BpfUsageError(
      'ERR_BPF_LAYOUT',
      `${what} has size ${size}, which is not a multiple of its alignment ${alignment}`,
    );
  }
}

/** @internal Adds to a {@link CodecError} where it happened; leaves other errors as they are. */
export function locate(error: unknown, segment: string): unknown {
  return error instanceof CodecError ? error.within(segment) : error;
}

/** @internal Rounds `value` up to a multiple of `step`. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
