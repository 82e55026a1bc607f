import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { BpfMap, BpfUsageError, bytes, type Codec, possibleCpus, struct, u8, u32, u64 } from './index.ts';

function callWith(map: BpfMap<number, bigint>, ...args: unknown[]): unknown {
  return Reflect.apply(map.getInto, map, args);
}

describe('getInto', () => {
  const create = () => BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4, name: 'into' });

  it('writes the bytes of the value, whatever its codec is', () => {
    using map = create();
    map.set(1, 0x0102_0304_0506_0708n);
    const target = new Uint8Array(8);
    expect(map.getInto(1, target)).toBe(true);
    expect(new DataView(target.buffer).getBigUint64(0, true)).toBe(0x0102_0304_0506_0708n);
  });

  it('leaves the target as it is when the key is not there', () => {
    using map = create();
    const target = new Uint8Array(8).fill(7);
    expect(map.getInto(1, target)).toBe(false);
    expect([...target]).toEqual([7, 7, 7, 7, 7, 7, 7, 7]);
  });

  it.each([1, 15, 16, 17, 64, 1000])('copies values of %i bytes', (size) => {
    using map = BpfMap.create({ type: 'array', key: u32, value: bytes(size), maxEntries: 2 });
    const value = Uint8Array.from({ length: size }, (_, index) => index + 1);
    map.set(1, value);
    // A part of a buffer that begins where it is not aligned, and whose neighbours are not touched.
    const memory = new Uint8Array(size + 2);
    expect(map.getInto(1, memory.subarray(1, size + 1))).toBe(true);
    expect([...memory]).toEqual([0, ...value, 0]);
    expect(map.get(1)).toEqual(value);
  });

  it('gives the slots of all CPUs of a per-CPU map', () => {
    using map = BpfMap.create({
      type: 'percpu_array',
      key: u32,
      value: struct({ a: u32, b: u8 }, { packed: true }),
      maxEntries: 1,
    });
    const cpus = possibleCpus();
    map.set(
      0,
      Array.from({ length: cpus }, (_, cpu) => ({ a: cpu + 1, b: 9 })),
    );
    const target = new Uint8Array(8 * cpus);
    expect(map.getInto(0, target)).toBe(true);
    for (let cpu = 0; cpu < cpus; cpu++) {
      expect([...target.subarray(8 * cpu, 8 * cpu + 8)]).toEqual([cpu + 1, 0, 0, 0, 9, 0, 0, 0]);
    }
  });

  it('refuses targets of another size, or that are none', () => {
    using map = create();
    map.set(1, 1n);
    for (const target of [new Uint8Array(7), new Uint8Array(9), new Uint8Array(0)]) {
      const error = thrown(BpfUsageError, () => map.getInto(1, target));
      expect(error.code).toBe('ERR_BPF_ARGUMENT');
      expect(error.message).toBe(`target must be a Uint8Array of 8 bytes, got one of ${target.length}`);
    }
    for (const target of [
      undefined,
      null,
      8,
      'x',
      {},
      new ArrayBuffer(8),
      new DataView(new ArrayBuffer(8)),
      new Int8Array(8),
      new Proxy(new Uint8Array(8), {}),
    ]) {
      expect(thrown(BpfUsageError, () => callWith(map, 1, target)).code).toBe('ERR_BPF_ARGUMENT');
    }
    const detached = new Uint8Array(8);
    detached.buffer.transfer();
    expect(thrown(BpfUsageError, () => map.getInto(1, detached)).message).toContain('got one of 0');
  });

  it.each([8, 64])('writes to nothing that a codec has taken away: values of %i bytes', (size) => {
    let take = (): void => {};
    const key: Codec<number> = {
      size: 4,
      alignment: 4,
      encode(value, view, offset) {
        take();
        u32.encode(value, view, offset);
      },
      decode: u32.decode,
    };
    using map = BpfMap.create({ type: 'hash', key, value: bytes(size), maxEntries: 4 });
    map.set(1, new Uint8Array(size).fill(5));
    const target = new Uint8Array(size);
    const taken: ArrayBuffer[] = [];
    take = () => {
      if (!target.buffer.detached) taken.push(target.buffer.transfer(size));
    };
    try {
      map.getInto(1, target);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
    }
    expect(target.length).toBe(0);
    expect(taken.map((buffer) => [...new Uint8Array(buffer)])).toEqual([Array(size).fill(0)]);
    // And it goes on with another.
    expect(map.getInto(1, new Uint8Array(size))).toBe(true);
  });

  it('takes shared memory', () => {
    using map = create();
    map.set(1, 5n);
    const target = new Uint8Array(new SharedArrayBuffer(8));
    expect(map.getInto(1, target)).toBe(true);
    expect(target[0]).toBe(5);
  });

  it('says that the map is closed', () => {
    const map = create();
    map.close();
    expect(thrown(BpfUsageError, () => map.getInto(1, new Uint8Array(8))).code).toBe('ERR_BPF_CLOSED');
  });

  it('refuses options that are none, and a lock that values do not have', () => {
    using map = create();
    map.set(1, 1n);
    expect(thrown(BpfUsageError, () => callWith(map, 1, new Uint8Array(8), 3)).code).toBe('ERR_BPF_ARGUMENT');
    expect(() => map.getInto(1, new Uint8Array(8), { lock: true })).toThrow('EINVAL');
  });
});
