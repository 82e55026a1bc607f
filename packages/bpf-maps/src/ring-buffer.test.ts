import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { ringsForTests } from '../test/rings-for-tests.ts';
import { BpfError, BpfMap, BpfUsageError, bytes, CodecError, RingBuffer, struct, u32, u64 } from './index.ts';

const DIST = JSON.stringify(new URL('../dist/index.js', import.meta.url).href);

const rings = ringsForTests();
const { makeRing } = rings;

const numbered = { record: struct({ number: u64 }) };
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => BigInt(from + i));

describe('RingBuffer', () => {
  it('gives records as their bytes', async () => {
    const { map, pin } = makeRing();
    using ring = new RingBuffer(map);
    await rings.writer.write(pin, 7, 1, 21);
    const expected = new Uint8Array(21).fill(7);
    expected.set(new Uint8Array(BigUint64Array.of(7n).buffer));
    expect(ring.read()).toEqual([expected]);
    expect(ring.read()).toEqual([]);
  });

  it('gives records through a codec, which may read less than they have', async () => {
    const { map, pin } = makeRing();
    using ring = new RingBuffer(map, { record: struct({ number: u64, fill: bytes(4) }) });
    await rings.writer.write(pin, 5, 1, 32);
    expect(ring.read()).toEqual([{ number: 5n, fill: new Uint8Array(4).fill(5) }]);
  });

  it('loses nothing and keeps the order, though the ring is small and the reader slow', async () => {
    const { map, pin } = makeRing();
    using ring = new RingBuffer(map, numbered);
    const seen: bigint[] = [];
    const consumed = (async () => {
      for await (const { number } of ring) {
        seen.push(number);
        if (number % 500n === 0n) await sleep(5);
        if (seen.length === 5000) break;
      }
    })();
    const full = await rings.writer.write(pin, 0, 5000, 100);
    await consumed;
    expect(seen).toEqual(numbers(0, 5000));
    expect(full).toBeGreaterThan(0);
  });

  it('calls back for each record, and waits for promises', async () => {
    const { map, pin } = makeRing();
    const ring = new RingBuffer(map, numbered);
    const seen: bigint[] = [];
    let running = 0;
    const done = ring.consume(async ({ number }) => {
      expect(++running).toBe(1);
      await sleep(1);
      running--;
      seen.push(number);
      if (number === 49n) ring.close();
    });
    await rings.writer.write(pin, 0, 50, 64);
    await done;
    expect(seen).toEqual(numbers(0, 50));
  });

  it('rejects with what the callback throws, and can go on after', async () => {
    const { map, pin } = makeRing();
    using ring = new RingBuffer(map, numbered);
    await rings.writer.write(pin, 0, 3, 16);
    const own = new Error('own');
    const consumed = ring.consume(() => {
      throw own;
    });
    await expect(consumed).rejects.toBe(own);
    expect(ring.read().map(({ number }) => number)).toEqual([1n, 2n]);
  });

  it('wakes up for a record that comes while it waits', async () => {
    const { map, pin } = makeRing();
    using ring = new RingBuffer(map, numbered);
    const records = ring[Symbol.asyncIterator]();
    for (const number of [1, 2, 3]) {
      const next = records.next();
      await sleep(20);
      await rings.writer.write(pin, number, 1, 16);
      expect(await next).toEqual({ done: false, value: { number: BigInt(number) } });
    }
  });

  it('passes over discarded records, and gives their space back', async () => {
    const { map, pin } = makeRing();
    using ring = new RingBuffer(map, numbered);
    for (let round = 0; round < 4; round++) {
      await rings.writer.discard(pin, 10, 200);
      await rings.writer.write(pin, round, 1, 200);
      expect(ring.read()).toEqual([{ number: BigInt(round) }]);
    }
  });

  it('takes as many records as asked', async () => {
    const { map, pin } = makeRing();
    using ring = new RingBuffer(map, numbered);
    await rings.writer.write(pin, 0, 10, 16);
    expect(ring.read(3).map(({ number }) => number)).toEqual(numbers(0, 3));
    expect(ring.read().map(({ number }) => number)).toEqual(numbers(3, 10));
  });

  it('gives each record to one of several readers', async () => {
    const { map, pin } = makeRing();
    const ring = new RingBuffer(map, numbered);
    const seen: bigint[] = [];
    const readers = [1, 2, 3].map(async () => {
      for await (const { number } of ring) {
        seen.push(number);
        if (seen.length === 1000) ring.close();
      }
    });
    await rings.writer.write(pin, 0, 1000, 64);
    await Promise.all(readers);
    expect(seen).toEqual(numbers(0, 1000));
  });

  it('leaves what was not delivered to the next consumer', async () => {
    const { map, pin } = makeRing();
    await rings.writer.write(pin, 0, 20, 16);
    const first = new RingBuffer(map, numbered);
    for await (const { number } of first) if (number === 4n) break;
    first.close();
    using second = new RingBuffer(map, numbered);
    expect(second.read().map(({ number }) => number)).toEqual(numbers(5, 20));
  });

  it('ends all loops when it is closed', async () => {
    const { map } = makeRing();
    const ring = new RingBuffer(map);
    const loops = [ring.consume(() => {}), ring[Symbol.asyncIterator]().next()];
    await sleep(5);
    ring.close();
    ring.close();
    expect(await Promise.all(loops)).toEqual([undefined, { done: true, value: undefined }]);
    expect(ring.closed).toBe(true);
    expect(thrown(BpfUsageError, () => ring.read()).code).toBe('ERR_BPF_CLOSED');
    await expect(ring.consume(() => {})).rejects.toMatchObject({ code: 'ERR_BPF_CLOSED' });
  });

  it('needs its map only to start', async () => {
    const { map, pin } = makeRing();
    using ring = new RingBuffer(map, numbered);
    map.close();
    await rings.writer.write(pin, 3, 1, 16);
    expect(ring.read()).toEqual([{ number: 3n }]);
  });

  it('refuses a second consumer, until the first is closed', () => {
    const { map } = makeRing();
    const ring = new RingBuffer(map);
    expect(thrown(BpfError, () => new RingBuffer(map)).code).toBe('EBUSY');
    ring.close();
    new RingBuffer(map).close();
  });

  it('refuses other maps, and closed ones', () => {
    using hash = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 1 });
    expect(thrown(BpfUsageError, () => new RingBuffer(hash)).code).toBe('ERR_BPF_MAP_TYPE');
    const { map } = makeRing();
    map.close();
    expect(thrown(BpfUsageError, () => new RingBuffer(map)).code).toBe('ERR_BPF_CLOSED');
  });

  it('reports a record that is too short for its codec, and goes on behind it', async () => {
    const { map, pin } = makeRing();
    using ring = new RingBuffer(map, { record: struct({ number: u64, fill: bytes(24) }) });
    await rings.writer.write(pin, 1, 1, 16);
    await rings.writer.write(pin, 2, 1, 32);
    const error = thrown(CodecError, () => ring.read());
    expect(error.message).toBe('record: expected a record of at least 32 bytes, got 16');
    expect(ring.read()[0]?.number).toBe(2n);
  });

  it('keeps the process alive while somebody waits, unless unref() was called', async () => {
    const run = promisify(execFile);
    const node = async (script: string) => {
      const source = `
        import { BpfMap, RingBuffer } from ${DIST};
        const ring = new RingBuffer(BpfMap.create({ type: 'ringbuf', maxEntries: 4096 }));
        ring.consume(() => {});
        ${script}
      `;
      return (await run(process.execPath, ['--input-type=module', '-e', source], { timeout: 25_000 })).stdout;
    };
    const closing = "setTimeout(() => { console.log('still here'); ring.close(); }, 100).unref();";
    expect(await node(closing)).toBe('still here\n');
    expect(await node("ring.unref(); process.on('exit', () => console.log('nobody waits'));")).toBe(
      'nobody waits\n',
    );
  });

  it('ends with the worker that waits for it', async () => {
    const { map, pin } = makeRing();
    const source = `
      import { parentPort } from 'node:worker_threads';
      import { BpfMap, RingBuffer } from ${DIST};
      const ring = new RingBuffer(BpfMap.openPinned(${JSON.stringify(pin)}));
      parentPort.postMessage('ready');
      for await (const record of ring) parentPort.postMessage(record.length);
    `;
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
      const messages: unknown[] = [];
      const received = new Promise((resolve, reject) => {
        worker.on('error', reject);
        worker.on('message', (message) => {
          messages.push(message);
          if (messages.length === 2) resolve(undefined);
        });
      });
      await rings.writer.write(pin, 0, 1, 24);
      await received;
      expect(messages).toEqual(['ready', 24]);
      await worker.terminate();
    }
    new RingBuffer(map).close();
  });

  it('is collected when nobody holds it', async () => {
    const script = `
      import { readdirSync } from 'node:fs';
      import { setImmediate } from 'node:timers/promises';
      import { BpfMap, RingBuffer } from ${DIST};
      const threads = () => readdirSync('/proc/self/task').length;
      const before = threads();
      for (let i = 0; i < 10; i++) {
        const map = BpfMap.create({ type: 'ringbuf', maxEntries: 4096 });
        new RingBuffer(map).read();
        map.close();
      }
      const during = threads();
      for (let i = 0; i < 50 && threads() > before; i++) { gc(); await setImmediate(); }
      console.log(JSON.stringify([during - before, threads() - before]));
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--expose-gc', '--input-type=module', '-e', script]);
    expect(JSON.parse(stdout)).toEqual([10, 0]);
  });

  it('tells how much it holds, and how much is there', async () => {
    const { map, pin } = makeRing(8192);
    const ring = new RingBuffer(map, numbered);
    expect([ring.capacity, ring.pending]).toEqual([8192, 0]);
    await rings.writer.write(pin, 0, 10, 16);
    expect(ring.pending).toBe(240);
    ring.read(4);
    expect(ring.pending).toBe(144);
    await rings.writer.discard(pin, 1, 16);
    ring.read();
    expect(ring.pending).toBe(0);
    ring.close();
    expect(ring.capacity).toBe(8192);
    expect(thrown(BpfUsageError, () => ring.pending).code).toBe('ERR_BPF_CLOSED');
  });

  it('finds out when another process consumes as well', async () => {
    const { map, pin } = makeRing();
    const ring = new RingBuffer(map, numbered);
    await rings.writer.write(pin, 0, 10, 16);
    expect(ring.read(3).length).toBe(3);
    const script = `
      import { BpfMap, RingBuffer } from ${DIST};
      using ring = new RingBuffer(BpfMap.openPinned(${JSON.stringify(pin)}));
      console.log(ring.read(5).length);
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toBe('5\n');
    // What was copied before is still delivered.
    expect(ring.read().map(({ number }) => number)).toEqual(numbers(3, 10));
    for (const call of [() => ring.read(), () => ring.read()]) {
      expect(thrown(BpfUsageError, call).code).toBe('ERR_BPF_RINGBUF_CORRUPT');
    }
    await expect(ring.consume(() => {})).rejects.toMatchObject({ code: 'ERR_BPF_RINGBUF_CORRUPT' });
    ring.close();
    new RingBuffer(map).close();
  });
});
