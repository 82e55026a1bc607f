import { createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EntryReader } from './entry-reader.ts';
import { BpfMap, bytes, u32, u64 } from './index.ts';
import { stateOf } from './map-base.ts';

/** From this many slots on, a walk uses a BPF iterator; below, system calls for each entry. */
const MANY = 512;

describe.each(['sockmap', 'sockhash'] as const)('a walk over a %s', (type) => {
  let server: Server;
  let descriptor = 0n;

  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const handle: unknown = Reflect.get(server, '_handle');
    const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
    if (typeof fd !== 'number') throw new TypeError('a server that listens has a descriptor');
    descriptor = BigInt(fd);
  });

  afterAll(() => {
    server.close();
  });

  const create = (maxEntries: number) => BpfMap.create({ type, key: u32, value: u64, maxEntries });

  it.each([MANY - 1, MANY, 20_000])(
    'of %s slots sees the sockets that are there, once each',
    async (slots) => {
      using map = create(slots);
      const present = [0, 7, 200, slots - 1];
      for (const key of present) map.set(key, descriptor);
      const cookie = map.get(7);
      expect(cookie).toBeGreaterThan(0n);
      const entries = [...map].toSorted(([a], [b]) => a - b);
      expect(entries).toEqual(present.map((key) => [key, cookie]));
      expect(await map.countAsync()).toBe(present.length);
      map.delete(7);
      expect(map.count()).toBe(present.length - 1);
      for (const key of present) map.delete(key);
      expect([...map]).toEqual([]);
    },
  );

  it('sees each once where one read does not give all', () => {
    using map = create(10_000);
    for (let key = 0; key < 9000; key++) map.set(key, descriptor);
    const seen = [...map.keys()];
    expect(seen.length).toBe(9000);
    expect(new Set(seen).size).toBe(9000);
  });

  it.each([8, MANY])('of %s slots sees what stays exactly once, whatever comes and goes', (slots) => {
    const keys = fc.uniqueArray(fc.nat(slots - 1), { maxLength: slots / 2 });
    const step = fc.record({ change: keys, remove: fc.boolean() });
    fc.assert(
      fc.property(
        keys,
        keys,
        fc.integer({ min: 1, max: 7 }),
        fc.array(step),
        (staying, first, capacity, steps) => {
          using map = create(slots);
          for (const key of [...staying, ...first]) map.set(key, descriptor);
          const stays = new Set(staying);
          const seen: number[] = [];
          const reader = new EntryReader(stateOf(map), { capacity });
          for (let count = reader.read(), turn = 0; count > 0; count = reader.read(), turn++) {
            for (let i = 0; i < count; i++) seen.push(reader.key(i));
            const { change, remove } = steps[turn] ?? { change: [], remove: true };
            for (const key of change) {
              if (stays.has(key)) continue;
              if (remove) map.delete(key);
              else map.set(key, descriptor);
            }
          }
          expect(new Set(seen).size).toBe(seen.length);
          expect(staying.filter((key) => !seen.includes(key))).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has keys of any size, where the type has', () => {
    if (type === 'sockmap') {
      expect(() => BpfMap.create({ type, key: bytes(5), value: u64, maxEntries: MANY })).toThrow('EINVAL');
      return;
    }
    using map = BpfMap.create({ type, key: bytes(37), value: u64, maxEntries: MANY });
    const key = (n: number) => new Uint8Array(37).fill(n);
    for (let n = 0; n < 200; n++) map.set(key(n), descriptor);
    const seen = [...map.keys()].map((found) => found.join());
    expect(seen.toSorted()).toEqual(Array.from({ length: 200 }, (_, n) => key(n).join()).toSorted());
  });
});
