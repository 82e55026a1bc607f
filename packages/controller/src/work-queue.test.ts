import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WorkQueue } from './work-queue.ts';

describe('WorkQueue', () => {
  it('handles a burst in one batch, each key once', async () => {
    const batches: string[][] = [];
    const queue = new WorkQueue<string>({
      process: async (keys) => {
        batches.push([...keys]);
        return [];
      },
      onError: () => {},
    });
    for (let i = 0; i < 1000; i += 1) queue.add(['a', 'b']);
    await queue.idle();
    expect(batches).toEqual([['a', 'b']]);
  });

  it('never runs two batches at once, and handles a key that came meanwhile again', async () => {
    let running = 0;
    const batches: string[][] = [];
    const queue: WorkQueue<string> = new WorkQueue<string>({
      process: async (keys) => {
        running += 1;
        expect(running).toBe(1);
        batches.push([...keys]);
        if (batches.length === 1) queue.add(['a', 'c']);
        await sleep(5);
        running -= 1;
        return [];
      },
      onError: (error) => {
        throw error;
      },
    });
    queue.add(['a', 'b']);
    await queue.idle();
    expect(batches).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ]);
  });

  it('tries what failed again, later and later, until it succeeds', async () => {
    const times: number[] = [];
    const done = Promise.withResolvers<void>();
    const queue = new WorkQueue<string>({
      baseDelay: 20,
      process: async (keys) => {
        times.push(performance.now());
        if (times.length < 4) return keys;
        done.resolve();
        return [];
      },
      onError: () => {},
    });
    queue.add(['a']);
    await done.promise;
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(18);
    expect(gaps[1]).toBeGreaterThanOrEqual(38);
    expect(gaps[2]).toBeGreaterThanOrEqual(78);
    await queue.idle();
    expect(queue.size).toBe(0);
  });

  it('tries all of a batch again that was rejected, and tells why', async () => {
    const errors: unknown[] = [];
    const batches: string[][] = [];
    const done = Promise.withResolvers<void>();
    const queue = new WorkQueue<string>({
      baseDelay: 1,
      process: async (keys) => {
        batches.push([...keys].sort());
        if (batches.length === 1) throw new Error('no');
        if (batches.flat().length === 4) done.resolve();
        return [];
      },
      onError: (error, keys) => errors.push([String(error), keys]),
    });
    queue.add(['a', 'b']);
    await done.promise;
    expect(errors).toEqual([['Error: no', ['a', 'b']]]);
    expect(batches.flat().sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  it('tries keys again that were not of the batch', async () => {
    const batches: string[][] = [];
    const done = Promise.withResolvers<void>();
    const queue = new WorkQueue<string>({
      baseDelay: 1,
      process: async (keys) => {
        batches.push([...keys]);
        if (batches.length === 2) done.resolve();
        return batches.length === 1 ? ['b'] : [];
      },
      onError: () => {},
    });
    queue.add(['a']);
    await done.promise;
    expect(batches).toEqual([['a'], ['b']]);
  });

  it('does not make a new change wait for a backoff', async () => {
    let runs = 0;
    const queue = new WorkQueue<string>({
      baseDelay: 60_000,
      process: async (keys) => {
        runs += 1;
        return runs === 1 ? keys : [];
      },
      onError: () => {},
    });
    queue.add(['a']);
    await queue.idle();
    expect(queue.size).toBe(1);
    queue.add(['a']);
    await queue.idle();
    expect([runs, queue.size]).toEqual([2, 0]);
  });

  it('stops after the running batch, and forgets retries', async () => {
    let ended = false;
    const began = Promise.withResolvers<void>();
    const queue = new WorkQueue<string>({
      baseDelay: 1,
      process: async (keys) => {
        began.resolve();
        await sleep(20);
        ended = true;
        return keys;
      },
      onError: () => {},
    });
    queue.add(['a']);
    await began.promise;
    await queue.stop();
    expect([ended, queue.size]).toEqual([true, 0]);
    queue.add(['b']);
    expect(queue.size).toBe(0);
  });
});
