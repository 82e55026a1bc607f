import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makePinDirectory } from '../../test/bpffs.ts';
import { thrown } from '../../test/codec-helpers.ts';
import { BpfError, BpfMap, bytes, type Codec, MapFlags, u32, u64 } from '../index.ts';
import { createHint } from './create-hint.ts';
import { isOlder } from './kernel-version.ts';

const run = promisify(execFile);
const INDEX = new URL('../index.ts', import.meta.url).href;

interface Failure {
  readonly code: string;
  readonly operation: string;
  readonly hint: string;
  readonly mapName?: string;
  readonly mapId?: number;
}

/** What `expression` throws in a process without these capabilities. */
async function failureWithout(capabilities: string, expression: string): Promise<Failure> {
  const script = `
    const { BpfMap, Btf, listMaps, PerfBuffer, u32, u64, MapFlags } = await import(${JSON.stringify(INDEX)});
    try { ${expression} } catch ({ code, operation, hint, mapName, mapId }) {
      console.log(JSON.stringify({ code, operation, hint, mapName, mapId }));
    }`;
  const { stdout } = await run('setpriv', [
    ...[`--bounding-set=${capabilities}`, `--inh-caps=${capabilities}`, process.execPath],
    ...['--input-type=module', '-e', script],
  ]);
  return JSON.parse(stdout);
}

const UNPRIVILEGED = '-bpf,-sys_admin,-net_admin,-perfmon';
const create = (type: string) =>
  `BpfMap.create({ type: '${type}', key: u32, value: u32, maxEntries: 1, name: 'x' })`;

describe('EPERM', () => {
  it('of creating tells the capability that is missing', async () => {
    const failure = await failureWithout(UNPRIVILEGED, create('hash'));
    expect(failure).toMatchObject({ code: 'EPERM', operation: 'BPF_MAP_CREATE', mapName: 'x' });
    expect(failure.hint).toMatch(
      /^the process lacks CAP_BPF, or CAP_SYS_ADMIN in its place \(.*\); a hash takes CAP_BPF$/,
    );
  });

  it('of creating a map of the network tells that', async () => {
    const failure = await failureWithout('-sys_admin,-net_admin', create('sockmap'));
    expect(failure.hint).toMatch(
      /^the process lacks CAP_NET_ADMIN, .*; a sockmap takes CAP_BPF and CAP_NET_ADMIN$/,
    );
  });

  it('of a hash map without a seed tells CAP_SYS_ADMIN', async () => {
    const failure = await failureWithout(
      '-sys_admin',
      `BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 1, flags: MapFlags.ZERO_SEED })`,
    );
    expect(failure.hint).toContain('lacks CAP_SYS_ADMIN');
  });

  it.each([
    ['listing', 'listMaps()', 'BPF_MAP_GET_NEXT_ID'],
    ['opening by id', 'BpfMap.openById(1)', 'BPF_MAP_GET_FD_BY_ID'],
    ['opening by name', "BpfMap.openByName('x')", 'BPF_MAP_GET_NEXT_ID'],
    ['reading BTF', 'Btf.load(1)', 'BPF_BTF_GET_FD_BY_ID'],
  ])('of %s tells CAP_SYS_ADMIN', async (_, expression, operation) => {
    const failure = await failureWithout('-sys_admin', expression);
    expect(failure).toMatchObject({ code: 'EPERM', operation });
    expect(failure.hint).toContain('CAP_SYS_ADMIN');
  });

  it('in a user namespace tells of tokens', async () => {
    const script = `
      const { BpfMap, u32 } = await import(${JSON.stringify(INDEX)});
      try { ${create('hash')} } catch ({ code, hint }) { console.log(JSON.stringify({ code, hint })); }`;
    const { stdout } = await run('unshare', [
      ...['--user', '--map-root-user', process.execPath, '--input-type=module', '-e', script],
    ]);
    const failure: Failure = JSON.parse(stdout);
    expect(failure.code).toBe('EPERM');
    expect(failure.hint).toContain('BpfToken.open');
  });

  it('of writing tells whether the map is frozen, or read-only, and its name and id', () => {
    using frozen = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 1, name: 'frozen' });
    frozen.freeze();
    const error = thrown(BpfError, () => frozen.set(0, 1));
    expect(error).toMatchObject({ code: 'EPERM', mapName: 'frozen', mapId: frozen.id });
    expect(error.hint).toMatch(/frozen/);
    const flags = MapFlags.RDONLY;
    using readOnly = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 1, flags });
    expect(thrown(BpfError, () => readOnly.set(0, 1)).hint).toContain('MapFlags.RDONLY');
    expect(thrown(BpfError, () => readOnly.setBatch([[0, 1]])).hint).toContain('MapFlags.RDONLY');
  });

  it('of reading tells that the map is write-only', () => {
    const flags = MapFlags.WRONLY;
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 1, flags });
    map.set(1, 1);
    expect(thrown(BpfError, () => map.get(1)).hint).toContain('MapFlags.WRONLY');
    expect(thrown(BpfError, () => [...map]).hint).toContain('MapFlags.WRONLY');
  });

  it('of pinning outside of a BPF file system tells that', () => {
    using map = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 1 });
    expect(thrown(BpfError, () => map.pin('/tmp/nowhere')).hint).toContain('mount -t bpf');
  });
});

