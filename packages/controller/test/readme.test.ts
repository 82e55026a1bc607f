import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';
import { clusterForTests } from './kubernetes/cluster-for-tests.ts';
import { GatewayWorld, gatewayAt, smallWorld } from './kubernetes/gateway-world.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const PACKAGE = join(import.meta.dirname, '..');
const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
const cluster = await clusterForTests();

/** Runs the example below a heading, in a folder of its own; what it printed is in `output`. */
function run(heading: string, directory: string, env: Record<string, string> = {}) {
  const section = readme.slice(readme.indexOf(`\n## ${heading}\n`));
  const example = /```ts\n(.*?)```/s.exec(section)?.[1] ?? '';
  mkdirSync(join(directory, 'node_modules/@blixt'), { recursive: true });
  symlinkSync(PACKAGE, join(directory, 'node_modules/@blixt/controller'));
  writeFileSync(join(directory, 'example.ts'), example);
  const child: ChildProcess = spawn(process.execPath, ['example.ts'], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const printed = { output: '' };
  child.stdout?.on('data', (chunk) => {
    printed.output += String(chunk);
  });
  return printed;
}

describe('README', () => {
  it('has an example that runs on the example configuration', async () => {
    const directory = temporaryDirectory();
    cpSync(join(PACKAGE, '../../apps/blixt/examples'), join(directory, 'config'), { recursive: true });
    const printed = run('Example', directory);
    await eventually(() => {
      expect(printed.output).toContain("load { namespace: 'default', name: 'example' }");
      expect(readdirSync(join(directory, 'status'))).toHaveLength(4);
    });
  });

  it('shows the example of a controller of another kind as it is', () => {
    const example = readFileSync(join(PACKAGE, 'examples/quota-controller.ts'), 'utf8');
    expect(readme).toContain(`\n\`\`\`ts\n${example}\`\`\`\n`);
  });

  it('has an example that runs on a cluster', async () => {
    const world = await GatewayWorld.withCrds(cluster);
    await world.apply(...smallWorld());
    const printed = run('On a cluster', temporaryDirectory(), { KUBECONFIG: cluster.kubeconfigPath });
    await eventually(async () => {
      expect(printed.output).toContain("load { namespace: 'default', name: 'edge' }");
      expect((await world.get(gatewayAt('edge'))).status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Programmed', status: 'True', observedGeneration: 1 }),
      );
    }, 30_000);
  });

  it('has an example of a node that answers for addresses', async () => {
    await cluster.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'blixt-system' } } });
    const environment = { KUBECONFIG: cluster.kubeconfigPath };
    const printed = run('Nodes that share addresses', temporaryDirectory(), environment);
    await eventually(() => expect(printed.output).toContain('192.0.2.77 is ours: true'));
  });
});
