import { describe, expect, it } from 'vitest';
import { BpfMap, bytes, RingBuffer, struct, u64 } from '../src/index.ts';
import { objectForTests } from './object-for-tests.ts';
import { ringsForTests } from './rings-for-tests.ts';
import { runProgram } from './run-program.ts';
import { begin, every, output, run } from './tool-command.ts';

const perf = objectForTests('perf-writer.bpf.c');
const typed = objectForTests('tool.bpf.c');

const rings = ringsForTests();

/** A record of the writer, in hexadecimal digits: a number, and as many bytes of it. */
const written = (number: number): string => `0${number}${'00'.repeat(7)}${`0${number}`.repeat(8)}`;
/** The size of a record that ends there, and what reads its number. */
const SIZE = 16;
const record = struct({ number: u64, filling: bytes(8) });

/** An empty ring buffer: its path. */
function createRing(): string {
  const { map, pin } = rings.makeRing();
  map.close();
  return pin;
}

describe('records of a ring buffer', () => {
  it('are printed as they come, until Ctrl-C', async () => {
    const ring = createRing();
    const running = begin('events', ring, '--consume', '--json');
    for (const number of [1, 2]) {
      await rings.writer.write(ring, number, 1, SIZE);
      const { time, ...rest } = JSON.parse(await running.line());
      expect(rest).toEqual({ record: written(number) });
      expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(30_000);
    }
    expect(await running.end('SIGINT')).toBe(0);
  });

  it('are lines for people, no more than were asked for; the others stay', async () => {
    const ring = createRing();
    await rings.writer.write(ring, 1, 5, SIZE);
    const { code, stdout, stderr } = run('events', ring, '--consume', '-n', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} 01( 00){7}( 01){8}\n\d\d:\d\d:\d\d\.\d{3} 02( 00){7}( 02){8}\n$/,
    );
    expect(stderr).toMatch(/^bpf-maps: map 'events' \(id \d+\): .* its own consumer does not get it\n$/);
    using map = BpfMap.openPinned(ring, { codec: 'bytes' });
    using rest = new RingBuffer(map, { record });
    expect(rest.read().map(({ number }) => number)).toEqual([3n, 4n, 5n]);
  });

  it('are not taken from their consumer unawares', async () => {
    const ring = createRing();
    await rings.writer.write(ring, 1, 1, SIZE);
    const { code, stdout, stderr } = run('events', ring);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/its own consumer does not get it; say --consume if that may be \[ERR_USAGE\]\n$/);
    using map = BpfMap.openPinned(ring, { codec: 'bytes' });
    using rest = new RingBuffer(map, { record });
    expect(rest.read().map(({ number }) => number)).toEqual([1n]);
  });

  it('have the type that they are said to have, as far as they are long enough', async () => {
    const ring = createRing();
    const { btfId } = JSON.parse(output('show', typed.map('tool_flows'), '--json'));
    await rings.writer.write(ring, 7, 1, 48);
    await rings.writer.write(ring, 8, 1, SIZE);
    const lines = run(
      ...['events', ring, '--consume', '--json', '-n', '2', '--struct', 'tool_counters'],
      ...['--btf', String(btfId)],
    )
      .stdout.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).record);
    expect(lines).toEqual([
      expect.objectContaining({ counters: { low: 7, high: expect.anything() } }),
      written(8),
    ]);
    await rings.writer.write(ring, 9, 1, 64);
    const kernel = run('events', ring, '--consume', '-n', '1', '--struct', 'list_head', '--btf', 'kernel');
    expect(kernel.stdout).toMatch(/ \{ next: 9, prev: 651061555542690057 \}\n$/);
  });

  it('have a type that is found', () => {
    const ring = createRing();
    const { btfId } = JSON.parse(output('show', typed.map('tool_flows'), '--json'));
    const wrong: ReadonlyArray<[string[], string]> = [
      [['--struct', 'tool_flow'], 'expected --struct and --btf together'],
      [['--btf', String(btfId)], 'expected --struct and --btf together'],
      [
        ['--struct', 'nobody', '--btf', String(btfId)],
        `--struct nobody: expected the name of a type of BTF ${btfId}`,
      ],
      [['--struct', 'tool_flow', '--btf', '/nowhere'], '--btf /nowhere: expected an id of BTF'],
    ];
    for (const [words, text] of wrong) {
      const { code, stderr } = run('events', ring, '--consume', ...words);
      expect(code).toBe(2);
      expect(stderr).toContain(text);
      expect(stderr).toMatch(/ \[ERR_USAGE\]\n$/);
    }
  });
});

describe('events of a perf buffer', () => {
  it('are printed with the CPU that they happened on', async () => {
    const running = begin('events', perf.map('m_events'), '--consume', '--json', '-n', '2');
    using _emitting = every(100, () => void runProgram(perf.program('emit')));
    const events = [JSON.parse(await running.line()), JSON.parse(await running.line())];
    const first = BigInt.asUintN(64, Buffer.from(events[0].record, 'hex').readBigUInt64LE());
    expect(Buffer.from(events[1].record, 'hex').readBigUInt64LE()).toBe(first + 1n);
    expect(events[0].cpu).toBeGreaterThanOrEqual(0);
    expect(await running.ended).toBe(0);
  });
});

describe('a map of entries', () => {
  it('has no records, and is watched instead; rings have no entries', () => {
    const flows = run('events', typed.map('tool_flows'), '--consume');
    expect(flows).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /is of type hash; expected a ringbuf or a perf_event_array: 'bpf-maps watch' .*\[ERR_MAP_TYPE\]\n$/,
      ),
    });
    expect(run('dump', createRing()).stderr).toContain("has records, which 'bpf-maps events' shows [");
    for (const map of [createRing(), perf.map('m_events')]) {
      expect(run('watch', map)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/'bpf-maps events' shows records as they come \[ERR_MAP_TYPE\]\n$/),
      });
    }
  });
});
