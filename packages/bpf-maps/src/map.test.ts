import { afterEach, describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import {
  array,
  BpfError,
  BpfMap,
  type Codec,
  innerMap,
  ipAddress,
  ipv4,
  ipv6,
  lpmKey,
  MapFlags,
  type PlainMapSpec,
  port,
  possibleCpus,
  struct,
  u8,
  u16,
  u32,
  u64,
} from './index.ts';

const open: Disposable[] = [];
afterEach(() => {
  for (const map of open.splice(0)) map[Symbol.dispose]();
});
function track<T extends Disposable>(map: T): T {
  open.push(map);
  return map;
}

const flow = struct({ address: ipAddress, port, protocol: u8 });
const counters = struct({ packets: u64, bytes: u64 });

describe.each(['hash', 'lru_hash'] as const)('%s', (type) => {
  const create = () =>
    track(BpfMap.create({ type, key: flow, value: counters, maxEntries: 1024, name: 'flows' }));
  const key = { address: '192.0.2.1', port: 80, protocol: 6 };

  it('holds what was set, until it is deleted', () => {
    const map = create();
    expect(map.get(key)).toBeUndefined();
    expect(map.has(key)).toBe(false);
    map.set(key, { packets: 1n, bytes: 2n ** 64n - 1n });
    expect(map.get(key)).toEqual({ packets: 1n, bytes: 2n ** 64n - 1n });
    expect(map.has(key)).toBe(true);
    expect(map.delete(key)).toBe(true);
    expect(map.delete(key)).toBe(false);
    expect(map.get(key)).toBeUndefined();
  });

  it('tells keys apart by all of their fields, not by padding', () => {
    const map = create();
    map.set(key, { packets: 1n, bytes: 1n });
    map.set({ ...key, protocol: 17 }, { packets: 2n, bytes: 2n });
    map.set({ ...key, address: '2001:db8::ff' }, { packets: 3n, bytes: 3n });
    expect(map.get(key)?.packets).toBe(1n);
    expect(map.get({ ...key, protocol: 17 })?.packets).toBe(2n);
    expect([...map.keys()]).toHaveLength(3);
  });

  it('creates only what is new, and updates only what is there, when asked', () => {
    const map = create();
    const value = { packets: 1n, bytes: 1n };
    const missing = thrown(BpfError, () => map.set(key, value, { mode: 'update' }));
    expect(missing.code).toBe('ENOENT');
    map.set(key, value, { mode: 'create' });
    const present = thrown(BpfError, () => map.set(key, value, { mode: 'create' }));
    expect(present).toMatchObject({
      code: 'EEXIST',
      errno: 17,
      operation: 'BPF_MAP_UPDATE_ELEM',
      mapName: 'flows',
    });
    expect(present.mapId).toBe(map.id);
    map.set(key, { packets: 2n, bytes: 2n }, { mode: 'update' });
    expect(map.get(key)?.packets).toBe(2n);
  });

  it('takes an entry out in one step', () => {
    const map = create();
    map.set(key, { packets: 7n, bytes: 9n });
    expect(map.take(key)).toEqual({ packets: 7n, bytes: 9n });
    expect(map.take(key)).toBeUndefined();
  });
});

describe('hash', () => {
  it('refuses one entry too many', () => {
    const map = track(BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 2 }));
    map.set(1, 1);
    map.set(2, 2);
    const error = thrown(BpfError, () => map.set(3, 3));
    expect(error.code).toBe('E2BIG');
    expect(error.message).toContain('the map is full');
  });
});

describe('lru_hash', () => {
  it('makes room by itself', () => {
    const map = track(BpfMap.create({ type: 'lru_hash', key: u32, value: u32, maxEntries: 16 }));
    for (let key = 0; key < 1000; key++) map.set(key, key);
    expect(map.get(999)).toBe(999);
    expect([...map.keys()].length).toBeLessThanOrEqual(16);
  });
});

