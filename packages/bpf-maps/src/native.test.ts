import { closeSync, fstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { Control, elementControl } from './element-calls.ts';
import { BpfMap, BpfUsageError, u32, u64 } from './index.ts';
import { addon, type NativeMap } from './native.ts';

/** Calls the addon with what its type does not allow: it must not rely on TypeScript. */
function callWith(call: unknown, self: unknown, ...args: unknown[]): unknown {
  if (typeof call !== 'function') throw new TypeError('not a function');
  return Reflect.apply(call, self, args);
}

function open(map: BpfMap<number, bigint>): NativeMap {
  const native = addon().openById(map.id);
  if (typeof native === 'number') throw new Error(`errno ${-native}`);
  return native;
}

const create = () => BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 8 });

function detached(): Uint8Array {
  const buffer = new Uint8Array(1024);
  buffer.buffer.transfer();
  return buffer;
}

describe('the addon', () => {
  const big = () => new Uint8Array(1024);
  // Keys are of 4 bytes, values of 8.
  it.each([
    ['keys one byte short', () => [new Uint8Array(7), big(), 2]],
    ['values one byte short', () => [big(), new Uint8Array(15), 2]],
    ['a view that is smaller than its buffer', () => [big().subarray(0, 7), big(), 2]],
    ['a detached buffer', () => [detached(), big(), 1]],
    ['elements of another size', () => [new Uint16Array(1024), big(), 1]],
    ['a buffer without view', () => [new ArrayBuffer(1024), big(), 1]],
    ['no buffer', () => [null, big(), 1]],
    ['a count that is negative', () => [big(), big(), -1]],
    ['a count that is not whole', () => [big(), big(), 1.5]],
    ['a count that is NaN', () => [big(), big(), Number.NaN]],
    ['a count that would wrap', () => [big(), big(), 2 ** 32]],
    ['a count that is all of 32 bits', () => [big(), big(), 2 ** 32 - 1]],
    ['nothing', () => []],
  ])('keeps from the kernel: %s', (_, args) => {
    using map = create();
    const native = open(map);
    const cursor = native.openCursor(false);
    const [keys, values, count] = args();
    const calls = [
      () => callWith(native.lookupMany, native, keys, values, big(), count),
      () => callWith(native.takeMany, native, keys, values, big(), count),
      () => callWith(native.updateMany, native, keys, values, count, 0),
      () => callWith(native.runMany, native, 1, keys, values, count, 0),
      () => callWith(cursor.next, cursor, keys, values, count),
    ];
    for (const call of calls) expect(thrown(TypeError, call)).toMatchObject({ code: 'ERR_BPF_ARGUMENT' });
    native.close();
  });

  it('keeps from the kernel what only one call takes', () => {
    using map = create();
    const native = open(map);
    expect(() => native.lookupMany(big(), big(), new Uint8Array(1), 2)).toThrow(
      'found must have 2 bytes, has 1',
    );
    expect(() => native.deleteMany(new Uint8Array(7), 2)).toThrow('keys must have 8 bytes, has 7');
    expect(() => native.deleteMany(detached(), 1)).toThrow('keys must have 4 bytes, has 0');
    expect(() => callWith(native.runMany, native, 0, new Uint8Array(7), null, 2, 0)).toThrow(
      'keys must have 8 bytes, has 7',
    );
    expect(() => callWith(native.runMany, native, 4, big(), big(), 2, 0)).toThrow('kind must be 0 to 3');
    const cursor = native.openCursor(false);
    expect(() => callWith(cursor.nextJob, cursor, -1)).toThrow('capacity must be an integer');
    native.close();
  });

  it('refuses objects that are not its own', () => {
    using map = create();
    const native = open(map);
    const cursor = native.openCursor(false);
    expect(() => callWith(native.slot, {})).toThrow(TypeError);
    expect(() => callWith(native.slot, cursor)).toThrow(TypeError);
    expect(() => callWith(cursor.next, native, new Uint8Array(8), new Uint8Array(8), 1)).toThrow(TypeError);
    expect(() => Reflect.construct(native.constructor, [])).toThrow(TypeError);
    expect(() => Reflect.construct(cursor.constructor, [{}])).toThrow(TypeError);
    native.close();
  });

  it('knows no map by a number that is none, or that nobody has', () => {
    const { lookup, update, remove, take } = addon();
    const control = elementControl();
    for (const slot of [-1, 1e9, 2 ** 31 - 1, 2 ** 32 - 1]) {
      for (const call of [lookup, update, remove, take]) {
        control.set([slot, 0, 1]);
        call();
        expect(control[Control.result]).toBe(-9);
      }
    }
  });

  it('takes nothing from arguments, and from the kernel what it says of flags', () => {
    using map = create();
    const native = open(map);
    const control = elementControl();
    control.set([native.slot(), -1, 1]);
    expect(callWith(addon().update, {}, 'x', null, -1)).toBe(undefined);
    expect(control[Control.result]).toBe(-22);
    native.close();
  });

  it('does nothing on a map that was closed under a cursor', () => {
    using map = create();
    const native = open(map);
    const cursor = native.openCursor(false);
    native.close();
    expect(cursor.next(new Uint8Array(64), new Uint8Array(64), 8)).toBe(-9);
    elementControl().set([native.slot(), 0, 1]);
    addon().lookup();
    expect(elementControl()[Control.result]).toBe(-9);
    expect(native.updateMany(new Uint8Array(4), new Uint8Array(8), 1, 0)).toEqual([0, -9, 0]);
    expect(native.mapMemory()).toBe(-9);
    expect(native.runMany(0, new Uint8Array(4), new Uint8Array(0), 1, 0)).toBe(-9);
    expect(cursor.nextJob(8)).toBe(-9);
  });

  it('lets one job at a time go on with a cursor', async () => {
    using map = create();
    map.set(1, 2n);
    const native = open(map);
    const cursor = native.openCursor(false);
    const job = cursor.nextJob(8);
    expect(cursor.nextJob(8)).toBe(-16);
    expect(cursor.next(new Uint8Array(64), new Uint8Array(64), 8)).toBe(-16);
    expect(await job).toMatchObject({ result: 0, hits: 1, finished: true });
    expect(cursor.next(new Uint8Array(64), new Uint8Array(64), 8)).toBe(0);
    native.close();
  });

  it('refuses names and paths that are none', () => {
    const {
      createMap,
      openPinned,
      openById,
      adoptFd,
      openRingBuffer,
      openUserRingBuffer,
      openPerfBuffer,
      nextMapId,
      loadBtf,
    } = addon();
    const options = { type: 1, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0, name: '' };
    const creating = (wrong: object) => () => callWith(createMap, null, { ...options, ...wrong });
    expect(() => callWith(createMap, null, 1)).toThrow('createMap needs an object');
    expect(creating({ name: 5 })).toThrow('name must be a string');
    expect(creating({ valueSize: -4 })).toThrow('valueSize must be an integer');
    expect(creating({ tokenFd: 2 ** 31 })).toThrow('tokenFd must be a file descriptor');
    expect(creating({ mapExtra: 5 })).toThrow('mapExtra must be a bigint');
    expect(creating({ mapExtra: 2n ** 64n })).toThrow('mapExtra must be a bigint of 64 bits');
    expect(creating({ exclusiveProgramHash: 'x' })).toThrow('exclusiveProgramHash must be a Uint8Array');
    expect(() => callWith(addon().addBtf, null, 'x', 0)).toThrow('bytes must be a Uint8Array');
    expect(addon().addBtf(new Uint8Array(0), 0).result).toBe(-22);
    expect(() => callWith(addon().openBtf, null, -1)).toThrow('id must be an integer');
    expect(() => callWith(addon().createToken, null, -1)).toThrow('bpffsFd must be an integer');
    expect(() => callWith(openById, null, 1, 'x')).toThrow('flags must be an integer');
    expect(() => callWith(openPinned, null, 'a\0b')).toThrow('must not contain NUL');
    expect(() => callWith(openById, null)).toThrow('id must be an integer');
    expect(() => callWith(nextMapId, null, -1)).toThrow('id must be an integer');
    expect(() => callWith(loadBtf, null, 'x')).toThrow('id must be an integer');
    expect(() => callWith(adoptFd, null, -1)).toThrow('fd must be an integer');
    expect(() => callWith(openRingBuffer, null, 0)).toThrow('onReadable must be a function');
    expect(() => callWith(openUserRingBuffer, null, 0)).toThrow('onDrained must be a function');
    expect(() => callWith(openPerfBuffer, null, 0, 1)).toThrow('onReadable must be a function');
    expect(openPerfBuffer(0, 3, () => {})).toBe(-22);
    expect(openUserRingBuffer(0, () => {})).toBeLessThan(0);
  });
});

describe('fromFd', () => {
  it('owns the descriptor once it has opened the map, and not before', () => {
    using map = create();
    map.set(1, 2n);
    const native = open(map);
    const { fd } = native.info();
    native.release();

    const refused = thrown(BpfUsageError, () => BpfMap.fromFd(fd, { key: u32, value: u32 }));
    expect(refused.code).toBe('ERR_BPF_CODEC_SIZE');
    expect(fstatSync(fd).isFile()).toBe(false);

    const owner = BpfMap.fromFd(fd, { key: u32, value: u64 });
    expect(owner.fd).toBe(fd);
    expect(owner.get(1)).toBe(2n);
    owner.close();
    expect(() => closeSync(fd)).toThrow('EBADF');
  });
});
