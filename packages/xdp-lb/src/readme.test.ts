import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Lab } from '@blixt/lab';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pinsOf } from '../test/support/instance.ts';
import { detachInstance } from './index.ts';

let lab: Lab;

beforeAll(() => {
  lab = new Lab();
});

afterAll(() => lab.dispose());

it('the example of the README runs, and leaves the data plane running', () => {
  const readme = readFileSync(join(dirname(import.meta.dirname), 'README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(example).toContain('/sys/fs/bpf/example');
  const script = example
    .replace('/sys/fs/bpf/example', lab.pinDirectory)
    .replace("'@blixt/xdp-lb'", JSON.stringify(new URL('./index.ts', import.meta.url).href));

  const node = lab.namespace('node');
  node.setSysctls({ 'net.ipv4.ip_forward': 1 });
  lab.connect(
    { namespace: node, interfaceName: 'eth0' },
    { namespace: lab.namespace('host'), interfaceName: 'eth0' },
  );
  node.addAddress('eth0', '10.0.0.1/24');
  const { stdout } = node.run(process.execPath, ['--input-type=module-typescript', '-'], script);
  expect(stdout).toContain('{ added: 1, changed: 0, removed: 0, unchanged: 0 }');
  expect(stdout).toContain("address: '10.0.0.4'");
  expect(pinsOf(lab.pinDirectory)).toContain('maps/conntrack');
  expect(detachInstance(lab.pinDirectory).length).toBeGreaterThan(10);
  expect(pinsOf(lab.pinDirectory)).toEqual([]);
});
