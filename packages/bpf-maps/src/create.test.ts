import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { makePinDirectory } from '../test/bpffs.ts';
import { BtfBuilder } from '../test/btf-builder.ts';
import { thrown } from '../test/codec-helpers.ts';
import {
  array,
  BpfError,
  BpfMap,
  BpfUsageError,
  Btf,
  BtfError,
  type BtfObject,
  bits,
  bool,
  bytes,
  type Codec,
  cidr,
  cString,
  f64,
  ipAddress,
  ipv4,
  MapFlags,
  mac,
  mapTypes,
  type PlainMapSpec,
  port,
  possibleCpus,
  struct,
  toTypeScript,
  u8,
  u16,
  u32,
  u64,
  union,
} from './index.ts';

const flow = struct({ address: ipv4, port, protocol: u8 }, { name: 'flow' });
const counters = struct({ packets: u64, bytes: u64 });

/** What the kernel refuses, as a caller without TypeScript may write it. */
function refused(spec: object): BpfUsageError {
  return thrown(BpfUsageError, () => Reflect.apply(BpfMap.create, BpfMap, [spec]));
}

describe('a map that is created with codecs', () => {
  it('describes itself: others open it without any', () => {
    using pins = makePinDirectory();
    using map = BpfMap.create({ type: 'hash', key: flow, value: counters, maxEntries: 4, name: 'flows' });
    map.pin(`${pins.path}/flows`);
    map.set({ address: '192.0.2.1', port: 443, protocol: 6 }, { packets: 1n, bytes: 2n });
    using opened = BpfMap.openPinned(`${pins.path}/flows`);
    const [[key, value] = []] = [...opened];
    expect(value).toEqual({ packets: 1n, bytes: 2n });
    expect(key).toMatchObject({ protocol: 6 });
    expect(toTypeScript(opened)).toContain('/** `struct flow`, 8 bytes. */');
    const [dumped] = JSON.parse(
      execFileSync('bpftool', ['-j', 'map', 'dump', 'pinned', `${pins.path}/flows`], { encoding: 'utf8' }),
    );
    expect(dumped.formatted).toEqual({
      // 192.0.2.1 and 443 in network byte order, as C's __be32 and __be16 have them.
      key: { address: 0x010200c0, port: 0xbb01, protocol: 6 },
      value: { packets: 1, bytes: 2 },
    });
  });

  it('has the layout of its codecs, of whatever kind they are', () => {
    const value = struct({
      version: bits(u8, 4),
      length: bits(u8, 4),
      name: cString(7),
      on: bool,
      address: ipAddress,
      ether: mac,
      numbers: array(u16, 3),
      ratio: f64,
      choice: union({ word: u32, raw: bytes(4) }),
    });
    const sample = {
      version: 4,
      length: 5,
      name: 'eth0',
      on: true,
      address: '2001:db8::1',
      ether: '02:42:ac:11:00:02',
      numbers: [1, 2, 3],
      ratio: 0.5,
      choice: { word: 7 },
    };
    using map = BpfMap.create({ type: 'array', key: u32, value, maxEntries: 1 });
    map.set(0, sample);
    using opened = BpfMap.openById<number, BtfObject>(map.id);
    expect(opened.get(0)).toMatchObject({
      ...{ version: 4, length: 5, name: 'eth0', on: true, numbers: [1, 2, 3], ratio: 0.5 },
      address: Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
      ether: Uint8Array.of(2, 0x42, 0xac, 0x11, 0, 2),
      choice: { word: 7, raw: Uint8Array.of(7, 0, 0, 0) },
    });
  });

  it.each(mapTypes.map(({ type }) => type).filter((type) => /^(lru_)?(percpu_)?(hash|array)$/.test(type)))(
    'has BTF if it is a %s',
    (type) => {
      using map = BpfMap.create({ type: type as 'hash', key: u32, value: u64, maxEntries: 64 });
      expect(map.info.btf?.valueTypeId).toBeGreaterThan(0);
    },
  );

  it('has BTF if it is a trie or a bloom filter', () => {
    using trie = BpfMap.create({ type: 'lpm_trie', key: cidr(ipv4), value: u32, maxEntries: 4 });
    expect(toTypeScript(trie)).toContain('struct bpf_lpm_trie_key');
    using bloom = BpfMap.create({ type: 'bloom_filter', value: u64, maxEntries: 4 });
    using opened = BpfMap.openById<undefined, bigint>(bloom.id);
    bloom.set(undefined, 5n);
    expect(opened.contains(5n)).toBe(true);
  });

  it('has none where a codec does not tell its C type, or has names that C has not', () => {
    const own: Codec<number> = { size: 4, alignment: 4, encode: u32.encode, decode: u32.decode };
    using without = BpfMap.create({ type: 'hash', key: u32, value: own, maxEntries: 1 });
    expect(without.info.btf).toBeUndefined();
    using dollar = BpfMap.create({ type: 'hash', key: u32, value: struct({ $: u32 }), maxEntries: 1 });
    expect(dollar.info.btf).toBeUndefined();
    expect(refused({ type: 'hash', key: u32, value: own, maxEntries: 1, btf: true }).message).toContain(
      'ctype',
    );
  });

  it.each([
    5,
    null,
    { kind: 'pointer' },
    { kind: 'int', name: 'x' },
    { kind: 'array', element: {}, length: 1 },
    {
      kind: 'struct',
      name: 's',
      size: 4,
      members: [{ name: 'a b', bitOffset: 0, bitSize: 0, type: u32.ctype }],
    },
    { kind: 'struct', name: 's', size: 4, members: 'x' },
  ])('is refused with a C type that is none: %j', (ctype) => {
    const error = refused({ type: 'hash', key: u32, value: { ...u32, ctype }, maxEntries: 1 });
    expect(error).toMatchObject({ code: 'ERR_BPF_ARGUMENT' });
    expect(error.message).toContain('ctype of the value codec');
  });

  it('is refused with a C type that contains itself', () => {
    const ctype = { kind: 'typedef', name: 'endless', type: undefined as unknown };
    ctype.type = ctype;
    expect(refused({ type: 'hash', key: { ...u32, ctype }, value: u32, maxEntries: 1 }).message).toContain(
      'ctype',
    );
  });

  it('has none if that is not wanted', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 1, btf: false });
    expect(map.info.btf).toBeUndefined();
  });

  it('is created without BTF if the kernel does not take it', () => {
    // Of an array the kernel wants int as key; of 16 bytes C has no float.
    const odd: Codec<number> = { ...f64, ctype: { kind: 'float', name: 'odd', size: 3 } };
    const spec = { type: 'hash', key: u32, value: odd, maxEntries: 1 } as const;
    using map = BpfMap.create(spec);
    expect(map.info.btf).toBeUndefined();
    const error = thrown(BpfError, () => BpfMap.create({ ...spec, btf: true, name: 'odd' }));
    expect(error).toMatchObject({ code: 'EINVAL', operation: 'BPF_BTF_LOAD', mapName: 'odd' });
    expect(error.hint).toContain('Invalid type_size');
  });
});

