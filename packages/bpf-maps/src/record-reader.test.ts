import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rejection, thrown } from '../test/codec-helpers.ts';
import { ringsForTests } from '../test/rings-for-tests.ts';
import { BpfUsageError, bytes, CodecError, RingBuffer, struct, u64 } from './index.ts';

const DIST = JSON.stringify(new URL('../dist/index.js', import.meta.url).href);
const run = promisify(execFile);

const rings = ringsForTests();
const numbered = { record: struct({ number: u64 }) };
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => BigInt(from + i));

/** A ring with records of these numbers, and its consumer. */
async function filled(count: number, size = 16, capacity = 1 << 16): Promise<RingBuffer<{ number: bigint }>> {
  const { map, pin } = rings.makeRing(capacity);
  await rings.writer.write(pin, 0, count, size);
  using _ = map;
  return new RingBuffer(map, numbered);
}

describe('what a callback does', () => {
  it('may take more records: each is delivered once, in order', async () => {
    using ring = await filled(1000);
    const seen: bigint[] = [];
    const done = ring.consume(({ number }) => {
      seen.push(number);
      if (number % 10n === 0n) seen.push(...ring.read(3).map((record) => record.number));
      if (seen.length >= 1000) ring.close();
    });
    await done;
    expect(seen).toEqual(numbers(0, 1000));
  });

  it('may close the reader: what comes after stays for the next one', async () => {
    const { map, pin } = rings.makeRing();
    await rings.writer.write(pin, 0, 100, 16);
    const ring = new RingBuffer(map, numbered);
    await ring.consume(({ number }) => {
      if (number === 41n) ring.close();
    });
    using next = new RingBuffer(map, numbered);
    expect(next.read().map(({ number }) => number)).toEqual(numbers(42, 100));
  });

  it('may throw: that record is delivered, those after it stay, also for another consumer', async () => {
    const { map, pin } = rings.makeRing();
    await rings.writer.write(pin, 0, 100, 16);
    const ring = new RingBuffer(map, numbered);
    const own = new Error('own');
    const consumed = ring.consume(({ number }) => {
      if (number === 9n) throw own;
    });
    expect(await rejection(consumed)).toBe(own);
    expect(ring.pending).toBe(90 * 24);
    expect(ring.read(1)).toEqual([{ number: 10n }]);
    ring.close();
    using next = new RingBuffer(map, numbered);
    expect(next.read().map(({ number }) => number)).toEqual(numbers(11, 100));
  });

  it('may return a promise for some records only', async () => {
    using ring = await filled(200);
    const seen: bigint[] = [];
    await ring.consume(({ number }) => {
      seen.push(number);
      if (number === 199n) ring.close();
      return number % 7n === 0n ? new Promise((resolve) => setImmediate(resolve)) : number;
    });
    expect(seen).toEqual(numbers(0, 200));
  });

  it('must be a function', async () => {
    using ring = await filled(1);
    for (const deliver of [undefined, null, {}, 'x']) {
      for (const method of [ring.consume, ring.consumeRaw]) {
        expect(await rejection(Reflect.apply(method, ring, [deliver]))).toMatchObject({
          code: 'ERR_BPF_ARGUMENT',
        });
      }
    }
    expect(ring.read()).toEqual([{ number: 0n }]);
  });
});

describe('the event loop', () => {
  const spin = (milliseconds: number) => {
    for (const until = performance.now() + milliseconds; performance.now() < until; );
  };

  /** Records that were seen before a timer had its turn, of 200 that take a millisecond each. */
  async function seenBeforeTimer(
    loop: (ring: RingBuffer<{ number: bigint }>, see: (number: bigint) => boolean) => Promise<void>,
  ): Promise<number> {
    using ring = await filled(200);
    let seen = 0;
    let before = 0;
    setTimeout(() => {
      before = seen;
    }, 1);
    await loop(ring, (number) => {
      seen++;
      spin(1);
      return number === 199n;
    });
    expect(seen).toBe(200);
    return before;
  }

  it('has its turn though records come without end, whatever takes them', async () => {
    const loops: Array<Parameters<typeof seenBeforeTimer>[0]> = [
      (ring, see) =>
        ring.consume(({ number }) => {
          if (see(number)) ring.close();
        }),
      (ring, see) =>
        ring.consume(async ({ number }) => {
          if (see(number)) ring.close();
        }),
      async (ring, see) => {
        for await (const { number } of ring) if (see(number)) break;
      },
    ];
    for (const loop of loops) {
      const before = await seenBeforeTimer(loop);
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(100);
    }
  });

  it('can be left by process.exit() while a loop waits', async () => {
    const script = `
      import { BpfMap, RingBuffer } from ${DIST};
      const ring = new RingBuffer(BpfMap.create({ type: 'ringbuf', maxEntries: 4096 }));
      ring.consume(() => {});
      (async () => { for await (const records of ring.batches()); })();
      setTimeout(() => process.exit(7), 20);
    `;
    const ended = run(process.execPath, ['--input-type=module', '-e', script], { timeout: 25_000 });
    expect(await rejection(ended)).toMatchObject({ code: 7, signal: null });
  });
});

