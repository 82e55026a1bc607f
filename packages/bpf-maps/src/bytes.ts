import type { Codec } from './codec.ts';
import { C_CHAR, cArray, cBytes } from './ctype.ts';
import { BpfUsageError, CodecError, describe } from './errors.ts';

function checkLength(length: number, minimum: number, what: string): void {
  if (!Number.isSafeInteger(length) || length < minimum) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `${what} needs a whole number of bytes >= ${minimum}, got ${describe(length)}`,
    );
  }
}

/** @internal Up to here, a loop over the bytes is faster than a call that copies them. */
export const SHORT = 16;

const bytesOfViews = new WeakMap<DataView, Uint8Array>();

/** The same memory as bytes; made once for a view, of which codecs are given few. */
function bytesOf(view: DataView): Uint8Array {
  const known = bytesOfViews.get(view);
  if (known !== undefined && known.length === view.byteLength) return known;
  const made = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  bytesOfViews.set(view, made);
  return made;
}

/**
 * `__u8[length]`: exactly `length` bytes. Decodes to a copy that is the caller's.
 *
 * @throws BpfUsageError `ERR_BPF_ARGUMENT` if `length` is not a whole number
 */
export function bytes(length: number): Codec<Uint8Array> {
  checkLength(length, 0, 'bytes()');
  return Object.freeze({
    size: length,
    alignment: 1,
    ctype: cBytes(length),
    encode(value: Uint8Array, view: DataView, offset: number): void {
      if (!(value instanceof Uint8Array)) {
        throw new CodecError(
          'ERR_BPF_VALUE_TYPE',
          `expected a Uint8Array of ${length} bytes, got ${describe(value)}`,
        );
      }
      if (value.length !== length) {
        throw new CodecError('ERR_BPF_VALUE_RANGE', `expected ${length} bytes, got ${value.length}`);
      }
      if (length <= SHORT) {
        for (let at = 0; at < length; at++) view.setUint8(offset + at, value[at] ?? 0);
      } else bytesOf(view).set(value, offset);
    },
    decode(view: DataView, offset: number): Uint8Array {
      if (length <= SHORT) {
        const value = new Uint8Array(length);
        for (let at = 0; at < length; at++) value[at] = view.getUint8(offset + at);
        return value;
      }
      const value = bytesOf(view).slice(offset, offset + length);
      if (value.length !== length) throw new RangeError('Offset is outside the bounds of the DataView');
      return value;
    },
  });
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * `char[length]`: text that ends with a NUL byte, in UTF-8; what follows the NUL is zero. A text has at most
 * `length - 1` bytes. Decodes up to the first NUL, or all of it where there is none; bytes that are not UTF-8
 * decode to U+FFFD.
 *
 * @throws BpfUsageError `ERR_BPF_ARGUMENT` if `length` is not a whole number of at least 1
 */
export function cString(length: number): Codec<string> {
  checkLength(length, 1, 'cString()');
  return Object.freeze({
    size: length,
    alignment: 1,
    ctype: cArray(C_CHAR, length),
    encode(value: string, view: DataView, offset: number): void {
      if (typeof value !== 'string') {
        throw new CodecError('ERR_BPF_VALUE_TYPE', `expected a string, got ${describe(value)}`);
      }
      if (value.includes('\0') || !value.isWellFormed()) {
        throw new CodecError(
          'ERR_BPF_VALUE_RANGE',
          `expected well-formed text without NUL characters, got ${describe(value)}`,
        );
      }
      const text = encoder.encode(value);
      if (text.length >= length) {
        throw new CodecError(
          'ERR_BPF_VALUE_RANGE',
          `expected at most ${length - 1} bytes of UTF-8, got ${text.length} (${describe(value)})`,
        );
      }
      const target = new Uint8Array(view.buffer, view.byteOffset + offset, length);
      target.set(text);
      target.fill(0, text.length);
    },
    decode(view: DataView, offset: number): string {
      const source = new Uint8Array(view.buffer, view.byteOffset + offset, length);
      const end = source.indexOf(0);
      return decoder.decode(source.slice(0, end < 0 ? length : end));
    },
  });
}

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

/** An Ethernet address, `unsigned char[6]`: text such as `02:42:ac:11:00:02` (decoded in lower case). */
export const mac: Codec<string> = Object.freeze({
  size: 6,
  alignment: 1,
  ctype: cBytes(6),
  encode(value: string, view: DataView, offset: number): void {
    if (typeof value !== 'string') {
      throw new CodecError(
        'ERR_BPF_VALUE_TYPE',
        `expected an Ethernet address as text, got ${describe(value)}`,
      );
    }
    if (!MAC.test(value)) {
      throw new CodecError(
        'ERR_BPF_VALUE_RANGE',
        `expected an Ethernet address such as 02:42:ac:11:00:02, got ${describe(value)}`,
      );
    }
    for (let i = 0; i < 6; i++) view.setUint8(offset + i, Number.parseInt(value.slice(3 * i, 3 * i + 2), 16));
  },
  decode(view: DataView, offset: number): string {
    const parts: string[] = [];
    for (let i = 0; i < 6; i++)
      parts.push(
        view
          .getUint8(offset + i)
          .toString(16)
          .padStart(2, '0'),
      );
    return parts.join(':');
  },
});
