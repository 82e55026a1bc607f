import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVERY_TYPE, type LoadedObject, loadObject } from '../test/bpf-object.ts';
import { thrown } from '../test/codec-helpers.ts';
import {
  BpfError,
  BpfMap,
  BtfError,
  type MapOperation,
  type MapType,
  mapTypes,
  possibleCpus,
} from './index.ts';

let object: LoadedObject;
beforeAll(() => {
  object = loadObject(EVERY_TYPE);
});
afterAll(() => object[Symbol.dispose]());

/** With keys and values of zeros, which for some types are descriptors of files that are not what they must be. */
function call(map: BpfMap<Uint8Array, Uint8Array>, operation: MapOperation): unknown {
  const { type, keySize, valueSize } = map.info;
  const key = new Uint8Array(keySize);
  const value = new Uint8Array(
    /percpu/.test(type) ? Math.ceil(valueSize / 8) * 8 * possibleCpus() : valueSize,
  );
  switch (operation) {
    case 'get':
      return map.get(key);
    case 'set':
      return map.set(key, value);
    case 'delete':
      return map.delete(key);
    case 'take':
      return map.take(key);
    case 'iterate':
      return [...map];
    case 'contains':
      return map.contains(value);
  }
}

const operations: readonly MapOperation[] = ['set', 'get', 'iterate', 'take', 'delete', 'contains'];

describe.each(mapTypes)('a $type that libbpf made', ({ type, unsupported }) => {
  it('opens, and describes itself', () => {
    using map = BpfMap.openPinned(object.pin(`m_${type}`), { codec: 'bytes' });
    const { pins, memlock, frozen, ...info } = map.describe();
    expect(info).toEqual(map.info);
    expect(map.info).toMatchObject({ type, name: `m_${type}`.slice(0, 15) });
    expect(pins).toEqual([object.pin(`m_${type}`)]);
    expect(memlock).toBeGreaterThanOrEqual(0);
    expect(frozen).toBe(false);
  });

  it.each(operations.filter((operation) => unsupported[operation] !== undefined))(
    'says why %s does not apply',
    (operation) => {
      using map = BpfMap.openPinned(object.pin(`m_${type}`), { codec: 'bytes' });
      const error = thrown(Error, () => call(map, operation));
      expect(error.message).toContain(unsupported[operation]);
      expect(error).toMatchObject({
        code: expect.stringMatching(/^(ERR_BPF_MAP_TYPE|EINVAL|E(OP)?NOTSUPP)$/),
      });
    },
  );

  it.each(operations.filter((operation) => unsupported[operation] === undefined))(
    'leaves it to the kernel to %s',
    (operation) => {
      using map = BpfMap.openPinned(object.pin(`m_${type}`), { codec: 'bytes' });
      try {
        call(map, operation);
      } catch (error) {
        // The value is no descriptor of what such a map holds.
        const expected = operation === 'set' ? /^E/ : /^EBADF$/;
        expect(error).toBeInstanceOf(BpfError);
        expect(error).toMatchObject({ code: expect.stringMatching(expected) });
      }
    },
  );
});

describe('the table of map types', () => {
  it('has every type of the kernel, in its order', () => {
    expect(mapTypes).toHaveLength(33);
    expect(mapTypes.map(({ type }) => type).slice(0, 3)).toEqual(['hash', 'array', 'prog_array']);
    expect(mapTypes.map(({ since }) => since)).toEqual(
      mapTypes.map(({ since }) => since).toSorted((a, b) => a.localeCompare(b, undefined, { numeric: true })),
    );
  });
});

describe('opened without codecs', () => {
  const undescribed: readonly MapType[] = ['hash_of_maps', 'sockhash', 'queue', 'stack', 'bloom_filter'];

  it.each(mapTypes.map(({ type }) => type).filter((type) => !undescribed.includes(type)))(
    'a %s has what BTF or the kernel says',
    (type) => {
      using map = BpfMap.openPinned(object.pin(`m_${type}`));
      expect(map.info.type).toBe(type);
    },
  );

  it.each(undescribed)('a %s, for which libbpf gives no BTF, is refused', (type) => {
    const path = object.pin(`m_${type}`);
    const error = thrown(BtfError, () => BpfMap.openPinned(path));
    expect(error.code).toBe('ERR_BPF_NO_BTF');
    expect(error.message).toMatch(/has no BTF that describes its (keys|values): say how .*codec: 'bytes'/);
  });

  it('a struct_ops is described by the kernel', () => {
    using map = BpfMap.openPinned<number, { data: { name: string; ssthresh: bigint } }>(
      object.pin('m_struct_ops'),
    );
    expect(map.info.btf?.kernelValueTypeId).toBeGreaterThan(0);
    // Nobody registered it yet.
    expect(map.get(0)?.data).toMatchObject({ name: '', ssthresh: 0n });
  });

  it('a trie has its prefix and data', () => {
    using map = BpfMap.openPinned<{ prefixlen: number; data: Uint8Array }, bigint>(object.pin('m_lpm_trie'));
    map.set({ prefixlen: 8, data: Uint8Array.of(10, 0, 0, 0) }, 8n);
    expect(map.get({ prefixlen: 32, data: Uint8Array.of(10, 1, 2, 3) })).toBe(8n);
  });

  it('a per-CPU map has a value for each CPU', () => {
    using map = BpfMap.openPinned<number, bigint[]>(object.pin('m_percpu_array'));
    const values = Array.from({ length: possibleCpus() }, (_, cpu) => BigInt(cpu + 1));
    map.set(3, values);
    expect(map.get(3)).toEqual(values);
  });

  it('a devmap has an interface and a program', () => {
    using map = BpfMap.openPinned<number, unknown>(object.pin('m_devmap'));
    map.set(0, { ifindex: 1, program: 0 });
    expect(map.get(0)).toEqual({ ifindex: 1, program: 0 });
    expect(map.delete(0)).toBe(true);
  });
});

describe('a bloom filter', () => {
  it('contains what was added, and hardly anything else', () => {
    using map = BpfMap.openPinned(object.pin('m_bloom_filter'), { codec: 'bytes' });
    const value = (n: number) => new Uint8Array(BigUint64Array.of(BigInt(n)).buffer);
    const empty = new Uint8Array(0);
    for (let n = 1; n <= 20; n++) map.set(empty, value(n));
    for (let n = 1; n <= 20; n++) expect(map.contains(value(n))).toBe(true);
    const taken = Array.from({ length: 1000 }, (_, n) => map.contains(value(n + 1000))).filter(Boolean);
    expect(taken.length).toBeLessThan(200);
  });
});

describe('deleting from a sockmap', () => {
  it('tells whether a socket was there', () => {
    using map = BpfMap.openPinned(object.pin('m_sockmap'), { codec: 'bytes' });
    const nowhere = Uint8Array.of(5, 0, 0, 0);
    expect(map.delete(nowhere)).toBe(false);
    expect(map.deleteBatch([nowhere, nowhere])).toBe(0);
  });
});
