import { endianness } from 'node:os';
import { booleanValue, floatValue, integerValue } from './btf/scalars.ts';
import type { Codec } from './codec.ts';
import { cFloat, cTypedef } from './ctype.ts';
import { BpfUsageError, describe } from './errors.ts';
import { bitField, type IntegerPlace, wholeInteger } from './integer-access.ts';
import { bool, i8, i16, i32, i64, u8, u16, u32, u64 } from './integers.ts';
import type { Placed } from './plan.ts';

/** C's integers lie in the byte order of the machine. */
const HOST_IS_LITTLE = endianness() === 'LE';

/** Which integer {@link integer} is to make. */
export interface IntegerOptions<Bits extends 8 | 16 | 32 | 64 | 128> {
  /** How wide it is. */
  readonly bits: Bits;
  /** Two's complement? Default false. */
  readonly signed?: boolean;
  /** Which byte comes first: `little`, the least significant one; `big`, the most significant one. Default `host`. */
  readonly byteOrder?: 'host' | 'little' | 'big';
}

const BYTE_ORDERS: Readonly<Record<string, boolean>> = { host: HOST_IS_LITTLE, little: true, big: false };

/**
 * An integer of any width, sign and byte order: a number up to 32 bits, a bigint from 64 bits on. The usual ones
 * have names: {@link u32}, {@link i64}, {@link be16}, and so on.
 *
 * @throws BpfUsageError `ERR_BPF_ARGUMENT`
 */
export function integer<Bits extends 8 | 16 | 32 | 64 | 128>(
  options: IntegerOptions<Bits>,
): Codec<Bits extends 64 | 128 ? bigint : number> {
  if (typeof options !== 'object' || options === null) {
    throw new BpfUsageError('ERR_BPF_ARGUMENT', `integer() needs { bits }, got ${describe(options)}`);
  }
  const { bits, signed = false, byteOrder = 'host' } = options;
  const littleEndian = Object.hasOwn(BYTE_ORDERS, byteOrder) ? BYTE_ORDERS[byteOrder] : undefined;
  if (littleEndian === undefined) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `byteOrder must be 'host', 'little' or 'big', got ${describe(byteOrder)}`,
    );
  }
  if (typeof signed !== 'boolean') {
    throw new BpfUsageError('ERR_BPF_ARGUMENT', `signed must be true or false, got ${describe(signed)}`);
  }
  const place: IntegerPlace = { bitOffset: 0, bits, signed, littleEndian, big: bits > 32 };
  const access = wholeInteger(place);
  if (access === undefined) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `bits must be 8, 16, 32, 64 or 128, got ${describe(bits)}; fewer bits have a bit field: bits()`,
    );
  }
  const title = `${signed ? 'signed' : 'unsigned'}, ${bits} bits`;
  const prefix = littleEndian === HOST_IS_LITTLE ? (signed ? '__s' : '__u') : littleEndian ? '__le' : '__be';
  const ctype = cTypedef(prefix, bits / 8);
  return Object.freeze({
    size: bits / 8,
    alignment: bits / 8,
    ctype,
    ...integerValue(access, title),
  }) as Codec<Bits extends 64 | 128 ? bigint : number>;
}

function float(size: 4 | 8, name: string): Codec<number> {
  const value = floatValue(size, 0, HOST_IS_LITTLE, name);
  return Object.freeze({ size, alignment: size, ctype: cFloat(size), ...value }) as Codec<number>;
}

/** C's `float` in host byte order: 4 bytes; other numbers are rounded to it. */
export const f32: Codec<number> = float(4, 'float');

/** C's `double` in host byte order: 8 bytes. */
export const f64: Codec<number> = float(8, 'double');

/** A field of a struct that takes some bits of its type; made by {@link bits}. */
export interface BitField<T> {
  /** The type that C declares it with. */
  readonly type: Codec<T>;
  /** How many bits it takes. */
  readonly bits: number;
}

const BASES = new Map<unknown, { readonly signed: boolean; readonly bool: boolean }>([
  ...[u8, u16, u32, u64].map((codec) => [codec, { signed: false, bool: false }] as const),
  ...[i8, i16, i32, i64].map((codec) => [codec, { signed: true, bool: false }] as const),
  [bool, { signed: false, bool: true }],
]);

/**
 * A bit field, as `struct({ version: bits(u8, 4), length: bits(u8, 4) })` has them for C's `__u8 version : 4,
 * length : 4`. Values are those of the type: numbers, or bigints of u64 and i64.
 *
 * @param type - u8, u16, u32, u64, i8, i16, i32, i64 or bool
 * @param width - 1 to the bits of the type
 * @throws BpfUsageError `ERR_BPF_ARGUMENT`
 */
export function bits<T extends number | bigint | boolean>(type: Codec<T>, width: number): BitField<T> {
  const base = BASES.get(type);
  if (base === undefined) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      'a bit field has one of the types u8, u16, u32, u64, i8, i16, i32, i64 and bool',
    );
  }
  const limit = base.bool ? 1 : type.size * 8;
  if (!Number.isInteger(width) || width < 1 || width > limit) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `a bit field of this type has 1 to ${limit} bits, got ${describe(width)}`,
    );
  }
  return Object.freeze({ type, bits: width });
}

/** @internal How a bit field is written and read that begins `bitOffset` bits from its container's beginning. */
export function placeBits(field: BitField<unknown>, bitOffset: number): Placed {
  const { signed, bool } = BASES.get(field.type) ?? { signed: false, bool: false };
  const width = field.bits;
  const access = bitField({
    bitOffset,
    bits: width,
    signed,
    littleEndian: HOST_IS_LITTLE,
    big: field.type.size > 4,
  });
  return bool ? booleanValue(access) : integerValue(access, `a bit field of ${width} bits`);
}
