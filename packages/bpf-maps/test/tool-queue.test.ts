import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { BpfMap, u32, u64 } from '../src/index.ts';
import { pinsForTests } from './pins-for-tests.ts';
import { output, run, uniqueName } from './tool-command.ts';

const pins = pinsForTests();

function create(type: 'queue' | 'stack' | 'bloom_filter', maxEntries: number): string {
  const path = `${pins.path}/${uniqueName()}`;
  const sizes = ['key', '0', 'value', '4', 'entries', String(maxEntries)];
  execFileSync('bpftool', ['map', 'create', path, 'type', type, ...sizes, 'name', 'tool_elements']);
  return path;
}

const bpftool = (...words: readonly string[]): unknown =>
  JSON.parse(execFileSync('bpftool', ['-j', 'map', ...words], { encoding: 'utf8' }));

describe('an element', () => {
  it.each([
    ['queue', '01 00 00 00\n'],
    ['stack', '02 00 00 00\n'],
  ] as const)('of a %s is pushed, seen and taken at the end that the type has', (type, next) => {
    const path = create(type, 2);
    expect(output('push', path, '01000000')).toBe('');
    expect(output('enqueue', 'pinned', path, '02 00 00 00')).toBe('');
    expect(output('peek', path)).toBe(next);
    expect(bpftool('peek', 'pinned', path)).toMatchObject({
      value: next
        .trim()
        .split(' ')
        .map((byte) => `0x${byte}`),
    });
    expect(output('pop', path)).toBe(next);
    expect(JSON.parse(output('dequeue', path, '--json'))).toEqual({
      value: next.startsWith('01') ? '02000000' : '01000000',
    });
  });

  it('is not there: exit code 3', () => {
    const path = create('queue', 1);
    for (const command of ['peek', 'pop']) {
      const { code, stdout, stderr } = run(command, path);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toMatch(/^bpf-maps: map 'tool_elements' \(id \d+\) is empty \[ERR_NO_ENTRY\]\n$/);
    }
  });

  it('does not fit a full map, unless the oldest goes for it', () => {
    const path = create('queue', 2);
    output('push', path, '01000000');
    output('push', path, '02000000');
    expect(run('push', path, '03000000')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^bpf-maps: .*the map is full.*\[E2BIG\]\n$/),
    });
    output('push', path, '03000000', '--force');
    expect([output('pop', path), output('pop', path)]).toEqual(['02 00 00 00\n', '03 00 00 00\n']);
  });

  it('of a bloom filter is added, and likely there from then on', () => {
    const path = create('bloom_filter', 10);
    expect(run('get', path, '2a000000').code).toBe(3);
    output('push', path, '2a000000');
    expect(output('get', path, '2a000000')).toBe('likely there\n');
  });

  it('is not dumped, but popped', () => {
    expect(run('dump', create('queue', 2))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no keys to go through: 'bpf-maps pop' takes its elements one by one \[/),
    });
  });

  it('must fit', () => {
    const path = create('stack', 1);
    expect(run('push', path)).toMatchObject({
      code: 2,
      stderr: "bpf-maps: expected one value such as '00 00 00 00', got none [ERR_USAGE]\n",
    });
    expect(run('push', path, '2a')).toMatchObject({
      code: 2,
      stderr:
        "bpf-maps: value '2a': expected 4 bytes as hexadecimal digits, such as '00 00 00 00', got 1 [ERR_USAGE]\n",
    });
  });

  it('is not what other maps have', () => {
    using map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 1, name: 'tool_entries' });
    const words: ReadonlyArray<[string, string, string]> = [
      ['push', 'a queue or a stack or a bloom_filter', "'bpf-maps set' writes the value of a key"],
      ['peek', 'a queue or a stack', "'bpf-maps get' reads the value of a key"],
      ['pop', 'a queue or a stack', "'bpf-maps delete' removes a key"],
    ];
    for (const [command, expected, instead] of words) {
      const { code, stderr } = run(command, String(map.id), ...(command === 'push' ? ['00'] : []));
      expect(code).toBe(1);
      expect(stderr).toContain(
        `bpf-maps: map 'tool_entries' (id ${map.id}) is of type hash; expected ${expected}: ${instead}`,
      );
      expect(stderr).toMatch(/ \[ERR_MAP_TYPE\]\n$/);
    }
  });
});
