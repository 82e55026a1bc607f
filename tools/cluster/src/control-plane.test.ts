import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { installCrds } from './crds.ts';
import { sweepStateDirectories } from './state-directory.ts';

/** The first use of kube-apiserver on a machine builds it. */
const BUILD_TIMEOUT_MS = 20 * 60_000;
const report = (line: string): boolean => process.stderr.write(`cluster: ${line}\n`);

/** Whether a process runs; a zombie does not. */
function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (pids.some(runs) && Date.now() < deadline) await sleep(20);
  expect(pids.filter(runs)).toEqual([]);
}

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane({ report });
}, BUILD_TIMEOUT_MS);

afterAll(() => cluster?.stop());

describe('a control plane', () => {
  it('serves Kubernetes at a loopback address, by a certificate that the client checks', async () => {
    const { status, body } = await cluster.request('GET', '/version');
    expect(status).toBe(200);
    expect(body).toMatchObject({ gitVersion: expect.stringMatching(/^v1\.\d+\.\d+$/) });
    expect(cluster.url).toMatch(/^https:\/\/127\./);
    expect(cluster.certificateAuthority).toContain('BEGIN CERTIFICATE');
  });

  it('refuses who has no token', async () => {
    const anonymous = {
      ...process.env,
      NODE_EXTRA_CA_CERTS: join(cluster.directory, 'certificates/apiserver.crt'),
    };
    const script = `fetch('${cluster.url}/api/v1/namespaces').then(({ status }) => console.log(status))`;
    const child = spawn(process.execPath, ['-e', script], {
      env: anonymous,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [answer] = await once(child.stdout, 'data');
    expect(Number(answer)).toBe(403);
  });

  it('writes a kubeconfig that only its owner reads', () => {
    const text = readFileSync(cluster.kubeconfigPath, 'utf8');
    expect(text).toContain(cluster.url);
    expect(text).toContain(cluster.token);
    expect(text).not.toContain('insecure');
  });

  it('runs next to another', async () => {
    await using other = await startControlPlane();
    expect(other.url).not.toBe(cluster.url);
    const made = await other.request('POST', '/api/v1/namespaces', {
      body: { metadata: { name: 'only-there' } },
    });
    expect(made.status).toBe(201);
    expect((await cluster.request('GET', '/api/v1/namespaces/only-there')).status).toBe(404);
  }, 60_000);

  it('keeps what it stores, as Kubernetes does', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const made = await cluster.request('POST', path, {
      body: { metadata: { name: 'kept' }, data: { a: '1' } },
    });
    expect(made.status).toBe(201);
    expect((await cluster.request('GET', `${path}/kept`)).body).toMatchObject({ data: { a: '1' } });
  });
});

describe('installCrds', () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.blixt.test' },
    spec: {
      group: 'blixt.test',
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
      ],
    },
  };
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'blixt-crds-'));
    writeFileSync(join(folder, 'a.yaml'), `---\n# only a comment\n---\n${JSON.stringify(crd)}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('returns when the kinds are served, also a second time', async () => {
    for (const time of [1, 2]) {
      expect(await installCrds(cluster, folder)).toEqual(['things.blixt.test']);
      const name = `thing-${time}`;
      const thing = { apiVersion: 'blixt.test/v1', kind: 'Thing', metadata: { name } };
      const made = await cluster.request('POST', '/apis/blixt.test/v1/namespaces/default/things', {
        body: thing,
      });
      expect(made.status).toBe(201);
    }
  });

  it('says what the API server refuses', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'blixt-crds-'));
    try {
      writeFileSync(
        join(broken, 'a.yaml'),
        JSON.stringify({ ...crd, spec: { ...crd.spec, scope: 'Nowhere' } }),
      );
      await expect(installCrds(cluster, broken)).rejects.toMatchObject({
        code: 'CLUSTER_INSTALL_FAILED',
        message: expect.stringMatching(/things\.blixt\.test: 422 .*Nowhere/),
      });
    } finally {
      rmSync(broken, { recursive: true, force: true });
    }
  });
});

describe('a control plane leaves nothing', () => {
  it('when it is stopped, and then says that it was', async () => {
    const other = await startControlPlane();
    const pids = Object.values(other.pids);
    expect(pids.map(runs)).toEqual([true, true]);
    await Promise.all([other.stop(), other.stop()]);
    expect(pids.map(runs)).toEqual([false, false]);
    expect(existsSync(other.directory)).toBe(false);
    await expect(other.request('GET', '/version')).rejects.toMatchObject({ code: 'CLUSTER_STOPPED' });
  }, 60_000);

  async function startIdle(): Promise<{ child: ChildProcess; directory: string; pids: number[] }> {
    const fixture = join(import.meta.dirname, 'fixtures/idle-cluster.ts');
    const child = spawn(process.execPath, [fixture], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    const { directory, pids } = JSON.parse(String(line));
    return { child, directory, pids: Object.values(pids) };
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'when its process gets %s',
    async (signal) => {
      const { child, directory, pids } = await startIdle();
      child.kill(signal);
      const [code, by] = await once(child, 'exit');
      expect([code, by]).toEqual([null, signal]);
      await untilGone(pids);
      expect(existsSync(directory)).toBe(false);
    },
    60_000,
  );

  it('when its process is killed: the daemons die with it, the next one removes the folder', async () => {
    const { child, directory, pids } = await startIdle();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await untilGone(pids);
    sweepStateDirectories();
    expect(existsSync(directory)).toBe(false);
    expect(existsSync(cluster.directory)).toBe(true);
  }, 60_000);
});

describe('a daemon that dies', () => {
  it.each(['etcd', 'kube-apiserver'])(
    '%s: is named, with its log, by failed() and by each request',
    async (name) => {
      await using other = await startControlPlane();
      const pid = other.pids[name] ?? 0;
      process.kill(pid, 'SIGKILL');
      const failure = await other.failed();
      expect(failure.code).toBe('CLUSTER_DAEMON_ENDED');
      expect(failure.message).toMatch(
        new RegExp(`^${name} ended \\(signal SIGKILL\\)\\. The end of its log:\\n.+`, 's'),
      );
    },
    60_000,
  );

  it('fails a request with what happened, not with a connection error', async () => {
    await using other = await startControlPlane();
    process.kill(other.pids['kube-apiserver'] ?? 0, 'SIGKILL');
    await other.failed();
    await expect(other.request('GET', '/version')).rejects.toMatchObject({ code: 'CLUSTER_DAEMON_ENDED' });
  }, 60_000);

  it('is told at once when it does not start, and nothing is left', async () => {
    const path = process.env.PATH;
    const fake = mkdtempSync(join(tmpdir(), 'blixt-fake-etcd-'));
    try {
      writeFileSync(join(fake, 'etcd'), '#!/bin/sh\necho no space left\nexit 3\n', { mode: 0o755 });
      process.env.PATH = `${fake}:${path}`;
      await expect(startControlPlane()).rejects.toMatchObject({
        code: 'CLUSTER_DAEMON_ENDED',
        message: 'etcd ended (exit code 3). The end of its log:\nno space left',
      });
    } finally {
      process.env.PATH = path;
      rmSync(fake, { recursive: true, force: true });
    }
  }, 60_000);
});
