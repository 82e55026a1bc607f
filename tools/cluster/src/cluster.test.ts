import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTimeOf } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiClient, isSuccess } from './api-client.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { writeImage } from './images/image-archive.ts';
import { mountsBelow } from './mounts.ts';

/** The first use on a machine builds Kubernetes. */
const BUILD_TIMEOUT_MS = 40 * 60_000;
const IMAGE = 'cluster.test/hello:1';

let cluster: Cluster;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'blixt-cluster-test-'));
  cluster = await startCluster({ report: (line) => process.stderr.write(`cluster: ${line}\n`) });
  const source = join(import.meta.dirname, 'fixtures', 'hello.c');
  const program = join(folder, 'hello');
  execFileSync('gcc', ['-static', '-Os', '-o', program, source]);
  const archive = join(folder, 'hello.tar');
  writeImage({ name: IMAGE, files: { hello: program }, entrypoint: ['/hello'] }, archive);
  await cluster.loadImage(archive);
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function create(path: string, body: object): Promise<void> {
  const answer = await cluster.control.request('POST', path, { body });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 });
}

/** Asks until the answer has what is expected. */
function eventually(path: string, expected: object): Promise<unknown> {
  return vi.waitFor(
    async () => {
      const { body } = await cluster.control.request('GET', path);
      expect(body).toMatchObject(expected);
      return body;
    },
    { timeout: 60_000, interval: 100 },
  );
}

/** What a host of a namespace reads from a TCP server, once that answers. */
function ask(namespacePath: string, address: string, port: number): Promise<string> {
  const script = `require('net').connect(${port}, '${address}').setTimeout(5000, () => process.exit(1)).pipe(process.stdout)`;
  const args = [`--net=${namespacePath}`, process.execPath, '-e', script];
  return vi.waitFor(() => execFileSync('nsenter', args, { encoding: 'utf8', stdio: 'pipe' }), {
    timeout: 30_000,
    interval: 100,
  });
}

const pod = (name: string, node: string): object => ({
  metadata: { name, labels: { app: 'hello' } },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'hello', image: IMAGE, imagePullPolicy: 'Never' }],
  },
});

/** The addresses of a pod, one of each family. */
function addressesOf(body: unknown): string[] {
  const [, list = ''] = /"podIPs":\[([^\]]*)\]/.exec(JSON.stringify(body)) ?? [];
  return [...list.matchAll(/"ip":"([^"]+)"/g)].map(([, ip = '']) => ip);
}

describe('a cluster', () => {
  it('has nodes that are ready, with an address of each family', async () => {
    const { body } = await cluster.control.request('GET', '/api/v1/nodes');
    expect(body).toMatchObject({
      items: cluster.nodes.map(({ name, site: { address } }) => ({
        metadata: { name },
        status: {
          addresses: expect.arrayContaining([
            { type: 'InternalIP', address: address.ipv4 },
            { type: 'InternalIP', address: address.ipv6 },
          ]),
        },
      })),
    });
  });

  it('runs pods on every node, which reach those of the others by IPv4 and IPv6', async () => {
    const [first, second] = cluster.nodes;
    if (first === undefined || second === undefined) throw new Error('two nodes were asked for');
    for (const node of [first, second]) {
      await create('/api/v1/namespaces/default/pods', pod(`on-${node.name}`, node.name));
    }
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      const path = `/api/v1/namespaces/default/pods/on-${to.name}`;
      const body = await eventually(path, { status: { phase: 'Running' } });
      const addresses = addressesOf(body);
      expect(addresses.map((address) => address.includes(':'))).toEqual([false, true]);
      for (const address of addresses)
        expect(await ask(from.site.namespace.path, address, 8080)).toBe(`on-${to.name}`);
    }
  }, 90_000);

  it('serves Services: endpoints are found, and their address answers in every node', async () => {
    const spec = {
      selector: { app: 'hello' },
      ipFamilyPolicy: 'RequireDualStack',
      ports: [{ port: 80, targetPort: 8080 }],
    };
    await create('/api/v1/namespaces/default/services', { metadata: { name: 'hello' }, spec });
    const slices =
      '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=hello';
    const ready = { endpoints: [{ conditions: { ready: true } }, { conditions: { ready: true } }] };
    await eventually(slices, { items: [ready, ready] });
    const { body } = await cluster.control.request('GET', '/api/v1/namespaces/default/services/hello');
    expect(body).toMatchObject({ spec: { clusterIPs: [expect.any(String), expect.stringContaining(':')] } });
    const [ipv4 = '', ipv6 = ''] = [
      ...(/"clusterIPs":\["([^"]+)","([^"]+)"\]/.exec(JSON.stringify(body)) ?? []),
    ].slice(1);
    // kube-proxy has written its rules when it answers.
    for (const { site } of cluster.nodes) {
      for (const address of [ipv4, ipv6]) {
        expect(await ask(site.namespace.path, address, 80)).toMatch(/^on-node/);
      }
    }
  }, 90_000);

  it('lets a service account do what a role allows, by a token that the API server signs', async () => {
    await create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'reader' } });
    const token = '/api/v1/namespaces/default/serviceaccounts/reader/token';
    const made = await cluster.control.request('POST', token, { body: { spec: { expirationSeconds: 600 } } });
    expect(made).toMatchObject({ status: 201, body: { status: { token: expect.any(String) } } });
    const [, text = ''] = /"token":"([^"]+)"/.exec(JSON.stringify(made.body)) ?? [];
    const { url, certificateAuthority } = cluster.control;
    const reader = new ApiClient({ url, certificateAuthority, token: text });
    try {
      expect((await reader.request('GET', '/api/v1/namespaces/default/pods')).status).toBe(403);
      const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
      await create(`${rbac}/rolebindings`, {
        metadata: { name: 'reader' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }],
      });
      const deadline = Date.now() + 10_000;
      let answer = await reader.request('GET', '/api/v1/namespaces/default/pods');
      while (!isSuccess(answer) && Date.now() < deadline) {
        await sleep(50);
        answer = await reader.request('GET', '/api/v1/namespaces/default/pods');
      }
      expect(answer.status).toBe(200);
      expect((await reader.request('GET', '/api/v1/namespaces/default/secrets')).status).toBe(403);
    } finally {
      reader.close();
    }
  }, 30_000);

  it('leaves nothing when it is stopped: no pod, namespace, mount, cgroup or file', async () => {
    const { directory } = cluster.control;
    const namespaces = cluster.nodes.map(({ site }) => site.namespace.path);
    const cgroup = basename(directory);
    const { ipv4 } = cluster.network.address;
    const [uplink = ''] =
      Object.entries(networkInterfaces()).find(([, all]) => all?.some(({ address }) => address === ipv4)) ??
      [];
    expect(uplink).toMatch(/^blixtcluster/);
    const pods = execFileSync('pgrep', ['-f', '^/hello$'], { encoding: 'utf8' }).trim().split('\n');
    expect(pods.length).toBeGreaterThanOrEqual(2);
    await cluster.stop();
    expect(pods.filter((pid) => startTimeOf(Number(pid)) !== undefined)).toEqual([]);
    expect([directory, ...namespaces].filter((path) => existsSync(path))).toEqual([]);
    expect(mountsBelow(directory)).toEqual([]);
    expect(
      readdirSync('/sys/fs/cgroup').filter((name) => existsSync(`/sys/fs/cgroup/${name}/${cgroup}`)),
    ).toEqual([]);
    expect(networkInterfaces()).not.toHaveProperty(uplink);
  }, 30_000);
});
