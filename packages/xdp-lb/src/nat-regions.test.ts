import { BpfMap, MapFlags, u32 } from '@blixt/bpf-maps';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { natSlotCodec, natTargetCodec, natTargetKeyCodec } from './generated/types.ts';
import { type NatMaps, NatRegions } from './nat-regions.ts';
import type { CheckedBackend } from './service.ts';

const SLOTS = 4096;
const SOURCE = '10.0.0.254';

let maps: NatMaps;

beforeEach(() => {
  maps = {
    natTargets: BpfMap.create({
      type: 'hash',
      key: natTargetKeyCodec,
      value: natTargetCodec,
      maxEntries: 256,
    }),
    natSlots: BpfMap.create({
      type: 'array',
      key: u32,
      value: natSlotCodec,
      maxEntries: SLOTS,
      flags: MapFlags.MMAPABLE,
    }),
  };
});

afterEach(() => {
  maps.natTargets.close();
  maps.natSlots.close();
});

function backend(number: number, port = 80): CheckedBackend {
  const address = `10.0.0.${number}`;
  return { key: `${address}:${port}`, address, port, weight: 1, draining: false, mode: 'snat' };
}

/** Backends that have a region, by number. */
const addressesInMap = (): string[] =>
  [...maps.natTargets.keys()]
    .map(({ address }) => address)
    .sort((a, b) => Number(a.split('.')[3]) - Number(b.split('.')[3]));

/** Addresses of so many backends up to a number. */
const newest = (count: number, last: number): string[] =>
  Array.from({ length: count }, (_, index) => backend(last - count + 1 + index).address);

/** Sets the lifetime of a slot. */
function setWord(index: number, word: number): void {
  const slot = maps.natSlots.get(index);
  if (slot === undefined) throw new Error(`there is no slot ${index}`);
  maps.natSlots.set(index, { ...slot, word });
}

