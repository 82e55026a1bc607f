import { CodecError, describe } from '../errors.ts';
import type { Placed } from '../plan.ts';

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * `char[length]`: text up to the first NUL or to the end, where that tells all of the bytes, which is where they
 * are UTF-8 and what follows the NUL is zero. Else the bytes themselves: nothing is lost, so that a key that was
 * read finds its element again.
 */
export function text(length: number): Placed {
  return {
    encode(value, view, at) {
      const target = new Uint8Array(view.buffer, view.byteOffset + at, length);
      if (value instanceof Uint8Array) {
        if (value.length !== length) {
          throw new CodecError('ERR_BPF_VALUE_RANGE', `expected ${length} bytes, got ${value.length}`);
        }
        target.set(value);
        return;
      }
      if (typeof value !== 'string') {
        throw new CodecError(
          'ERR_BPF_VALUE_TYPE',
          `expected a string or a Uint8Array (char[${length}]), got ${describe(value)}`,
        );
      }
      if (value.includes('\0') || !value.isWellFormed()) {
        throw new CodecError(
          'ERR_BPF_VALUE_RANGE',
          `expected well-formed text without NUL characters, got ${describe(value)}`,
        );
      }
      const bytes = encoder.encode(value);
      if (bytes.length > length) {
        throw new CodecError(
          'ERR_BPF_VALUE_RANGE',
          `expected at most ${length} bytes of UTF-8, got ${bytes.length} (${describe(value)})`,
        );
      }
      target.set(bytes);
      target.fill(0, bytes.length);
    },
    decode(view, at) {
      let ascii = '';
      let end = 0;
      for (; end < length; end++) {
        const code = view.getUint8(at + end);
        if (code === 0 || code > 0x7f) break;
        ascii += String.fromCharCode(code);
      }
      if (end === length) return ascii;
      // A copy: what is decoded may be shared memory, and bytes that are given away are the caller's.
      const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length).slice();
      const nul = bytes.indexOf(0, end);
      const stop = nul < 0 ? length : nul;
      for (let i = stop; i < length; i++) if (bytes[i] !== 0) return bytes;
      return stop === end ? ascii : (decodeUtf8(bytes.subarray(0, stop)) ?? bytes);
    },
  };
}