describe('the raw form', () => {
  it('shows where each record lies', async () => {
    using ring = await filled(500, 100);
    const seen: bigint[] = [];
    await ring.consumeRaw((view, offset, length) => {
      expect(length).toBe(100);
      const number = view.getBigUint64(offset, true);
      expect(view.getUint8(offset + 99)).toBe(Number(number & 0xffn));
      seen.push(number);
      if (seen.length === 500) ring.close();
    });
    expect(seen).toEqual(numbers(0, 500));
  });

  it('shows a copy: whatever is done to it, the records that follow are what they are', async () => {
    using ring = await filled(2000);
    let calls = 0;
    const consumed = ring.consumeRaw((view) => {
      if (++calls % 100 === 0) return Promise.reject(new Error('enough'));
      new Uint8Array(view.buffer).fill(0xff);
    });
    expect(await rejection(consumed)).toMatchObject({ message: 'enough' });
    expect(ring.read().length).toBe(1900);
    expect(ring.read()).toEqual([]);
  });

  it('survives that its memory is transferred away', async () => {
    using ring = await filled(2000);
    let transferred = 0;
    let calls = 0;
    await ring.consumeRaw((view) => {
      if (view.buffer.detached === false) {
        structuredClone(view.buffer, { transfer: [view.buffer] });
        transferred++;
      }
      if (++calls === 2000) ring.close();
    });
    // Each chunk had memory of its own.
    expect(transferred).toBeGreaterThan(1);
  });
});

describe('batches', () => {
  it('are all records of a chunk, in order, and wait when there are none', async () => {
    const { map, pin } = rings.makeRing(1 << 16);
    using ring = new RingBuffer(map, numbered);
    const seen: bigint[] = [];
    let batches = 0;
    const consumed = (async () => {
      for await (const records of ring.batches()) {
        expect(records.length).toBeGreaterThan(0);
        batches++;
        seen.push(...records.map(({ number }) => number));
        if (seen.length === 3000) break;
      }
    })();
    await rings.writer.write(pin, 0, 1500, 16);
    await rings.writer.write(pin, 1500, 1500, 16);
    await consumed;
    expect(seen).toEqual(numbers(0, 3000));
    expect(batches).toBeLessThan(3000);
    expect(ring.closed).toBe(false);
  });

  it('end when the reader is closed', async () => {
    const { map } = rings.makeRing();
    const ring = new RingBuffer(map);
    const next = ring.batches().next();
    ring.close();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(thrown(BpfUsageError, () => ring.batches()).code).toBe('ERR_BPF_CLOSED');
  });

  it('lose no record to one that its codec refuses', async () => {
    const { map, pin } = rings.makeRing();
    using ring = new RingBuffer(map, { record: struct({ number: u64, fill: bytes(24) }) });
    await rings.writer.write(pin, 0, 3, 32);
    await rings.writer.write(pin, 3, 1, 16);
    await rings.writer.write(pin, 4, 2, 32);
    const batches = ring.batches();
    const next = async () => ((await batches.next()).value ?? []).map(({ number }) => number);
    expect(await next()).toEqual(numbers(0, 3));
    expect(await rejection(batches.next())).toBeInstanceOf(CodecError);
    expect(await next()).toEqual(numbers(4, 6));
  });
});

describe('read', () => {
  it('returns the records before one that its codec refuses, and throws then', async () => {
    const { map, pin } = rings.makeRing();
    using ring = new RingBuffer(map, { record: struct({ number: u64, fill: bytes(24) }) });
    await rings.writer.write(pin, 0, 3, 32);
    await rings.writer.write(pin, 3, 1, 16);
    await rings.writer.write(pin, 4, 2, 32);
    expect(ring.read().map(({ number }) => number)).toEqual(numbers(0, 3));
    thrown(CodecError, () => ring.read());
    expect(ring.read().map(({ number }) => number)).toEqual(numbers(4, 6));
  });

  it('takes a number as its limit', async () => {
    using ring = await filled(10);
    expect(ring.read(0)).toEqual([]);
    for (const limit of [-1, Number.NaN, '3', null, 2n]) {
      expect(thrown(BpfUsageError, () => Reflect.apply(ring.read, ring, [limit])).code).toBe(
        'ERR_BPF_ARGUMENT',
      );
    }
    expect(ring.read(4).length).toBe(4);
  });

  it('takes records of any size', async () => {
    const { map, pin } = rings.makeRing(1 << 20);
    using ring = new RingBuffer(map);
    const sizes = [16, 400_000, 64, 70_000, 100_000, 24];
    for (const [index, size] of sizes.entries()) await rings.writer.submit(pin, index, 1, size);
    const records = ring.read();
    expect(records.map(({ length }) => length)).toEqual(sizes);
    expect(records.map((record) => new DataView(record.buffer).getUint32(0, true))).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
    expect(ring.pending).toBe(0);
  });

  it('keeps records that it gave without a codec apart from what it reads later', async () => {
    const { map, pin } = rings.makeRing();
    using ring = new RingBuffer(map);
    await rings.writer.write(pin, 1, 1, 16);
    const [first] = ring.read();
    await rings.writer.write(pin, 2, 1, 16);
    ring.read();
    expect(first?.[0]).toBe(1);
    expect(first?.buffer.byteLength).toBeLessThanOrEqual(16);
  });
});
