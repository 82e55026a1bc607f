import { describe, expect, it } from 'vitest';
import { BpfMap, possibleCpus, ringPositions, u32, u64 } from '../src/index.ts';
import { objectForTests } from './object-for-tests.ts';
import { ringsForTests } from './rings-for-tests.ts';
import { begin, every, output, run, uniqueName } from './tool-command.ts';

const object = objectForTests('tool.bpf.c');

const rings = ringsForTests();

describe('watch', () => {
  const set = (map: BpfMap<number, bigint>, key: number, value: bigint) => map.set(key, value);

  it('prints what was added, changed and removed, with the time, and ends well on Ctrl-C', async () => {
    using map = BpfMap.create({
      ...{ type: 'hash', key: u32, value: u64, maxEntries: 4, name: uniqueName() },
      btf: false,
    });
    set(map, 9, 1n);
    const watching = begin('watch', String(map.id), '--json', '--interval', '0.05');
    const changes: unknown[] = [];
    // It has begun when it reports the first change of a value that changes all the time.
    let ticks = 0n;
    using ticking = every(20, () => set(map, 9, ++ticks));
    const first = JSON.parse(await watching.line());
    ticking[Symbol.dispose]();
    expect(first).toMatchObject({ change: 'changed', key: '09000000' });
    expect(Math.abs(Date.parse(first.time) - Date.now())).toBeLessThan(30_000);
    const next = async () => {
      for (;;) {
        const { time, ...change } = JSON.parse(await watching.line());
        if (change.key !== '09000000') return change;
      }
    };
    set(map, 1, 5n);
    changes.push(await next());
    set(map, 1, 6n);
    changes.push(await next());
    map.delete(1);
    changes.push(await next());
    expect(changes).toEqual([
      { change: 'added', key: '01000000', value: '0500000000000000' },
      { change: 'changed', key: '01000000', before: '0500000000000000', value: '0600000000000000' },
      { change: 'removed', key: '01000000', before: '0600000000000000' },
    ]);
    expect(await watching.end('SIGINT')).toBe(0);
  });

  it('is typed by BTF, each CPU for itself', async () => {
    const pin = object.map('tool_per_cpu');
    using map = BpfMap.openPinned<number, bigint[]>(pin);
    const watching = begin('watch', pin, '-i', '0.05');
    const values = (from: bigint) => Array.from({ length: possibleCpus() }, (_, cpu) => from + BigInt(cpu));
    let key = 100;
    using adding = every(20, () => {
      map.set(key, values(1n));
      map.delete(key - 1);
      key = 100 + ((key - 99) % 10);
    });
    const line = await watching.line();
    adding[Symbol.dispose]();
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} \+ 10\d {2}\[1(, \d+)*\]$/);
    expect(await watching.end('SIGTERM')).toBe(0);
    map.deleteBatch([...map.keys()].filter((k) => k >= 100));
  });

  it('sees the next element of a queue', async () => {
    using queue = BpfMap.create({ type: 'queue', value: u32, maxEntries: 4, name: uniqueName() });
    const watching = begin('watch', String(queue.id), '--json', '-i', '0.05');
    // It has begun when it reports the first element, and is up to date when it reports this one.
    using ticking = every(75, () => (queue.take(undefined) === undefined ? queue.set(undefined, 9) : 0));
    await watching.line();
    ticking[Symbol.dispose]();
    queue.take(undefined);
    queue.set(undefined, 7);
    const change = async () => {
      const { time: _time, ...rest } = JSON.parse(await watching.line());
      return rest;
    };
    while ((await change()).value !== '07000000');
    queue.take(undefined);
    expect(await change()).toEqual({ change: 'removed', before: '07000000' });
    queue.set(undefined, 1);
    queue.set(undefined, 2);
    expect(await change()).toEqual({ change: 'added', value: '01000000' });
    queue.take(undefined);
    expect(await change()).toEqual({ change: 'changed', before: '01000000', value: '02000000' });
    expect(await watching.end('SIGINT')).toBe(0);
  });

  it('keeps no more in memory than it was told', () => {
    const { code, stderr } = run('watch', object.map('tool_many'), '--max-entries', '5', '-n', '1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/more than 5 entries, .* raise --max-entries \[ERR_TOO_MANY_ENTRIES\]\n$/);
  });
});

