import { type BpfMap, RingBuffer, struct, u32, type ValueOf } from '../../src/index.ts';
import { type Answer, cpuNanoseconds, LAST_RECORD, type Request } from '../answer-requests.ts';

/** The ways to consume a ring buffer. */
export type Consumer = 'callback' | 'raw' | 'iterator' | 'batches' | 'read';

/** A record of 64 bytes. */
const event = struct({
  word: u32,
  b: u32,
  c: u32,
  d: u32,
  e: u32,
  f: u32,
  g: u32,
  h: u32,
  i: u32,
  j: u32,
  k: u32,
  l: u32,
  m: u32,
  n: u32,
  o: u32,
  p: u32,
});

/** Shows the first word of each record to `isLast`, until that says so. */
async function take(
  ring: RingBuffer<ValueOf<typeof event>>,
  consumer: Consumer,
  isLast: (word: number) => boolean,
): Promise<void> {
  switch (consumer) {
    case 'callback':
      return await ring.consume(({ word }) => {
        if (isLast(word)) ring.close();
      });
    case 'raw':
      return await ring.consumeRaw((view, offset) => {
        if (isLast(view.getUint32(offset, true))) ring.close();
      });
    case 'iterator':
      for await (const { word } of ring) if (isLast(word)) return;
      return;
    case 'batches':
      for await (const records of ring.batches()) {
        for (const { word } of records) if (isLast(word)) return;
      }
      return;
    case 'read':
      for (;;) for (const { word } of ring.read(1024)) if (isLast(word)) return;
  }
}

/** Takes `count` records from a ring buffer that holds them. */
export async function drain(
  map: BpfMap<Uint8Array, Uint8Array>,
  consumer: Consumer,
  { count }: Request,
): Promise<Answer> {
  using ring = new RingBuffer(map, { record: event });
  let check = 0;
  let taken = 0;
  let ended = 0;
  const began = cpuNanoseconds();
  await take(ring, consumer, (word) => {
    check += word & 0xff;
    if (++taken < count) return false;
    ended = cpuNanoseconds();
    return true;
  });
  return { nanoseconds: ended - began, check };
}

/** Takes records as they come up to the last one: how many, and how long that took since the first. */
export async function receive(map: BpfMap<Uint8Array, Uint8Array>, consumer: Consumer): Promise<Answer> {
  using ring = new RingBuffer(map, { record: event });
  let received = 0;
  let began = 0;
  let ended = 0;
  await take(ring, consumer, (word) => {
    if (received++ === 0) began = performance.now();
    if (word !== LAST_RECORD) return false;
    ended = performance.now();
    return true;
  });
  return { nanoseconds: Math.round((ended - began) * 1e6), check: received };
}
