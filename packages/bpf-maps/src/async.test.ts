import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rejection } from '../test/codec-helpers.ts';
import { BpfError, BpfMap, BpfUsageError, bytes, CodecError, cidr, ipv4, u32, u64 } from './index.ts';

const run = promisify(execFile);
const ENTRY = JSON.stringify(new URL('../dist/index.js', import.meta.url).href);

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const pairs = (count: number) => numbers(count).map((n): [number, bigint] => [n, BigInt(n)]);

const create = (maxEntries: number) =>
  BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries, name: 'jobs' });

async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** Runs a script of its own in Node, with what it imports from this package. */
async function node(script: string): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '-e', `import { BpfMap, u32, u64 } from ${ENTRY};\n${script}`],
    { timeout: 30_000 },
  );
  return stdout.trim();
}

describe('batches on the threadpool', () => {
  it('do what those on this thread do, over many jobs', async () => {
    using map = create(20_000);
    await map.setBatchAsync(pairs(20_000));
    expect(map.get(19_999)).toBe(19_999n);
    const keys = [5, 30_000, ...numbers(10_000)];
    expect(await map.getBatchAsync(keys)).toEqual(map.getBatch(keys));
    expect(await map.deleteBatchAsync([...numbers(15_000), 40_000])).toBe(15_000);
    expect(await map.takeBatchAsync([1, 15_000, 15_001])).toEqual([undefined, 15_000n, 15_001n]);
    expect(await map.getBatchAsync([15_000, 15_001, 15_002])).toEqual([undefined, undefined, 15_002n]);
    expect(map.count()).toBe(4998);
  });

  it('may be empty', async () => {
    using map = create(4);
    await map.setBatchAsync([]);
    expect(await map.getBatchAsync([])).toEqual([]);
    expect(await map.takeBatchAsync([])).toEqual([]);
    expect(await map.deleteBatchAsync([])).toBe(0);
  });

  it('tell over all jobs how far they came', async () => {
    using map = create(5000);
    expect(await rejection(map.setBatchAsync(pairs(6000)))).toMatchObject({
      code: 'E2BIG',
      completed: 5000,
      operation: 'BPF_MAP_UPDATE_BATCH',
    });
    map.clear();
    map.set(4500, 1n);
    const error = await rejection(map.setBatchAsync(pairs(5000), { mode: 'create' }));
    expect(error).toBeInstanceOf(BpfError);
    expect(error).toMatchObject({ code: 'EEXIST', completed: 4500 });
  });

  it('take entries before they return: what changes afterwards does not matter', async () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: bytes(4), maxEntries: 4 });
    const value = Uint8Array.of(1, 2, 3, 4);
    const entries: Array<[number, Uint8Array]> = [[1, value]];
    const done = map.setBatchAsync(entries);
    value.fill(9);
    entries.length = 0;
    await done;
    expect(map.get(1)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('work where the type has no batches', async () => {
    using trie = BpfMap.create({ type: 'lpm_trie', key: cidr(ipv4), value: u32, maxEntries: 9000 });
    const entries = numbers(9000).map((n): [string, number] => [`10.${n >> 8}.${n & 255}.0/24`, n]);
    await trie.setBatchAsync(entries);
    expect(await trie.countAsync()).toBe(9000);
    expect(new Map(await collect(trie))).toEqual(new Map(entries));
    expect(await trie.deleteBatchAsync(entries.slice(0, 10).map(([key]) => key))).toBe(10);
    const error = await rejection(trie.takeBatchAsync(['10.0.11.0/24']));
    expect(error).toBeInstanceOf(BpfError);
    expect((error as BpfError).hint).toContain('use get, then delete');
  });

  it('have an array of values for per-CPU maps', async () => {
    using map = BpfMap.create({ type: 'percpu_hash', key: u32, value: u32, maxEntries: 10 });
    const zeros = map.getBatch([1])[0];
    expect(zeros).toBeUndefined();
    map.set(1, new Array(cpus(map)).fill(3));
    expect(await map.getBatchAsync([1, 2])).toEqual([new Array(cpus(map)).fill(3), undefined]);
    expect(await map.takeBatchAsync([1])).toEqual([new Array(cpus(map)).fill(3)]);
  });

  function cpus(map: BpfMap<number, number[]>): number {
    map.setBatch([]);
    return readdirSync('/sys/devices/system/cpu').filter((name) => /^cpu\d+$/.test(name)).length;
  }
});

