import { execFileSync } from 'node:child_process';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BpfMap, bytes, MapFlags, possibleCpus, u32, u64 } from '../src/index.ts';
import { objectForTests } from './object-for-tests.ts';
import { pinsForTests } from './pins-for-tests.ts';
import { output, run, uniqueName } from './tool-command.ts';

const KEY = {
  address: '192.0.2.1',
  hardware: '02:42:ac:11:00:02',
  port: 443,
  source: '2001:db8::1',
};
const VALUE = {
  counters: { low: -5, high: '18446744073709551615' },
  state: 'CLOSED',
  name: 'root',
  list: [1, -2, 3],
  on: true,
};

const object = objectForTests('tool.bpf.c');
const pins = pinsForTests();

let flows: string;
beforeAll(() => {
  flows = object.map('tool_flows');
});

/** A map of its own, with a name that no other map has. */
function pinned<K, V>(name: string, map: BpfMap<K, V>): string {
  const path = `${pins.path}/${name}`;
  map.pin(path);
  map.close();
  return path;
}

/** As bpftool prints it; numbers that JavaScript cannot hold as strings of digits. */
function bpftoolDump(pin: string): unknown {
  const text = execFileSync('bpftool', ['-j', 'map', 'dump', 'pinned', pin], { encoding: 'utf8' });
  return JSON.parse(text.replaceAll(/([:[,])(-?\d{17,})(?=[,\]}])/g, '$1"$2"'), (_name, value: unknown) =>
    typeof value === 'object' && value !== null && 'formatted' in value ? value.formatted : value,
  );
}

describe('entries of a map with BTF', () => {
  beforeEach(() => {
    output('set', flows, JSON.stringify(KEY), JSON.stringify(VALUE));
  });

  it('are dumped as JSON with the values that bpftool prints', () => {
    const dumped: unknown = JSON.parse(output('dump', flows, '--json'));
    expect(dumped).toEqual(bpftoolDump(flows));
    expect(dumped).toEqual([
      {
        key: {
          address: expect.any(Number),
          hardware: [0x02, 0x42, 0xac, 0x11, 0x00, 0x02],
          port: 443,
          source: {
            in6_u: expect.objectContaining({ u6_addr8: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1] }),
          },
        },
        value: VALUE,
      },
    ]);
    expect(output('dump', flows, '--ndjson')).toBe(`${JSON.stringify((dumped as unknown[])[0])}\n`);
  });

  it('take back what was dumped, as key and as value', () => {
    const { key, value } = JSON.parse(output('dump', flows, '--ndjson'));
    expect(JSON.parse(output('get', flows, JSON.stringify(key), '--json'))).toEqual({ key, value });
    output('delete', flows, JSON.stringify(key));
    expect(output('dump', flows, '--json')).toBe('[]\n');
    output('set', flows, JSON.stringify(key), JSON.stringify(value));
    expect(JSON.parse(output('dump', flows, '--ndjson'))).toEqual({ key, value });
  });

  it('have addresses in network byte order', () => {
    expect(output('dump', flows, '--hex')).toMatch(/^c0 00 02 01 02 42 ac 11 00 02 bb 01 20 01 0d b8 /m);
  });

  it('keep integers of 64 bits to the last digit, as numbers or as strings', () => {
    const key = JSON.stringify(KEY);
    for (const high of ['18446744073709551615', '"18446744073709551615"', '"0xffffffffffffffff"']) {
      output('set', flows, key, JSON.stringify(VALUE).replace('"18446744073709551615"', high));
      expect(JSON.parse(output('get', flows, key, '--json')).value.counters).toEqual(VALUE.counters);
    }
    const largest = String(Number.MAX_SAFE_INTEGER);
    output('set', flows, key, JSON.stringify(VALUE).replace('"18446744073709551615"', largest));
    expect(JSON.parse(output('get', flows, key, '--json')).value.counters.high).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('are a table with a column for each member', () => {
    const [head, row, ...others] = output('dump', flows).trimEnd().split('\n');
    expect(head?.split(/ {2,}/)).toEqual([
      ...['key.address', 'key.hardware', 'key.port', 'key.source'],
      ...['value.counters', 'value.state', 'value.name', 'value.list', 'value.on'],
    ]);
    expect(row).toContain('02 42 ac 11 00 02');
    expect(row).toContain('CLOSED');
    expect(row).toContain('{ low: -5, high: 18446744073709551615 }');
    expect(others).toEqual([]);
    expect(output('get', flows, JSON.stringify(KEY))).toMatch(/^state {5}CLOSED$/m);
  });

  it('are set only where they are new, or only where they are there, if that is wished', () => {
    const [key, value] = [JSON.stringify(KEY), JSON.stringify(VALUE)];
    expect(run('set', '--create', flows, key, value)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\[EEXIST\]\n$/),
    });
    output('delete', flows, key);
    expect(run('set', '--update', flows, key, value)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/\[ENOENT\]\n$/),
    });
    expect(run('set', '--update', '--create', flows, key, value).code).toBe(2);
  });
});

