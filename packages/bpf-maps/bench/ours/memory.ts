import { type BpfMap, RingBuffer, u64 } from '../../src/index.ts';
import { type Answer, cpuNanoseconds, keyOf, type Request, time } from '../answer-requests.ts';

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

/** The ways to consume a ring buffer. */
export type Consumer = 'callback' | 'iterator' | 'read';

async function take(ring: RingBuffer<bigint>, consumer: Consumer, count: number): Promise<number> {
  let check = 0;
  let taken = 0;
  switch (consumer) {
    case 'callback':
      await ring.consume((record) => {
        check += Number(record) & 0xff;
        if (++taken === count) ring.close();
      });
      break;
    case 'iterator':
      for await (const record of ring) {
        check += Number(record) & 0xff;
        if (++taken === count) break;
      }
      break;
    case 'read':
      while (taken < count) {
        for (const record of ring.read(1024)) {
          check += Number(record) & 0xff;
          taken++;
        }
      }
  }
  return check;
}

/** Takes `count` records from a ring buffer that holds them. */
export async function consume(
  map: BpfMap<Uint8Array, Uint8Array>,
  consumer: Consumer,
  { count }: Request,
): Promise<Answer> {
  using ring = new RingBuffer(map, { record: u64 });
  const began = cpuNanoseconds();
  const check = await take(ring, consumer, count);
  return { nanoseconds: cpuNanoseconds() - began, check };
}
