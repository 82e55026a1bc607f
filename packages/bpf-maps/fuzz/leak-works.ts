import {
  BpfMap,
  type Codec,
  MapFlags,
  PerfBuffer,
  RingBuffer,
  UserRingBuffer,
  u32,
  u64,
} from '../src/index.ts';
import type { FuzzHooks } from './hooks.ts';

/** What is done again and again. */
export interface LeakWork {
  readonly name: string;
  run(): unknown;
}

/** What the works need: pins of the rings of programs.bpf.c, and a program that writes to them. */
export interface LeakSurroundings {
  readonly hooks: FuzzHooks;
  readonly ring: string;
  readonly events: string;
  readonly userRing: string;
  readonly program: number;
}

/** The work that leaks on purpose. */
export const CANARY = 'a leak on purpose';

const spec = { type: 'hash', key: u32, value: u64, maxEntries: 64 } as const;
const entries: ReadonlyArray<readonly [number, bigint]> = Array.from({ length: 40 }, (_, i) => [
  i,
  BigInt(i),
]);
const keys = entries.map(([key]) => key);

/** Throws each time that it is asked for the third value. */
function failing(): Codec<bigint> {
  let calls = 0;
  return {
    ...u64,
    decode(view, offset) {
      if (++calls % 3 === 0) throw new Error('a codec that fails');
      return u64.decode(view, offset);
    },
  };
}

function expectThrown(work: () => unknown): void {
  let thrown = false;
  try {
    work();
  } catch {
    thrown = true;
  }
  if (!thrown) throw new Error('this should have thrown');
}

async function expectRejected(work: Promise<unknown>): Promise<void> {
  const rejected = await work.then(
    () => false,
    () => true,
  );
  if (!rejected) throw new Error('this should have been rejected');
}

/** One for each kind of object that holds something, for each way in which it may end. */
export function leakWorks({ hooks, ring, events, userRing, program }: LeakSurroundings): readonly LeakWork[] {
  const open = (pin: string) => BpfMap.openPinned(pin, { codec: 'bytes' });
  return [
    { name: CANARY, run: () => hooks.canary('leak', 0) },
    { name: 'maps that are closed', run: () => BpfMap.create(spec).close() },
    { name: 'maps that are collected', run: () => BpfMap.create(spec).set(1, 1n) },
    {
      name: 'maps that cannot be opened',
      run() {
        using map = BpfMap.create(spec);
        expectThrown(() => BpfMap.openById(map.id, { key: u64, value: u64 }));
        expectThrown(() => BpfMap.openPinned('/sys/fs/bpf/nothing', { codec: 'bytes' }));
        expectThrown(() => BpfMap.create({ ...spec, maxEntries: 0 }));
      },
    },
    {
      name: 'elements and batches',
      run() {
        using map = BpfMap.create(spec);
        map.setBatch(entries);
        map.getBatch(keys);
        map.takeBatch(keys);
        for (const key of keys) map.get(key);
      },
    },
    {
      name: 'iterations that are left half-way',
      run() {
        using map = BpfMap.create(spec);
        map.setBatch(entries);
        for (const _ of map) break;
        map.keys().next();
        map.drain().next();
      },
    },
    {
      name: 'codecs that throw',
      run() {
        using map = BpfMap.create({ ...spec, value: failing() });
        map.setBatch(entries);
        expectThrown(() => [...map]);
        expectThrown(() => keys.map((key) => map.get(key)));
      },
    },
    {
      name: 'jobs',
      async run() {
        using map = BpfMap.create(spec);
        await map.setBatchAsync(entries);
        await Promise.all([map.getBatchAsync(keys), map.countAsync(), map.clearAsync()]);
      },
    },
    {
      name: 'jobs on a map that is closed meanwhile',
      async run() {
        using map = BpfMap.create(spec);
        const jobs = [map.setBatchAsync(entries), map.countAsync()];
        map.close();
        await Promise.all(jobs.map(expectRejected));
      },
    },
    {
      name: 'jobs that are aborted',
      async run() {
        using map = BpfMap.create(spec);
        await expectRejected(map.setBatchAsync(entries, { signal: AbortSignal.abort() }));
        const controller = new AbortController();
        const iterator = map.entriesAsync({ signal: controller.signal });
        await iterator.next();
        controller.abort();
        await iterator.return?.();
      },
    },
    {
      name: 'mapped memory',
      run() {
        using map = BpfMap.create({ ...spec, type: 'array', flags: MapFlags.MMAPABLE });
        new Uint8Array(map.mapMemory()).fill(1);
      },
    },
    {
      name: 'ring buffers',
      async run() {
        using map = open(ring);
        using reader = new RingBuffer(map);
        const consumed = reader.consume(() => reader.close());
        hooks.runProgram(program, 3);
        await consumed;
      },
    },
    {
      name: 'ring buffers that are refused',
      run() {
        using map = open(ring);
        using _ = new RingBuffer(map);
        expectThrown(() => new RingBuffer(map));
      },
    },
    {
      name: 'perf buffers',
      run() {
        using map = open(events);
        using reader = new PerfBuffer(map);
        hooks.runProgram(program, 3);
        reader.read();
      },
    },
    {
      name: 'user ring buffers',
      async run() {
        using map = open(userRing);
        using writer = new UserRingBuffer(map);
        writer.write(new Uint8Array(16));
        hooks.runProgram(program, 8);
        await writer.writeAsync(new Uint8Array(16));
      },
    },
  ];
}
