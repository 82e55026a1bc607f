import { describe, expect, it } from 'vitest';
import { rejection, thrown } from '../test/codec-helpers.ts';
import { objectForTests } from '../test/object-for-tests.ts';
import { runProgram } from '../test/run-program.ts';
import { BpfError, BpfMap, BpfUsageError, CodecError, UserRingBuffer, u32, u64 } from './index.ts';

describe('a user ring buffer', () => {
  const object = objectForTests('user-ring.bpf.c');
  const open = () => BpfMap.openPinned(object.map('m_records'), { codec: 'bytes' });
  const drain = () => runProgram(object.program('drain'));

  /** Records, the sum of their numbers, and records that are too short for one. */
  function drained(): bigint[] {
    using counters = BpfMap.openPinned(object.map('m_drained'), { key: u32, value: u64 });
    const values = [0, 1, 2].map((index) => counters.get(index) ?? 0n);
    for (const index of [0, 1, 2]) counters.set(index, 0n);
    return values;
  }

  function producer() {
    using map = open();
    return new UserRingBuffer(map, { record: u64 });
  }

  it('gives its records to a program', async () => {
    using ring = producer();
    for (const number of [1n, 20n, 300n]) expect(ring.write(number)).toBe(true);
    expect(ring.pending).toBe(48);
    await drain();
    expect(drained()).toEqual([3n, 321n, 0n]);
    expect(ring.pending).toBe(0);
  });

  it('takes bytes of any length', async () => {
    using map = open();
    using ring = new UserRingBuffer(map);
    expect(ring.write(new Uint8Array(0))).toBe(true);
    expect(ring.write(Uint8Array.of(1, 2, 3))).toBe(true);
    expect(ring.write(Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0, 9))).toBe(true);
    await drain();
    expect(drained()).toEqual([3n, 5n, 2n]);
  });

  it('says when it is full, and wraps around many times', async () => {
    using ring = producer();
    for (let round = 0; round < 5; round++) {
      let written = 0n;
      while (ring.write(1n)) written++;
      expect(written).toBe(256n);
      await drain();
      expect(drained()).toEqual([256n, 256n, 0n]);
    }
  });

  it('lets writers wait for room', async () => {
    using ring = producer();
    let written = 0;
    while (ring.write(1n)) written++;
    const waiting = Array.from({ length: 10 }, () => ring.writeAsync(1n));
    await drain();
    await Promise.all(waiting);
    await drain();
    expect(drained()[0]).toBe(BigInt(written + 10));
  });

  it('stops waiting when the signal says so, and writes nothing', async () => {
    using ring = producer();
    while (ring.write(1n));
    const reason = new Error('enough');
    const controller = new AbortController();
    const waiting = ring.writeAsync(7n, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    expect(await rejection(waiting)).toBe(reason);
    await drain();
    expect(drained()).toEqual([256n, 256n, 0n]);
    expect(await rejection(ring.writeAsync(1n, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(ring.pending).toBe(0);
  });

  it('rejects who waits when it is closed, and its records stay', async () => {
    const ring = producer();
    while (ring.write(1n));
    const waiting = ring.writeAsync(1n);
    ring.close();
    ring.close();
    expect(await rejection(waiting)).toMatchObject({ code: 'ERR_BPF_CLOSED' });
    expect(ring.closed).toBe(true);
    for (const call of [() => ring.write(1n), () => ring.pending]) {
      expect(thrown(BpfUsageError, call).code).toBe('ERR_BPF_CLOSED');
    }
    await drain();
    expect(drained()[0]).toBe(256n);
  });

  it('has one producer', () => {
    using ring = producer();
    expect(thrown(BpfError, producer)).toMatchObject({ code: 'EBUSY', operation: 'open user ring buffer' });
    ring.close();
    producer().close();
  });

  it('refuses what it cannot write', () => {
    using ring = producer();
    expect(thrown(CodecError, () => ring.write(-1n)).path).toBe('record');
    ring.close();
    using map = open();
    using raw = new UserRingBuffer(map);
    expect(thrown(BpfError, () => raw.write(new Uint8Array(4089))).code).toBe('E2BIG');
    expect(raw.pending).toBe(0);
    for (const record of ['x', 5, null, undefined, new Uint16Array(4), new ArrayBuffer(8)]) {
      expect(thrown(BpfUsageError, () => Reflect.apply(raw.write, raw, [record])).code).toBe(
        'ERR_BPF_ARGUMENT',
      );
    }
    const detached = new Uint8Array(8);
    detached.buffer.transfer();
    expect(raw.write(detached)).toBe(true);
    expect(raw.pending).toBe(8);
    expect(() => Reflect.apply(raw.write, {}, [detached])).toThrow(TypeError);
  });

  it('is made from a map of its type', () => {
    using ring = BpfMap.create({ type: 'ringbuf', maxEntries: 4096 });
    expect(thrown(BpfUsageError, () => new UserRingBuffer(ring)).code).toBe('ERR_BPF_MAP_TYPE');
    expect(thrown(BpfUsageError, () => Reflect.construct(UserRingBuffer, [{}])).code).toBe(
      'ERR_BPF_ARGUMENT',
    );
    const map = open();
    map.close();
    expect(thrown(BpfUsageError, () => new UserRingBuffer(map)).code).toBe('ERR_BPF_CLOSED');
  });
});
