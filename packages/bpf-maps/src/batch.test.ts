import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { BpfError, BpfMap, bytes, CodecError, u32, u64 } from './index.ts';

describe('batches', () => {
  it('do what single calls do', () => {
    const entries = fc.array(fc.tuple(fc.nat(40), fc.nat(1000)), { maxLength: 60 });
    fc.assert(
      fc.property(entries, fc.array(fc.nat(60), { maxLength: 30 }), (entries, keys) => {
        using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 64 });
        const model = new Map(entries);
        map.setBatch(entries);
        expect(new Map(map)).toEqual(model);
        expect(map.getBatch(keys)).toEqual(keys.map((key) => model.get(key)));
        const present = new Set(keys.filter((key) => model.has(key)));
        expect(map.deleteBatch(keys)).toBe(present.size);
        for (const key of keys) model.delete(key);
        expect(new Map(map)).toEqual(model);
      }),
      { numRuns: 60 },
    );
  });

  it('may be empty', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 4 });
    map.setBatch([]);
    expect(map.getBatch([])).toEqual([]);
    expect(map.deleteBatch([])).toBe(0);
  });

  it('obey the mode, and tell how far they came', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 8 });
    map.set(3, 3);
    const error = thrown(BpfError, () =>
      map.setBatch(
        [1, 2, 3, 4].map((n) => [n, 0]),
        { mode: 'create' },
      ),
    );
    expect(error).toMatchObject({ code: 'EEXIST', completed: 2 });
    expect(map.get(3)).toBe(3);
    expect(map.has(4)).toBe(false);
  });

  it('tell how far they came when the map is full', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 2 });
    const error = thrown(BpfError, () => map.setBatch([1, 2, 3].map((n) => [n, 0])));
    expect(error).toMatchObject({ code: 'E2BIG', completed: 2, operation: 'BPF_MAP_UPDATE_BATCH' });
  });

  it('refuse to delete from an array', () => {
    using map = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 2 });
    expect(thrown(BpfError, () => map.deleteBatch([0])).code).toBe('EINVAL');
  });

  it('name the element that does not fit, and write nothing', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 8 });
    expect(
      thrown(CodecError, () =>
        map.setBatch([
          [1, 1],
          [-1, 1],
        ]),
      ).path,
    ).toBe('keys[1]');
    expect(
      thrown(CodecError, () =>
        map.setBatch([
          [1, 1],
          [2, -1],
        ]),
      ).path,
    ).toBe('values[1]');
    expect(thrown(CodecError, () => map.getBatch([1, Number.NaN])).path).toBe('keys[1]');
    expect([...map]).toEqual([]);
  });
});

describe('iteration', () => {
  it('sees every entry of a large map exactly once', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 50_000 });
    map.setBatch(Array.from({ length: 50_000 }, (_, i) => [i, BigInt(i)]));
    const seen = new Uint8Array(50_000);
    for (const [key, value] of map) {
      expect(value === BigInt(key)).toBe(true);
      seen[key] = (seen[key] ?? 0) + 1;
    }
    expect(seen.every((count) => count === 1)).toBe(true);
  });

  it('sees every entry exactly once while each is deleted, and the map is read and written', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 10_000 });
    map.setBatch(Array.from({ length: 5000 }, (_, i) => [i, i]));
    const seen: number[] = [];
    for (const [key, value] of map.entries()) {
      if (key >= 100_000) continue;
      expect(map.delete(key)).toBe(true);
      map.set(100_000, value);
      expect(map.get(key)).toBeUndefined();
      seen.push(key);
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  });

  it('reads buckets that are larger than a chunk', () => {
    // Values of 40,000 bytes: a chunk holds one, a bucket more than one.
    using map = BpfMap.create({ type: 'hash', key: u32, value: bytes(40_000), maxEntries: 8 });
    for (let key = 0; key < 8; key++) map.set(key, new Uint8Array(40_000).fill(key));
    const found = [...map].map(([key, value]) => [key, value[0], value[39_999]]);
    expect(found.toSorted()).toEqual(Array.from({ length: 8 }, (_, key) => [key, key, key]));
  });

  it('of several iterators at once keeps them apart', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 16 });
    map.setBatch([1, 2, 3].map((n) => [n, n]));
    const pairs: string[] = [];
    for (const a of map.keys()) for (const b of map.keys()) pairs.push(`${a}${b}`);
    expect(new Set(pairs).size).toBe(9);
    expect(pairs).toHaveLength(9);
  });

  it.each([undefined, null, 5, true])(
    'refuses %j for keys and entries, at once and on the threadpool',
    async (given) => {
      using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 4 });
      const keys = { code: 'ERR_BPF_ARGUMENT', message: expect.stringContaining('keys must be iterable') };
      expect(() => Reflect.apply(map.getBatch, map, [given])).toThrow(expect.objectContaining(keys));
      await expect(Reflect.apply(map.deleteBatchAsync, map, [given])).rejects.toMatchObject(keys);
      const entries = {
        code: 'ERR_BPF_ARGUMENT',
        message: expect.stringContaining('entries must be iterable'),
      };
      expect(() => Reflect.apply(map.setBatch, map, [given])).toThrow(expect.objectContaining(entries));
      await expect(Reflect.apply(map.setBatchAsync, map, [given])).rejects.toMatchObject(entries);
    },
  );
});
