import { type Codec, checkCodec, locate } from './codec.ts';
import { cLpmKey } from './ctype.ts';
import { CodecError, describe } from './errors.ts';
import { u32 } from './integers.ts';

/** A key of a longest-prefix-match trie. */
export interface LpmKey<T> {
  /** How many leading bits of `data` count: 0 to 8 times its bytes. A look-up usually gives them all. */
  readonly prefixLength: number;
  /** In network byte order, as the codecs `ipv4`, `ipv6` and `ipAddress` write it. */
  readonly data: T;
}

/**
 * The key of an `lpm_trie`, `struct bpf_lpm_trie_key`: a prefix length (`__u32`) and the data that it counts
 * bits of, from the most significant one. `lpmKey(ipv4)` takes `{ prefixLength: 24, data: '192.0.2.0' }`.
 */
export function lpmKey<T>(data: Codec<T>): Codec<LpmKey<T>> {
  checkCodec(data, 'data of lpmKey');
  const bits = data.size * 8;
  return Object.freeze({
    // The kernel's structure ends with a plain byte array: no padding on either side of it.
    size: 4 + data.size,
    alignment: data.size % 4 === 0 ? 4 : 1,
    ctype: cLpmKey(data.ctype, data.size),
    encode(value: LpmKey<T>, view: DataView, offset: number): void {
      if (typeof value !== 'object' || value === null) {
        throw new CodecError('ERR_BPF_VALUE_TYPE', `expected { prefixLength, data }, got ${describe(value)}`);
      }
      const { prefixLength } = value;
      if (!Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > bits) {
        throw new CodecError(
          'ERR_BPF_VALUE_RANGE',
          `expected a prefix length of 0 to ${bits} bits, got ${describe(prefixLength)}`,
        ).within('prefixLength');
      }
      u32.encode(prefixLength, view, offset);
      try {
        data.encode(value.data, view, offset + 4);
      } catch (error) {
        throw locate(error, 'data');
      }
    },
    decode(view: DataView, offset: number): LpmKey<T> {
      return { prefixLength: u32.decode(view, offset), data: data.decode(view, offset + 4) };
    },
  });
}