describe('array', () => {
  it('has all of its entries from the start, as zeros', () => {
    const map = track(BpfMap.create({ type: 'array', key: u32, value: array(u16, 3), maxEntries: 3 }));
    map.set(2, [1, 2, 3]);
    expect([...map]).toEqual([
      [0, [0, 0, 0]],
      [1, [0, 0, 0]],
      [2, [1, 2, 3]],
    ]);
    expect(map.get(3)).toBeUndefined();
  });

  it('refuses an index that is too large, and to delete', () => {
    const map = track(BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 3 }));
    expect(thrown(BpfError, () => map.set(3, 1)).code).toBe('E2BIG');
    const error = thrown(BpfError, () => map.delete(1));
    expect(error.code).toBe('EINVAL');
    expect(error.hint).toContain('cannot be deleted');
  });
});

describe.each(['percpu_hash', 'lru_percpu_hash', 'percpu_array'] as const)('%s', (type) => {
  const cpus = possibleCpus();
  const perCpu = (first: number) => Array.from({ length: cpus }, (_, cpu) => first + cpu);

  it('holds a value for each possible CPU', () => {
    // 12 bytes: the kernel rounds each CPU's value up to 16.
    const map = track(BpfMap.create({ type, key: u32, value: array(u32, 3), maxEntries: 1024 }));
    const value = perCpu(10).map((n) => [n, n + 100, n + 200]);
    map.set(5, value);
    expect(map.get(5)).toEqual(value);
    expect(map.info.valueSize).toBe(12);
  });

  it('iterates, and works in batches', () => {
    const map = track(BpfMap.create({ type, key: u32, value: u32, maxEntries: 1024 }));
    map.setBatch([
      [1, perCpu(10)],
      [2, perCpu(20)],
    ]);
    expect(map.getBatch([2, 1])).toEqual([perCpu(20), perCpu(10)]);
    expect(new Map(map).get(2)).toEqual(perCpu(20));
  });

  it('refuses values for more or fewer CPUs', () => {
    const map = track(BpfMap.create({ type, key: u32, value: u32, maxEntries: 1024 }));
    expect(() => map.set(1, perCpu(0).slice(1))).toThrow(`value: expected ${cpus} values`);
    expect(() => map.set(1, [...perCpu(0), 1])).toThrow(`value: expected ${cpus} values`);
  });
});

