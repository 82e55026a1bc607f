import { endianness } from 'node:os';
import fc from 'fast-check';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { compiledBtf } from '../test/bpf-object.ts';
import { decode, encode, encodeAnything, roundTrip, thrown } from '../test/codec-helpers.ts';
import {
  BpfUsageError,
  Btf,
  bits,
  bool,
  btfCodec,
  type Codec,
  f32,
  f64,
  i8,
  i32,
  i64,
  integer,
  port,
  struct,
  u8,
  u16,
  u32,
  u64,
} from './index.ts';

const WIDTHS = [8, 16, 32, 64, 128] as const;
const SIGNS = [true, false];
const ORDERS = ['little', 'big', 'host'] as const;
const kinds = WIDTHS.flatMap((bits) =>
  SIGNS.flatMap((signed) => ORDERS.map((byteOrder) => ({ bits, signed, byteOrder }))),
);

describe.each(kinds)('an integer of $bits bits, signed: $signed, $byteOrder', (options) => {
  const codec: Codec<unknown> = integer(options);
  const { bits: width, signed } = options;
  const minimum = signed ? -(2n ** BigInt(width - 1)) : 0n;
  const maximum = signed ? 2n ** BigInt(width - 1) - 1n : 2n ** BigInt(width) - 1n;
  const own = (value: bigint) => (width > 32 ? value : Number(value));

  it('is exact from its least to its greatest, and refuses what is beyond', () => {
    fc.assert(
      fc.property(fc.bigInt(minimum, maximum), (value) => {
        expect(roundTrip(codec, own(value))).toBe(own(value));
      }),
    );
    for (const value of [minimum, maximum]) expect(roundTrip(codec, own(value))).toBe(own(value));
    for (const value of [minimum - 1n, maximum + 1n]) {
      expect(encodeAnything(codec, own(value)).code).toBe('ERR_BPF_VALUE_RANGE');
    }
    expect(encodeAnything(codec, width > 32 ? 1 : 1n).code).toBe('ERR_BPF_VALUE_TYPE');
    expect([codec.size, codec.alignment]).toEqual([width / 8, width / 8]);
  });

  it('has the byte order that it is given', () => {
    const little = options.byteOrder === 'little' || (options.byteOrder === 'host' && endianness() === 'LE');
    const bytes = [1, ...Array.from({ length: width / 8 - 1 }, () => 0)];
    expect([...encode(codec, own(1n))]).toEqual(little ? bytes : bytes.toReversed());
  });
});

describe('an integer', () => {
  it('is a number up to 32 bits, and a bigint from there on', () => {
    expectTypeOf(integer({ bits: 16, byteOrder: 'big' })).toEqualTypeOf<Codec<number>>();
    expectTypeOf(integer({ bits: 128, signed: true })).toEqualTypeOf<Codec<bigint>>();
  });

  it.each([undefined, null, {}, { bits: 24 }, { bits: 8, byteOrder: 'middle' }, { bits: 8, signed: 1 }])(
    'is not made from %j',
    (options) => {
      const make: unknown = integer;
      if (typeof make !== 'function') throw new TypeError('not a function');
      expect(thrown(BpfUsageError, () => Reflect.apply(make, undefined, [options])).code).toBe(
        'ERR_BPF_ARGUMENT',
      );
    },
  );
});

describe('floating-point numbers', () => {
  it('are those of the machine', () => {
    expect(encode(f64, 0.1)).toEqual(new Uint8Array(Float64Array.of(0.1).buffer));
    expect(encode(f32, 0.1)).toEqual(new Uint8Array(Float32Array.of(0.1).buffer));
    for (const value of [0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE]) {
      expect(roundTrip(f64, value)).toBe(value);
    }
    expect(roundTrip(f32, 0.1)).toBe(Math.fround(0.1));
  });

  it.each([undefined, null, '1', 1n])('do not take %s', (value) => {
    expect(encodeAnything(f64, value).code).toBe('ERR_BPF_VALUE_TYPE');
  });
});

