import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ARENA } from '../test/bpf-object.ts';
import { thrown } from '../test/codec-helpers.ts';
import { objectForTests } from '../test/object-for-tests.ts';
import { BpfError, BpfMap, MapFlags, u32, u64 } from './index.ts';

const run = promisify(execFile);
const ENTRY = JSON.stringify(new URL('../dist/index.js', import.meta.url).href);

/** Runs a script of its own in Node, with what it imports from this package. */
async function node(script: string): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '-e', `import { BpfMap } from ${ENTRY};\n${script}`],
    { timeout: 30_000 },
  );
  return stdout.trim();
}

describe('Atomics on the memory of an array', () => {
  it.each([
    ['BigUint64Array', '1n'],
    ['Uint32Array', '1'],
  ])('are atomic between processes: %s', async (view, one) => {
    using map = BpfMap.create({
      type: 'array',
      key: u32,
      value: u64,
      maxEntries: 8,
      flags: MapFlags.MMAPABLE,
    });
    const times = 300_000;
    const count = () =>
      node(`
        const memory = new ${view}(BpfMap.openById(${map.id}, { codec: 'bytes' }).mapMemory());
        // Both begin together.
        Atomics.add(memory, 2, ${one});
        while (Atomics.load(memory, 2) < 2);
        for (let i = 0; i < ${times}; i++) Atomics.add(memory, 0, ${one});`);
    await Promise.all([count(), count()]);
    expect(map.get(0)).toBe(BigInt(2 * times));
  });

  it('exchange and compare', () => {
    using map = BpfMap.create({
      type: 'array',
      key: u32,
      value: u64,
      maxEntries: 2,
      flags: MapFlags.MMAPABLE,
    });
    const memory = new BigUint64Array(map.mapMemory());
    expect(Atomics.exchange(memory, 0, 5n)).toBe(0n);
    expect(Atomics.compareExchange(memory, 0, 5n, 6n)).toBe(5n);
    expect(Atomics.compareExchange(memory, 0, 5n, 7n)).toBe(6n);
    expect(Atomics.or(memory, 0, 1n)).toBe(6n);
    expect(map.get(0)).toBe(7n);
  });
});

describe('the memory of an arena', () => {
  const object = objectForTests(ARENA);
  const open = () => BpfMap.openPinned(object.map('m_arena'), { codec: 'bytes' });

  it('is shared between processes, and mapped once in each', async () => {
    using arena = open();
    const memory = new BigUint64Array(arena.mapMemory());
    expect(memory.byteLength).toBe(4 * 4096);
    memory[1024] = 42n;
    const output = await node(`
      const memory = new BigUint64Array(BpfMap.openPinned('${object.map('m_arena')}', { codec: 'bytes' }).mapMemory());
      console.log(String(Atomics.add(memory, 1024, 8n)));`);
    expect(output).toBe('42');
    expect(Atomics.load(memory, 1024)).toBe(50n);
    expect(arena.mapMemory()).toBe(memory.buffer);
    using again = open();
    expect(thrown(BpfError, () => again.mapMemory())).toMatchObject({ code: 'EEXIST', operation: 'mmap' });
  });
});
