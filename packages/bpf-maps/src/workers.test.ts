import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { BpfMap, u32, u64 } from './index.ts';

const ROUNDS = 5000;

/** Works for ever, or `rounds` times, with a map of its own; posts what was wrong. */
function startWorker(base: number, rounds: number): Worker {
  const code = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)}).then(({ BpfMap, u32, u64 }) => {
      const map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 8 });
      const target = new Uint8Array(8);
      let wrong = 0;
      parentPort.postMessage('begun');
      for (let round = 0; round < ${rounds}; round++) {
        const value = BigInt(${base} + round);
        map.set(1, value);
        if (map.get(1) !== value) wrong++;
        if (!map.getInto(1, target) || new DataView(target.buffer).getBigUint64(0, true) !== value) wrong++;
        if (!map.delete(1) || map.has(1) || map.take(1) !== undefined) wrong++;
      }
      parentPort.postMessage(wrong);
    });`;
  return new Worker(code, { eval: true });
}

describe('single operations in worker threads', () => {
  it('do not meet those of other threads, which begin with maps of the same number', async () => {
    const workers = [startWorker(1_000_000, ROUNDS), startWorker(2_000_000, ROUNDS)];
    const messages = workers.map(async (worker) => {
      await once(worker, 'message');
      const [wrong] = await once(worker, 'message');
      return wrong;
    });
    using map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 8 });
    let wrong = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const value = BigInt(round);
      map.set(1, value);
      if (map.get(1) !== value) wrong++;
      // Others run in between.
      if (round % 100 === 0) await new Promise(setImmediate);
    }
    expect([wrong, ...(await Promise.all(messages))]).toEqual([0, 0, 0]);
  });

  it('go on in this thread when a worker is terminated in the middle of its own', async () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 8 });
    for (let round = 0; round < 3; round++) {
      const worker = startWorker(0, 1e9);
      await once(worker, 'message');
      expect(await worker.terminate()).toBe(1);
      map.set(round, BigInt(round));
      expect(map.get(round)).toBe(BigInt(round));
    }
  });
});
