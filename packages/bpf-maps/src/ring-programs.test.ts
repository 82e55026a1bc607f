import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { objectForTests } from '../test/object-for-tests.ts';
import { runProgram } from '../test/run-program.ts';
import { BpfMap, BpfUsageError, RingBuffer, u32, u64 } from './index.ts';

describe('programs that write to a RingBuffer', () => {
  const object = objectForTests('ring-programs.bpf.c');

  it('may take their time between reserving and submitting: what others write meanwhile comes after', async () => {
    using map = BpfMap.openPinned(object.map('m_slow'), { codec: 'bytes' });
    using ring = new RingBuffer(map, { record: u32 });
    const records = ring[Symbol.asyncIterator]();
    const first = records.next();
    let arrived = false;
    first.then(() => {
      arrived = true;
    });
    const held = runProgram(object.program('hold'));
    // On a machine that is very busy, it is over before this is looked at.
    while (ring.pending === 0 && !arrived) await sleep(1);
    await runProgram(object.program('quick'));
    expect(await first).toEqual({ done: false, value: 1 });
    expect(await records.next()).toEqual({ done: false, value: 2 });
    await held;
  });

  it('may count what does not fit', async () => {
    using map = BpfMap.openPinned(object.map('m_counted'), { codec: 'bytes' });
    using lost = BpfMap.openPinned<number, bigint[]>(object.map('m_lost'));
    using ring = new RingBuffer(map, { record: u32, lost });
    expect(ring.lost).toBe(0);
    await runProgram(object.program('write_or_count'), 1000);
    // Each takes 16 of 4096 bytes, of which one stays free.
    expect(ring.read().length).toBe(255);
    expect(ring.lost).toBe(745);
    lost.close();
    expect(thrown(BpfUsageError, () => ring.lost).code).toBe('ERR_BPF_CLOSED');
  });

  it('may write on several CPUs at once, and discard: each record that was submitted comes once, as it is', async () => {
    const EACH = 50_000;
    using map = BpfMap.openPinned(object.map('m_mixed'), { codec: 'bytes' });
    using counts = BpfMap.openPinned(object.map('m_mixed_counts'), { key: u32, value: u64 });
    using ring = new RingBuffer(map);
    const seen = new Set<bigint>();
    let wrong = 0;
    const consumed = ring.consumeRaw((view, offset, length) => {
      const number = view.getBigUint64(offset, true);
      if (length !== [8, 30, 1001][Number(number % 3n)] || number % 5n === 0n || seen.has(number)) wrong++;
      seen.add(number);
    });
    const writers = [1, 2].map(() => runProgram(object.program('write_mixed'), EACH));
    await Promise.all(writers);
    while (ring.pending > 0) await sleep(1);
    ring.close();
    await consumed;
    const [ran = 0n, submitted = 0n, refused = 0n] = [0, 1, 2].map((index) => counts.get(index));
    expect(ran).toBe(BigInt(2 * EACH));
    expect(submitted + refused).toBeLessThanOrEqual(ran);
    expect({ wrong, seen: BigInt(seen.size) }).toEqual({ wrong: 0, seen: submitted });
  });

  it('count in a map that holds numbers', () => {
    using map = BpfMap.create({ type: 'ringbuf', maxEntries: 4096 });
    using plain = new RingBuffer(map);
    expect(plain.lost).toBeUndefined();
    plain.close();
    for (const lost of [null, 5, {}, 'm_lost']) {
      const error = thrown(BpfUsageError, () => Reflect.construct(RingBuffer, [map, { lost }]));
      expect(error.code).toBe('ERR_BPF_ARGUMENT');
    }
    using hash = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 1 });
    using ring = new RingBuffer(map, { lost: hash });
    expect(thrown(BpfUsageError, () => ring.lost).code).toBe('ERR_BPF_ARGUMENT');
    hash.set(0, 7);
    expect(ring.lost).toBe(7);
  });
});
