import { closeSync, fstatSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { makePinDirectory, type PinDirectory } from '../test/bpffs.ts';
import { thrown } from '../test/codec-helpers.ts';
import { BpfError, BpfMap, BpfUsageError, type BtfValue, u8, u32, u64 } from './index.ts';

let pins: PinDirectory;
beforeAll(() => {
  pins = makePinDirectory();
});
afterAll(() => pins[Symbol.dispose]());

const create = () => BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4, name: 'shared' });

describe('a pinned map', () => {
  it('outlives the descriptor, and is found at its path', () => {
    const path = `${pins.path}/found`;
    const map = create();
    map.set(1, 42n);
    map.pin(path);
    map.close();
    using again = BpfMap.openPinned(path, { key: u32, value: u64 });
    expect(again.get(1)).toBe(42n);
    expect(again.id).toBe(map.id);
    again.unpin(path);
    const error = thrown(BpfError, () => BpfMap.openPinned(path, { key: u32, value: u64 }));
    expect(error).toMatchObject({ code: 'ENOENT', operation: 'BPF_OBJ_GET', path });
    expect(error.message).toBe(
      `BPF_OBJ_GET on path ${path} failed: ENOENT, no such file or directory; nothing is pinned at this path`,
    );
  });

  it('opened as bytes has bytes', () => {
    const path = `${pins.path}/raw`;
    using map = create();
    map.set(1, 2n);
    map.pin(path);
    using raw = BpfMap.openPinned(path, { codec: 'bytes' });
    const key = new Uint8Array(Uint32Array.of(1).buffer);
    expect(raw.get(key)).toEqual(new Uint8Array(BigUint64Array.of(2n).buffer));
  });

  it('is not pinned over another pin', () => {
    const path = `${pins.path}/twice`;
    using map = create();
    map.pin(path);
    expect(thrown(BpfError, () => map.pin(path)).code).toBe('EEXIST');
  });

  it('is not unpinned where another map is pinned', () => {
    const path = `${pins.path}/other`;
    using map = create();
    using other = create();
    other.pin(path);
    expect(thrown(BpfUsageError, () => map.unpin(path)).code).toBe('ERR_BPF_ARGUMENT');
    using still = BpfMap.openPinned(path, { codec: 'bytes' });
    expect(still.id).toBe(other.id);
  });

  it('cannot be pinned outside of a BPF file system', () => {
    using map = create();
    const error = thrown(BpfError, () => map.pin(`/tmp/bpf-maps-${process.pid}`));
    expect(error.code).toBe('EPERM');
    expect(error.hint).toContain('mount -t bpf bpf');
    expect(thrown(BpfError, () => map.pin(`${pins.path}/no/such/directory`)).code).toBe('ENOENT');
  });

  it.each(['', 'a\0b'])('cannot have the path %j', (path) => {
    using map = create();
    expect(thrown(BpfUsageError, () => map.pin(path)).code).toBe('ERR_BPF_ARGUMENT');
    expect(thrown(BpfUsageError, () => BpfMap.openPinned(path)).code).toBe('ERR_BPF_ARGUMENT');
  });

  it('is shared with a worker thread that opens it', async () => {
    const path = `${pins.path}/worker`;
    using map = create();
    map.pin(path);
    const source = `
      import { BpfMap, u32, u64 } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      const map = BpfMap.openPinned(${JSON.stringify(path)}, { key: u32, value: u64 });
      for (let i = 0; i < 1000; i++) map.set(1, (map.get(1) ?? 0n) + 1n);
    `;
    const workers = [1, 2].map(
      () => new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`)),
    );
    const exits = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    expect(await Promise.all(exits)).toEqual([0, 0]);
    expect(map.get(1)).toBeGreaterThanOrEqual(1000n);
  });
});

describe('a codec of another size', () => {
  it('is refused at opening', () => {
    const path = `${pins.path}/sizes`;
    using map = create();
    map.pin(path);
    const value = thrown(BpfUsageError, () => BpfMap.openPinned(path, { key: u32, value: u32 }));
    expect(value.code).toBe('ERR_BPF_CODEC_SIZE');
    expect(value.message).toBe(
      `map 'shared' (id ${map.id}) at ${path} has values of 8 bytes, but the value codec is for 4 bytes`,
    );
    const key = thrown(BpfUsageError, () => BpfMap.openById(map.id, { key: u64, value: u64 }));
    expect(key.message).toBe(
      `map 'shared' (id ${map.id}) has keys of 4 bytes, but the key codec is for 8 bytes`,
    );
  });

  it('is refused when it says wrongly whether there is a value for each CPU', () => {
    using plain = create();
    const no = thrown(BpfUsageError, () => BpfMap.openById(plain.id, { key: u32, value: u64, perCpu: true }));
    expect(no.code).toBe('ERR_BPF_MAP_TYPE');
    using perCpu = BpfMap.create({ type: 'percpu_hash', key: u32, value: u64, maxEntries: 1 });
    const yes = thrown(BpfUsageError, () => BpfMap.openById(perCpu.id, { key: u32, value: u64 }));
    expect(yes.code).toBe('ERR_BPF_MAP_TYPE');
    using opened = BpfMap.openById(perCpu.id, { key: u32, value: u64, perCpu: true });
    expect(opened.info).toEqual(perCpu.info);
  });
});

describe('what is known of a map at its opening', () => {
  it('is the type of its keys and values', () => {
    using map = create();
    using codecs = BpfMap.openById(map.id, { key: u32, value: u64 });
    expectTypeOf(codecs).toEqualTypeOf<BpfMap<number, bigint>>();
    using bytes = BpfMap.openById(map.id, { codec: 'bytes' });
    expectTypeOf(bytes).toEqualTypeOf<BpfMap<Uint8Array, Uint8Array>>();
    const derived = () => BpfMap.openById(map.id);
    expectTypeOf(derived).returns.toEqualTypeOf<BpfMap<BtfValue, BtfValue>>();
    const declared = () => BpfMap.openById<number, { packets: bigint }>(map.id, { codec: 'btf' });
    expectTypeOf(declared).returns.toEqualTypeOf<BpfMap<number, { packets: bigint }>>();
    using perCpu = BpfMap.create({ type: 'percpu_hash', key: u32, value: u64, maxEntries: 1 });
    using opened = BpfMap.openById(perCpu.id, { key: u32, value: u64, perCpu: true });
    expectTypeOf(opened).toEqualTypeOf<BpfMap<number, bigint[]>>();
  });
});

describe('openById', () => {
  it('opens a map that lives', () => {
    using map = create();
    map.set(1, 2n);
    using again = BpfMap.openById(map.id, { key: u32, value: u64 });
    expect(again.get(1)).toBe(2n);
    expect(again.fd).not.toBe(map.fd);
  });

  it('does not find one that is gone', () => {
    expect(thrown(BpfError, () => BpfMap.openById(0xffff_fffe)).code).toBe('ENOENT');
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 32])('refuses the id %d', (id) => {
    expect(thrown(BpfUsageError, () => BpfMap.openById(id)).code).toBe('ERR_BPF_ARGUMENT');
  });
});

describe('fromFd', () => {
  it('refuses a descriptor of something else, and leaves it open', () => {
    const fd = openSync('/dev/null', 'r');
    const error = thrown(BpfError, () => BpfMap.fromFd(fd, { key: u8, value: u8 }));
    expect(error.code).toBe('EINVAL');
    expect(error.hint).toContain('not that of a map');
    expect(fstatSync(fd).isCharacterDevice()).toBe(true);
    closeSync(fd);
  });

  it('refuses a descriptor that another map owns: it would be closed twice', () => {
    using map = create();
    expect(thrown(BpfError, () => BpfMap.fromFd(map.fd, { key: u32, value: u64 })).code).toBe('EBUSY');
    map.set(1, 1n);
  });

  it('refuses a descriptor that is not open', () => {
    expect(thrown(BpfError, () => BpfMap.fromFd(1_000_000)).code).toBe('EBADF');
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 31])('refuses the descriptor %d', (fd) => {
    expect(thrown(BpfUsageError, () => BpfMap.fromFd(fd)).code).toBe('ERR_BPF_ARGUMENT');
  });
});
