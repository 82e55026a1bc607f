import type { BpfMap } from '../../src/index.ts';
import { type Answer, keyOf, type Request, time } from '../answer-requests.ts';

/** 32-bit words in one entry. */
const STRIDE = 2;

/** Reads the first 32 bits of entries. */
export function readMemory(map: BpfMap<Uint8Array, Uint8Array>, { start, count }: Request): Answer {
  const { maxEntries } = map.info;
  const memory = new Uint32Array(map.mapMemory());
  return time(() => {
    let check = 0;
    for (let i = start; i < start + count; i++) check += memory[keyOf(maxEntries, i) * STRIDE] ?? Number.NaN;
    return check;
  });
}

/** Writes the first 32 bits of entries. */
export function writeMemory(map: BpfMap<Uint8Array, Uint8Array>, { start, count }: Request): Answer {
  const { maxEntries } = map.info;
  const memory = new Uint32Array(map.mapMemory());
  return time(() => {
    for (let i = start; i < start + count; i++) {
      const key = keyOf(maxEntries, i);
      memory[key * STRIDE] = key & 0xff;
    }
    return count;
  });
}
