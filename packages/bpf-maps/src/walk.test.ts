import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryReader } from './entry-reader.ts';
import { array, BpfMap, bytes, type Codec, cidr, ipv4, u8, u16, u32, u64 } from './index.ts';
import { stateOf } from './map-base.ts';
import { possibleCpus } from './per-cpu.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Prefixes that contain each other and stand side by side, in the order of their numbers no order of a trie's. */
function prefixOf(number: number): string {
  const bits = [8, 12, 16, 20, 24, 32][number % 6] ?? 0;
  const spread = Math.imul(number, 0x9e37_79b1) >>> 0;
  const address = bits === 32 ? spread : (spread & ~(0xffff_ffff >>> bits)) >>> 0;
  return `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')}/${bits}`;
}

/** A map to walk over, whose entries go by numbers. */
interface Walkable {
  readonly map: BpfMap<unknown, unknown>;
  key(number: number): unknown;
  value(number: number): unknown;
}

const ENTRIES = 64;
const eachCpu = (number: number) => new Array<bigint>(possibleCpus()).fill(BigInt(number));

/** Types whose entries come and go, besides those that are written with descriptors. */
const changing: Readonly<Record<string, () => Walkable>> = {
  ...Object.fromEntries(
    (['hash', 'lru_hash'] as const).map((type) => [
      type,
      (): Walkable => ({
        // An LRU map that has room for all never evicts.
        map: BpfMap.create({ type, key: u32, value: u64, maxEntries: type === 'hash' ? ENTRIES : 8192 }),
        key: (number) => number,
        value: BigInt,
      }),
    ]),
  ),
  ...Object.fromEntries(
    (['percpu_hash', 'lru_percpu_hash'] as const).map((type) => [
      type,
      (): Walkable => ({
        map: BpfMap.create({
          type,
          key: u32,
          value: u64,
          maxEntries: type === 'percpu_hash' ? ENTRIES : 8192,
        }),
        key: (number) => number,
        value: eachCpu,
      }),
    ]),
  ),
  lpm_trie: () => ({
    map: BpfMap.create({ type: 'lpm_trie', key: cidr(ipv4), value: u32, maxEntries: ENTRIES }),
    key: prefixOf,
    value: (number) => number,
  }),
  devmap_hash: () => ({
    map: BpfMap.create({ type: 'devmap_hash', key: u32, value: u32, maxEntries: ENTRIES }),
    key: (number) => number,
    // The loopback interface.
    value: () => 1,
  }),
};

