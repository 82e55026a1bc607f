import { describe, expect, expectTypeOf, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import {
  array,
  BpfError,
  BpfMap,
  BpfUsageError,
  be32,
  be64,
  bytes,
  type Codec,
  f32,
  f64,
  i32,
  i64,
  MapFlags,
  type MappedBigints,
  type MappedNumbers,
  mappedArray,
  struct,
  u8,
  u32,
  u64,
} from './index.ts';

const create = <V>(value: Codec<V>, flags: number = MapFlags.MMAPABLE) =>
  BpfMap.create({ type: 'array', key: u32, value, maxEntries: 10, flags, name: 'mapped' });

const LOWEST = -(2 ** 31);

describe('mappedArray', () => {
  it.each([
    ['u32', u32, Uint32Array, 2 ** 32 - 1],
    ['i32', i32, Int32Array, LOWEST],
  ] as const)('gives numbers for %s', (_, codec, type, value) => {
    using map = create<number>(codec);
    const { values, stride, length } = mappedArray(map);
    expectTypeOf(values).toEqualTypeOf<MappedNumbers>();
    expect(values).toBeInstanceOf(type);
    expect({ stride, length }).toEqual({ stride: 2, length: 10 });
    map.set(9, value);
    expect(values[stride * 9]).toBe(value);
    values[stride * 8] = value;
    expect(map.get(8)).toBe(value);
    expect([map.get(7), map.get(9)]).toEqual([0, value]);
  });

  it.each([
    ['u64', u64, BigUint64Array, 2n ** 64n - 1n],
    ['i64', i64, BigInt64Array, -(2n ** 63n)],
  ] as const)('gives bigints for %s', (_, codec, type, value) => {
    using map = create<bigint>(codec);
    const { values, stride, length } = mappedArray(map);
    expectTypeOf(values).toEqualTypeOf<MappedBigints>();
    expect(values).toBeInstanceOf(type);
    expect({ stride, length, elements: values.length }).toEqual({ stride: 1, length: 10, elements: 10 });
    map.set(9, value);
    expect(values[9]).toBe(value);
    values[8] = value;
    expect(map.get(8)).toBe(value);
  });

  it('has the atomic operations of Atomics', () => {
    using numbers = create(u32);
    const { values, stride } = mappedArray(numbers);
    expect(Atomics.add(values, stride * 3, 5)).toBe(0);
    expect(Atomics.compareExchange(values, stride * 3, 5, 7)).toBe(5);
    expect(Atomics.compareExchange(values, stride * 3, 5, 9)).toBe(7);
    expect(Atomics.store(values, stride * 4, 1)).toBe(1);
    expect(Atomics.exchange(values, stride * 4, 2)).toBe(1);
    expect([numbers.get(2), numbers.get(3), numbers.get(4)]).toEqual([0, 7, 2]);

    using bigints = create(i64);
    const wide = mappedArray(bigints);
    Atomics.sub(wide.values, 1, 1n);
    expect(Atomics.load(wide.values, 1)).toBe(-1n);
    expect(bigints.get(1)).toBe(-1n);
  });

  it('takes what BTF says of values', () => {
    using map = create(i32);
    using opened = BpfMap.openById(map.id, { codec: 'btf' });
    const { values, stride } = mappedArray(opened);
    values[stride] = -3;
    expect(map.get(1)).toBe(-3);
  });

  it.each([
    ['bytes', bytes(8)],
    ['network byte order', be32],
    ['network byte order, 64 bits', be64],
    ['floats', f32],
    ['doubles', f64],
    ['one byte', u8],
    ['an array', array(u32, 2)],
    ['a struct', struct({ a: u64 })],
  ])('refuses values that are no such integers: %s', (_, codec) => {
    using map = create<unknown>(codec as Codec<unknown>);
    const error = thrown(BpfUsageError, () => mappedArray(map));
    expect(error.code).toBe('ERR_BPF_MAP_TYPE');
    expect(error.message).toContain("map 'mapped'");
    expect(error.message).toContain('has other values');
  });

  it('refuses maps of other types, and arrays that cannot be mapped', () => {
    using hash = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 1 });
    expect(thrown(BpfUsageError, () => mappedArray(hash)).message).toContain('is of type hash');
    using plain = create(u64, 0);
    expect(thrown(BpfUsageError, () => mappedArray(plain)).message).toContain('MapFlags.MMAPABLE');
    using frozen = create(u64);
    frozen.freeze();
    expect(thrown(BpfError, () => mappedArray(frozen)).code).toBe('EPERM');
  });

  it('says that the map is closed; what was mapped stays', () => {
    const map = create(u64);
    const { values } = mappedArray(map);
    map.close();
    expect(thrown(BpfUsageError, () => mappedArray(map)).code).toBe('ERR_BPF_CLOSED');
    values[0] = 3n;
    expect(values[0]).toBe(3n);
  });

  it('refuses what is no map', () => {
    expect(() => Reflect.apply(mappedArray, null, [{}])).toThrow(TypeError);
    expect(() => Reflect.apply(mappedArray, null, [])).toThrow(TypeError);
  });
});
