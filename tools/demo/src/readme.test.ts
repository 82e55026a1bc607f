import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lab, type Namespace } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The JavaScript examples of the README, in order. */
const examples = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map(
  ([, code]) => code ?? '',
);

let lab: Lab;
let namespace: Namespace;
let folder: string;

beforeAll(() => {
  lab = new Lab();
  namespace = lab.namespace('lb');
  lab.connect(
    { namespace, interfaceName: 'eth0' },
    { namespace: lab.namespace('peer'), interfaceName: 'eth0' },
  );
  namespace.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
  // In the repository, so that the packages are found by their names.
  mkdirSync(join(ROOT, '.blixt'), { recursive: true });
  folder = mkdtempSync(join(ROOT, '.blixt/readme-'));
  cpSync(join(ROOT, 'apps/blixt/examples'), join(folder, 'config'), { recursive: true });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  lab.dispose();
});

/** Runs the example that imports a package. Returns what it printed. */
async function run(packageName: string): Promise<string> {
  const code = examples.find((example) => example.includes(`from '${packageName}'`));
  if (code === undefined) throw new Error(`the README has no example of ${packageName}`);
  const file = join(folder, `${packageName.replace('@blixt/', '')}.js`);
  writeFileSync(file, code.replaceAll('/sys/fs/bpf/example', lab.pinDirectory));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const example = namespace.start(process.execPath, [file], { cwd: folder });
  const { code: exitCode } = await example.ended();
  expect(exitCode, example.output).toBe(0);
  return example.output;
}

describe('the examples of the README', () => {
  it('@blixt/gateway-model prints backends, and the share of what is not there', async () => {
    const output = await run('@blixt/gateway-model');
    expect(output).toContain('192.0.2.1 80');
    expect(output).toContain("address: '10.0.0.2', port: 8080");
    expect(output).toMatch(/rejected: [1-9]/);
  });

  it('@blixt/bpf-maps prints what it stored', async () => {
    expect(await run('@blixt/bpf-maps')).toBe('2001:db8::1 180n\n');
  });

  it('@blixt/xdp-lb attaches, and prints counters', { timeout: 120_000 }, async () => {
    const output = await run('@blixt/xdp-lb');
    expect(output).toMatch(/^tcx .*veth/);
    expect(output).toContain('192.0.2.10 0');
  });

  it('@blixt/controller drives any data plane', async () => {
    expect(await run('@blixt/controller')).toBe('example serves 4\n');
  });
});