describe('setBatchAsync', () => {
  it('encodes slice by slice, the event loop turns in between, before the first entry is written', async () => {
    using map = create(300_000);
    let turns = 0;
    let taken = 0;
    let most = 0;
    let running = true;
    let countEarly = -1;
    const turn = () => {
      turns++;
      most = Math.max(most, taken);
      taken = 0;
      if (turns === 5) countEarly = map.count();
      if (running) setImmediate(turn);
    };
    function* entries(): Generator<[number, bigint]> {
      for (const entry of pairs(300_000)) {
        taken++;
        yield entry;
      }
    }
    setImmediate(turn);
    await map.setBatchAsync(entries());
    running = false;
    expect(map.count()).toBe(300_000);
    expect(countEarly).toBe(0);
    // A slice is half a millisecond.
    expect(most).toBeLessThan(60_000);
  });

  it('writes nothing if the last of many entries does not fit', async () => {
    using map = create(200_000);
    const entries = pairs(150_000);
    entries.push([150_000, -1n]);
    expect(await rejection(map.setBatchAsync(entries))).toMatchObject({ path: 'values[150000]' });
    expect(map.count()).toBe(0);
  });

  it('stops encoding when it is aborted or the map closed, and tells the iterator', async () => {
    for (const end of ['abort', 'close'] as const) {
      using map = create(4);
      let left = false;
      function* endless(): Generator<[number, bigint]> {
        try {
          for (let n = 0; ; n++) yield [n, 1n];
        } finally {
          left = true;
        }
      }
      const controller = new AbortController();
      const running = map.setBatchAsync(endless(), { signal: controller.signal });
      setTimeout(() => (end === 'abort' ? controller.abort(new Error('enough')) : map.close()), 5);
      const error = await rejection(running);
      if (end === 'abort') expect(error).toMatchObject({ message: 'enough' });
      else expect(error).toMatchObject({ code: 'ERR_BPF_CLOSED' });
      expect(left).toBe(true);
    }
  });

  it('says which entry is none', async () => {
    using map = create(4);
    const call: unknown = map.setBatchAsync;
    if (typeof call !== 'function') throw new TypeError('not a function');
    for (const entry of [undefined, null, 5, 'ab']) {
      const error = await rejection(Reflect.apply(call, map, [[[1, 1n], entry]]));
      expect(error).toMatchObject({
        code: 'ERR_BPF_ARGUMENT',
        message: expect.stringContaining('entries[1] must be [key, value]'),
      });
    }
    expect(map.count()).toBe(0);
  });
});

describe('what was taken when a batch ends early', () => {
  const keys = numbers(60_000);

  it('is in `into`, and nothing else is gone, when it is aborted', async () => {
    using map = create(60_000);
    map.setBatch(pairs(60_000));
    const controller = new AbortController();
    const reason = new Error('enough');
    const into: Array<bigint | undefined> = [];
    const running = map.takeBatchAsync(keys, { signal: controller.signal, into });
    const poll = setInterval(() => {
      if (into.length > 0) controller.abort(reason);
    }, 0);
    expect(await rejection(running)).toBe(reason);
    clearInterval(poll);
    expect(into.length).toBeGreaterThan(0);
    expect(into.length).toBeLessThan(60_000);
    expect(into).toEqual(keys.slice(0, into.length).map(BigInt));
    expect(map.count()).toBe(60_000 - into.length);
  });

  it('is in `into` when the map is closed while a job runs', async () => {
    const map = create(60_000);
    using same = BpfMap.openById(map.id, { key: u32, value: u64 });
    map.setBatch(pairs(60_000));
    const into: Array<bigint | undefined> = [];
    const running = map.takeBatchAsync(keys, { into });
    map.close();
    expect(await rejection(running)).toMatchObject({ code: 'ERR_BPF_CLOSED' });
    expect(into).toEqual(keys.slice(0, into.length).map(BigInt));
    expect(same.count()).toBe(60_000 - into.length);
  });

  it('is also in what is returned', async () => {
    using map = create(8);
    map.setBatch(pairs(3));
    const into: Array<bigint | undefined> = [7n];
    expect(await map.takeBatchAsync([1, 5], { into })).toBe(into);
    expect(map.takeBatch([2], { into })).toBe(into);
    expect(into).toEqual([7n, 1n, undefined, 2n]);
  });

  it('must have an array to go to', async () => {
    using map = create(8);
    const options = { into: {} } as unknown;
    for (const call of [map.takeBatch, map.takeBatchAsync] as unknown[]) {
      if (typeof call !== 'function') throw new TypeError('not a function');
      const error = await rejection(
        (async () => {
          await Reflect.apply(call, map, [[1], options]);
        })(),
      );
      expect(error).toMatchObject({
        code: 'ERR_BPF_ARGUMENT',
        message: 'into must be an array, got an object',
      });
    }
  });
});