describe('BTF of the caller', () => {
  const builder = new BtfBuilder();
  const word = builder.int('word_t', 4);
  const pair = builder.composite('struct', 'pair', 8, [
    ['left', word, 0],
    ['right', word, 32],
  ]);

  it.each(['bytes', 'Btf'])('is loaded with the map: %s', (form) => {
    const types = form === 'bytes' ? builder.bytes() : Btf.parse(builder.bytes());
    using map = BpfMap.create({
      type: 'hash',
      key: u32,
      value: u64,
      maxEntries: 1,
      btf: { types, keyTypeId: word, valueTypeId: pair },
    });
    expect(map.info.btf).toMatchObject({ keyTypeId: word, valueTypeId: pair });
    using opened = BpfMap.openById<number, { left: number; right: number }>(map.id);
    map.set(1, 0x0000_0002_0000_0001n);
    expect(opened.get(1)).toEqual({ left: 1, right: 2 });
  });

  it('is refused by the kernel if it is not of the size of the values', () => {
    const btf = { types: builder.bytes(), keyTypeId: word, valueTypeId: pair };
    const spec = { type: 'hash', key: u32, value: u32, maxEntries: 1, btf } as const;
    expect(thrown(BpfError, () => BpfMap.create(spec))).toMatchObject({
      code: 'EINVAL',
      operation: 'BPF_MAP_CREATE',
    });
  });

  it.each([
    ['types', { types: 'x', valueTypeId: 1 }, 'btf.types must be'],
    ['valueTypeId', { types: builder.bytes(), valueTypeId: -1 }, 'btf.valueTypeId must be'],
    ['btf', 5, 'btf must be'],
    [
      'split BTF',
      { types: Btf.parse(new BtfBuilder().bytes(), { base: Btf.parse(builder.bytes()) }) },
      'split BTF',
    ],
  ])('is checked: %s', (_, btf, message) => {
    const error = refused({ type: 'hash', key: u32, value: u64, maxEntries: 1, btf });
    expect(error.code).toBe('ERR_BPF_ARGUMENT');
    expect(error.message).toContain(message);
  });
});