describe.each(Object.entries(changing))('a walk over a map of type %s', (_, open) => {
  it('sees what stays exactly once, and what comes and goes at most once, with chunks of any size', () => {
    const step = fc.record({
      change: fc.array(fc.nat(ENTRIES - 1), { maxLength: 12 }),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(ENTRIES - 1), { maxLength: 40 }),
        fc.uniqueArray(fc.nat(ENTRIES - 1), { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(step, { maxLength: 60 }),
        (staying, first, capacity, steps) => {
          const { map, key, value } = open();
          using _ = map;
          const stays = new Set(staying);
          for (const number of [...staying, ...first]) map.set(key(number), value(number));
          const seen = new Map<string, unknown[]>();
          const reader = new EntryReader(stateOf(map), { capacity });
          for (let count = reader.read(), turn = 0; count > 0; count = reader.read(), turn++) {
            for (let i = 0; i < count; i++) {
              const name = String(reader.key(i));
              seen.set(name, [...(seen.get(name) ?? []), reader.value(i)]);
            }
            const { change, remove } = steps[turn] ?? { change: [], remove: true };
            for (const number of change) {
              if (stays.has(number)) continue;
              if (remove) map.delete(key(number));
              else map.set(key(number), value(number));
            }
          }
          for (const number of staying) expect(seen.get(String(key(number)))).toEqual([value(number)]);
          for (const values of seen.values()) expect(values).toHaveLength(1);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('that deletes what it sees sees all, exactly once', () => {
    for (const capacity of [1, 2, 5, 64]) {
      const { map, key, value } = open();
      using _ = map;
      for (const number of numbers(ENTRIES)) map.set(key(number), value(number));
      const reader = new EntryReader(stateOf(map), { capacity });
      const seen: string[] = [];
      for (let count = reader.read(); count > 0; count = reader.read()) {
        const keys = numbers(count).map((i) => reader.key(i));
        for (const found of keys) {
          seen.push(String(found));
          expect(map.delete(found)).toBe(true);
        }
      }
      expect(seen.toSorted()).toEqual(
        numbers(ENTRIES)
          .map((number) => String(key(number)))
          .toSorted(),
      );
    }
  });
});

describe('a walk over an LPM trie', () => {
  const create = (maxEntries: number) =>
    BpfMap.create({ type: 'lpm_trie', key: cidr(ipv4), value: u32, maxEntries });

  it('does not begin anew for each chunk when most of what it has seen is gone', () => {
    using trie = create(20_000);
    const prefixes = [...new Set(numbers(20_000).map(prefixOf))];
    trie.setBatch(prefixes.map((prefix, i) => [prefix, i]));
    const seen = new Set<string>();
    for (const [prefix] of trie) {
      expect(seen.has(prefix)).toBe(false);
      seen.add(prefix);
      if (seen.size % 8 !== 0) trie.delete(prefix);
    }
    expect(seen).toEqual(new Set(prefixes));
  });

  it('gives no entry that was deleted before, under the value of a shorter prefix', () => {
    using trie = create(4);
    trie.setBatch([
      ['10.0.0.0/8', 8],
      ['10.1.0.0/16', 16],
      ['10.2.0.0/16', 17],
    ]);
    const reader = new EntryReader(stateOf(trie), { capacity: 1 });
    expect([reader.read(), reader.key(0)]).toEqual([1, '10.1.0.0/16']);
    trie.delete('10.2.0.0/16');
    expect([reader.read(), reader.key(0), reader.value(0)]).toEqual([1, '10.0.0.0/8', 8]);
    expect(reader.read()).toBe(0);
  });

  it('goes by prefixes of any length, and keys of any size', () => {
    const bits = fc.integer({ min: 0, max: 40 });
    const data = fc.uint8Array({ minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.tuple(bits, data), { maxLength: 30 }), (keys) => {
        using trie = BpfMap.create({ type: 'lpm_trie', key: bytes(9), value: u8, maxEntries: 64 });
        for (const [length, prefix] of keys) {
          const key = new Uint8Array(9);
          new DataView(key.buffer).setUint32(0, length, true);
          key.set(prefix, 4);
          trie.set(key, length);
        }
        const whole = [...trie].map(([key]) => key.join());
        const reader = new EntryReader(stateOf(trie), { capacity: 1 });
        const single: string[] = [];
        while (reader.read() > 0) single.push(reader.key(0).join());
        expect(single).toEqual(whole);
        expect(new Set(whole).size).toBe(whole.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a walk over a map with indexes', () => {
  it.each([1, 3, 64])('sees each entry of an array once, %s at a time', (capacity) => {
    using map = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 50 });
    const reader = new EntryReader(stateOf(map), { capacity });
    const seen: number[] = [];
    for (let count = reader.read(); count > 0; count = reader.read()) {
      for (let i = 0; i < count; i++) seen.push(reader.key(i));
    }
    expect(seen).toEqual(numbers(50));
  });

  it.each(['devmap', 'cpumap'] as const)('sees what is there of a %s', async (type) => {
    using map = BpfMap.create({ type, key: u32, value: u32, maxEntries: type === 'cpumap' ? 2 : 700 });
    const present = type === 'cpumap' ? [0, 1] : [3, 256, 699];
    for (const index of present) map.set(index, type === 'cpumap' ? 192 : 1);
    expect([...map.keys()]).toEqual(present);
    const seen: number[] = [];
    for await (const key of map.keysAsync()) seen.push(key);
    expect(seen).toEqual(present);
    map.delete(present[0] ?? 0);
    expect(map.count()).toBe(present.length - 1);
  });
});

describe('values of any size', () => {
  const sizes: ReadonlyArray<readonly [number, Codec<number>]> = [
    [1, u8],
    [2, u16],
    [4, u32],
  ];

  it.each(sizes)('of %s bytes lie side by side in batches', (_, value) => {
    for (const type of ['hash', 'array', 'lpm_trie'] as const) {
      using map = BpfMap.create({
        type,
        key: type === 'lpm_trie' ? bytes(8) : bytes(4),
        value,
        maxEntries: 5,
      });
      const key = (n: number) =>
        type === 'lpm_trie' ? Uint8Array.of(32, 0, 0, 0, n, n, n, n) : Uint8Array.of(n, 0, 0, 0);
      const entries = numbers(5).map((n): [Uint8Array, number] => [key(n), n + 1]);
      map.setBatch(entries);
      expect([...map.values()].toSorted()).toEqual([1, 2, 3, 4, 5]);
      expect(map.getBatch(entries.map(([k]) => k))).toEqual([1, 2, 3, 4, 5]);
      expect(entries.map(([k]) => map.get(k))).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it('of 3 bytes, too, also without a codec', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: array(u8, 3), maxEntries: 5 });
    map.setBatch(numbers(5).map((n): [number, number[]] => [n, [n, n, n]]));
    for (const [key, value] of map) expect(value).toEqual([key, key, key]);
    using raw = BpfMap.openById(map.id, { codec: 'bytes' });
    for (const [key, value] of raw) expect([...value]).toEqual([key[0], key[0], key[0]]);
  });
});
