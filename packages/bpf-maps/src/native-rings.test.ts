import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { ringsForTests } from '../test/rings-for-tests.ts';
import { addon, type NativeRingBuffer } from './native.ts';

const { EBADF, EMSGSIZE } = constants.errno;

describe('a ring buffer of the addon', () => {
  const rings = ringsForTests();
  const bytes = new Uint8Array(4096);
  const offsets = new Uint32Array(8);
  const lengths = new Uint32Array(8);

  /** A ring with ten records of 16 bytes, which take 24 each. */
  async function open(): Promise<NativeRingBuffer> {
    const { map, pin } = rings.makeRing();
    await rings.writer.write(pin, 0, 10, 16);
    const ring = addon().openRingBuffer(map.fd, () => {});
    map.close();
    if (typeof ring === 'number') throw new Error(`openRingBuffer: ${ring}`);
    return ring;
  }

  it('copies records with their headers, no more than there are places for', async () => {
    const ring = await open();
    expect(ring.read(bytes, offsets, lengths)).toBe(8);
    expect([...offsets]).toEqual([8, 32, 56, 80, 104, 128, 152, 176]);
    expect([...lengths]).toEqual(Array.from({ length: 8 }, () => 16));
    expect(new DataView(bytes.buffer).getUint32(56, true)).toBe(2);
    expect(ring.read(bytes, offsets, lengths)).toBe(2);
    expect(ring.read(bytes, offsets, lengths)).toBe(0);
    ring.close();
  });

  it('gives space back with the next read, or up to a place', async () => {
    const ring = await open();
    ring.read(bytes, offsets, lengths);
    expect(ring.pending()).toBe(240);
    expect(ring.commit(24)).toBe(0);
    expect(ring.pending()).toBe(216);
    // What was given back stays so.
    expect(ring.commit(0)).toBe(0);
    expect(ring.pending()).toBe(216);
    ring.read(bytes, offsets, lengths);
    expect(ring.pending()).toBe(48);
    ring.close();
  });

  it('never writes past what it is given', async () => {
    const ring = await open();
    const room = new Uint8Array(100);
    expect(ring.read(room.subarray(0, 23), offsets, lengths)).toBe(-EMSGSIZE);
    expect(lengths[0]).toBe(24);
    room.fill(0xee);
    expect(ring.read(room.subarray(0, 50), offsets, lengths)).toBe(2);
    expect(room.subarray(48)).toEqual(new Uint8Array(52).fill(0xee));
    expect(ring.read(bytes, offsets.subarray(0, 1), lengths)).toBe(1);
    const detached = new Uint8Array(100);
    detached.buffer.transfer();
    expect(ring.read(detached, offsets, lengths)).toBe(-EMSGSIZE);
    ring.close();
  });

  it('refuses what it cannot work with', async () => {
    const ring = await open();
    const words = new Uint32Array(4);
    words.buffer.transfer();
    const wrong = [
      [],
      [bytes.buffer, offsets, lengths],
      [offsets, offsets, lengths],
      [bytes, bytes, lengths],
      [bytes, offsets, new Uint32Array(0)],
      [bytes, words, lengths],
    ];
    for (const args of wrong) {
      expect(thrown(TypeError, () => Reflect.apply(ring.read, ring, args))).toMatchObject({
        code: 'ERR_BPF_ARGUMENT',
      });
    }
    expect(ring.read(bytes, offsets, lengths)).toBe(8);
    for (const place of [193, -1, Number.NaN, 1e20, '8']) {
      expect(thrown(TypeError, () => Reflect.apply(ring.commit, ring, [place]))).toMatchObject({
        code: 'ERR_BPF_ARGUMENT',
      });
    }
    ring.close();
    for (const result of [
      ring.read(bytes, offsets, lengths),
      ring.commit(0),
      ring.pending(),
      ring.arm(true),
    ]) {
      expect(result).toBe(-EBADF);
    }
  });
});