describe('every map type that user space creates', () => {
  it('is created by what it needs, and no more', () => {
    const inner = { type: 'array', key: u32, value: u32, maxEntries: 1 } as const;
    const index = { key: u32, value: u32, maxEntries: 4 } as const;
    const key = struct({ cgroup: u64, attachType: u32 });
    const maps = [
      ...(['hash', 'lru_hash', 'array', 'percpu_hash', 'percpu_array', 'lru_percpu_hash'] as const).map(
        (type) => BpfMap.create({ type: type as 'hash', key: u32, value: u64, maxEntries: 64 }),
      ),
      BpfMap.create({ type: 'lpm_trie', key: cidr(ipv4), value: u64, maxEntries: 4 }),
      ...(['prog_array', 'perf_event_array', 'cgroup_array', 'devmap', 'devmap_hash', 'xskmap'] as const).map(
        (type) => BpfMap.create({ type, ...index }),
      ),
      BpfMap.create({ type: 'cpumap', ...index, maxEntries: 1 }),
      BpfMap.create({ type: 'stack_trace', key: u32, value: array(u64, 16), maxEntries: 4 }),
      BpfMap.create({ type: 'sockmap', key: u32, value: u64, maxEntries: 4 }),
      BpfMap.create({ type: 'sockhash', key: flow, value: u64, maxEntries: 4 }),
      BpfMap.create({ type: 'reuseport_sockarray', key: u32, value: u64, maxEntries: 4 }),
      BpfMap.create({ type: 'array_of_maps', ...index, innerMap: inner }),
      BpfMap.create({ type: 'hash_of_maps', ...index, innerMap: inner }),
      BpfMap.create({ type: 'queue', value: u64, maxEntries: 4 }),
      BpfMap.create({ type: 'stack', value: u64, maxEntries: 4 }),
      BpfMap.create({ type: 'bloom_filter', value: u64, maxEntries: 4 }),
      BpfMap.create({ type: 'ringbuf', maxEntries: 4096 }),
      BpfMap.create({ type: 'user_ringbuf', maxEntries: 4096 }),
      ...(['sk_storage', 'inode_storage', 'task_storage', 'cgrp_storage'] as const).map((type) =>
        BpfMap.create({ type, value: u64 }),
      ),
      BpfMap.create({ type: 'cgroup_storage', key, value: u64 }),
      BpfMap.create({ type: 'percpu_cgroup_storage', key: u64, value: u64 }),
      BpfMap.create({ type: 'arena', maxEntries: 4 }),
      BpfMap.create({ type: 'struct_ops', ops: 'tcp_congestion_ops' }),
    ];
    const types = maps.map(({ info }) => info.type);
    for (const map of maps) map.close();
    expect(types.toSorted()).toEqual(mapTypes.map(({ type }) => type).toSorted());
  });

  it('has the types of its keys and values in TypeScript, and refuses what it does not take', () => {
    using sized = BpfMap.create({ type: 'percpu_hash', key: u32, value: u64, maxEntries: 1 });
    expectTypeOf(sized).toEqualTypeOf<BpfMap<number, bigint[]>>();
    using storage = BpfMap.create({ type: 'task_storage', value: counters });
    expectTypeOf(storage).toEqualTypeOf<BpfMap<number, { packets: bigint; bytes: bigint }>>();
    using bloom = BpfMap.create({ type: 'bloom_filter', value: u32, maxEntries: 1, hashes: 3 });
    expectTypeOf(bloom).toEqualTypeOf<BpfMap<undefined, number>>();
    using ops = BpfMap.create({ type: 'struct_ops', ops: 'tcp_congestion_ops' });
    expectTypeOf(ops).toEqualTypeOf<BpfMap<number, BtfObject>>();
    const wrong = [
      // @ts-expect-error a queue has no keys
      () => BpfMap.create({ type: 'queue', key: u32, value: u32, maxEntries: 1 }),
      // @ts-expect-error hashes are for bloom filters
      () => BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 1, hashes: 3 }),
      // @ts-expect-error a map of maps needs a pattern
      () => BpfMap.create({ type: 'hash_of_maps', key: u32, value: u32, maxEntries: 1 }),
      // @ts-expect-error a storage has as many entries as there are objects
      () => BpfMap.create({ type: 'sk_storage', value: u32, maxEntries: 1 }),
      // @ts-expect-error an address is for arenas
      () => BpfMap.create({ type: 'ringbuf', maxEntries: 4096, address: 0n }),
      // @ts-expect-error memory of one node is not for values of each CPU
      () => BpfMap.create({ type: 'percpu_array', key: u32, value: u32, maxEntries: 1, numaNode: 0 }),
    ];
    expect(wrong).toHaveLength(6);
  });
});