describe('NAT regions', () => {
  it('never overlap, are powers of two', () => {
    const regions = new NatRegions(maps, SLOTS, 8, 0);
    const owner = new Map<number, number>();
    for (let number = 1; number <= 30; number++) {
      const { base, log2 } = regions.acquire('TCP', backend(number), SOURCE);
      for (let slot = base; slot < base + 2 ** log2; slot++) {
        expect(owner.get(slot)).toBeUndefined();
        owner.set(slot, number);
      }
    }
    expect(Math.max(...owner.keys())).toBeLessThan(SLOTS);
  });

  it('are shared by the services of one backend address, port and protocol, and by nobody else', () => {
    const regions = new NatRegions(maps, SLOTS, 8, 0);
    const tcp = regions.acquire('TCP', backend(1), SOURCE);
    expect(regions.acquire('TCP', backend(1), SOURCE).base).toBe(tcp.base);
    expect(regions.acquire('UDP', backend(1), SOURCE).base).not.toBe(tcp.base);
    expect(regions.acquire('TCP', backend(1, 81), SOURCE).base).not.toBe(tcp.base);
    expect([...maps.natTargets.entries()]).toHaveLength(3);
  });

  it('are in the map as the programs look them up', () => {
    const regions = new NatRegions(maps, SLOTS, 8, 0);
    const { base, log2 } = regions.acquire('UDP', backend(7), SOURCE);
    expect(maps.natTargets.get({ address: '10.0.0.7', port: 80, protocol: 17 })).toEqual({
      source: SOURCE,
      base,
      log2,
    });
  });

  it('linger when their last user is gone, for the same backend when it comes back', () => {
    const regions = new NatRegions(maps, SLOTS, 8, 0);
    const { base } = regions.acquire('TCP', backend(1), SOURCE);
    setWord(base, 1);
    regions.acquire('TCP', backend(1), SOURCE);
    for (let times = 0; times < 3; times++) regions.release('TCP', backend(1));
    expect(addressesInMap()).toEqual(['10.0.0.1']);
    expect(regions.acquire('TCP', backend(2), SOURCE).base).not.toBe(base);
    expect(regions.acquire('TCP', backend(1), SOURCE).base).toBe(base);
    expect(maps.natSlots.get(base)?.word).toBe(1);
  });

  it('end with a user that had no flows', () => {
    const regions = new NatRegions(maps, SLOTS, 8, 0);
    regions.acquire('TCP', backend(1), SOURCE);
    regions.release('TCP', backend(1), false);
    expect(addressesInMap()).toEqual([]);
  });

  it('that linger end when room is wanted, the oldest first', () => {
    const regions = new NatRegions(maps, SLOTS, 10, 0);
    regions.expect(40);
    for (let number = 1; number <= 40; number++) regions.acquire('TCP', backend(number), SOURCE);
    for (let number = 1; number <= 40; number++) regions.release('TCP', backend(number));
    // They take no more room than they leave, and little less.
    const kept = addressesInMap();
    expect(kept).toEqual(newest(kept.length, 40));
    expect(kept.length * 64).toBeLessThanOrEqual(SLOTS / 2);
    expect(kept.length * 64).toBeGreaterThan(SLOTS / 3);
    regions.expect(0);
    expect(2 ** regions.acquire('TCP', backend(100), SOURCE).log2).toBe(SLOTS / 16);
    regions.expect(64);
    for (let number = 101; number < 145; number++) regions.acquire('TCP', backend(number), SOURCE);
    const left = addressesInMap().filter((address) => kept.includes(address));
    expect(left).toEqual(newest(left.length, 40));
    expect(left.length * 64).toBeLessThanOrEqual(SLOTS / 8);
    for (let number = 145; number < 161; number++) regions.acquire('TCP', backend(number), SOURCE);
    expect(addressesInMap().filter((address) => kept.includes(address))).toEqual([]);
  });

  it('that linger leave room in the map', () => {
    const regions = new NatRegions(maps, 2 ** 20, 0, 0);
    for (let number = 1; number <= 250; number++) {
      regions.acquire('TCP', backend(number), SOURCE);
      regions.release('TCP', backend(number));
    }
    for (let number = 1; number <= 250; number++) regions.acquire('UDP', backend(number), SOURCE);
    expect([...maps.natTargets.keys()].filter(({ protocol }) => protocol === 17)).toHaveLength(250);
  });

  it('follow a change of the address that flows come from', () => {
    const regions = new NatRegions(maps, SLOTS, 8, 0);
    const before = regions.acquire('TCP', backend(1), SOURCE);
    const after = regions.acquire('TCP', backend(1), '10.0.0.253');
    expect(after).toMatchObject({ base: before.base, log2: before.log2, source: '10.0.0.253' });
    expect(maps.natTargets.get({ address: '10.0.0.1', port: 80, protocol: 6 })?.source).toBe('10.0.0.253');
  });

  it('get smaller as room gets scarce, until there is none: ERR_LB_CAPACITY', () => {
    const regions = new NatRegions(maps, SLOTS, 10, 0);
    const sizes: number[] = [];
    const fill = () => {
      for (let number = 1; number < 250; number++) {
        sizes.push(2 ** regions.acquire('TCP', backend(number), SOURCE).log2);
      }
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'ERR_LB_CAPACITY' }));
    expect(Math.min(...sizes)).toBe(64);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(SLOTS);
    expect(sizes.toSorted((a, b) => b - a)).toEqual(sizes);
    // Nothing of the one that found no room stays.
    expect([...maps.natTargets.entries()]).toHaveLength(sizes.length);
  });

  it('are of one size, and leave room, when backends come together', () => {
    const regions = new NatRegions(maps, SLOTS, 10, 0);
    regions.expect(24);
    const sizes = Array.from(
      { length: 24 },
      (_, number) => 2 ** regions.acquire('TCP', backend(number + 1), SOURCE).log2,
    );
    expect(new Set(sizes)).toEqual(new Set([64]));
    regions.expect(1);
    expect(2 ** regions.acquire('TCP', backend(100), SOURCE).log2).toBe(64);
  });

  it('fill all there is, however many come together', () => {
    const regions = new NatRegions(maps, SLOTS, 10, 0);
    regions.expect(SLOTS / 64);
    for (let number = 0; number < SLOTS / 64; number++) regions.acquire('TCP', backend(number), SOURCE);
    expect(() => regions.acquire('TCP', backend(200), SOURCE)).toThrow(
      expect.objectContaining({ code: 'ERR_LB_CAPACITY' }),
    );
  });

  it('are not larger than the port range', () => {
    const regions = new NatRegions(maps, SLOTS, 4, 0);
    expect(regions.acquire('TCP', backend(1), SOURCE).log2).toBe(4);
  });

  it('are found again by the next process, and linger when nobody there wants them', () => {
    const first = new NatRegions(maps, SLOTS, 11, 0);
    const kept = first.acquire('TCP', backend(1), SOURCE);
    const gone = first.acquire('TCP', backend(2), SOURCE);
    const second = new NatRegions(maps, SLOTS, 11, 0);
    expect(second.acquire('TCP', backend(1), SOURCE)).toMatchObject({ base: kept.base, log2: kept.log2 });
    second.releaseUnused();
    expect(addressesInMap()).toEqual(['10.0.0.1', '10.0.0.2']);
    second.expect(SLOTS / 64);
    for (let number = 3; number <= 62; number++) second.acquire('TCP', backend(number), SOURCE);
    expect(addressesInMap()).not.toContain('10.0.0.2');
    expect(gone.base).not.toBe(kept.base);
  });

  it('begin with no lifetimes of an earlier owner', () => {
    const first = new NatRegions(maps, SLOTS, 8, 0);
    const { base } = first.acquire('TCP', backend(1), SOURCE);
    setWord(base, 0xffff_ffff);
    expect(maps.natSlots.get(base)?.word).toBe(0xffff_ffff);
    first.release('TCP', backend(1), false);
    expect(first.acquire('TCP', backend(2), SOURCE).base).toBe(base);
    expect(maps.natSlots.get(base)?.word).toBe(0);
  });
});