describe('lpm_trie', () => {
  it('answers with the longest prefix that matches', () => {
    const map = track(BpfMap.create({ type: 'lpm_trie', key: lpmKey(ipv4), value: u32, maxEntries: 8 }));
    map.set({ prefixLength: 8, data: '10.0.0.0' }, 8);
    map.set({ prefixLength: 16, data: '10.1.0.0' }, 16);
    expect(map.get({ prefixLength: 32, data: '10.1.2.3' })).toBe(16);
    expect(map.get({ prefixLength: 32, data: '10.2.2.3' })).toBe(8);
    expect(map.get({ prefixLength: 32, data: '11.0.0.1' })).toBeUndefined();
    expect(map.delete({ prefixLength: 16, data: '10.1.0.0' })).toBe(true);
    expect(map.get({ prefixLength: 32, data: '10.1.2.3' })).toBe(8);
    expect(map.info.flags & MapFlags.NO_PREALLOC).not.toBe(0);
  });

  it('iterates over every prefix once, also while they are deleted', () => {
    const map = track(BpfMap.create({ type: 'lpm_trie', key: lpmKey(ipv6), value: u32, maxEntries: 5000 }));
    const prefixes = Array.from({ length: 4000 }, (_, i) => ({
      prefixLength: 64,
      data: `2001:db8:0:${i.toString(16)}::`,
    }));
    map.setBatch(prefixes.map((prefix, i) => [prefix, i]));
    const seen: number[] = [];
    for (const [key, value] of map) {
      seen.push(value);
      map.delete(key);
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(prefixes.map((_, i) => i));
    expect([...map]).toEqual([]);
  });
});

describe.each(['queue', 'stack'] as const)('%s', (type) => {
  it(`gives elements back ${type === 'queue' ? 'first in, first out' : 'last in, first out'}`, () => {
    const map = track(BpfMap.create({ type, value: u32, maxEntries: 2 }));
    map.set(undefined, 1);
    map.set(undefined, 2);
    expect(thrown(BpfError, () => map.set(undefined, 3)).code).toBe('E2BIG');
    const first = type === 'queue' ? 1 : 2;
    expect(map.get(undefined)).toBe(first);
    expect(map.take(undefined)).toBe(first);
    expect(map.take(undefined)).toBe(3 - first);
    expect(map.take(undefined)).toBeUndefined();
  });

  it('cannot be iterated', () => {
    const map = track(BpfMap.create({ type, value: u32, maxEntries: 2 }));
    expect(thrown(BpfError, () => [...map]).code).toBe('ENOTSUPP');
  });
});

describe.each(['array_of_maps', 'hash_of_maps'] as const)('%s', (type) => {
  const innerSpec: PlainMapSpec<number, bigint> = { type: 'hash', key: u32, value: u64, maxEntries: 4 };
  const codec: Codec<BpfMap<number, bigint>> = innerMap({ key: u32, value: u64 });

  it('holds maps', () => {
    const inner = track(BpfMap.create(innerSpec));
    inner.set(1, 42n);
    const outer = track(BpfMap.create({ type, key: u32, value: codec, maxEntries: 4, innerMap: inner }));
    outer.set(2, inner);
    inner.close();
    const found = outer.get(2);
    expect(found?.get(1)).toBe(42n);
    found?.close();
    expect(outer.get(3)).toBeUndefined();
    expect([...outer.keys()]).toEqual([2]);
    expect(outer.delete(2)).toBe(true);
    expect(outer.get(2)).toBeUndefined();
  });

  it('takes the specification of its inner maps instead of one of them', () => {
    const outer = track(BpfMap.create({ type, key: u32, value: codec, maxEntries: 4, innerMap: innerSpec }));
    const inner = track(BpfMap.create(innerSpec));
    outer.setBatch([[0, inner]]);
    for (const map of outer.values()) {
      expect(track(map).id).toBe(inner.id);
    }
  });

  it('refuses maps of another kind', () => {
    const outer = track(BpfMap.create({ type, key: u32, value: codec, maxEntries: 4, innerMap: innerSpec }));
    const other = track(BpfMap.create({ ...innerSpec, type: 'array' }));
    expect(thrown(BpfError, () => outer.set(0, other)).code).toBe('EINVAL');
  });

  it('refuses a map that is closed', () => {
    const outer = track(BpfMap.create({ type, key: u32, value: codec, maxEntries: 4, innerMap: innerSpec }));
    const inner = BpfMap.create(innerSpec);
    inner.close();
    expect(() => outer.set(0, inner)).toThrow('is closed');
  });
});

describe('info', () => {
  it('is what the kernel says', () => {
    const map = track(
      BpfMap.create({ type: 'hash', key: flow, value: counters, maxEntries: 7, flags: 1, name: 'a.b_1' }),
    );
    expect(map.info).toEqual({
      type: 'hash',
      id: map.id,
      name: 'a.b_1',
      keySize: 20,
      valueSize: 16,
      maxEntries: 7,
      flags: MapFlags.NO_PREALLOC,
      mapExtra: 0n,
      ifindex: 0,
      btf: {
        id: expect.any(Number),
        keyTypeId: expect.any(Number),
        valueTypeId: expect.any(Number),
        kernelId: 0,
        kernelValueTypeId: 0,
      },
    });
    expect(map.fd).toBeGreaterThan(2);
  });
});

describe('freeze', () => {
  it('ends writing from user space', () => {
    const map = track(BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 1 }));
    map.set(0, 5);
    map.freeze();
    const error = thrown(BpfError, () => map.set(0, 6));
    expect(error.code).toBe('EPERM');
    expect(error.hint).toContain('read-only');
    expect(map.get(0)).toBe(5);
  });
});