describe('bit fields', () => {
  let btf: Btf;
  beforeAll(() => {
    btf = Btf.parse(compiledBtf('layouts.bpf.c', 'bpf'));
  });
  const derived = (tag: string) => btfCodec<unknown>(btf, btf.find('struct', tag) ?? 0);
  const own: ReadonlyArray<readonly [string, Codec<unknown>]> = [
    [
      'bits',
      struct({
        a: bits(u32, 3),
        b: bits(u32, 30),
        c: bits(i32, 5),
        d: { codec: bits(u64, 40), bitOffset: 76 },
        e: bits(i64, 33),
        f: bits(u8, 1),
        g: { codec: bits(u16, 9), bitOffset: 192 },
        h: bits(bool, 1),
        i: bits(u32, 4),
      }) as Codec<unknown>,
    ],
    [
      'packed_bits',
      struct(
        {
          a: bits(u8, 3),
          b: bits(u32, 31),
          c: bits(i32, 32),
          d: bits(u64, 63),
          e: bits(i64, 64),
          f: bits(u8, 7),
        },
        { packed: true },
      ) as Codec<unknown>,
    ],
  ];

  it.each(own)('lie where C has them: struct %s', (tag, codec) => {
    const theirs = derived(tag);
    expect(codec.size).toBe(theirs.size);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: theirs.size, maxLength: theirs.size }), (data) => {
        const value = decode(codec, data);
        const enumerators: Readonly<Record<string, number>> = { RED: 0, GREEN: 5, NEGATIVE: 14 };
        const expected = Object.entries(Object(decode(theirs, data))).map(([name, field]) => [
          name,
          typeof field === 'string' ? enumerators[field] : field,
        ]);
        expect(value).toEqual(Object.fromEntries(expected));
        expect(encode(codec, value)).toEqual(encode(theirs, value));
      }),
    );
  });

  it('tell their range, and where', () => {
    const codec = struct({ version: bits(u8, 4), length: bits(u8, 4), flags: u16 });
    expectTypeOf(decode(codec, new Uint8Array(4))).toEqualTypeOf<{
      version: number;
      length: number;
      flags: number;
    }>();
    expect(codec.offsets).toEqual({ version: 0, length: 0, flags: 2 });
    expect(encode(codec, { version: 4, length: 5, flags: 1 })[0]).toBe(0x54);
    expect(encodeAnything(codec, { version: 16, length: 5, flags: 1 }).message).toBe(
      'version: expected 0 to 15 (a bit field of 4 bits), got 16',
    );
  });

  it('do not overlap, nor pass the end', () => {
    const overlap = thrown(BpfUsageError, () =>
      struct({ a: bits(u32, 9), b: { codec: bits(u32, 4), bitOffset: 8 } }),
    );
    expect(overlap.message).toBe('struct field b at bit 8 overlaps the field before it, which ends at 9');
    const end = thrown(BpfUsageError, () => struct({ a: u8, b: bits(u32, 9) }, { size: 2 }));
    expect([overlap.code, end.code]).toEqual(['ERR_BPF_LAYOUT', 'ERR_BPF_LAYOUT']);
    expect(end.message).toContain('struct has size 2, but its last field ends at 3');
  });

  it.each([
    ['no bits', u8, 0],
    ['more than its type', u8, 9],
    ['more than one bit of a bool', bool, 2],
    ['half a bit', u8, 0.5],
    ['a type that is no plain integer', port, 3],
  ])('do not have %s', (_, type, width) => {
    expect(
      thrown(BpfUsageError, () => bits<number | boolean>(type as Codec<number | boolean>, width)).code,
    ).toBe('ERR_BPF_ARGUMENT');
  });

  it('of i8 have their sign', () => {
    const codec = struct({ a: bits(i8, 3) });
    expect(decode(codec, Uint8Array.of(0b100))).toEqual({ a: -4 });
  });
});
