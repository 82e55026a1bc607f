import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePinDirectory, type PinDirectory } from '../test/bpffs.ts';
import { thrown } from '../test/codec-helpers.ts';
import { BpfError, BpfMap, BpfUsageError, u32 } from './index.ts';

let pins: PinDirectory;
beforeAll(() => {
  pins = makePinDirectory();
});
afterAll(() => pins[Symbol.dispose]());

const create = () => BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 1, name: 'pinned' });
const leftovers = () => readdirSync(pins.path).filter((name) => name.startsWith('repin_'));

describe('repin', () => {
  it('replaces a pin, and nobody finds nothing meanwhile', async () => {
    const path = `${pins.path}/replaced`;
    const maps = Array.from({ length: 20 }, create);
    maps[0]?.repin(path);
    const script = `
      import { BpfMap } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
      BpfMap.openPinned(${JSON.stringify(path)}).close();
      console.log('ready');
      for (const end = Date.now() + 300; Date.now() < end; ) BpfMap.openPinned(${JSON.stringify(path)}).close();`;
    const reader = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const exit = once(reader, 'exit');
    await once(reader.stdout, 'data');
    for (let round = 0; round < 20; round++) for (const map of maps) map.repin(path);
    expect(await exit).toEqual([0, null]);
    using opened = BpfMap.openPinned(path);
    expect(opened.id).toBe(maps.at(-1)?.id);
    expect(leftovers()).toEqual([]);
    for (const map of maps) map.close();
  });

  it('moves a pin', () => {
    const [from, to] = [`${pins.path}/from`, `${pins.path}/to`];
    using map = create();
    using other = create();
    map.pin(from);
    other.pin(to);
    map.repin(to, { from });
    expect(existsSync(from)).toBe(false);
    using opened = BpfMap.openPinned(to);
    expect(opened.id).toBe(map.id);
    expect(thrown(BpfError, () => map.repin(to, { from })).code).toBe('ENOENT');
  });

  it('does not move the pin of another map', () => {
    const from = `${pins.path}/others`;
    using map = create();
    using other = create();
    other.pin(from);
    const error = thrown(BpfUsageError, () => map.repin(`${pins.path}/mine`, { from }));
    expect(error.message).toContain(`is map ${other.id}, not map 'pinned' (id ${map.id})`);
    expect(existsSync(from)).toBe(true);
  });

  it('leaves what is no map alone', () => {
    using map = create();
    const path = `${pins.path}/directory`;
    mkdirSync(path);
    const error = thrown(BpfError, () => map.repin(path));
    expect(error).toMatchObject({ operation: 'BPF_OBJ_GET', path, mapName: 'pinned', mapId: map.id });
    expect(error.hint).toContain('left alone');
    expect(existsSync(path)).toBe(true);
  });

  it('refuses paths that a BPF file system does not take, and leaves nothing behind', () => {
    using map = create();
    const dot = `${pins.path}/a.b`;
    expect(thrown(BpfError, () => map.pin(dot))).toMatchObject({
      ...{ code: 'EPERM', operation: 'BPF_OBJ_PIN', path: dot },
      hint: 'names in a BPF file system have no dots',
    });
    expect(thrown(BpfError, () => map.repin(dot)).hint).toContain('no dots');
    expect(thrown(BpfError, () => map.repin(`${pins.path}/no/such`)).code).toBe('ENOENT');
    expect(thrown(BpfUsageError, () => map.repin(`${pins.path}/x`, { from: '' })).code).toBe(
      'ERR_BPF_ARGUMENT',
    );
    expect(leftovers()).toEqual([]);
  });
});
