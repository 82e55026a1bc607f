import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, encodeAnything, roundTrip } from '../test/codec-helpers.ts';
import { be16, be32, be64, bool, type Codec, i8, i16, i32, i64, port, u8, u16, u32, u64 } from './index.ts';

const small: ReadonlyArray<readonly [string, Codec<number>, number, number]> = [
  ['u8', u8, 0, 255],
  ['i8', i8, -128, 127],
  ['u16', u16, 0, 65_535],
  ['i16', i16, -32_768, 32_767],
  ['u32', u32, 0, 4_294_967_295],
  ['i32', i32, -2_147_483_648, 2_147_483_647],
  ['be16', be16, 0, 65_535],
  ['be32', be32, 0, 4_294_967_295],
  ['port', port, 0, 65_535],
];

const large: ReadonlyArray<readonly [string, Codec<bigint>, bigint, bigint]> = [
  ['u64', u64, 0n, 2n ** 64n - 1n],
  ['i64', i64, -(2n ** 63n), 2n ** 63n - 1n],
  ['be64', be64, 0n, 2n ** 64n - 1n],
];

describe.each(small)('%s', (name, codec, min, max) => {
  it('gives back every value of its range', () => {
    fc.assert(
      fc.property(fc.integer({ min, max }), (value) => {
        expect(roundTrip(codec, value)).toBe(value);
      }),
    );
    expect(roundTrip(codec, min)).toBe(min);
    expect(roundTrip(codec, max)).toBe(max);
  });

  it.each([min - 1, max + 1])('refuses %d, which is out of range', (value) => {
    const error = encodeAnything(codec, value);
    expect(error.code).toBe('ERR_BPF_VALUE_RANGE');
    expect(error.message).toContain(`${min} to ${max} (${name})`);
    expect(error.message).toContain(`got ${value}`);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, '1', 1n, null, undefined, true, {}, [1]])(
    'refuses %s, which is not a whole number',
    (value) => {
      expect(encodeAnything(codec, value).code).toBe('ERR_BPF_VALUE_TYPE');
    },
  );
});

describe.each(large)('%s', (_name, codec, min, max) => {
  it('gives back every value of its range exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min, max }), (value) => {
        expect(roundTrip(codec, value)).toBe(value);
      }),
    );
    expect(roundTrip(codec, min)).toBe(min);
    expect(roundTrip(codec, max)).toBe(max);
  });

  it.each([min - 1n, max + 1n])('refuses %d, which is out of range', (value) => {
    expect(encodeAnything(codec, value).code).toBe('ERR_BPF_VALUE_RANGE');
  });

  it.each([1, Number.NaN, '1', null, undefined, {}])('refuses %s, which is not a bigint', (value) => {
    expect(encodeAnything(codec, value).code).toBe('ERR_BPF_VALUE_TYPE');
  });
});

describe('byte order', () => {
  it('is that of the network in be16, be32, be64 and port', () => {
    expect(encode(be16, 0x1234)).toEqual(Uint8Array.of(0x12, 0x34));
    expect(encode(port, 80)).toEqual(Uint8Array.of(0, 80));
    expect(encode(be32, 0x12345678)).toEqual(Uint8Array.of(0x12, 0x34, 0x56, 0x78));
    expect(encode(be64, 0x1234_5678_9abc_def0n)).toEqual(
      Uint8Array.of(0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0),
    );
  });

  it('is that of the machine in u16, u32 and u64', () => {
    expect(encode(u16, 0x1234)).toEqual(new Uint8Array(Uint16Array.of(0x1234).buffer));
    expect(encode(u32, 0x12345678)).toEqual(new Uint8Array(Uint32Array.of(0x12345678).buffer));
    expect(encode(u64, 0x1234_5678_9abc_def0n)).toEqual(
      new Uint8Array(BigUint64Array.of(0x1234_5678_9abc_def0n).buffer),
    );
  });
});

describe('bool', () => {
  it('is one byte, 0 or 1', () => {
    expect(encode(bool, true)).toEqual(Uint8Array.of(1));
    expect(encode(bool, false)).toEqual(Uint8Array.of(0));
    expect(decode(bool, Uint8Array.of(2))).toBe(true);
  });

  it.each([0, 1, 'true', null, undefined])('refuses %s', (value) => {
    expect(encodeAnything(bool, value).code).toBe('ERR_BPF_VALUE_TYPE');
  });
});