describe('E2BIG', () => {
  it('of a full map tells its room', () => {
    for (const type of ['hash', 'lpm_trie'] as const) {
      using map = BpfMap.create({ type, key: bytes(8), value: u32, maxEntries: 1 });
      const key = (last: number) => Uint8Array.of(32, 0, 0, 0, 10, 0, 0, last);
      map.set(key(1), 1);
      const error = thrown(BpfError, () => map.set(key(2), 1));
      expect(error.code).toBe(type === 'hash' ? 'E2BIG' : 'ENOSPC');
      expect(error.hint).toBe('the map is full: it has room for one entry (maxEntries)');
    }
    using queue = BpfMap.create({ type: 'queue', value: u32, maxEntries: 1 });
    queue.set(undefined, 1);
    expect(thrown(BpfError, () => queue.set(undefined, 2)).hint).toContain('room for one entry');
  });

  it('of an index tells the limit', () => {
    for (const type of ['array', 'devmap', 'prog_array'] as const) {
      using map = BpfMap.create({ type, key: u32, value: u32, maxEntries: 3 });
      expect(thrown(BpfError, () => map.set(3, 1))).toMatchObject({
        code: 'E2BIG',
        hint: 'the index is not below maxEntries, 3',
      });
    }
  });

  it('of creating tells what is too big', () => {
    const values = { type: 'hash', key: u32, value: bytes(2 ** 30), maxEntries: 1, btf: false } as const;
    const error = thrown(BpfError, () => BpfMap.create(values));
    expect(error.code).toBe('E2BIG');
    expect(error.hint).toContain('more than the kernel allocates');
  });
});

describe('EINVAL of creating', () => {
  const odd: Codec<Uint8Array> = bytes(3);
  it.each([
    ['key', { type: 'array', key: u64, value: u32, maxEntries: 1 }, 'keys of an array must be of 4 bytes'],
    [
      'value',
      { type: 'prog_array', key: u32, value: u64, maxEntries: 1 },
      'values of a prog_array must be of 4',
    ],
    [
      'values of 4 or 8',
      { type: 'sockmap', key: u32, value: odd, maxEntries: 1 },
      'of 4 or 8 bytes; they are of 3',
    ],
    ['a stack', { type: 'stack_trace', key: u32, value: odd, maxEntries: 1 }, 'multiple of 8'],
    ['a trie', { type: 'lpm_trie', key: u32, value: u32, maxEntries: 1 }, 'prefix length of 4 bytes'],
    ['a ring', { type: 'ringbuf', maxEntries: 4097 }, 'power of two'],
    ['a key', { type: 'queue', key: u32, value: u32, maxEntries: 1 }, 'a queue has no keys'],
    ['no entries', { type: 'queue', value: u32, maxEntries: 0 }, 'maxEntries must not be 0'],
    ['a node', { type: 'hash', key: u32, value: u32, maxEntries: 1, numaNode: 999 }, 'NUMA node 999'],
    [
      'flags',
      { type: 'hash', key: u32, value: u32, maxEntries: 1, flags: MapFlags.MMAPABLE },
      'see MapFlags',
    ],
  ])('tells the rule that is broken: %s', (_, spec, hint) => {
    const error = thrown(BpfError, () => Reflect.apply(BpfMap.create, BpfMap, [spec]));
    expect(error.code).toBe('EINVAL');
    expect(error.hint).toContain(hint);
  });
});

describe('a kernel that is older than what it is asked for', () => {
  it.each([
    ['5.10', '5.10.0-21-amd64', false],
    ['5.10', '5.9.16', true],
    ['5.8', '5.10', false],
    ['6.18', '7.0-rc1', false],
    ['6.18', 'nonsense', true],
  ])('is known by its version: %s on %s', (since, release, older) => {
    expect(isOlder(since, release)).toBe(older);
  });

  it('is told since when there is such a flag', () => {
    const options = {
      type: 27,
      keySize: 0,
      valueSize: 0,
      maxEntries: 4096,
      flags: MapFlags.RB_OVERWRITE,
      name: '',
    };
    const hint = createHint('EINVAL', 'ringbuf', options);
    if (isOlder('6.19')) expect(hint).toBe('MapFlags.RB_OVERWRITE exists since Linux 6.19');
    else expect(hint).toContain('see MapFlags');
  });
});

describe('other errors', () => {
  it('EEXIST and ENOENT tell the mode', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 2 });
    expect(thrown(BpfError, () => map.set(1, 1, { mode: 'update' })).hint).toContain("mode 'update'");
    map.set(1, 1);
    expect(thrown(BpfError, () => map.set(1, 1, { mode: 'create' })).hint).toContain("mode 'create'");
  });

  it('EEXIST of a pin tells of repin', () => {
    using pins = makePinDirectory();
    using map = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 1 });
    map.pin(`${pins.path}/map`);
    expect(thrown(BpfError, () => map.pin(`${pins.path}/map`)).hint).toContain('repin()');
  });

  it('EBUSY of freezing tells that the memory is mapped', () => {
    const flags = MapFlags.MMAPABLE;
    using map = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 1, name: 'mapped', flags });
    map.mapMemory();
    expect(thrown(BpfError, () => map.freeze())).toMatchObject({
      code: 'EBUSY',
      operation: 'BPF_MAP_FREEZE',
      mapName: 'mapped',
      mapId: map.id,
      hint: 'the memory of the map is mapped for writing, here or by another process',
    });
  });

  it('EMFILE tells that there are too many descriptors', async () => {
    const script = `
      const { BpfMap, u32 } = await import(${JSON.stringify(INDEX)});
      const open = [];
      try { for (;;) open.push(${create('array')}); } catch ({ code, hint }) { console.log(JSON.stringify({ code, hint })); }`;
    const { stdout } = await run('sh', [
      ...['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, script],
    ]);
    const failure: Failure = JSON.parse(stdout);
    expect(failure.code).toBe('EMFILE');
    expect(failure.hint).toContain('ulimit -n');
  });
});
