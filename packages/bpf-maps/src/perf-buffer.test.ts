import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { objectForTests } from '../test/object-for-tests.ts';
import { runProgram } from '../test/run-program.ts';
import { BpfMap, BpfUsageError, bytes, CodecError, PerfBuffer, possibleCpus, u64 } from './index.ts';

const run = promisify(execFile);

describe('a perf buffer', () => {
  const object = objectForTests('perf-writer.bpf.c');
  const open = () => BpfMap.openPinned(object.map('m_events'), { codec: 'bytes' });
  const emit = (times = 1) => runProgram(object.program('emit'), times);

  function reader(pages?: number) {
    using map = open();
    return new PerfBuffer(map, pages === undefined ? { record: u64 } : { record: u64, pages });
  }

  it('gives the records of programs, in their order', async () => {
    using buffer = reader();
    expect(buffer.read()).toEqual([]);
    await emit(100);
    const records = buffer.read();
    expect(records.length).toBe(100);
    const first = records[0]?.record ?? 0n;
    expect(records.map(({ record }) => record)).toEqual(records.map((_, index) => first + BigInt(index)));
    expect(records.every(({ cpu }) => cpu >= 0 && cpu < possibleCpus())).toBe(true);
    expect(buffer.lost).toBe(0);
  });

  it('delivers them as they come, and ends when it is closed', async () => {
    const buffer = reader();
    const seen: bigint[] = [];
    const consuming = buffer.consume(({ record }) => {
      seen.push(record);
      if (seen.length === 30) buffer.close();
    });
    for (let round = 0; round < 3; round++) await emit(10);
    await consuming;
    expect(seen.length).toBe(30);
    expect(new Set(seen).size).toBe(30);
    for (const call of [() => buffer.read(), () => buffer[Symbol.asyncIterator]()]) {
      expect(thrown(BpfUsageError, call).code).toBe('ERR_BPF_CLOSED');
    }
  });

  it('counts what is lost, and goes on over the end of the ring many times', async () => {
    using buffer = reader(1);
    let read = 0;
    let emitted = 0;
    // The kernel tells of a loss with the next record that fits, on each CPU: that of the last round is still to come.
    for (let round = 0; round < 4 || (buffer.lost === 0 && round < 100); round++) {
      await emit(1000);
      emitted += 1000;
      const records = buffer.read().length;
      expect(records).toBeGreaterThan(50);
      expect(records).toBeLessThan(1000);
      read += records;
    }
    expect(buffer.lost).toBeGreaterThan(0);
    expect(buffer.lost + read).toBeLessThanOrEqual(emitted);
  });

  it('has bytes without a codec, and refuses records that are shorter than theirs', async () => {
    using map = open();
    const raw = new PerfBuffer(map, { pages: 2 });
    await emit();
    expect(raw.read()[0]?.record.length).toBeGreaterThanOrEqual(8);
    raw.close();
    using wide = new PerfBuffer(map, { record: bytes(64) });
    await emit();
    expect(thrown(CodecError, () => wide.read()).path).toBe('record');
    expect(wide.read()).toEqual([]);
  });

  it('gives its descriptors back', () => {
    reader().close();
    const count = () => readdirSync('/proc/self/fd').length;
    const before = count();
    for (let round = 0; round < 20; round++) reader().close();
    expect(count()).toBe(before);
  });

  it('shows where records lie, and on which CPU they were written', async () => {
    using buffer = reader();
    await emit(50);
    const seen: bigint[] = [];
    await buffer.consumeRaw((view, offset, length, cpu) => {
      expect(length).toBeGreaterThanOrEqual(8);
      expect(cpu).toBeLessThan(possibleCpus());
      seen.push(view.getBigUint64(offset, true));
      if (seen.length === 50) buffer.close();
    });
    const first = seen[0] ?? 0n;
    expect(seen).toEqual(seen.map((_, index) => first + BigInt(index)));
  });

  it('delivers batches', async () => {
    using buffer = reader();
    const batches = buffer.batches();
    const next = batches.next();
    await emit(20);
    let count = (await next).value?.length ?? 0;
    while (count < 20) count += (await batches.next()).value?.length ?? 0;
    expect(count).toBe(20);
  });

  it('keeps the process alive while somebody waits, unless unref() was called', async () => {
    const dist = new URL('../dist/index.js', import.meta.url).href;
    const script = `
      import { BpfMap, PerfBuffer } from ${JSON.stringify(dist)};
      const buffer = new PerfBuffer(BpfMap.openPinned(${JSON.stringify(object.map('m_events'))}, { codec: 'bytes' }));
      buffer.consume(() => {});
      process.on('exit', () => console.log(buffer.closed));
      setTimeout(() => buffer.close(), 50).unref();
    `;
    const node = async (source: string) =>
      (await run(process.execPath, ['--input-type=module', '-e', source], { timeout: 25_000 })).stdout;
    expect(await node(script)).toBe('true\n');
    expect(await node(`${script} buffer.unref();`)).toBe('false\n');
    expect(await node(`${script} buffer.unref().ref();`)).toBe('true\n');
  });

  it('ends every waiting loop when it is closed', async () => {
    const buffer = reader();
    const loops = [1, 2].map(async () => {
      for await (const _ of buffer) expect.unreachable();
    });
    setTimeout(() => buffer.close(), 5);
    await Promise.all(loops);
    expect(buffer.closed).toBe(true);
  });

  it('is made from a map of its type, with pages that the kernel takes', () => {
    using hash = BpfMap.create({ type: 'hash', key: u64, value: u64, maxEntries: 1 });
    expect(thrown(BpfUsageError, () => new PerfBuffer(hash)).code).toBe('ERR_BPF_MAP_TYPE');
    expect(thrown(BpfUsageError, () => Reflect.construct(PerfBuffer, [{}])).code).toBe('ERR_BPF_ARGUMENT');
    using map = open();
    for (const pages of [0, 3, -1, 0.5, Number.NaN, 2 ** 21, '4', null]) {
      const error = thrown(BpfUsageError, () => Reflect.construct(PerfBuffer, [map, { pages }]));
      expect(error.code).toBe('ERR_BPF_ARGUMENT');
    }
    map.close();
    expect(thrown(BpfUsageError, () => new PerfBuffer(map)).code).toBe('ERR_BPF_CLOSED');
  });
});
