import type { BpfMap, EntryChunk } from '../../src/index.ts';
import { type Answer, keyOf, type Request, time, timeAsync } from '../answer-requests.ts';

type Bytes = BpfMap<Uint8Array, Uint8Array>;

/** Keys of 4 bytes, values as the map has them; the lowest byte of each is the first one. */
function sumOf({ count, keys, values }: EntryChunk, valueSize: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (keys[4 * i] ?? Number.NaN) + (values[valueSize * i] ?? Number.NaN);
  return sum;
}

/** Reads all entries as the kernel lays them out, without decoding. */
export function dumpChunks(map: Bytes): Answer {
  const { valueSize } = map.info;
  return time(() => {
    let check = 0;
    for (const chunk of map.chunks()) check += sumOf(chunk, valueSize);
    return check;
  });
}

/** The same on the threadpool. */
export async function dumpChunksAsync(map: Bytes): Promise<Answer> {
  const { valueSize } = map.info;
  return await timeAsync(async () => {
    let check = 0;
    for await (const chunk of map.chunksAsync()) check += sumOf(chunk, valueSize);
    return check;
  });
}

/** Writes entries that lie there as the kernel wants them. */
export function loadChunk(map: Bytes, { start, count }: Request): Answer {
  const { maxEntries, valueSize } = map.info;
  const keys = Uint32Array.from({ length: count }, (_, i) => keyOf(maxEntries, start + i));
  const values = new Uint8Array(count * valueSize);
  for (const [i, key] of keys.entries()) values[i * valueSize] = key;
  return time(() => {
    map.setChunk({ count, keys: new Uint8Array(keys.buffer), values });
    return count;
  });
}
