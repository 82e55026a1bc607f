import { CodecError, describe } from '../errors.ts';
import type { BigAccess, IntegerAccess, NumberAccess } from '../integer-access.ts';
import type { Placed } from '../plan.ts';
import type { BtfEnum } from './btf-types.ts';

function outOfRange(value: unknown, { minimum, maximum }: IntegerAccess, name: string): CodecError {
  return new CodecError(
    'ERR_BPF_VALUE_RANGE',
    `expected ${minimum} to ${maximum} (${name}), got ${describe(value)}`,
  );
}

function checkNumber(value: unknown, access: NumberAccess, name: string, expected: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new CodecError('ERR_BPF_VALUE_TYPE', `expected ${expected} (${name}), got ${describe(value)}`);
  }
  if (value < access.minimum || value > access.maximum) throw outOfRange(value, access, name);
  return value;
}

function checkBigint(value: unknown, access: BigAccess, name: string, expected: string): bigint {
  if (typeof value !== 'bigint') {
    throw new CodecError('ERR_BPF_VALUE_TYPE', `expected ${expected} (${name}), got ${describe(value)}`);
  }
  if (value < access.minimum || value > access.maximum) throw outOfRange(value, access, name);
  return value;
}

/** A number, or a bigint where the declared type is of 64 bits or more. */
export function integerValue(access: IntegerAccess, name: string): Placed {
  if (access.big) {
    return {
      encode: (value, view, at) => access.set(view, at, checkBigint(value, access, name, 'a bigint')),
      decode: access.get,
    };
  }
  return {
    encode: (value, view, at) => access.set(view, at, checkNumber(value, access, name, 'a whole number')),
    decode: access.get,
  };
}

export function booleanValue(access: IntegerAccess): Placed {
  const check = (value: unknown): boolean => {
    if (typeof value === 'boolean') return value;
    throw new CodecError('ERR_BPF_VALUE_TYPE', `expected true or false (_Bool), got ${describe(value)}`);
  };
  return access.big
    ? {
        encode: (value, view, at) => access.set(view, at, check(value) ? 1n : 0n),
        decode: (view, at) => access.get(view, at) !== 0n,
      }
    : {
        encode: (value, view, at) => access.set(view, at, check(value) ? 1 : 0),
        decode: (view, at) => access.get(view, at) !== 0,
      };
}

/** An enumerator's value as so many bits hold it; undefined if they do not. */
function fitting(type: BtfEnum, value: bigint, bits: number): bigint | undefined {
  if (type.signed) return BigInt.asIntN(bits, value) === value ? value : undefined;
  if (BigInt.asUintN(bits, value) === value) return value;
  // Compilers that do not tell signs write -1 as 4294967295, of whatever size the type is.
  const negative = BigInt.asIntN(type.kind === 'enum' ? 32 : 64, value);
  return negative < 0n && BigInt.asIntN(bits, negative) === negative
    ? BigInt.asUintN(bits, negative)
    : undefined;
}

/** The values of an enumerated type by their names, as an access gives them. */
function enumerators(type: BtfEnum, bits: number): Map<string, bigint> {
  const values = new Map<string, bigint>();
  for (const { name, value } of type.values) {
    const held = fitting(type, value, bits);
    if (held !== undefined && !values.has(name)) values.set(name, held);
  }
  return values;
}

/** The enumerator's name; a value that has none stays a number. */
export function enumValue(access: IntegerAccess, type: BtfEnum, bits: number): Placed {
  const title = type.name === '' ? 'enum' : `enum ${type.name}`;
  const values = enumerators(type, bits);
  const expected = `one of ${[...values.keys()].slice(0, 8).join(', ')}${values.size > 8 ? ', …' : ''} or a ${access.big ? 'bigint' : 'whole number'}`;
  const unknownName = (value: string) =>
    new CodecError('ERR_BPF_VALUE_RANGE', `expected ${expected} (${title}), got ${describe(value)}`);
  if (access.big) {
    const names = new Map<bigint, string>();
    for (const [name, value] of values) if (!names.has(value)) names.set(value, name);
    return {
      encode(value, view, at) {
        const known = typeof value === 'string' ? values.get(value) : undefined;
        if (known === undefined && typeof value === 'string') throw unknownName(value);
        access.set(view, at, known ?? checkBigint(value, access, title, expected));
      },
      decode(view, at) {
        const value = access.get(view, at);
        return names.get(value) ?? value;
      },
    };
  }
  const names = new Map<number, string>();
  const numbers = new Map<string, number>();
  for (const [name, value] of values) {
    numbers.set(name, Number(value));
    if (!names.has(Number(value))) names.set(Number(value), name);
  }
  return {
    encode(value, view, at) {
      const known = typeof value === 'string' ? numbers.get(value) : undefined;
      if (known === undefined && typeof value === 'string') throw unknownName(value);
      access.set(view, at, known ?? checkNumber(value, access, title, expected));
    },
    decode(view, at) {
      const value = access.get(view, at);
      return names.get(value) ?? value;
    },
  };
}

/** `float` or `double`; undefined for other sizes. */
export function floatValue(size: number, offset: number, little: boolean, name: string): Placed | undefined {
  if (size !== 4 && size !== 8) return undefined;
  const single = size === 4;
  return {
    encode(value, view, at) {
      if (typeof value !== 'number') {
        throw new CodecError('ERR_BPF_VALUE_TYPE', `expected a number (${name}), got ${describe(value)}`);
      }
      if (single) view.setFloat32(at + offset, value, little);
      else view.setFloat64(at + offset, value, little);
    },
    decode: single
      ? (view, at) => view.getFloat32(at + offset, little)
      : (view, at) => view.getFloat64(at + offset, little),
  };
}
