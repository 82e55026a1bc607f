import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BpfMap } from '../src/index.ts';
import { loadObject } from './bpf-object.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function node(script: string) {
  return spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    timeout: 25_000,
    env: { ...process.env, FORCE_COLOR: '0' },
  });
}

describe('the package', () => {
  let directory = '';
  beforeAll(() => {
    // Inside of the workspace, so that dependencies are found.
    mkdirSync(join(root, 'build'), { recursive: true });
    directory = mkdtempSync(join(root, 'build', 'test-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('does what its README shows', () => {
    const example = /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
    // Resolved by the package's own name; compiled, since Node.js 22 does not know `using`.
    writeFileSync(join(directory, 'example.ts'), example);
    execFileSync('esbuild', ['--target=node22', '--outfile=example.mjs', 'example.ts'], {
      cwd: directory,
      stdio: 'pipe',
    });
    const { stdout, stderr } = node(join(directory, 'example.mjs'));
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toBe('{ packets: 1n, bytes: 60n }');
    expect(lines.slice(1, 3).toSorted()).toEqual(['192.0.2.1 60n', '2001:db8::1 180n']);
    expect(lines[3]).toBe('ERR_BPF_VALUE_RANGE key.port: expected 0 to 65535 (port), got 65536');
    expect(lines).toHaveLength(4);
  });

  it('reads maps that others made, as its README shows', () => {
    using object = loadObject('flows.bpf.c');
    const path = object.pin('flows');
    using flows = BpfMap.openPinned(path);
    flows.set({ address: 0x01020304, port: 443, user: 'root' }, { state: 'OPEN', packets: 7n });
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const example = /```js btf\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const printed = /it prints\n\n```\n([\s\S]*?)```/.exec(readme)?.[1];
    const place = join(directory, 'btf');
    mkdirSync(place);
    writeFileSync(join(place, 'example.ts'), example.replaceAll('/sys/fs/bpf/flows', path));
    execFileSync('esbuild', ['--target=node22', '--outfile=example.mjs', 'example.ts'], {
      cwd: place,
      stdio: 'pipe',
    });
    const { stdout, stderr } = node(join(place, 'example.mjs'));
    expect(stderr).toBe('');
    expect(stdout.slice(0, printed?.length)).toBe(printed);
    expect(stdout).toContain('export type FlowsKey = Flow;');
    expect(stdout).toContain('export type FlowsValue = FlowState;');
  });
});
