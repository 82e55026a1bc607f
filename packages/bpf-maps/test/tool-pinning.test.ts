import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BpfMap, u32, u64 } from '../src/index.ts';
import { objectForTests } from './object-for-tests.ts';
import { pinsForTests } from './pins-for-tests.ts';
import { output, run } from './tool-command.ts';

const object = objectForTests('tool.bpf.c');

const pins = pinsForTests();

const create = () =>
  BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 4, name: 'tool_kept', btf: false });

describe('a pin', () => {
  it('keeps a map, until it is removed', () => {
    const map = create();
    const { id } = map;
    const [first, second] = [`${pins.path}/first`, `${pins.path}/second`];
    expect(output('pin', 'id', String(id), first)).toBe('');
    output('pin', first, second);
    map.close();
    expect(JSON.parse(output('show', second, '--json'))).toMatchObject({ id, pins: [first, second] });
    expect(output('unpin', first, second)).toBe('');
    expect(existsSync(first) || existsSync(second)).toBe(false);
    expect(run('show', 'id', String(id)).code).toBe(3);
  });

  it('is as bpftool makes it', () => {
    using map = create();
    const path = `${pins.path}/theirs`;
    execFileSync('bpftool', ['map', 'pin', 'id', String(map.id), path]);
    output('unpin', path);
    output('pin', String(map.id), path);
    const theirs = JSON.parse(
      execFileSync('bpftool', ['-j', 'map', 'show', 'pinned', path], { encoding: 'utf8' }),
    );
    expect(theirs).toMatchObject({ id: map.id, name: 'tool_kept' });
    output('unpin', path);
  });

  it('needs a place that is free, in a BPF file system', () => {
    using map = create();
    const id = String(map.id);
    const taken = `${pins.path}/taken`;
    output('pin', id, taken);
    const wrong: ReadonlyArray<[string, string, RegExp]> = [
      [taken, 'EEXIST', /something is pinned at this path already/],
      [`${pins.path}/none/flows`, 'ENOENT', /the directory of this path does not exist/],
      ['/tmp/flows', 'EPERM', /not in a BPF file system; mount one with: mount -t bpf/],
    ];
    for (const [path, code, text] of wrong) {
      const ended = run('pin', id, path);
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(text);
      expect(ended.stderr).toContain(path);
      expect(ended.stderr).toMatch(new RegExp(` \\[${code}\\]\\n$`));
    }
    expect(run('pin', id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected a map and the path to pin it at, such as /sys/fs/bpf/flows'),
    });
  });

  it('that is not of a map is left alone', () => {
    const program = object.program('pass');
    expect(run('unpin', program)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/what is pinned there is not a map \[EINVAL\]\n$/),
    });
    expect(existsSync(program)).toBe(true);
    mkdirSync(`${pins.path}/directory`);
    expect(run('unpin', `${pins.path}/directory`).code).toBe(1);
    expect(run('unpin', `${pins.path}/nothing`).code).toBe(3);
  });
});

describe('a frozen map', () => {
  it('is read, and no longer written', () => {
    using map = create();
    const id = String(map.id);
    output('set', id, '01000000', '0200000000000000');
    expect(output('freeze', id)).toBe('');
    expect(output('get', id, '01000000')).toBe('02 00 00 00 00 00 00 00\n');
    expect(output('show', id)).toMatch(/^frozen +yes$/m);
    for (const words of [
      ['set', id, '01000000', '0300000000000000'],
      ['delete', id, '01000000'],
    ]) {
      expect(run(...words)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/read-only for user space.*\[EPERM\]\n$/),
      });
    }
    expect(run('freeze', id)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /the map is frozen: it is read-only for user space, for good \[EPERM\]\n$/,
      ),
    });
  });
});
