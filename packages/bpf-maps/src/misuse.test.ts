import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import {
  BpfError,
  BpfMap,
  BpfToken,
  BpfUsageError,
  type Codec,
  CodecError,
  type MapSpec,
  RingBuffer,
  struct,
  u8,
  u32,
  u64,
} from './index.ts';
import { addon, BatchKind } from './native.ts';

const create = () => BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4, name: 'misused' });

/** Calls a function with what its type does not allow. */
function callWith(call: unknown, self: unknown, ...args: unknown[]): unknown {
  if (typeof call !== 'function') throw new TypeError('not a function');
  return Reflect.apply(call, self, args);
}

describe('a map that is closed', () => {
  const calls: ReadonlyArray<readonly [string, (map: BpfMap<number, bigint>) => unknown]> = [
    ['get', (map) => map.get(1)],
    ['has', (map) => map.has(1)],
    ['set', (map) => map.set(1, 1n)],
    ['delete', (map) => map.delete(1)],
    ['take', (map) => map.take(1)],
    ['contains', (map) => map.contains(1n)],
    ['describe', (map) => map.describe()],
    ['keys', (map) => map.keys()],
    ['values', (map) => map.values()],
    ['entries', (map) => map.entries()],
    ['for', (map) => [...map]],
    ['getBatch', (map) => map.getBatch([1])],
    ['setBatch', (map) => map.setBatch([[1, 1n]])],
    ['deleteBatch', (map) => map.deleteBatch([1])],
    ['mapMemory', (map) => map.mapMemory()],
    ['freeze', (map) => map.freeze()],
    ['pin', (map) => map.pin('/sys/fs/bpf/misused')],
    ['unpin', (map) => map.unpin('/sys/fs/bpf/misused')],
    ['fd', (map) => map.fd],
  ];

  it.each(calls)('says so: %s', (_, call) => {
    const map = create();
    map.close();
    const error = thrown(BpfUsageError, () => call(map));
    expect(error.code).toBe('ERR_BPF_CLOSED');
    expect(error.message).toBe(`map 'misused' (id ${map.id}) is closed`);
  });

  it('may be closed again, and still tells what it was', () => {
    const map = create();
    map.close();
    map.close();
    map[Symbol.dispose]();
    expect(map.closed).toBe(true);
    expect(map.info.name).toBe('misused');
  });

  it('ends an iteration with an error', () => {
    const map = create();
    map.setBatch([1, 2, 3].map((n) => [n, 1n]));
    const keys = map.keys();
    keys.next();
    map.close();
    expect(thrown(BpfUsageError, () => keys.next()).code).toBe('ERR_BPF_CLOSED');
  });

  it('gave its descriptor back', () => {
    const count = () => readdirSync('/proc/self/fd').length;
    const before = count();
    for (let i = 0; i < 100; i++) create().close();
    expect(count()).toBe(before);
    for (let i = 0; i < 100; i++) {
      const map = create();
      expect(() => BpfMap.openById(map.id, { key: u64, value: u64 })).toThrow(BpfUsageError);
      map.close();
    }
    expect(count()).toBe(before);
  });
});