describe('takeBatch', () => {
  it('reads and deletes', () => {
    using map = create(10);
    map.setBatch(pairs(5));
    expect(map.takeBatch([3, 7, 4, 3])).toEqual([3n, undefined, 4n, undefined]);
    expect(map.count()).toBe(3);
  });

  it('pops queues', () => {
    using queue = BpfMap.create({ type: 'queue', value: u32, maxEntries: 4 });
    for (const n of [1, 2, 3]) queue.set(undefined, n);
    expect(queue.takeBatch([undefined, undefined])).toEqual([1, 2]);
  });
});

describe('iteration on the threadpool', () => {
  it('sees every entry of a large map exactly once, while others are deleted and added', async () => {
    using map = create(40_000);
    map.setBatch(pairs(30_000));
    const seen = new Map<number, number>();
    for await (const [key, value] of map) {
      if (key < 30_000) expect(value === BigInt(key)).toBe(true);
      seen.set(key, (seen.get(key) ?? 0) + 1);
      // Odd ones go, others come; even ones stay.
      if (key < 30_000 && key % 2 === 0) {
        map.delete(key + 1);
        if (key < 9000) map.set(30_000 + key, 0n);
      }
    }
    for (let key = 0; key < 30_000; key += 2) expect(seen.get(key)).toBe(1);
    expect([...seen.values()].every((count) => count === 1)).toBe(true);
  });

  it('gives keys and values alone', async () => {
    using map = create(10);
    map.setBatch(pairs(3));
    expect((await collect(map.keysAsync())).toSorted()).toEqual([0, 1, 2]);
    expect((await collect(map.valuesAsync())).toSorted()).toEqual([0n, 1n, 2n]);
    expect((await collect(map.entriesAsync())).length).toBe(3);
  });

  it('reads buckets that are larger than a chunk', async () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: bytes(40_000), maxEntries: 8 });
    for (let key = 0; key < 8; key++) map.set(key, new Uint8Array(40_000).fill(key));
    const found = (await collect(map)).map(([key, value]) => [key, value[0], value[39_999]]);
    expect(found.toSorted()).toEqual(numbers(8).map((key) => [key, key, key]));
  });

  it('leaves the event loop free', async () => {
    using map = create(200_000);
    map.setBatch(pairs(200_000));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    expect(await map.countAsync()).toBe(200_000);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it('may be left early', async () => {
    using map = create(5000);
    map.setBatch(pairs(5000));
    for await (const _ of map) break;
    expect(map.count()).toBe(5000);
  });
});

describe('drain', () => {
  it.each(['hash', 'lru_hash'] as const)('takes all entries out of a map of type %s', async (type) => {
    using map = BpfMap.create({ type, key: u32, value: u64, maxEntries: 8000 });
    map.setBatch(pairs(3000));
    const present = map.count();
    expect([...map.drain()].length).toBe(present);
    expect(map.count()).toBe(0);
    map.setBatch(pairs(2000));
    const again = map.count();
    const drained = await collect(map.drainAsync());
    expect(drained.length).toBe(again);
    expect(drained.every(([key, value]) => value === BigInt(key))).toBe(true);
    expect(map.count()).toBe(0);
  });

  it('says what cannot be drained', async () => {
    using array = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 4 });
    expect(() => [...array.drain()]).toThrow('use get, then delete');
    expect(await rejection(collect(array.drainAsync()))).toMatchObject({ code: 'ENOTSUPP' });
    using queue = BpfMap.create({ type: 'queue', value: u32, maxEntries: 4 });
    expect(() => queue.drain()).toThrow('take() its elements one by one');
  });
});