describe('options of some types', () => {
  it('bloom filter: how many bits tell a value', () => {
    using map = BpfMap.create({ type: 'bloom_filter', value: u32, maxEntries: 16, hashes: 9 });
    expect(map.info.mapExtra).toBe(9n);
    expect(refused({ type: 'bloom_filter', value: u32, maxEntries: 1, hashes: 16 }).message).toContain(
      '1 to 15',
    );
    expect(refused({ type: 'hash', key: u32, value: u32, maxEntries: 1, hashes: 1 }).message).toContain(
      'bloom',
    );
  });

  it('arena: its address', () => {
    using map = BpfMap.create({ type: 'arena', maxEntries: 2, address: 0x7f00_0000_0000n });
    expect(map.info).toMatchObject({ mapExtra: 0x7f00_0000_0000n, flags: MapFlags.MMAPABLE });
    expect(map.mapMemory().byteLength).toBe(2 * 4096);
    expect(refused({ type: 'arena', maxEntries: 1, address: 4096 }).message).toContain('bigint');
    expect(thrown(BpfError, () => BpfMap.create({ type: 'arena', maxEntries: 1, address: 1n })).code).toBe(
      'EINVAL',
    );
  });

  it('the NUMA node of its memory', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 4, numaNode: 0 });
    expect(map.info.flags & MapFlags.NUMA_NODE).not.toBe(0);
    const nowhere = { type: 'hash', key: u32, value: u32, maxEntries: 4, numaNode: 1023 } as const;
    expect(thrown(BpfError, () => BpfMap.create(nowhere))).toMatchObject({ code: 'EINVAL' });
  });

  it('the one program that may use it', () => {
    const spec = { type: 'array', key: u32, value: u32, maxEntries: 1 } as const;
    using map = BpfMap.create({ ...spec, exclusiveProgramHash: new Uint8Array(32).fill(7) });
    map.set(0, 1);
    expect(map.get(0)).toBe(1);
    expect(refused({ ...spec, exclusiveProgramHash: new Uint8Array(31) }).message).toContain('32 bytes');
  });

  it('a network interface that does not take maps is refused by its driver', () => {
    const spec = { type: 'hash', key: u32, value: u32, maxEntries: 4, ifindex: 1, btf: false } as const;
    expect(thrown(BpfError, () => BpfMap.create(spec)).operation).toBe('BPF_MAP_CREATE');
  });

  const flags: ReadonlyArray<readonly [string, Omit<PlainMapSpec<number, unknown>, 'maxEntries'>]> = [
    ['build ids', { type: 'stack_trace', key: u32, value: bytes(64), flags: MapFlags.STACK_BUILD_ID }],
    ['no common LRU list', { type: 'lru_hash', key: u32, value: u32, flags: MapFlags.NO_COMMON_LRU }],
    ['no seed', { type: 'hash', key: u32, value: u32, flags: MapFlags.ZERO_SEED }],
    ['no preallocation', { type: 'hash', key: u32, value: u32, flags: MapFlags.NO_PREALLOC }],
    ['read-only for programs', { type: 'array', key: u32, value: u32, flags: MapFlags.RDONLY_PROG }],
    ['write-only for programs', { type: 'array', key: u32, value: u32, flags: MapFlags.WRONLY_PROG }],
    ['inner maps of any length', { type: 'array', key: u32, value: u32, flags: MapFlags.INNER_MAP }],
    [
      'perf events that stay',
      { type: 'perf_event_array', key: u32, value: u32, flags: MapFlags.PRESERVE_ELEMS },
    ],
  ];
  it.each(flags)('flags: %s', (_, spec) => {
    using map = BpfMap.create({ ...spec, maxEntries: 64 });
    expect(map.info.flags).toBe(spec.flags);
  });

  it('flags: storages that are cloned, arenas', () => {
    using storage = BpfMap.create({ type: 'sk_storage', value: u64, flags: MapFlags.CLONE });
    expect(storage.info.flags).toBe(MapFlags.CLONE | MapFlags.NO_PREALLOC);
    using arena = BpfMap.create({
      type: 'arena',
      maxEntries: 1,
      flags: MapFlags.SEGV_ON_FAULT | MapFlags.NO_USER_CONV,
    });
    expect(arena.info.flags).toBe(MapFlags.SEGV_ON_FAULT | MapFlags.NO_USER_CONV | MapFlags.MMAPABLE);
  });

  it('flags of newer kernels are refused by older ones', () => {
    const spec = { type: 'ringbuf', maxEntries: 4096, flags: MapFlags.RB_OVERWRITE } as const;
    // Linux 6.19 takes it.
    try {
      using map = BpfMap.create(spec);
      expect(map.info.flags).toBe(MapFlags.RB_OVERWRITE);
    } catch (error) {
      expect(error).toMatchObject({ code: 'EINVAL' });
    }
  });
});