describe('values of a wrong type', () => {
  it.each([undefined, null, Number.NaN, -1, 2 ** 32, 0.5, '1', 1n, {}, []])('as key: %s', (key) => {
    using map = create();
    for (const call of [map.get, map.has, map.delete, map.take]) {
      expect(thrown(CodecError, () => callWith(call, map, key)).path).toBe('key');
    }
    expect(thrown(CodecError, () => callWith(map.set, map, key, 1n)).path).toBe('key');
    expect(thrown(CodecError, () => callWith(map.getBatch, map, [key])).path).toBe('keys[0]');
  });

  it.each([undefined, null, 1, -1n, 2n ** 64n, '1', {}])('as value: %s', (value) => {
    using map = create();
    expect(thrown(CodecError, () => callWith(map.set, map, 1, value)).path).toBe('value');
    expect(map.has(1)).toBe(false);
  });

  it.each(['never', 1, null, {}, 'toString'])('as mode: %s', (mode) => {
    using map = create();
    if (mode === null) map.set(1, 1n);
    else
      expect(thrown(BpfUsageError, () => callWith(map.set, map, 1, 1n, { mode })).code).toBe(
        'ERR_BPF_ARGUMENT',
      );
  });

  it.each([
    ['no specification', undefined],
    ['an unknown type', { type: 'heap' }],
    ['the name of a property of objects as type', { type: 'constructor' }],
    ['no type', {}],
    ['no codec for keys', { key: undefined }],
    ['something else as codec', { value: { size: 4 } }],
    ['a negative number of entries', { maxEntries: -1 }],
    ['too many entries', { maxEntries: 2 ** 32 }],
    ['no number of entries', { maxEntries: undefined }],
    ['NaN as number of entries', { maxEntries: Number.NaN }],
    ['flags that are not 32 bits', { flags: 2 ** 32 }],
    ['a name that is too long', { name: 'a123456789012345' }],
    ['a name with a space', { name: 'a b' }],
    ['no inner map', { type: 'array_of_maps' }],
    ['something else as inner map', { type: 'array_of_maps', innerMap: 5 }],
  ])('to create: %s', (_, change) => {
    const good = { type: 'hash', key: u32, value: u32, maxEntries: 4 };
    const spec =
      change === undefined
        ? undefined
        : 'type' in change || Object.keys(change).length > 0
          ? { ...good, ...change }
          : {};
    expect(thrown(BpfUsageError, () => callWith(BpfMap.create, BpfMap, spec)).code).toBe('ERR_BPF_ARGUMENT');
  });

  it('to open: something that is no codec, or others than there are', () => {
    using map = create();
    for (const options of [{ codec: 'raw' }, { codec: 'btf', key: u32, value: u64 }, { key: 5 }, 5, null]) {
      expect(thrown(BpfUsageError, () => callWith(BpfMap.openById, BpfMap, map.id, options)).code).toBe(
        'ERR_BPF_ARGUMENT',
      );
    }
  });

  it('to call a method on: another object', () => {
    using map = create();
    expect(() => callWith(map.get, {}, 1)).toThrow(TypeError);
    expect(() => callWith(map.close, undefined)).toThrow(TypeError);
  });
});

describe('a specification that the kernel refuses', () => {
  const specs: ReadonlyArray<readonly [string, MapSpec, RegExp]> = [
    [
      'an array with keys of 8 bytes',
      { type: 'array', key: u64, value: u32, maxEntries: 1 },
      /keys .* of 4 bytes/,
    ],
    ['no entries', { type: 'hash', key: u32, value: u32, maxEntries: 0 }, /maxEntries must not be 0/],
    ['a ring buffer that is no power of two', { type: 'ringbuf', maxEntries: 5000 }, /a power of two/],
    ['unknown flags', { type: 'hash', key: u32, value: u32, maxEntries: 1, flags: 0x8000_0000 }, /and flags/],
  ];
  it.each(specs)('is told with its errno: %s', (_, spec, hint) => {
    const error = thrown(BpfError, () => callWith(BpfMap.create, BpfMap, spec));
    expect(error).toMatchObject({ code: 'EINVAL', operation: 'BPF_MAP_CREATE' });
    expect(error.hint).toMatch(hint);
  });
});

describe('a map without elements', () => {
  it('cannot be read or written', () => {
    using ring = BpfMap.create({ type: 'ringbuf', maxEntries: 4096 });
    for (const call of [() => ring.get(undefined), () => ring.set(undefined, undefined), () => ring.keys()]) {
      expect(thrown(BpfUsageError, call).code).toBe('ERR_BPF_MAP_TYPE');
    }
  });
});

