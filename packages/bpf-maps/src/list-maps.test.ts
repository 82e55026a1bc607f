import { execFileSync, spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadObject } from '../test/bpf-object.ts';
import { makePinDirectory, type PinDirectory } from '../test/bpffs.ts';
import { thrown } from '../test/codec-helpers.ts';
import { BpfError, BpfMap, BpfUsageError, listMaps, u32, u64 } from './index.ts';

let pins: PinDirectory;
beforeAll(() => {
  pins = makePinDirectory();
});
afterAll(() => pins[Symbol.dispose]());

const DIST = new URL('../dist/index.js', import.meta.url).href;
const find = (id: number) => listMaps().find((map) => map.id === id);
const unique = (name: string) => `${name}${process.pid % 100_000}`;

/** A script in a process of root's, but without CAP_SYS_ADMIN. */
function withoutSysAdmin(script: string): string {
  const { stdout, stderr } = spawnSync(
    'setpriv',
    ['--bounding-set', '-sys_admin', process.execPath, '--input-type=module', '-e', script],
    { encoding: 'utf8', timeout: 30_000 },
  );
  return stdout + stderr;
}

describe('listing maps', () => {
  it('tells of each what it is, what it takes and who pins it', () => {
    using map = BpfMap.create({ type: 'array', key: u32, value: u64, maxEntries: 1024, name: 'listed' });
    expect(find(map.id)).toMatchObject({ ...map.info, frozen: false, pins: [] });
    map.pin(`${pins.path}/one`);
    map.pin(`${pins.path}/two`);
    map.freeze();
    expect(find(map.id)).toEqual({
      ...map.info,
      memlock: expect.any(Number),
      frozen: true,
      pins: expect.arrayContaining([`${pins.path}/one`, `${pins.path}/two`]),
    });
    expect(find(map.id)?.memlock).toBeGreaterThanOrEqual(8 * 1024);
    expect(find(map.id)).toEqual(map.describe());
  });

  it('tells what bpftool tells', () => {
    using map = BpfMap.create({ type: 'lru_hash', key: u32, value: u64, maxEntries: 77, name: 'both' });
    map.pin(`${pins.path}/both`);
    const output = execFileSync('bpftool', ['-j', '-f', 'map', 'show', 'id', `${map.id}`], {
      encoding: 'utf8',
    });
    const shown = JSON.parse(output);
    const listed = find(map.id);
    expect(shown).toMatchObject({
      id: listed?.id,
      type: listed?.type,
      name: listed?.name,
      flags: listed?.flags,
      bytes_key: listed?.keySize,
      bytes_value: listed?.valueSize,
      max_entries: listed?.maxEntries,
      bytes_memlock: listed?.memlock,
      frozen: Number(listed?.frozen),
      pinned: listed?.pins,
    });
  });

  it('is in the order of ids, and leaves out what is gone', () => {
    const map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 1 });
    map.close();
    const ids = listMaps().map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(find(map.id)).toBeUndefined();
  });

  it('goes on while maps come and go, and while pins do', async () => {
    const source = `
      import { rmSync } from 'node:fs';
      import { BpfMap, u32 } from ${JSON.stringify(DIST)};
      for (let i = 0; i < 400; i++) {
        const map = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 1 });
        const path = ${JSON.stringify(`${pins.path}/race-`)} + (i % 3);
        map.pin(path);
        map.close();
        rmSync(path);
      }`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    const exit = new Promise((resolve) => worker.once('exit', resolve));
    for (let i = 0; i < 40; i++) {
      expect(listMaps()).toBeInstanceOf(Array);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await exit).toBe(0);
  });

  it('is for privileged processes, and says so', () => {
    const output = withoutSysAdmin(
      `import { listMaps } from ${JSON.stringify(DIST)};
       try { listMaps(); } catch (error) { console.log(error.code, error.operation, error.hint); }`,
    );
    expect(output).toBe(
      'EPERM BPF_MAP_GET_NEXT_ID only a process with CAP_SYS_ADMIN (root) may list the maps of the system\n',
    );
  });
});

describe('opening a map by its BTF', () => {
  it('is for privileged processes, and says what others can do', () => {
    using object = loadObject('flows.bpf.c');
    const output = withoutSysAdmin(
      `import { BpfMap, bytes } from ${JSON.stringify(DIST)};
       const path = ${JSON.stringify(object.pin('flows'))};
       try { BpfMap.openPinned(path); } catch (error) { console.log(error.code, error.hint); }
       console.log(BpfMap.openPinned(path, { key: bytes(16), value: bytes(16) }).info.name);`,
    );
    expect(output).toBe(
      'EPERM only a process with CAP_SYS_ADMIN (root) may read BTF of the kernel: give codecs, { key, value }\nflows\n',
    );
  });
});

describe('opening by name', () => {
  const create = (name: string) =>
    BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4, name: unique(name) });
  const codecs = { key: u32, value: u64 };

  it('finds the one map that has it', () => {
    using map = create('one');
    using found = BpfMap.openByName(unique('one'), codecs);
    expect(found.id).toBe(map.id);
  });

  it('cuts the name as the kernel does', () => {
    using map = BpfMap.create({
      type: 'hash',
      ...codecs,
      maxEntries: 1,
      name: `${unique('a_long_')}xxxxxxxxxxx`.slice(0, 15),
    });
    using found = BpfMap.openByName(`${unique('a_long_')}xxxxxxxxxxxxxxxx`, codecs);
    expect(found.id).toBe(map.id);
  });

  it('fails if there is none', () => {
    const error = thrown(BpfError, () => BpfMap.openByName(unique('none'), codecs));
    expect(error).toMatchObject({ code: 'ENOENT', mapName: unique('none') });
    expect(error.hint).toContain('no map has this name');
  });

  it('fails if there are several, and tells their ids', () => {
    using one = create('twin');
    using other = create('twin');
    const error = thrown(BpfUsageError, () => BpfMap.openByName(unique('twin'), codecs));
    expect(error.code).toBe('ERR_BPF_AMBIGUOUS');
    expect(error.message).toBe(
      `2 maps are called '${unique('twin')}', with the ids ${one.id}, ${other.id}: open one by its id or its pin`,
    );
  });

  it.each(['', 5, undefined])('refuses %j as a name', (name) => {
    const open: unknown = BpfMap.openByName;
    if (typeof open !== 'function') throw new TypeError('not a function');
    const error = thrown(BpfUsageError, () => Reflect.apply(open, BpfMap, [name, codecs]));
    expect(error.code).toBe('ERR_BPF_ARGUMENT');
  });
});
