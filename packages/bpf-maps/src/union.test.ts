import { describe, expect, expectTypeOf, it } from 'vitest';
import { decode, encode, encodeAnything, thrown } from '../test/codec-helpers.ts';
import {
  BpfMap,
  BpfUsageError,
  bits,
  bytes,
  type Codec,
  ipv4,
  port,
  struct,
  u8,
  u32,
  u64,
  union,
} from './index.ts';

const endpoint = union({
  raw: bytes(6),
  parts: struct({ address: ipv4, port }, { packed: true }),
  first: bits(u8, 4),
});

describe('a union', () => {
  it('is as large as its largest member, and aligned as its strictest', () => {
    expect([endpoint.size, endpoint.alignment]).toEqual([6, 1]);
    const aligned = union({ small: bytes(9), wide: u64 });
    expect([aligned.size, aligned.alignment]).toEqual([16, 8]);
    expect(union({ a: u8 }, { size: 4, alignment: 4 }).size).toBe(4);
  });

  it('gives all members, and takes one', () => {
    expectTypeOf(endpoint).toEqualTypeOf<
      Codec<{ raw?: Uint8Array; parts?: { address: string; port: number }; first?: number }>
    >();
    const data = encode(endpoint, { parts: { address: '192.0.2.1', port: 80 } });
    expect(decode(endpoint, data)).toEqual({
      raw: Uint8Array.of(192, 0, 2, 1, 0, 80),
      parts: { address: '192.0.2.1', port: 80 },
      first: 0,
    });
    expect(encode(endpoint, { first: 5 })).toEqual(Uint8Array.of(5, 0, 0, 0, 0, 0));
  });

  it('takes all as they were read, but not what contradicts itself', () => {
    const data = Uint8Array.of(10, 0, 0, 1, 1, 187);
    const value = decode(endpoint, data);
    expect(encode(endpoint, value)).toEqual(data);
    expect(encodeAnything(endpoint, { ...value, first: 5 }).code).toBe('ERR_BPF_VALUE_RANGE');
    expect(encodeAnything(endpoint, {}).code).toBe('ERR_BPF_VALUE_TYPE');
    expect(encodeAnything(endpoint, { parts: { address: 'x', port: 1 } }).path).toBe('parts.address');
  });

  it('is a key that finds its element again', () => {
    const key = struct({ kind: u32, endpoint });
    using map = BpfMap.create({ type: 'hash', key, value: u32, maxEntries: 2 });
    map.set({ kind: 1, endpoint: { parts: { address: '192.0.2.1', port: 80 } } }, 7);
    for (const read of map.keys()) expect(map.get(read)).toBe(7);
    expect([...map.keys()]).toHaveLength(1);
  });

  it('is not smaller than its members', () => {
    const error = thrown(BpfUsageError, () => union({ a: u32 }, { size: 2 }));
    expect(error.code).toBe('ERR_BPF_LAYOUT');
    expect(error.message).toBe('union has size 2, but a member ends at 4');
  });
});
