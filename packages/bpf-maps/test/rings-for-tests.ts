import { afterAll, beforeAll } from 'vitest';
import { BpfMap } from '../src/index.ts';
import { makePinDirectory, type PinDirectory } from './bpffs.ts';
import { buildRingWriter, type RingWriter } from './ring-writer.ts';

/** A ring buffer, and where it is pinned. */
export interface PinnedRing {
  readonly map: BpfMap<undefined, undefined>;
  readonly pin: string;
}

/** Rings and who writes to them, for the tests of the file that calls this. */
export interface RingsForTests {
  /** A pinned ring buffer of so many bytes. */
  makeRing(size?: number): PinnedRing;
  /** Writes records: a number and its low byte, again and again. */
  readonly writer: RingWriter;
}

export function ringsForTests(): RingsForTests {
  let pins: PinDirectory | undefined;
  let built: RingWriter | undefined;
  let rings = 0;
  beforeAll(() => {
    pins = makePinDirectory();
    built = buildRingWriter();
  });
  afterAll(() => {
    built?.[Symbol.dispose]();
    pins?.[Symbol.dispose]();
  });
  return {
    makeRing(size = 4096) {
      if (pins === undefined) throw new Error('rings are made in tests');
      const map = BpfMap.create({ type: 'ringbuf', maxEntries: size, name: 'events' });
      const pin = `${pins.path}/ring${rings++}`;
      map.pin(pin);
      return { map, pin };
    },
    get writer() {
      if (built === undefined) throw new Error('the writer writes in tests');
      return built;
    },
  };
}