describe('top', () => {
  it('counts the entries that differ from one sample to the next', async () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4, name: uniqueName() });
    using idle = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4, name: uniqueName() });
    idle.set(1, 1n);
    map.set(1, 0n);
    map.set(2, 0n);
    const watching = begin('top', '--json', '--interval', '0.5', '--limit', '1000', '--count', '2');
    let ticks = 0n;
    using ticking = every(10, () => {
      map.set(1, ++ticks);
      map.set(2, ticks);
    });
    const found = async (id: number) => {
      for (;;) {
        const line = JSON.parse(await watching.line());
        if (line.id === id) return line;
      }
    };
    const busy = await found(map.id);
    ticking[Symbol.dispose]();
    // Two entries, each counted once however often it was written.
    expect(busy).toMatchObject({
      name: map.info.name,
      type: 'hash',
      entries: 2,
      complete: true,
      maxEntries: 4,
    });
    expect(busy.changesPerSecond).toBeGreaterThan(0);
    expect(busy.changesPerSecond).toBeLessThanOrEqual(2 / 0.4);
    expect(busy.bytesPerSecond).toBeCloseTo(busy.changesPerSecond * 12, 0);
    expect(busy.memlock).toBe(map.describe().memlock);
    expect(await found(idle.id)).toMatchObject({ changesPerSecond: 0, entries: 1 });
    await watching.end('SIGINT');
  });

  it('says that it saw only some entries', () => {
    using map = BpfMap.openPinned(object.map('tool_many'));
    const text = output(
      'top',
      '-i',
      '0.1',
      '-n',
      '1',
      '--sample',
      '50',
      '--sort',
      'entries',
      '--limit',
      '1000',
    );
    expect(text).toMatch(
      new RegExp(`^${map.id} +tool_many +array +0\\+ +0 B\\+ +50\\+ +100000 +\\d+ KiB$`, 'm'),
    );
  });

  it('tells how much is written to a ring, and takes nothing from it', async () => {
    const { map: ring, pin } = rings.makeRing();
    using map = ring;
    await rings.writer.write(pin, 1, 1, 16);
    const watching = begin('top', '--json', '--interval', '1', '--limit', '1000');
    const find = async () => {
      for (;;) {
        const line = JSON.parse(await watching.line());
        if (line.id === map.id) return line;
      }
    };
    expect(await find()).toMatchObject({
      type: 'ringbuf',
      bytesPerSecond: 0,
      pendingBytes: 24,
      maxEntries: 4096,
    });
    await rings.writer.write(pin, 1, 9, 16);
    let written = 0;
    for (let last = performance.now(); written === 0; ) {
      const { bytesPerSecond, pendingBytes } = await find();
      if (bytesPerSecond > 0) expect(pendingBytes).toBe(240);
      const now = performance.now();
      written = bytesPerSecond * ((now - last) / 1000);
      last = now;
    }
    // Nine records of 24 bytes, in about a second.
    expect(written).toBeGreaterThan(216 / 4);
    expect(written).toBeLessThan(216 * 4);
    expect(await watching.end('SIGINT')).toBe(0);
    expect(ringPositions(map)).toEqual({ consumed: 0n, produced: 240n });
  });

  it('sees the next element of a queue', async () => {
    using queue = BpfMap.create({ type: 'queue', value: u32, maxEntries: 4, name: uniqueName() });
    queue.set(undefined, 1);
    queue.set(undefined, 2);
    const watching = begin('top', '--json', '--interval', '0.1', '--limit', '1000');
    let busy = 0;
    let entries = 0;
    while (busy === 0) {
      const line = JSON.parse(await watching.line());
      if (line.id !== queue.id) continue;
      busy = line.changesPerSecond ?? 0;
      ({ entries } = line);
      expect(line.complete).toBe(false);
      const next = queue.take(undefined);
      if (next !== undefined) queue.set(undefined, next);
    }
    expect(entries).toBe(1);
    expect(await watching.end('SIGINT')).toBe(0);
  });
});
