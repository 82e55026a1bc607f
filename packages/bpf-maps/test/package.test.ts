import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  it('has the addon in its tarball, no sources, and nothing that runs at installation', () => {
    const output = execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: root, encoding: 'utf8' });
    const parsed: unknown = JSON.parse(output);
    const text = JSON.stringify(parsed);
    for (const file of ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'package.json']) {
      expect(text).toContain(`"path":"${file}"`);
    }
    expect(text).toContain(`"path":"prebuilds/bpf-maps-linux-${process.arch}/node-napi-v8.node"`);
    expect(text).not.toMatch(/"path":"(src|native|test|build)\//);
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(Object.keys(scripts)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/install|prepare/)]),
    );
  });

  it('loads the addon that it ships', () => {
    for (const part of ['dist', 'prebuilds'])
      cpSync(join(root, part), join(directory, 'shipped', part), { recursive: true });
    writeFileSync(
      join(directory, 'shipped', 'use.mjs'),
      `import { BpfMap, u32 } from './dist/index.js';
       const map = BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 1 });
       map.set(1, 2);
       console.log(map.get(1));`,
    );
    expect(node(join(directory, 'shipped', 'use.mjs')).stdout).toBe('2\n');
  });

  it('is imported where there is no addon, and says so when it is used', () => {
    cpSync(join(root, 'dist'), join(directory, 'bare', 'dist'), { recursive: true });
    writeFileSync(
      join(directory, 'bare', 'use.mjs'),
      `import { BpfMap, u32, possibleCpus } from './dist/index.js';
       console.log(u32.size);
       const uses = [() => BpfMap.create({ type: 'hash', key: u32, value: u32, maxEntries: 1 }), possibleCpus];
       for (const use of uses) try { use(); } catch (error) { console.log(error.name, error.code, error.message); }`,
    );
    const lines = node(join(directory, 'bare', 'use.mjs'))
      .stdout.trim()
      .split('\n');
    expect(lines[0]).toBe('4');
    expect(lines).toHaveLength(3);
    for (const line of lines.slice(1)) {
      expect(line).toContain(
        `BpfUsageError ERR_BPF_PLATFORM @blixt/bpf-maps has no native addon for linux-${process.arch}`,
      );
    }
  });

  it('says on another system that maps are a matter of Linux', () => {
    cpSync(join(root, 'dist'), join(directory, 'other', 'dist'), { recursive: true });
    writeFileSync(
      join(directory, 'other', 'use.mjs'),
      `Object.defineProperty(process, 'platform', { value: 'darwin' });
       const { BpfMap, u32 } = await import('./dist/index.js');
       try { BpfMap.openById(1, { key: u32, value: u32 }); } catch (error) { console.log(error.code, error.message); }`,
    );
    expect(node(join(directory, 'other', 'use.mjs')).stdout).toContain(
      'ERR_BPF_PLATFORM BPF maps are a feature of the Linux kernel',
    );
  });
});
