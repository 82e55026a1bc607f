import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rejection, thrown } from '../test/codec-helpers.ts';
import { BpfError, BpfMap, BpfUsageError, bytes, type EntryChunk, u8, u16, u32, u64 } from './index.ts';
import { possibleCpus } from './per-cpu.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const pairs = (count: number) => numbers(count).map((n): [number, bigint] => [n, BigInt(n)]);
const create = (maxEntries: number) => BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries });

/** What a chunk of keys of 4 and values of 8 bytes says. */
function entriesOf({ count, keys, values }: EntryChunk): Array<[number, bigint]> {
  const keyView = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
  const valueView = new DataView(values.buffer, values.byteOffset, values.byteLength);
  return numbers(count).map((i) => [keyView.getUint32(4 * i, true), valueView.getBigUint64(8 * i, true)]);
}

describe('chunks', () => {
  it('have all entries, side by side, in buffers that are not written again', async () => {
    using map = create(20_000);
    map.setBatch(pairs(20_000));
    const chunks = [...map.chunks()];
    expect(chunks.length).toBeGreaterThan(1);
    for (const { count, keys, values } of chunks) {
      expect([keys.length, values.length]).toEqual([count * 4, count * 8]);
    }
    expect(new Map(chunks.flatMap(entriesOf))).toEqual(new Map(pairs(20_000)));
    expect(chunks.reduce((sum, { count }) => sum + count, 0)).toBe(20_000);

    const again: Array<[number, bigint]> = [];
    for await (const chunk of map.chunksAsync()) again.push(...entriesOf(chunk));
    expect(again.length).toBe(20_000);
    expect(new Map(again)).toEqual(new Map(pairs(20_000)));
  });

  it('of an empty map are none', async () => {
    using map = create(4);
    expect([...map.chunks()]).toEqual([]);
    for await (const _ of map.chunksAsync()) expect.unreachable('there are none');
  });

  it('of a per-CPU map have a slot of a multiple of 8 bytes for each CPU', () => {
    using map = BpfMap.create({ type: 'percpu_array', key: u32, value: u16, maxEntries: 3 });
    map.setBatch(
      numbers(3).map((n): [number, number[]] => [n, new Array<number>(possibleCpus()).fill(n + 1)]),
    );
    const [chunk] = [...map.chunks()];
    expect(chunk?.count).toBe(3);
    expect(chunk?.values.length).toBe(3 * 8 * possibleCpus());
    expect([...(chunk?.values ?? [])].filter((byte) => byte !== 0)).toEqual(
      numbers(3).flatMap((n) => new Array<number>(possibleCpus()).fill(n + 1)),
    );
  });

  it('are refused where there are no entries, and end with an error when the map is closed', async () => {
    using ring = BpfMap.create({ type: 'ringbuf', maxEntries: 4096 });
    expect(() => ring.chunks()).toThrow(BpfUsageError);
    expect(() => ring.chunksAsync()).toThrow(BpfUsageError);
    const map = create(5000);
    map.setBatch(pairs(5000));
    const [sync, async] = [map.chunks(), map.chunksAsync()];
    sync.next();
    await async.next();
    map.close();
    expect(() => sync.next()).toThrow('is closed');
    expect(await rejection(async.next())).toMatchObject({ code: 'ERR_BPF_CLOSED' });
  });

  it('on the threadpool stop when the signal is aborted', async () => {
    using map = create(20_000);
    map.setBatch(pairs(20_000));
    const controller = new AbortController();
    const chunks = map.chunksAsync({ signal: controller.signal });
    await chunks.next();
    controller.abort(new Error('enough'));
    expect(await rejection(chunks.next())).toMatchObject({ message: 'enough' });
  });
});

