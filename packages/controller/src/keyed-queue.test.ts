import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../test/eventually.ts';
import { KeyedQueue, type KeyedQueueOptions } from './keyed-queue.ts';

const QUICK = { baseMs: 40, maxMs: 200 };

/** A queue that notes what it processes. */
function setUp(options: Partial<KeyedQueueOptions<string>> = {}) {
  const begun: string[] = [];
  const queue = new KeyedQueue<string>({
    backoff: QUICK,
    ...options,
    process: async (key) => {
      begun.push(key);
      await options.process?.(key);
    },
  });
  onTestFinished(() => queue.stop());
  return { queue, begun };
}

describe('a keyed queue', () => {
  it('processes a key once that was added several times, in the order of the first', async () => {
    const { queue, begun } = setUp();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    await queue.idle();
    expect(begun).toEqual(['a', 'b', 'c']);
    expect(queue.size).toBe(0);
  });

  it('processes a key again that is added while it is processed, and never twice at a time', async () => {
    let running = 0;
    let most = 0;
    const { queue, begun } = setUp({
      concurrency: 4,
      process: async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(20);
        running -= 1;
      },
    });
    queue.add('a');
    await sleep(5);
    queue.add('a');
    queue.add('a');
    await queue.idle();
    expect(begun).toEqual(['a', 'a']);
    expect(most).toBe(1);
  });

  it('processes as many keys at a time as it may', async () => {
    let running = 0;
    let most = 0;
    const { queue } = setUp({
      concurrency: 3,
      process: async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(5);
        running -= 1;
      },
    });
    for (let index = 0; index < 10; index += 1) queue.add(`key-${index}`);
    await queue.idle();
    expect(most).toBe(3);
  });

  it('tries a key that fails again, later and later, and others meanwhile', async () => {
    let failing = true;
    const failures: number[] = [];
    const times: number[] = [];
    const { queue, begun } = setUp({
      process: async (key) => {
        if (key !== 'bad' || !failing) return;
        times.push(performance.now());
        throw new Error('no');
      },
      onError: (_error, _key, count) => failures.push(count),
    });
    queue.add('bad');
    queue.add('good');
    await eventually(() => expect(failures).toEqual([1, 2, 3]));
    expect(begun.slice(0, 2)).toEqual(['bad', 'good']);
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(19);
    expect(third - second).toBeGreaterThanOrEqual(39);
    failing = false;
    await eventually(() => expect(queue.size).toBe(0));
  });

  it('does not try a key that failed sooner because it is added again, unless its failures are forgotten', async () => {
    const { queue, begun } = setUp({
      backoff: { baseMs: 10_000, maxMs: 10_000 },
      process: async () => {
        if (begun.length === 1) throw new Error('no');
      },
    });
    queue.add('a');
    await queue.idle();
    queue.add('a');
    await sleep(20);
    expect(begun).toEqual(['a']);
    queue.forget('a');
    queue.add('a');
    await queue.idle();
    expect(begun).toEqual(['a', 'a']);
  });

  it('waits as long as an error asks for', async () => {
    const times: number[] = [];
    const { queue } = setUp({
      process: async () => {
        times.push(performance.now());
        if (times.length === 1) throw Object.assign(new Error('later'), { retryAfterMs: 150 });
      },
    });
    queue.add('a');
    await eventually(() => expect(times).toHaveLength(2));
    expect(Number(times[1]) - Number(times[0])).toBeGreaterThanOrEqual(149);
  });

  it('begins with no more keys in a second than it may, after a burst', async () => {
    const { queue, begun } = setUp({ ratePerSecond: 100, burst: 5, concurrency: 10 });
    const start = performance.now();
    for (let index = 0; index < 25; index += 1) queue.add(`key-${index}`);
    await sleep(1);
    expect(begun).toHaveLength(5);
    await queue.idle();
    expect(begun).toHaveLength(25);
    expect(performance.now() - start).toBeGreaterThanOrEqual(195);
  });

  it('begins with nothing while it is paused', async () => {
    const { queue, begun } = setUp();
    queue.pause(60);
    const start = performance.now();
    queue.add('a');
    await queue.idle();
    expect(begun).toEqual(['a']);
    expect(performance.now() - start).toBeGreaterThanOrEqual(59);
  });

  it('forgets what waits when it is stopped, and waits for what runs', async () => {
    let ended = false;
    const { queue, begun } = setUp({
      process: async () => {
        await sleep(30);
        ended = true;
      },
    });
    queue.add('a');
    queue.add('b');
    await sleep(5);
    await queue.stop();
    expect(ended).toBe(true);
    queue.add('c');
    await sleep(5);
    expect(begun).toEqual(['a']);
  });
});
