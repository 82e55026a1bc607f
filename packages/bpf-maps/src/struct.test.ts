import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode, encodeAnything, roundTrip, thrown } from '../test/codec-helpers.ts';
import {
  array,
  BpfUsageError,
  bytes,
  type Codec,
  i16,
  ipAddress,
  ipv4,
  lpmKey,
  port,
  struct,
  u8,
  u16,
  u32,
  u64,
} from './index.ts';

const flow = struct({
  source: ipAddress,
  destination: ipAddress,
  sourcePort: port,
  destinationPort: port,
  protocol: u8,
});

describe('the layout of a struct', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'bpf-maps-layout-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** What the C compiler makes of the same declaration. */
  function layoutInC(body: string, fields: readonly string[]): number[] {
    const source = join(directory, 'layout.c');
    const offsets = fields.map((field) => `, offsetof(struct s, ${field})`).join('');
    const format = '%zu '.repeat(2 + fields.length);
    writeFileSync(
      source,
      `#include <stddef.h>\n#include <stdio.h>\n#include <linux/types.h>\n#include <linux/in6.h>\nstruct s { ${body};\n` +
        `int main(void) { printf("${format}", sizeof(struct s), _Alignof(struct s)${offsets}); return 0; }\n`,
    );
    execFileSync('cc', ['-o', join(directory, 'layout'), source]);
    return execFileSync(join(directory, 'layout'), { encoding: 'utf8' }).trim().split(' ').map(Number);
  }

  const inner = struct({ a: u8, b: u32 });
  it.each([
    ['__u8 a; __u64 b; __u16 c; }', struct({ a: u8, b: u64, c: u16 })],
    ['__u16 a; __u8 b[3]; __u32 c; __u8 d; }', struct({ a: u16, b: bytes(3), c: u32, d: u8 })],
    ['__u8 a; struct { __u8 a; __u32 b; } b[3]; __s16 c; }', struct({ a: u8, b: array(inner, 3), c: i16 })],
    ['struct in6_addr a; __be16 b; __u8 c; }', struct({ a: ipAddress, b: port, c: u8 })],
    [
      '__u8 a; __u64 b; __u16 c; } __attribute__((packed))',
      struct({ a: u8, b: u64, c: u16 }, { packed: true }),
    ],
    ['__u8 a; __u8 b; } __attribute__((aligned(64)))', struct({ a: u8, b: u8 }, { alignment: 64 })],
  ])('is that of C: struct { %s', (body, codec) => {
    const offsets: Record<string, number> = codec.offsets;
    expect([codec.size, codec.alignment, ...Object.values(offsets)]).toEqual(
      layoutInC(body, Object.keys(offsets)),
    );
  });

  it('takes offsets and size that are given, as BTF gives them', () => {
    const codec = struct({ a: u32, b: { codec: u64, offset: 16 }, c: u8 }, { size: 32 });
    expect(codec.offsets).toEqual({ a: 0, b: 16, c: 24 });
    expect(codec.size).toBe(32);
    expect(roundTrip(codec, { a: 1, b: 2n, c: 3 })).toEqual({ a: 1, b: 2n, c: 3 });
  });

  it('takes fields whose offsets are in another order', () => {
    const codec = struct({ b: { codec: u16, offset: 2 }, a: { codec: u16, offset: 0 } });
    expect(encode(codec, { a: 0x0101, b: 0x0202 })).toEqual(Uint8Array.of(1, 1, 2, 2));
  });

  it.each([
    ['overlap', () => struct({ a: u32, b: { codec: u32, offset: 2 } })],
    ['pass the size', () => struct({ a: u32, b: u32 }, { size: 4 })],
    ['have a negative offset', () => struct({ a: { codec: u32, offset: -4 } })],
    ['have an offset that is not a whole number', () => struct({ a: { codec: u32, offset: 0.5 } })],
    ['have a name that C cannot have', () => struct({ '0': u32 })],
    ['are called __proto__', () => struct(Object.fromEntries([['__proto__', u32]]))],
    ['have a codec of broken size', () => struct({ a: { ...u32, size: 3 } })],
    ['have a codec of broken alignment', () => struct({ a: { ...u32, alignment: 3 } })],
  ])('is refused when fields %s', (_, make) => {
    expect(thrown(BpfUsageError, make).code).toBe('ERR_BPF_LAYOUT');
  });
});

