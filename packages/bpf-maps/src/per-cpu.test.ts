import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { BpfMap, BpfUsageError, possibleCpus, struct, sumPerCpu, u32, u64 } from './index.ts';

describe('sumPerCpu', () => {
  it('sums numbers and bigints', () => {
    expect(sumPerCpu([1, 2, 3])).toBe(6);
    expect(sumPerCpu([2n ** 63n, 2n ** 63n])).toBe(2n ** 64n);
    expect(sumPerCpu([7])).toBe(7);
  });

  it('sums objects and arrays member by member, and leaves them alone', () => {
    const values = [
      { packets: 1n, sizes: [1, 2], by: { cpu: 1 } },
      { packets: 2n, sizes: [10, 20], by: { cpu: 2 } },
    ];
    expect(sumPerCpu(values)).toEqual({ packets: 3n, sizes: [11, 22], by: { cpu: 3 } });
    expect(values[0]).toEqual({ packets: 1n, sizes: [1, 2], by: { cpu: 1 } });
  });

  it('sums what a per-CPU map holds', () => {
    const counters = struct({ packets: u64, drops: u32 });
    using map = BpfMap.create({ type: 'percpu_array', key: u32, value: counters, maxEntries: 1 });
    map.set(
      0,
      Array.from({ length: possibleCpus() }, () => ({ packets: 5n, drops: 1 })),
    );
    const values = map.get(0);
    expect(sumPerCpu(values ?? [])).toEqual({ packets: 5n * BigInt(possibleCpus()), drops: possibleCpus() });
  });

  it.each([
    ['nothing', []],
    ['no array', 5],
    ['text', ['a', 'b']],
    ['booleans', [true, false]],
    ['bytes', [Uint8Array.of(1), Uint8Array.of(2)]],
    ['numbers and bigints', [1, 2n]],
    ['arrays of different lengths', [[1], [1, 2]]],
    ['objects of different members', [{ a: 1 }, { b: 1 }]],
    ['null', [null, null]],
  ])('refuses %s', (_, values) => {
    const call: unknown = sumPerCpu;
    if (typeof call !== 'function') throw new TypeError('not a function');
    expect(thrown(BpfUsageError, () => Reflect.apply(call, undefined, [values])).code).toBe(
      'ERR_BPF_ARGUMENT',
    );
  });
});