describe('storages', () => {
  it('of tasks and cgroups need BTF, which is made for any codec', () => {
    const own: Codec<number> = { size: 4, alignment: 4, encode: u32.encode, decode: u32.decode };
    using map = BpfMap.create({ type: 'inode_storage', value: own });
    const fd = openSync('/proc/self/exe', 'r');
    try {
      map.set(fd, 7);
      expect(map.get(fd)).toBe(7);
      expect(map.delete(fd)).toBe(true);
    } finally {
      closeSync(fd);
    }
    expect(refused({ type: 'sk_storage', value: u32, btf: false }).message).toContain('without BTF');
    expect(refused({ type: 'sk_storage', value: u32, maxEntries: 1 }).message).toContain(
      'leave maxEntries out',
    );
  });

  it('of cgroups have values for each CPU, if they are of that type', () => {
    using map = BpfMap.create({ type: 'percpu_cgroup_storage', key: u64, value: u64 });
    expect([...map.keys()]).toEqual([]);
    expect(map.info.valueSize).toBe(8);
    expect(possibleCpus()).toBeGreaterThan(0);
  });
});

describe('struct_ops', () => {
  it('are described by the kernel', () => {
    using map = BpfMap.create<{ data: { name: string } }>({
      type: 'struct_ops',
      ops: 'tcp_congestion_ops',
      name: 'mine',
    });
    expect(map.get(0)?.data.name).toBe('');
    expect(map.info.btf?.kernelValueTypeId).toBeGreaterThan(0);
  });

  it('that the kernel does not have are refused', () => {
    const error = thrown(BtfError, () => BpfMap.create({ type: 'struct_ops', ops: 'no_such_ops' }));
    expect(error.message).toContain('struct bpf_struct_ops_no_such_ops');
    expect(refused({ type: 'struct_ops' }).message).toContain('tcp_congestion_ops');
  });
});
