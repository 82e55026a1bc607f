import { endianness } from 'node:os';
import type { Codec } from './codec.ts';
import { C_BOOL, cTypedef } from './ctype.ts';
import { CodecError, describe } from './errors.ts';

/** C's integers lie in the byte order of the machine, but for those that name another. */
const HOST_IS_LITTLE = endianness() === 'LE';

/** `__u32` for u32, `__be32` for be32. */
function cTypeOf(name: string, size: number) {
  return cTypedef(name.startsWith('u') ? '__u' : name.startsWith('i') ? '__s' : '__be', size);
}

type Getter = (view: DataView, offset: number) => number;

function integer(
  name: string,
  size: number,
  minimum: number,
  maximum: number,
  little: boolean,
  get: Getter,
): Codec<number> {
  return Object.freeze({
    size,
    alignment: size,
    ctype: cTypeOf(name, size),
    encode(value: number, view: DataView, offset: number): void {
      if (!Number.isInteger(value)) {
        throw new CodecError(
          'ERR_BPF_VALUE_TYPE',
          `expected a whole number (${name}), got ${describe(value)}`,
        );
      }
      if (value < minimum || value > maximum) {
        throw new CodecError(
          'ERR_BPF_VALUE_RANGE',
          `expected ${minimum} to ${maximum} (${name}), got ${describe(value)}`,
        );
      }
      // Not a function by which the codecs differ: that could not be inlined.
      if (size === 4) view.setUint32(offset, value, little);
      else if (size === 2) view.setUint16(offset, value, little);
      else view.setUint8(offset, value);
    },
    decode: get,
  });
}

function bigInteger(name: string, signed: boolean, little: boolean): Codec<bigint> {
  const minimum = signed ? -(2n ** 63n) : 0n;
  const maximum = signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  return Object.freeze({
    size: 8,
    alignment: 8,
    ctype: cTypeOf(name, 8),
    encode(value: bigint, view: DataView, offset: number): void {
      if (typeof value !== 'bigint') {
        throw new CodecError('ERR_BPF_VALUE_TYPE', `expected a bigint (${name}), got ${describe(value)}`);
      }
      // Twice as fast as to compare it with both.
      if ((signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) !== value) {
        throw new CodecError(
          'ERR_BPF_VALUE_RANGE',
          `expected ${minimum} to ${maximum} (${name}), got ${describe(value)}`,
        );
      }
      if (signed) view.setBigInt64(offset, value, little);
      else view.setBigUint64(offset, value, little);
    },
    decode(view: DataView, offset: number): bigint {
      return signed ? view.getBigInt64(offset, little) : view.getBigUint64(offset, little);
    },
  });
}

function integer16(name: string, little: boolean): Codec<number> {
  return integer(name, 2, 0, 0xffff, little, (view, offset) => view.getUint16(offset, little));
}

function integer32(name: string, little: boolean): Codec<number> {
  return integer(name, 4, 0, 0xffff_ffff, little, (view, offset) => view.getUint32(offset, little));
}

/** `__u8`: 1 byte, 0..255. */
export const u8: Codec<number> = integer('u8', 1, 0, 0xff, HOST_IS_LITTLE, (view, offset) =>
  view.getUint8(offset),
);

/** `__s8`: 1 byte, -128..127. */
export const i8: Codec<number> = integer('i8', 1, -0x80, 0x7f, HOST_IS_LITTLE, (view, offset) =>
  view.getInt8(offset),
);

/** `__u16` in host byte order: 2 bytes, 0..65535. */
export const u16: Codec<number> = integer16('u16', HOST_IS_LITTLE);

/** `__s16` in host byte order: 2 bytes. */
export const i16: Codec<number> = integer('i16', 2, -0x8000, 0x7fff, HOST_IS_LITTLE, (view, offset) =>
  view.getInt16(offset, HOST_IS_LITTLE),
);

/** `__u32` in host byte order: 4 bytes, 0..4294967295. */
export const u32: Codec<number> = integer32('u32', HOST_IS_LITTLE);

/** `__s32` in host byte order: 4 bytes. */
export const i32: Codec<number> = integer(
  'i32',
  4,
  -0x8000_0000,
  0x7fff_ffff,
  HOST_IS_LITTLE,
  (view, offset) => view.getInt32(offset, HOST_IS_LITTLE),
);

/** `__u64` in host byte order: 8 bytes, exact, as a bigint. */
export const u64: Codec<bigint> = bigInteger('u64', false, HOST_IS_LITTLE);

/** `__s64` in host byte order: 8 bytes, exact, as a bigint. */
export const i64: Codec<bigint> = bigInteger('i64', true, HOST_IS_LITTLE);

/** `__be16`: 2 bytes in network byte order, 0..65535. */
export const be16: Codec<number> = integer16('be16', false);

/** `__be32`: 4 bytes in network byte order, 0..4294967295. */
export const be32: Codec<number> = integer32('be32', false);

/** `__be64`: 8 bytes in network byte order, exact, as a bigint. */
export const be64: Codec<bigint> = bigInteger('be64', false, false);

/** A TCP or UDP port: `__be16` in memory, a plain number 0..65535 in JavaScript. */
export const port: Codec<number> = integer16('port', false);

/** C's `bool` (`_Bool`): 1 byte, 0 or 1; any other byte decodes to true. */
export const bool: Codec<boolean> = Object.freeze({
  size: 1,
  alignment: 1,
  ctype: C_BOOL,
  encode(value: boolean, view: DataView, offset: number): void {
    if (typeof value !== 'boolean') {
      throw new CodecError('ERR_BPF_VALUE_TYPE', `expected true or false (bool), got ${describe(value)}`);
    }
    view.setUint8(offset, value ? 1 : 0);
  },
  decode(view: DataView, offset: number): boolean {
    return view.getUint8(offset) !== 0;
  },
});
