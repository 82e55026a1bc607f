import { describe, expect, expectTypeOf, it } from 'vitest';
import { makePinDirectory } from '../test/bpffs.ts';
import { thrown } from '../test/codec-helpers.ts';
import {
  BpfError,
  BpfMap,
  BpfUsageError,
  BtfError,
  type BtfValue,
  bytes,
  innerMap,
  none,
  possibleCpus,
  u32,
  u64,
} from './index.ts';

const create = () => BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4, name: 'shared' });

describe('access', () => {
  it('to read alone keeps from writing', () => {
    using pins = makePinDirectory();
    const path = `${pins.path}/access`;
    using map = create();
    map.set(1, 42n);
    map.pin(path);
    using pinned = BpfMap.openPinned(path, { key: u32, value: u64, access: 'read' });
    using byId = BpfMap.openById(map.id, { key: u32, value: u64, access: 'read' });
    for (const reader of [pinned, byId]) {
      expect([...reader]).toEqual([[1, 42n]]);
      const error = thrown(BpfError, () => reader.set(1, 1n));
      expect(error.code).toBe('EPERM');
      expect(error.hint).toContain("opened with access: 'read'");
      expect(thrown(BpfError, () => reader.delete(1)).hint).toContain("access: 'read'");
    }
  });

  it('to write alone keeps from reading', () => {
    using map = create();
    using writer = BpfMap.openById(map.id, { key: u32, value: u64, access: 'write' });
    writer.set(1, 7n);
    expect(map.get(1)).toBe(7n);
    expect(thrown(BpfError, () => writer.get(1)).hint).toContain("access: 'write'");
    expect(thrown(BpfError, () => [...writer]).hint).toContain("access: 'write'");
  });

  it('is checked', () => {
    using map = create();
    const wrong = { access: 'readwrite' };
    const error = thrown(BpfUsageError, () => Reflect.apply(BpfMap.openById, BpfMap, [map.id, wrong]));
    expect(error.message).toContain("access must be 'read' or 'write'");
    expect(thrown(BpfUsageError, () => BpfMap.fromFd(0, { access: 'read' })).message).toContain('no access');
  });
});

describe('one codec, and BTF for the other', () => {
  it('reads keys by the codec, values by BTF', () => {
    using map = create();
    map.set(5, 7n);
    using keys = BpfMap.openById<Uint8Array, bigint>(map.id, { key: bytes(4) });
    expect(keys.get(Uint8Array.of(5, 0, 0, 0))).toBe(7n);
    using numbers = BpfMap.openById(map.id, { key: u32 });
    expectTypeOf(numbers).toEqualTypeOf<BpfMap<number, BtfValue>>();
  });

  it('reads values by the codec, keys by BTF', () => {
    using map = create();
    map.set(5, 7n);
    using values = BpfMap.openById(map.id, { value: bytes(8) });
    expectTypeOf(values).toEqualTypeOf<BpfMap<BtfValue, Uint8Array>>();
    expect([...values]).toEqual([[5, Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0)]]);
  });

  it('reads per-CPU maps by either', () => {
    using map = BpfMap.create({ type: 'percpu_hash', key: u32, value: u64, maxEntries: 1 });
    const values = Array.from({ length: possibleCpus() }, (_, cpu) => BigInt(cpu));
    map.set(1, values);
    using keys = BpfMap.openById<number, bigint[]>(map.id, { key: u32 });
    expect(keys.get(1)).toEqual(values);
    using read = BpfMap.openById(map.id, { value: u64, perCpu: true });
    expect(read.get(1)).toEqual(values);
    expect(thrown(BpfUsageError, () => BpfMap.openById(map.id, { value: u64 })).code).toBe(
      'ERR_BPF_MAP_TYPE',
    );
  });

  it('says which one is missing where there is no BTF', () => {
    using map = BpfMap.create({ type: 'queue', value: u64, maxEntries: 1 });
    const error = thrown(BtfError, () => BpfMap.openById(map.id, { key: none }));
    expect(error.code).toBe('ERR_BPF_NO_BTF');
    expect(error.message).toContain('no BTF that describes its values');
    using queue = BpfMap.openById<bigint, undefined>(map.id, { value: u64 });
    queue.set(undefined, 1n);
    expect(queue.take(undefined)).toBe(1n);
  });
});

describe('inner maps', () => {
  const spec = { type: 'hash', key: u32, value: u64, maxEntries: 4 } as const;

  it('are read by their BTF, or as is said', () => {
    using outer = BpfMap.create({
      type: 'array_of_maps',
      key: u32,
      value: innerMap<number, bigint>(),
      maxEntries: 1,
      innerMap: spec,
    });
    using inner = BpfMap.create(spec);
    inner.set(1, 2n);
    outer.set(0, inner);
    using found = outer.get(0);
    expect(found?.get(1)).toBe(2n);
    using raw = BpfMap.openById(outer.id, { key: u32, value: innerMap({ codec: 'bytes' }) });
    using bytesFound = raw.get(0);
    expect([...(bytesFound?.keys() ?? [])]).toEqual([Uint8Array.of(1, 0, 0, 0)]);
    using half = BpfMap.openById(outer.id, {
      key: u32,
      value: innerMap<bigint>({ value: u64, access: 'read' }),
    });
    using readOnly = half.get(0);
    expect([...(readOnly?.values() ?? [])]).toEqual([2n]);
    expect(() => readOnly?.set(1, 1n)).toThrow('EPERM');
  });
});