describe('count and clear', () => {
  it('of hash maps', async () => {
    using map = create(10_000);
    expect(map.clear()).toBe(0);
    map.setBatch(pairs(9000));
    expect([map.count(), await map.countAsync()]).toEqual([9000, 9000]);
    expect(map.clear()).toBe(9000);
    map.setBatch(pairs(9000));
    expect(await map.clearAsync()).toBe(9000);
    expect(await map.countAsync()).toBe(0);
  });

  it('of LPM tries, which have no batch that deletes all', async () => {
    using trie = BpfMap.create({ type: 'lpm_trie', key: cidr(ipv4), value: u32, maxEntries: 3000 });
    const entries = numbers(3000).map((n): [string, number] => [`10.${n >> 8}.${n & 255}.0/24`, n]);
    trie.setBatch(entries);
    expect(trie.clear()).toBe(3000);
    trie.setBatch(entries);
    expect(await trie.clearAsync()).toBe(3000);
    expect(trie.count()).toBe(0);
  });

  it.each(['queue', 'stack'] as const)('of a %s: cleared, but not counted', async (type) => {
    using map = BpfMap.create({ type, value: u32, maxEntries: 10_000 });
    const fill = () => {
      for (let n = 0; n < 6000; n++) map.set(undefined, n);
    };
    fill();
    expect(map.clear()).toBe(6000);
    fill();
    expect(await map.clearAsync()).toBe(6000);
    expect(map.take(undefined)).toBeUndefined();
    expect(() => map.count()).toThrow(BpfError);
  });

  it('of arrays: counted, but not cleared', async () => {
    using array = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 3000 });
    expect([array.count(), await array.countAsync()]).toEqual([3000, 3000]);
    expect(() => array.clear()).toThrow('set values of zeros instead');
    expect(await rejection(array.clearAsync())).toMatchObject({ code: 'ERR_BPF_MAP_TYPE' });
  });
});

describe('a signal', () => {
  const operations: ReadonlyArray<
    readonly [string, (map: BpfMap<number, bigint>, signal: AbortSignal) => Promise<unknown>]
  > = [
    ['getBatchAsync', (map, signal) => map.getBatchAsync(numbers(60_000), { signal })],
    ['setBatchAsync', (map, signal) => map.setBatchAsync(pairs(60_000), { signal })],
    ['deleteBatchAsync', (map, signal) => map.deleteBatchAsync(numbers(60_000), { signal })],
    ['takeBatchAsync', (map, signal) => map.takeBatchAsync(numbers(60_000), { signal })],
    ['entriesAsync', (map, signal) => collect(map.entriesAsync({ signal }))],
    ['keysAsync', (map, signal) => collect(map.keysAsync({ signal }))],
    ['valuesAsync', (map, signal) => collect(map.valuesAsync({ signal }))],
    ['drainAsync', (map, signal) => collect(map.drainAsync({ signal }))],
    ['countAsync', (map, signal) => map.countAsync({ signal })],
    ['clearAsync', (map, signal) => map.clearAsync({ signal })],
  ];

  it.each(operations)('stops %s before and while it runs', async (_, operation) => {
    using map = create(60_000);
    map.setBatch(pairs(60_000));
    const reason = new Error('enough');
    expect(await rejection(operation(map, AbortSignal.abort(reason)))).toBe(reason);
    expect(map.count()).toBe(60_000);

    const controller = new AbortController();
    const running = operation(map, controller.signal);
    controller.abort(reason);
    expect(await rejection(running)).toBe(reason);
    // Nothing more is done after.
    const left = map.count();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(map.count()).toBe(left);
  });

  it('that is none is refused', async () => {
    using map = create(4);
    for (const signal of [5, 'x', {}, null]) {
      const options = { signal } as unknown;
      const call: unknown = map.getBatchAsync;
      if (typeof call !== 'function') throw new TypeError('not a function');
      const error = await rejection(Reflect.apply(call, map, [[1], options]));
      expect(error).toMatchObject({ code: 'ERR_BPF_ARGUMENT' });
    }
  });
});

describe('a map that is closed while a job runs', () => {
  it('rejects, and the descriptor stays valid until the job ends', async () => {
    const map = create(50_000);
    map.setBatch(pairs(50_000));
    const { fd } = map;
    const running = map.getBatchAsync(numbers(50));
    const open = () => existsSync(`/proc/self/fd/${fd}`);
    map.close();
    expect(open()).toBe(true);
    const error = await rejection(running);
    expect(error).toBeInstanceOf(BpfUsageError);
    expect(error).toMatchObject({ code: 'ERR_BPF_CLOSED' });
    expect(open()).toBe(false);
  });

  it('ends an iteration with an error', async () => {
    const map = create(5000);
    map.setBatch(pairs(5000));
    const iterator = map.keysAsync();
    await iterator.next();
    map.close();
    expect(await rejection(iterator.next())).toMatchObject({ code: 'ERR_BPF_CLOSED' });
  });

  it('rejects what is asked for afterwards', async () => {
    const map = create(4);
    map.close();
    for (const call of [
      () => map.getBatchAsync([1]),
      () => map.setBatchAsync([[1, 1n]]),
      () => map.deleteBatchAsync([1]),
      () => map.takeBatchAsync([1]),
      () => map.setChunkAsync({ count: 0, keys: new Uint8Array(0), values: new Uint8Array(0) }),
      () => map.countAsync(),
      () => map.clearAsync(),
    ]) {
      expect(await rejection(call())).toMatchObject({ code: 'ERR_BPF_CLOSED' });
    }
    for (const call of [
      () => map.entriesAsync(),
      () => map.drainAsync(),
      () => map.chunks(),
      () => map.chunksAsync(),
      () => map.setChunk({ count: 0, keys: new Uint8Array(0), values: new Uint8Array(0) }),
      () => map.forEach(() => {}),
      () => map.count(),
      () => map.clear(),
    ]) {
      expect(call).toThrow('is closed');
    }
  });
});

