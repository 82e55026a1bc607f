import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mapTypes } from '../src/index.ts';
import { objectForTests } from './object-for-tests.ts';
import { pinsForTests } from './pins-for-tests.ts';
import { output, run, uniqueName } from './tool-command.ts';

const object = objectForTests('tool.bpf.c');

const pins = pinsForTests();

const freePath = () => `${pins.path}/${uniqueName()}`;

/** A map as bpftool shows it. */
const shown = (path: string) =>
  JSON.parse(execFileSync('bpftool', ['-j', 'map', 'show', 'pinned', path], { encoding: 'utf8' }));

/** What each type needs beside `--type`. */
const needs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(mapTypes.map(({ type }) => [type, '--value 4 --max-entries 8'])),
  ...Object.fromEntries(
    ['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'sockhash', 'lpm_trie'].map((type) => [
      type,
      '--key 8 --value 4 --max-entries 8',
    ]),
  ),
  ...Object.fromEntries(
    ['sk_storage', 'inode_storage', 'task_storage', 'cgrp_storage'].map((type) => [type, '--value 8']),
  ),
  ...{ cgroup_storage: '--value 8', percpu_cgroup_storage: '--value 8' },
  ...{ stack_trace: '--value 16 --max-entries 8', array_of_maps: '--max-entries 2' },
  ...{ hash_of_maps: '--key u64 --max-entries 2', prog_array: '--max-entries 8' },
  ...{ ringbuf: '--max-entries 4096', user_ringbuf: '--max-entries 4096', arena: '--max-entries 4' },
};

describe('a map that create makes', () => {
  it.each(mapTypes.map(({ type }) => type).filter((type) => type !== 'struct_ops'))('may be a %s', (type) => {
    const path = freePath();
    const inner = type.endsWith('_of_maps') ? ['--inner-map', object.map('tool_many')] : [];
    const words = ['--type', type, ...(needs[type] ?? '').split(' '), ...inner];
    const { code, stdout, stderr } = run('create', path, ...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^id \d+\n$/);
    const theirs = shown(path);
    expect(theirs.id).toBe(Number(stdout.slice(3)));
    // Of types that bpftool does not know it tells the number.
    expect([type, mapTypes.findIndex((known) => known.type === type) + 1]).toContain(theirs.type);
  });

  it('is as it was ordered', () => {
    const path = freePath();
    output(
      ...['create', path, '--type', 'hash', '--key', '16', '--value', '8', '--max-entries', '1024'],
      ...['--name', 'tool_made', '--flags', 'NO_PREALLOC,RDONLY_PROG'],
    );
    expect(shown(path)).toMatchObject({
      ...{ name: 'tool_made', bytes_key: 16, bytes_value: 8, max_entries: 1024, flags: 0x81 },
    });
    expect(JSON.parse(output('show', path, '--json'))).toMatchObject({ btfId: null });
    const other = freePath();
    output(
      ...['create', other, '--type', 'array', '--value', '8', '--max-entries', '4', '--flags', '0x400'],
      ...['--numa-node', '0'],
    );
    expect(shown(other).flags).toBe(0x404);
  });

  it('has the types that it was told, for bpftool too', () => {
    const path = freePath();
    output('create', path, '--type', 'hash', '--key', 'ipv4', '--value', 'u64', '--max-entries', '4');
    output('set', path, '192.0.2.1', '7');
    expect(output('get', path, '192.0.2.1')).toBe('7\n');
    const [entry] = JSON.parse(
      execFileSync('bpftool', ['-j', 'map', 'dump', 'pinned', path], { encoding: 'utf8' }),
    );
    expect(entry.formatted.value).toBe(7);
  });

  it('has types of BTF that there is', () => {
    const path = freePath();
    const { btfId } = JSON.parse(output('show', object.map('tool_flows'), '--json'));
    output(
      ...['create', path, '--type', 'lru_hash', '--key', 'enum tool_state', '--value', 'tool_counters'],
      ...['--max-entries', '4', '--btf', String(btfId)],
    );
    output(
      'set',
      path,
      'CLOSED',
      '{"counters": {"low": -1, "high": 2}, "state": "OPEN", "name": "x", "list": [1, 2, 3], "on": true}',
    );
    expect(output('get', path, 'CLOSED')).toMatch(/^counters +\{ low: -1, high: 2 \}$/m);
    expect(output('show', path)).toContain('struct tool_counters, 48 bytes');
  });
});

describe('create', () => {
  const wrong: ReadonlyArray<[string, string]> = [
    ['--type hush', '--type hush: expected one of hash, array, '],
    [
      '--type hash --value 4 --max-entries 1',
      '--key: a hash needs it, a number of bytes or a type such as u32',
    ],
    ['--type hash --key 4 --max-entries 1', '--value: a hash needs it'],
    ['--type hash --key 4 --value 4', '--max-entries: a hash needs it'],
    [
      '--type hash --key four --value 4 --max-entries 1',
      '--key four: expected a number of bytes, one of u8, ',
    ],
    ['--type hash --key 0 --value 4 --max-entries 1', '--key 0: expected a number of bytes'],
    ['--type queue --key 4 --value 4 --max-entries 1', '--key: a queue has no such thing, leave it out'],
    ['--type sk_storage --value 4 --max-entries 1', '--max-entries: an sk_storage has no such thing'],
    ['--type array --value 4 --max-entries 1 --hashes 3', '--hashes: an array has no such thing'],
    [
      '--type array --value 4 --max-entries 1 --flags NO',
      "expected a number, or names such as NO_PREALLOC,NO_COMMON_LRU,NUMA_NODE, got 'NO'",
    ],
    ['--type array --value 4 --max-entries -1', 'Expected a whole number of at least 0'],
    [
      '--type array --value 4 --max-entries 1 --name a/b',
      "name must be at most 15 letters, digits, '_' and '.'",
    ],
    ['--type array_of_maps --max-entries 1', '--inner-map: an array_of_maps needs it'],
    ['--type struct_ops', '--type struct_ops: such a map is made of programs'],
    [
      '--type hash --key nobody --value u8 --max-entries 1 --btf kernel',
      '--key nobody: expected the name of a type of BTF kernel',
    ],
    ['--key 4', "required option '--type <type>' not specified"],
  ];
  it.each(wrong)('does not understand %s', (words, text) => {
    const path = freePath();
    const { code, stdout, stderr } = run('create', path, ...words.split(' '));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(text);
    expect(existsSync(path)).toBe(false);
  });

  it('leaves nothing behind when the kernel refuses, or the path is taken', () => {
    const path = freePath();
    const words = ['--type', 'hash', '--key', '4', '--value', '4', '--name', uniqueName()];
    expect(run('create', path, ...words, '--max-entries', '0')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^bpf-maps: BPF_MAP_CREATE .*\[EINVAL\]\n$/),
    });
    expect(existsSync(path)).toBe(false);
    output('create', path, ...words, '--max-entries', '1');
    const { id } = shown(path);
    expect(run('create', path, ...words, '--max-entries', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/something is pinned at this path already.*\[EEXIST\]\n$/),
    });
    expect(shown(path).id).toBe(id);
    expect(run('show', 'name', words.at(-1) ?? '').code).toBe(0);
  });
});
