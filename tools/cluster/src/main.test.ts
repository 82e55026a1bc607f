import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { kubernetesCommands } from './binaries/kubernetes-binaries.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
/** The first use on a machine builds Kubernetes. */
const BUILD_TIMEOUT_MS = 40 * 60_000;

const folder = mkdtempSync(join(tmpdir(), 'blixt-cluster-command-'));
const env = { ...process.env, BLIXT_CLUSTER_RUN: folder };

afterAll(() => {
  cluster('down');
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command with a record of its own, so that it is not that of a cluster which somebody uses. */
function cluster(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env });
}

/** Runs `up` to its end, beside others. */
async function start(): Promise<{ readonly code: unknown; readonly stdout: string }> {
  const up = spawn(process.execPath, [MAIN, 'up', '--nodes', '1'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [stdout, [code]] = await Promise.all([text(up.stdout), once(up, 'exit')]);
  return { code, stdout };
}

describe('the command', () => {
  it.each([[[]], [['fly']], [['apiserver', 'more']], [['build', '--fast']], [['up', '--nodes', '0']]])(
    'shows how it is used for %j',
    (args) => {
      const run = cluster(...args);
      expect(run.status).toBe(2);
      expect(run.stdout).toBe('');
      expect(run.stderr).toContain('Usage: cluster');
    },
  );

  it(
    'says which binaries were built',
    () => {
      const run = cluster('build');
      expect(run.status).toBe(0);
      const paths = run.stdout.trim().split('\n');
      expect(paths.map((path) => basename(path))).toEqual([...kubernetesCommands]);
      expect(paths.filter((path) => !existsSync(path))).toEqual([]);
    },
    BUILD_TIMEOUT_MS,
  );

  it.each([[['status']], [['kubectl', 'get', 'nodes']], [['load-image', 'a', 'a.tar']]])(
    'says that no cluster is up: %j',
    (args) => {
      const run = cluster(...args);
      expect(run.status).toBe(3);
      expect(run.stderr).toBe('cluster: none is up; start one with: npm run cluster -- up\n');
    },
  );

  it('starts a cluster that stays until it is taken down', () => {
    const up = cluster('up', '--nodes', '1');
    expect(up.stderr).toMatch(/starting etcd.*ready\n$/s);
    expect(up.status).toBe(0);
    const [, kubeconfig = ''] = /^kubeconfig +(.+)$/m.exec(up.stdout) ?? [];
    expect(readFileSync(kubeconfig, 'utf8')).toContain('clusters:');

    const again = cluster('up');
    expect(again.stderr).toBe('cluster: already up\n');
    expect(again.stdout).toBe(up.stdout);

    const status = cluster('status');
    expect(status.stdout).toMatch(/node\/node1 +Ready/);
    expect(status.status).toBe(0);

    expect(cluster('kubectl', 'get', 'namespace', 'default', '-o', 'name').stdout).toBe(
      'namespace/default\n',
    );
    expect(cluster('kubectl', 'get', 'namespace', 'nowhere').status).toBe(1);
    const missing = cluster('load-image', 'a', join(folder, 'missing.tar'));
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('missing.tar');

    expect(cluster('down').stderr).toBe('cluster: down\n');
    expect(existsSync(dirname(kubeconfig))).toBe(false);
    expect(cluster('status').status).toBe(3);
    expect(cluster('down').stderr).toBe('cluster: none was up\n');
  }, 120_000);

  it('takes away what a killed cluster left', () => {
    const up = cluster('up', '--nodes', '1');
    expect(up.status, up.stderr).toBe(0);
    const [, kubeconfig = ''] = /^kubeconfig +(.+)$/m.exec(up.stdout) ?? [];
    const [, node = ''] = /^node1 +nsenter --net=(.+)$/m.exec(up.stdout) ?? [];
    const { pid } = JSON.parse(readFileSync(join(folder, 'cluster.json'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    expect(existsSync(node)).toBe(true);
    while (cluster('status').status !== 3);
    expect(cluster('down').stderr).toBe('cluster: none was up\n');
    expect([node, dirname(kubeconfig)].filter((path) => existsSync(path))).toEqual([]);
  }, 120_000);

  it('is started once by two that start it at the same time', async () => {
    const starts = await Promise.all([start(), start()]);
    expect(starts.map(({ code }) => code)).toEqual([0, 0]);
    expect(starts[0]?.stdout).toMatch(/^kubeconfig +/m);
    expect(starts[1]?.stdout).toBe(starts[0]?.stdout);
    expect(cluster('down').stderr).toBe('cluster: down\n');
  }, 120_000);

  it('goes again when the one that starts it is killed before it is ready', async () => {
    const up = spawn(process.execPath, [MAIN, 'up', '--nodes', '1'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    for await (const line of createInterface({ input: up.stderr })) if (line.includes('controllers')) break;
    up.kill('SIGKILL');
    await expect
      .poll(() => readFileSync(join(folder, 'cluster.log'), 'utf8'), { timeout: 60_000 })
      .toContain('stopped before it was ready');
    expect(cluster('status').status).toBe(3);
    const again = cluster('up', '--nodes', '1');
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).not.toContain('already up');
    cluster('down');
  }, 120_000);

  it('runs an API server until Ctrl-C, and tells how to reach it', async () => {
    const child = spawn(process.execPath, [MAIN, 'apiserver'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await once(child.stdout, 'data');
    const [, kubeconfig = ''] = /^URL=https:.*\nTOKEN=.+\nKUBECONFIG=(.+)\n$/.exec(String(output)) ?? [];
    expect(existsSync(kubeconfig)).toBe(true);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(existsSync(dirname(kubeconfig))).toBe(false);
  }, 60_000);
});
