import { expect } from 'vitest';
import { type Codec, CodecError } from '../src/index.ts';

/** Room around the codec's bytes, to see that it writes nothing else. */
const MARGIN = 16;
const FILL = 0xa5;

/** The bytes of an encoded value; fails if the codec writes outside of them. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const buffer = new Uint8Array(codec.size + 2 * MARGIN).fill(FILL);
  codec.encode(value, new DataView(buffer.buffer, MARGIN / 2), MARGIN / 2);
  expect(buffer.subarray(0, MARGIN).every((byte) => byte === FILL)).toBe(true);
  expect(buffer.subarray(MARGIN + codec.size).every((byte) => byte === FILL)).toBe(true);
  return buffer.slice(MARGIN, MARGIN + codec.size);
}

export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const buffer = new Uint8Array(bytes.length + MARGIN);
  buffer.set(bytes, MARGIN);
  return codec.decode(new DataView(buffer.buffer, MARGIN / 2), MARGIN / 2);
}

export function roundTrip<T>(codec: Codec<T>, value: T): T {
  return decode(codec, encode(codec, value));
}

/** The error that `action` throws, which must be of this class. */
export function thrown<E extends Error>(
  type: abstract new (...args: never[]) => E,
  action: () => unknown,
): E {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(type);
    if (error instanceof type) return error;
  }
  return expect.unreachable('nothing was thrown');
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return expect.unreachable('nothing was thrown');
}

/** Encodes something that the type of the codec does not allow. */
export function encodeAnything(codec: Codec<unknown>, value: unknown): CodecError {
  return thrown(CodecError, () => encode(codec, value));
}