describe('a codec that misbehaves', () => {
  it('and calls its map is refused, and the map goes on', () => {
    let reenter = false;
    const key: Codec<number> = {
      ...u32,
      encode(value, view, offset) {
        if (reenter) map.get(value);
        u32.encode(value, view, offset);
      },
    };
    using map = BpfMap.create({ type: 'hash', key, value: u32, maxEntries: 4 });
    map.set(1, 1);
    reenter = true;
    expect(thrown(BpfUsageError, () => map.get(1)).code).toBe('ERR_BPF_REENTRANT');
    reenter = false;
    expect(map.get(1)).toBe(1);
  });

  it('and closes its map gets an error', () => {
    const map: BpfMap<number, number> = BpfMap.create({
      type: 'hash',
      key: u32,
      value: {
        ...u32,
        encode() {
          map.close();
        },
      },
      maxEntries: 4,
    });
    expect(thrown(BpfUsageError, () => map.set(1, 1)).code).toBe('ERR_BPF_CLOSED');
  });

  it('and transfers the buffer away gets an error, never a crash', () => {
    let transfer = false;
    const key: Codec<number> = {
      ...u32,
      encode(value, view, offset) {
        u32.encode(value, view, offset);
        if (transfer && view.buffer instanceof ArrayBuffer) view.buffer.transfer();
      },
    };
    using map = BpfMap.create({ type: 'hash', key, value: u64, maxEntries: 4 });
    map.set(1, 1n);
    transfer = true;
    expect(() => map.get(1)).toThrow(TypeError);
    expect(() => map.set(1, 2n)).toThrow(TypeError);
    expect(() => map.getBatch([1, 2])).toThrow();
  });

  it('and writes beyond its bytes is stopped at the end of the buffer', () => {
    const key: Codec<number> = {
      ...u32,
      encode(_value, view) {
        for (let at = 0; at < 4096; at++) view.setUint8(at, 0xff);
      },
    };
    using map = BpfMap.create({ type: 'hash', key, value: u32, maxEntries: 4 });
    expect(() => map.get(1)).toThrow(RangeError);
  });

  it('and throws an error of its own, throws that error', () => {
    const own = new Error('own');
    const value: Codec<number> = {
      ...u32,
      decode() {
        throw own;
      },
    };
    using map = BpfMap.create({ type: 'array', key: u32, value: struct({ a: value, b: u8 }), maxEntries: 1 });
    expect(thrown(Error, () => map.get(0))).toBe(own);
    expect(map.has(0)).toBe(true);
  });
});

/** Runs a script in a process of its own, as it may bring that down: what it prints. */
function inProcess(script: string): string {
  const index = new URL('./index.ts', import.meta.url).href;
  const native = new URL('./native.ts', import.meta.url).href;
  const imports = `
    import { BpfMap, BpfToken, MapFlags, u32, u64 } from ${JSON.stringify(index)};
    import { addon } from ${JSON.stringify(native)};
    import { Worker } from 'node:worker_threads';
    const worker = (source) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(\`
      import { BpfMap, MapFlags, u32, u64 } from ${JSON.stringify(index)};
      import { addon } from ${JSON.stringify(native)};
      import { parentPort } from 'node:worker_threads';
    \` + source)));
  `;
  return execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', imports + script], {
    encoding: 'utf8',
    timeout: 60_000,
  }).trim();
}

describe('memory that the addon gave', () => {
  it.each([
    ['of a mapped array', 'map.mapMemory()'],
    ['of keys and values', 'addon().openById(map.id).scratch()'],
  ])('stays when the thread that moved it to another one ends: %s', (_, memory) => {
    const output = inProcess(`
      const ending = worker(\`
        const spec = { type: 'array', key: u32, value: u64, maxEntries: 1024, flags: MapFlags.MMAPABLE };
        const map = BpfMap.create(spec);
        const moved = ${memory}.transfer();
        parentPort.postMessage(moved, [moved]);
      \`);
      const got = Promise.withResolvers();
      ending.on('message', got.resolve);
      ending.on('exit', async () => {
        const bytes = new Uint8Array(await got.promise).fill(7);
        console.log(bytes.every((byte) => byte === 7));
      });
    `);
    expect(output).toBe('true');
  });
});