describe('keys and values on the command line', () => {
  it('are numbers and names of enumerators where the type is a scalar', () => {
    const map = object.map('tool_scalars');
    output('set', map, 'CLOSED', '18446744073709551615');
    expect(output('get', map, 'CLOSED')).toBe('18446744073709551615\n');
    expect(output('get', map, '1')).toBe('18446744073709551615\n');
    expect(output('dump', map)).toBe('key     value\nCLOSED  18446744073709551615\n');
    output('delete', map, 'CLOSED');
  });

  it('are hexadecimal digits, in whatever groups, where nothing is known but the size', () => {
    const map = pinned(
      'raw',
      BpfMap.create({
        ...{ type: 'hash', key: bytes(2), value: bytes(4), maxEntries: 4, name: uniqueName() },
        btf: false,
      }),
    );
    output('set', map, '0102', '0x0a 0x00 0x00 0x01');
    expect(output('get', map, '01:02')).toBe('0a 00 00 01\n');
    expect(output('dump', map, '--ndjson')).toBe('{"key":"0102","value":"0a000001"}\n');
    const { code, stderr } = run('set', map, '0102', '0a');
    expect(code).toBe(2);
    expect(stderr).toBe(
      "bpf-maps: value '0a': expected 4 bytes as hexadecimal digits, such as '00 00 00 00', got 1 [ERR_USAGE]\n",
    );
  });

  it('are refused with the member that does not fit', () => {
    const { code, stderr } = run('get', flows, JSON.stringify({ ...KEY, port: 65_536 }));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^bpf-maps: key\.port: expected .* got 65536 \[ERR_BPF_VALUE_RANGE\]\n$/);
    expect(run('get', flows, '{').stderr).toMatch(/expected JSON, such as '\{"address":0,.*\[ERR_USAGE\]\n$/);
    expect(run('get', flows)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^bpf-maps: which key\?/),
    });
  });

  it('are the same for all CPUs, or a JSON array with --per-cpu', () => {
    const map = object.map('tool_per_cpu');
    const cpus = Array.from({ length: possibleCpus() }, (_, cpu) => cpu);
    output('set', map, '7', '5');
    expect(JSON.parse(output('get', map, '7', '--json'))).toEqual({ key: 7, value: cpus.map(() => 5) });
    output('set', map, '7', JSON.stringify(cpus), '--per-cpu');
    expect(JSON.parse(output('dump', map, '--ndjson'))).toEqual({ key: 7, value: cpus });
    expect(output('get', map, '7')).toBe(`cpu  value\n${cpus.map((cpu) => `${cpu}    ${cpu}\n`).join('')}`);
    expect(run('set', map, '7', '[]', '--per-cpu').code).toBe(2);
    expect(run('set', flows, '{}', '[]', '--per-cpu').code).toBe(2);
  });
});

