import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { objectForTests } from '../test/object-for-tests.ts';
import { BpfError, BpfMap, BpfUsageError, u32, u64 } from './index.ts';

interface Locked {
  low: number;
  high: bigint;
}

describe('a map whose values have a struct bpf_spin_lock', () => {
  const object = objectForTests('locked.bpf.c');
  const open = () => BpfMap.openPinned<number, Locked>(object.map('m_locked'));

  it('is written and read under the lock', () => {
    using map = open();
    map.set(1, { low: 1, high: 2n }, { lock: true });
    expect(map.get(1, { lock: true })).toMatchObject({ low: 1, high: 2n });
    expect(map.get(1)).toMatchObject({ low: 1, high: 2n });
    expect(map.get(2, { lock: true })).toBeUndefined();
  });

  it('keeps the mode', () => {
    using map = open();
    const value = { low: 1, high: 2n };
    map.set(1, value);
    expect(thrown(BpfError, () => map.set(1, value, { lock: true, mode: 'create' })).code).toBe('EEXIST');
    expect(thrown(BpfError, () => map.set(5, value, { lock: true, mode: 'update' })).code).toBe('ENOENT');
  });

  it('is written in batches under the lock', async () => {
    using map = open();
    map.setBatch([[3, { low: 3, high: 3n }]], { lock: true });
    await map.setBatchAsync([[4, { low: 4, high: 4n }]], { lock: true });
    expect(map.getBatch([3, 4])).toMatchObject([{ low: 3 }, { low: 4 }]);
  });
});

describe('the lock of values that have none', () => {
  it('is refused by the kernel', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4 });
    expect(thrown(BpfError, () => map.set(1, 1n, { lock: true })).code).toBe('EINVAL');
    map.set(1, 1n);
    expect(thrown(BpfError, () => map.get(1, { lock: true })).code).toBe('EINVAL');
    expect(map.get(1, { lock: false })).toBe(1n);
  });

  it.each([1, 'yes', null])('is misused: %s', (lock) => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4 });
    for (const [call, ...args] of [
      [map.get, 1, { lock }],
      [map.set, 1, 1n, { lock }],
    ]) {
      if (typeof call !== 'function') throw new TypeError('not a function');
      const error = thrown(BpfUsageError, () => Reflect.apply(call, map, args));
      expect(error.code).toBe('ERR_BPF_ARGUMENT');
    }
  });
});