describe('the classes of the addon', () => {
  it('make nothing of what JavaScript gives them, pointers of others included', () => {
    const output = inProcess(`
      import { createSecureContext } from 'node:tls';
      const pointer = createSecureContext().context._external;
      const map = addon().createMap({ type: 2, keySize: 4, valueSize: 8, maxEntries: 1, flags: 0, name: '' });
      for (const { constructor } of [map, map.openCursor(false)]) {
        try {
          new constructor(pointer, pointer, pointer, pointer);
        } catch ({ code }) {
          console.log(code);
        }
      }
    `);
    expect(output).toBe('ERR_BPF_ARGUMENT\nERR_BPF_ARGUMENT');
  });

  it('refuse jobs that would take all memory', () => {
    using map = create();
    const native = addon().openById(map.id);
    if (typeof native === 'number') throw new Error(`errno ${-native}`);
    expect(() => native.openCursor(false).nextJob(2 ** 32 - 1)).toThrow('capacity must be at most');
    const none = new Uint8Array(0);
    expect(() => native.runMany(BatchKind.lookup, none, none, 2 ** 32 - 1, 0)).toThrow(
      'count must be at most',
    );
    native.close();
  });
});

describe('a worker', () => {
  it('may be ended in the middle of calls that throw', () => {
    const output = inProcess(`
      for (let i = 0; i < 10; i++) {
        const endless = worker(\`
          const map = addon().createMap({ type: 1, keySize: 4, valueSize: 8, maxEntries: 1, flags: 0, name: '' });
          parentPort.postMessage('runs');
          for (;;) {
            try {
              map.deleteMany(new Uint8Array(1), 2);
            } catch {}
          }
        \`);
        await new Promise((resolve) => endless.once('message', resolve));
        await endless.terminate();
      }
      console.log('lives');
    `);
    expect(output).toBe('lives');
  });
});

describe('descriptors of rings', () => {
  it('are not given to maps: two would close them', () => {
    using map = BpfMap.create({ type: 'ringbuf', maxEntries: 4096 });
    using ring = new RingBuffer(map);
    const isMap = (fd: string) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).includes('bpf-map');
      } catch {
        // The directory that was read.
        return false;
      }
    };
    const maps = readdirSync('/proc/self/fd').filter(isMap).map(Number);
    expect(maps.length).toBeGreaterThan(1);
    for (const fd of maps) {
      expect(thrown(BpfError, () => BpfMap.fromFd(fd, { codec: 'bytes' })).code).toBe('EBUSY');
    }
    expect(ring.read()).toEqual([]);
  });
});

describe('a token', () => {
  it('is not made of any descriptor', () => {
    expect(() => Reflect.construct(BpfToken, [1])).toThrow('made by BpfToken.open');
  });
});

describe('without privilege', () => {
  it('says what is missing', () => {
    const script = `
      import { BpfMap, u32 } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      try {
        BpfMap.create({ type: 'lru_hash', key: u32, value: u32, maxEntries: 1, name: 'mine' });
      } catch ({ name, code, errno, operation, mapName, message }) {
        console.log(JSON.stringify({ name, code, errno, operation, mapName, message }));
      }
    `;
    const output = execFileSync(
      'setpriv',
      ['--bounding-set=-all', '--inh-caps=-all', process.execPath, '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(output)).toEqual({
      name: 'BpfError',
      code: 'EPERM',
      errno: 1,
      operation: 'BPF_MAP_CREATE',
      mapName: 'mine',
      message: expect.stringMatching(
        /^BPF_MAP_CREATE on map 'mine' failed: EPERM, operation not permitted; the process lacks CAP_BPF, .*; an lru_hash takes CAP_BPF$/,
      ),
    });
  });
});