describe('a map', () => {
  it('is named by its id, its name or its pin, with a word for it or without', () => {
    const name = uniqueName();
    const map = BpfMap.create({ type: 'array', key: u32, value: u64, maxEntries: 2, name, btf: false });
    const id = String(map.id);
    const path = pinned(name, map);
    const expected = output('dump', 'id', id);
    expect(expected).toBe('key  value\n0    00 00 00 00 00 00 00 00\n1    00 00 00 00 00 00 00 00\n');
    for (const words of [[id], ['name', name], [name], ['pinned', path], [path]]) {
      expect(output('dump', ...words)).toBe(expected);
      expect(output('get', ...words, '1')).toBe('00 00 00 00 00 00 00 00\n');
    }
  });

  it('must be told by its id where several have its name', () => {
    const spec = { type: 'hash', key: u32, value: u32, maxEntries: 1, name: uniqueName() } as const;
    using first = BpfMap.create(spec);
    using second = BpfMap.create(spec);
    const { code, stderr } = run('dump', spec.name);
    expect(code).toBe(2);
    expect(stderr).toContain(`ids ${first.id}, ${second.id}`);
    expect(stderr).toMatch(/\[ERR_BPF_AMBIGUOUS\]\n$/);
  });

  it('is not there: exit code 3, and so for a key', () => {
    for (const words of [['id', '4294967295'], [uniqueName()], [`${pins.path}/none`]]) {
      const { code, stdout, stderr } = run('dump', ...words);
      expect(code).toBe(3);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^bpf-maps: .*\[ENOENT\]\n$/);
    }
    for (const command of ['get', 'delete']) {
      expect(run(command, object.map('tool_per_cpu'), '99')).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/has no key 99 \[ERR_NO_ENTRY\]\n$/),
      });
    }
  });

  it('is described with its types, its limits and its pins', () => {
    const text = output('show', flows);
    expect(text).toContain('struct tool_flow, 28 bytes');
    expect(text).toContain('struct tool_counters, 48 bytes');
    expect(text).toMatch(/^type +hash, since Linux 3\.19$/m);
    expect(text).toContain(flows);
    const shown = JSON.parse(output('show', flows, '--json'));
    expect(shown).toMatchObject({ type: 'hash', name: 'tool_flows', maxEntries: 16, pins: [flows] });
    expect(JSON.parse(output('list', '--json'))).toContainEqual(
      expect.objectContaining({ id: shown.id, memlock: shown.memlock, btfId: shown.btfId }),
    );
  });

  it('is listed as bpftool lists it', () => {
    const name = uniqueName();
    const map = BpfMap.create({
      ...{ type: 'lpm_trie', key: bytes(8), value: u32, maxEntries: 9, name },
      flags: MapFlags.RDONLY_PROG,
    });
    const { id } = map;
    const path = pinned(name, map);
    const theirs = JSON.parse(
      execFileSync('bpftool', ['-j', 'map', 'show', 'id', String(id)], { encoding: 'utf8' }),
    );
    const ours = output('list', '--ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find((one) => one.id === id);
    expect(ours).toMatchObject({
      ...{ type: theirs.type, name: theirs.name, keySize: theirs.bytes_key, valueSize: theirs.bytes_value },
      ...{ maxEntries: theirs.max_entries, memlock: theirs.bytes_memlock, flags: theirs.flags },
      ...{ frozen: theirs.frozen === 1, pins: [path], flagNames: ['NO_PREALLOC', 'RDONLY_PROG'] },
    });
    expect(output('list')).toMatch(new RegExp(`^${id} +lpm_trie +${name} +8 +4 +9 .*${path}$`, 'm'));
  });

  it('has TypeScript for its keys and values', () => {
    expect(output('types', flows)).toContain('export interface ToolFlow {');
  });

  it('without keys is read, filled and emptied at its end', () => {
    const queue = pinned(
      'queue',
      BpfMap.create({ type: 'queue', value: u32, maxEntries: 2, name: uniqueName() }),
    );
    output('set', queue, '01000000');
    output('set', queue, '02000000');
    expect(output('get', queue)).toBe('01 00 00 00\n');
    expect(output('delete', queue)).toBe('01 00 00 00\n');
    expect(output('delete', queue)).toBe('02 00 00 00\n');
    expect(run('get', queue)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/is empty \[ERR_NO_ENTRY\]\n$/),
    });
    expect(run('dump', queue)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has no keys to go through.*\[ENOTSUPP\]\n$/),
    });
  });

  it('of maps is given maps, named as maps are', () => {
    const spec = { type: 'array', key: u32, value: u32, maxEntries: 1, name: uniqueName() } as const;
    const inner = BpfMap.create(spec);
    const { id } = inner;
    const innerPin = pinned('inner', inner);
    const outer = pinned(
      'outer',
      BpfMap.create({
        ...{ type: 'array_of_maps', key: u32, value: u32, maxEntries: 2, name: uniqueName() },
        innerMap: spec,
      }),
    );
    output('set', outer, '0', innerPin);
    output('set', outer, '1', 'id', String(id));
    expect(output('dump', outer)).toBe(`key  value\n0    ${id}\n1    ${id}\n`);
    expect(run('set', outer, '1', 'name').code).toBe(2);
  });
});