describe('setChunk', () => {
  it('copies a map', async () => {
    using one = create(20_000);
    one.setBatch(pairs(15_000));
    using other = create(20_000);
    for (const chunk of one.chunks()) other.setChunk(chunk);
    expect(new Map(other)).toEqual(new Map(one));
    other.clear();
    for await (const chunk of one.chunksAsync()) await other.setChunkAsync(chunk);
    expect(new Map(other)).toEqual(new Map(one));
  });

  it('writes what setBatch writes', () => {
    const entry = fc.tuple(fc.nat(40), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 50 }), (entries) => {
        using map = create(64);
        const keys = Uint32Array.from(entries, ([key]) => key);
        const values = BigUint64Array.from(entries, ([, value]) => value);
        map.setChunk({
          count: entries.length,
          keys: new Uint8Array(keys.buffer),
          values: new Uint8Array(values.buffer),
        });
        expect(new Map(map)).toEqual(new Map(entries));
      }),
      { numRuns: 50 },
    );
  });

  it('in jobs tells over all of them how far it came', async () => {
    using map = create(9000);
    using full = create(5000);
    map.setBatch(pairs(9000));
    const values = new Uint8Array(9000 * 8);
    const keys = new Uint8Array(Uint32Array.from(numbers(9000)).buffer);
    const error = await rejection(full.setChunkAsync({ count: 9000, keys, values }));
    expect(error).toBeInstanceOf(BpfError);
    expect(error).toMatchObject({ code: 'E2BIG', completed: 5000 });
  });

  it('obeys the mode', async () => {
    using map = create(4);
    map.set(2, 2n);
    const chunk = { count: 2, keys: new Uint8Array(Uint32Array.of(1, 2).buffer), values: new Uint8Array(16) };
    expect(thrown(BpfError, () => map.setChunk(chunk, { mode: 'create' }))).toMatchObject({
      code: 'EEXIST',
      completed: 1,
    });
    expect(await rejection(map.setChunkAsync(chunk, { mode: 'create' }))).toMatchObject({
      code: 'EEXIST',
      completed: 0,
    });
  });

  it('pushes to a queue, which has no keys', () => {
    using queue = BpfMap.create({ type: 'queue', value: u8, maxEntries: 4 });
    queue.setChunk({ count: 3, keys: new Uint8Array(0), values: Uint8Array.of(1, 2, 3) });
    expect(queue.takeBatch([undefined, undefined, undefined])).toEqual([1, 2, 3]);
  });

  const misused: ReadonlyArray<readonly [string, unknown]> = [
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['no count', { keys: new Uint8Array(4), values: new Uint8Array(8) }],
    ['a count below zero', { count: -1, keys: new Uint8Array(4), values: new Uint8Array(8) }],
    ['half a count', { count: 0.5, keys: new Uint8Array(2), values: new Uint8Array(4) }],
    [
      'a count that is not a number',
      { count: Number.NaN, keys: new Uint8Array(0), values: new Uint8Array(0) },
    ],
    ['a count that is too large', { count: 2 ** 32, keys: new Uint8Array(4), values: new Uint8Array(8) }],
    ['keys that are too short', { count: 1, keys: new Uint8Array(3), values: new Uint8Array(8) }],
    ['keys that are too long', { count: 1, keys: new Uint8Array(5), values: new Uint8Array(8) }],
    ['values that are too short', { count: 2, keys: new Uint8Array(8), values: new Uint8Array(15) }],
    ['keys of another type', { count: 1, keys: new Uint32Array(1), values: new Uint8Array(8) }],
    ['values that are an array', { count: 1, keys: new Uint8Array(4), values: new Array(8).fill(0) }],
  ];

  it.each(misused)('refuses %s', async (_, chunk) => {
    using map = create(4);
    for (const call of [map.setChunk, map.setChunkAsync] as unknown[]) {
      if (typeof call !== 'function') throw new TypeError('not a function');
      const error = await rejection(
        (async () => {
          await Reflect.apply(call, map, [chunk]);
        })(),
      );
      expect(error).toMatchObject({ name: 'BpfUsageError', code: 'ERR_BPF_ARGUMENT' });
    }
    expect(map.count()).toBe(0);
  });

  it('refuses a buffer that was transferred', () => {
    using map = create(4);
    const keys = new Uint8Array(4);
    structuredClone(keys.buffer, { transfer: [keys.buffer] });
    expect(() => map.setChunk({ count: 1, keys, values: new Uint8Array(8) })).toThrow(BpfUsageError);
  });
});

describe('forEach', () => {
  it('gives value, key and map of each entry, as a Map does', () => {
    using map = create(5000);
    map.setBatch(pairs(5000));
    const seen = new Map<number, bigint>();
    map.forEach((value, key, self) => {
      expect(self).toBe(map);
      seen.set(key, value);
    });
    expect(seen).toEqual(new Map(pairs(5000)));
  });

  it('ends with what the callback throws, or when the map is closed by it', () => {
    const map = create(8);
    map.setBatch(pairs(8));
    let calls = 0;
    const stop = new Error('stop');
    const act = () => {
      calls++;
      throw stop;
    };
    expect(thrown(Error, () => map.forEach(act))).toBe(stop);
    expect(calls).toBe(1);
    expect(() =>
      map.forEach(() => {
        map.close();
      }),
    ).toThrow('is closed');
  });
});

describe('an iterator', () => {
  it('is over once it was left or has thrown, and has what JavaScript gives iterators', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: bytes(2), maxEntries: 8 });
    map.setBatch(numbers(8).map((n): [number, Uint8Array] => [n, new Uint8Array(2)]));
    const iterator = map.keys();
    for (const _ of iterator) break;
    expect(iterator.next()).toEqual({ value: undefined, done: true });
    expect(iterator).toBeInstanceOf(Iterator);
    expect(iterator[Symbol.iterator]()).toBe(iterator);

    using other = BpfMap.openById(map.id, {
      key: u32,
      value: {
        size: 2,
        alignment: 1,
        encode() {},
        decode() {
          throw new Error('refused');
        },
      },
    });
    const values = other.values();
    expect(() => values.next()).toThrow('refused');
    expect(values.next()).toEqual({ value: undefined, done: true });
  });

  it('that its own codec drives gives each entry once', () => {
    using map = create(600);
    map.setBatch(pairs(600));
    const seen: number[] = [];
    let nested = 0;
    using other = BpfMap.openById(map.id, {
      key: {
        size: 4,
        alignment: 4,
        encode() {},
        decode(view: DataView, offset: number): number {
          const key = view.getUint32(offset, true);
          seen.push(key);
          if (nested++ < 3000 && nested % 2 === 1) keys.next();
          return key;
        },
      },
      value: u64,
    });
    const keys: Iterator<number> & Iterable<number> = other.keys();
    let reentrant = false;
    try {
      for (const _ of keys);
    } catch (error) {
      reentrant = (error as BpfUsageError).code === 'ERR_BPF_REENTRANT';
    }
    // The chunk that is decoded is never exchanged for another one.
    expect(reentrant || seen.length === 600).toBe(true);
    expect(new Set(seen).size).toBe(seen.length);
  });
});