describe('misuse', () => {
  it('names the element that does not fit, and writes nothing', async () => {
    using map = create(4);
    const error = await rejection(
      map.setBatchAsync([
        [1, 1n],
        [2, -1n],
      ]),
    );
    expect(error).toBeInstanceOf(CodecError);
    expect(error).toMatchObject({ path: 'values[1]' });
    expect(map.count()).toBe(0);
  });

  it('of types without elements is told', async () => {
    using ring = BpfMap.create({ type: 'ringbuf', maxEntries: 4096 });
    for (const call of [
      () => ring.getBatchAsync([undefined]),
      () => ring.countAsync(),
      () => ring.clearAsync(),
    ]) {
      expect(await rejection(call())).toMatchObject({ code: 'ERR_BPF_MAP_TYPE' });
    }
    expect(() => ring.entriesAsync()).toThrow(BpfUsageError);
  });

  it('of an iterator by two who wait at once is no race: they take turns', async () => {
    using map = create(3000);
    map.setBatch(pairs(3000));
    const iterator = map.keysAsync();
    const seen = await Promise.all(Array.from({ length: 3001 }, () => iterator.next()));
    expect(new Set(seen.filter(({ done }) => done !== true).map(({ value }) => value)).size).toBe(3000);
    expect(seen.at(-1)?.done).toBe(true);
  });
});

describe('many jobs', () => {
  it('at once: thousands, with one descriptor', async () => {
    using map = create(1000);
    map.setBatch(pairs(1000));
    const before = readdirSync('/proc/self/fd').length;
    const jobs = numbers(5000).map((n) => map.getBatchAsync([n % 1000]));
    expect(readdirSync('/proc/self/fd').length).toBe(before);
    const answers = await Promise.all(jobs);
    expect(answers.every(([value], n) => value === BigInt(n % 1000))).toBe(true);
  });

  it('that write at once lose nothing', async () => {
    using map = create(50_000);
    await Promise.all(
      numbers(50).map((part) =>
        map.setBatchAsync(numbers(1000).map((n): [number, bigint] => [part * 1000 + n, BigInt(n)])),
      ),
    );
    expect(await map.countAsync()).toBe(50_000);
  });
});

describe('a process or a worker that ends while jobs run', () => {
  const MANY = `
    const map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 100000 });
    const entries = Array.from({ length: 100000 }, (_, i) => [i, 1n]);
    for (let i = 0; i < 6; i++) { map.setBatchAsync(entries); map.countAsync(); }`;

  it('exits at once, and cleanly', async () => {
    const output = await node(`${MANY}
      setTimeout(() => { console.log('bye'); process.exit(0); }, 20);`);
    expect(output).toBe('bye');
  });

  it('is kept alive by them until they end', async () => {
    const output = await node(`${MANY}
      map.setBatchAsync(entries).then(() => map.clearAsync()).then((n) => console.log(n > 0));`);
    expect(output).toBe('true');
  });

  it('in worker threads: each has its own, also when they are terminated', async () => {
    const output = await node(`
      import { Worker } from 'node:worker_threads';
      const code = ${JSON.stringify(`
        import { parentPort } from 'node:worker_threads';
        import { BpfMap, u32, u64 } from ${ENTRY};
        ${MANY}
        map.countAsync().then(() => parentPort.postMessage('counted'));
        setTimeout(() => {}, 60000);`)};
      const url = new URL('data:text/javascript,' + encodeURIComponent(code));
      const workers = Array.from({ length: 2 }, () => new Worker(url));
      await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      })));
      await Promise.all(workers.map((worker) => worker.terminate()));
      console.log('terminated');`);
    expect(output).toBe('terminated');
  });
});
