import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { BpfError, BpfMap, BpfUsageError, bytes, MapFlags, u32, u64 } from './index.ts';

const create = (flags: number = MapFlags.MMAPABLE) =>
  BpfMap.create({ type: 'array', key: u32, value: u64, maxEntries: 1000, flags });

describe('mapMemory', () => {
  it('is the memory of the array, both ways', () => {
    using map = create();
    const memory = new BigUint64Array(map.mapMemory());
    expect(memory.length).toBe(1000);
    map.set(999, 5n);
    expect(memory[999]).toBe(5n);
    memory[0] = 2n ** 64n - 1n;
    expect(map.get(0)).toBe(2n ** 64n - 1n);
  });

  it('has every entry at a multiple of 8 bytes', () => {
    using map = BpfMap.create({
      type: 'array',
      key: u32,
      value: bytes(12),
      maxEntries: 3,
      flags: MapFlags.MMAPABLE,
    });
    map.set(2, new Uint8Array(12).fill(7));
    const memory = new Uint8Array(map.mapMemory());
    expect(memory.length).toBe(48);
    expect(memory.subarray(32, 44)).toEqual(new Uint8Array(12).fill(7));
  });

  it('is the same buffer each time', () => {
    using map = create();
    expect(map.mapMemory()).toBe(map.mapMemory());
  });

  it('stays valid after closing', () => {
    const map = create();
    map.set(3, 9n);
    const memory = new BigUint64Array(map.mapMemory());
    map.close();
    expect(memory[3]).toBe(9n);
    memory[3] = 10n;
    expect(memory[3]).toBe(10n);
    expect(thrown(BpfUsageError, () => map.mapMemory()).code).toBe('ERR_BPF_CLOSED');
  });

  it('is mapped anew when the buffer was transferred away', () => {
    using map = create();
    const moved = new BigUint64Array(map.mapMemory().transfer());
    const memory = new BigUint64Array(map.mapMemory());
    memory[1] = 4n;
    expect(moved[1]).toBe(4n);
    expect(map.get(1)).toBe(4n);
  });

  it('is for arrays with MapFlags.MMAPABLE only', () => {
    using array = create(0);
    expect(thrown(BpfUsageError, () => array.mapMemory()).code).toBe('ERR_BPF_MAP_TYPE');
    using hash = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 1 });
    expect(thrown(BpfUsageError, () => hash.mapMemory()).message).toContain('MapFlags.MMAPABLE');
  });

  it('is refused for an array that is frozen', () => {
    using map = create();
    map.freeze();
    const error = thrown(BpfError, () => map.mapMemory());
    expect(error).toMatchObject({ code: 'EPERM', operation: 'mmap' });
    expect(error.hint).toContain('frozen');
  });

  it('survives garbage collection while the buffer is in use, and is unmapped after', () => {
    const script = `
      import { readFileSync } from 'node:fs';
      import { setImmediate } from 'node:timers/promises';
      import { BpfMap, MapFlags, u32, u64 } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      const mappings = () => readFileSync('/proc/self/maps', 'utf8').split('\\n').filter((line) => line.includes('anon_inode:bpf-map')).length;
      const open = () => BpfMap.create({ type: 'array', key: u32, value: u64, maxEntries: 1000, flags: MapFlags.MMAPABLE });
      const kept = new BigUint64Array(open().mapMemory());
      for (let i = 0; i < 50; i++) new BigUint64Array(open().mapMemory())[0] = 1n;
      const before = mappings();
      for (let i = 0; i < 20 && mappings() > 1; i++) { gc(); await setImmediate(); }
      kept[999] = 3n;
      console.log(JSON.stringify({ before, after: mappings(), kept: String(kept[999]) }));
    `;
    const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    const { before, after, kept } = JSON.parse(output);
    expect(before).toBeGreaterThan(1);
    expect({ after, kept }).toEqual({ after: 1, kept: '3' });
  });
});