describe('struct', () => {
  it('gives back all fields', () => {
    const value = fc.record({
      source: fc.ipV4(),
      destination: fc.ipV4(),
      sourcePort: fc.nat(65_535),
      destinationPort: fc.nat(65_535),
      protocol: fc.nat(255),
    });
    fc.assert(
      fc.property(value, (value) => {
        expect(roundTrip(flow, value)).toEqual(value);
      }),
    );
  });

  it('writes padding as zeros, since the kernel compares keys with it', () => {
    expect(encode(struct({ a: u8, b: u32, c: u8 }), { a: 0xff, b: 0xffff_ffff, c: 0xff })).toEqual(
      Uint8Array.of(0xff, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0),
    );
  });

  it('names the field of a value that does not fit', () => {
    const codec = struct({ name: u8, backends: array(struct({ address: ipv4, port }), 2) });
    const backend = { address: '192.0.2.1', port: 80 };
    const error = encodeAnything(codec, { name: 1, backends: [backend, { ...backend, port: 65_536 }] });
    expect(error.path).toBe('backends[1].port');
    expect(error.message).toBe('backends[1].port: expected 0 to 65535 (port), got 65536');
  });

  it('names the field that is missing', () => {
    const error = encodeAnything(struct({ a: u8, b: u8 }), { a: 1 });
    expect(error.message).toBe('b: expected a whole number (u8), got undefined');
  });

  it.each([1, null, undefined, 'text'])('refuses %s', (value) => {
    expect(encodeAnything(flow, value).code).toBe('ERR_BPF_VALUE_TYPE');
  });

  it('gives back nested structs and arrays of any depth', () => {
    const tree = fc.letrec<{ node: [Codec<unknown>, unknown] }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.nat(255).map((value): [Codec<unknown>, unknown] => [u8, value]),
        fc.nat(65_535).map((value): [Codec<unknown>, unknown] => [u16, value]),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value): [Codec<unknown>, unknown] => [u64, value]),
        fc
          .array(tie('node'), { minLength: 1, maxLength: 4 })
          .map((fields): [Codec<unknown>, unknown] => [
            struct(Object.fromEntries(fields.map(([codec], index) => [`f${index}`, codec]))),
            Object.fromEntries(fields.map(([, value], index) => [`f${index}`, value])),
          ]),
        tie('node').map(([codec, value]): [Codec<unknown>, unknown] => [
          array(codec, 3),
          [value, value, value],
        ]),
      ),
    })).node;
    fc.assert(
      fc.property(tree, ([codec, value]) => {
        expect(codec.size % codec.alignment).toBe(0);
        expect(roundTrip(codec, value)).toEqual(value);
      }),
    );
  });
});

describe('array', () => {
  it.each([[[1]], [[1, 2, 3]], [[]]])('refuses %j where two elements belong', (value) => {
    expect(encodeAnything(array(u8, 2), value).code).toBe('ERR_BPF_VALUE_RANGE');
  });

  it('refuses an array with holes, and names the hole', () => {
    const holes = new Array<number>(2);
    holes[0] = 1;
    expect(encodeAnything(array(u8, 2), holes).path).toBe('[1]');
  });

  it.each([null, 'ab', { length: 2 }, new Uint8Array(2)])('refuses %s, which is not an array', (value) => {
    expect(encodeAnything(array(u8, 2), value).code).toBe('ERR_BPF_VALUE_TYPE');
  });

  it.each([-1, 0.5, Number.NaN])('refuses a length of %d', (length) => {
    expect(thrown(BpfUsageError, () => array(u8, length)).code).toBe('ERR_BPF_ARGUMENT');
  });
});

describe('lpmKey', () => {
  it('is the prefix length, then the data', () => {
    expect(encode(lpmKey(ipv4), { prefixLength: 24, data: '192.0.2.0' })).toEqual(
      Uint8Array.of(...encode(u32, 24), 192, 0, 2, 0),
    );
    expect(lpmKey(ipAddress).size).toBe(20);
    expect(lpmKey(bytes(3)).size).toBe(7);
  });

  it.each([-1, 33, 1.5, Number.NaN])('refuses a prefix length of %d bits of 32', (prefixLength) => {
    const error = encodeAnything(lpmKey(ipv4), { prefixLength, data: '192.0.2.0' });
    expect(error.path).toBe('prefixLength');
  });

  it('names its data', () => {
    expect(encodeAnything(lpmKey(ipv4), { prefixLength: 8, data: 'x' }).path).toBe('data');
    expect(encodeAnything(lpmKey(ipv4), null).code).toBe('ERR_BPF_VALUE_TYPE');
  });
});
