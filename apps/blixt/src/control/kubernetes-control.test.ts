import diagnosticsChannel from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlPlane, installCrds, installGatewayApi, startControlPlane } from '@blixt/cluster';
import { type DataPlane, DirectoryStatusWriter, type Logger } from '@blixt/controller';
import {
  backendRef,
  gateway,
  gatewayApiVersion,
  gatewayClass,
  httpRoute,
  httpRule,
  listener,
  listenerSet,
  type ModelObject,
  parentRef,
  service,
  tcpRoute,
  terminateTls,
  tlsSecret,
  udpRoute,
} from '@blixt/gateway-model';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { apply, pathOf, readManifests } from '../../test/cluster-objects.ts';
import { openKubernetes } from './kubernetes-control.ts';

const RBAC = join(import.meta.dirname, '../../deploy/rbac.yaml');
const manifests = readManifests(RBAC);

// At the top, where no time limit holds: the first use of kube-apiserver on a machine builds it.
const cluster: ControlPlane = await startControlPlane({
  report: (line) => process.stderr.write(`cluster: ${line}\n`),
});
await installGatewayApi(cluster, gatewayApiVersion);
await installCrds(cluster, join(import.meta.dirname, '../../../../packages/gateway-model/crds'));
await apply(cluster, ...manifests);
const directory = mkdtempSync(join(tmpdir(), 'blixt-kubernetes-'));
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await cluster.stop();
});

/** A kubeconfig with a token of the service account of the manifest. */
async function serviceAccountKubeconfig(): Promise<string> {
  const path = '/api/v1/namespaces/blixt-system/serviceaccounts/blixt/token';
  const { status, body } = await cluster.request('POST', path, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  expect(status).toBe(201);
  const config = parse(readFileSync(cluster.kubeconfigPath, 'utf8'));
  config.users[0].user = { token: (body as { status: { token: string } }).status.token };
  config.contexts[0].context.namespace = 'blixt-system';
  const file = join(directory, 'kubeconfig');
  writeFileSync(file, stringify(config));
  return file;
}

/** What is asked of the API server through undici while a test runs: `group/resource verb`. */
function watchRequests(): ReadonlySet<string> {
  const verbs = new Set<string>();
  const note = (message: unknown): void => {
    const { request } = message as { request: { origin: string; path: string; method: string } };
    if (String(request.origin) !== cluster.url) return;
    for (const verb of verbsOf(request.method, request.path)) verbs.add(verb);
  };
  diagnosticsChannel.subscribe('undici:request:create', note);
  onTestFinished(() => {
    diagnosticsChannel.unsubscribe('undici:request:create', note);
  });
  return verbs;
}

const WRITES: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

function verbsOf(method: string, target: string): string[] {
  const { pathname, searchParams } = new URL(target, 'https://server');
  const parts = pathname.split('/').slice(1);
  const group = parts[0] === 'api' ? '' : parts[1];
  const [resource, name, subresource] = parts
    .slice(parts[0] === 'api' ? 2 : 3)
    .filter(
      (part, index, all) => !(part === 'namespaces' && all.length > 2) && all[index - 1] !== 'namespaces',
    );
  const read = searchParams.has('watch') ? 'watch' : name === undefined ? 'list' : 'get';
  const path = subresource === undefined ? resource : `${resource}/${subresource}`;
  // Server-side apply, which alone forces conflicts, makes what is not there.
  const verbs = searchParams.has('force') ? ['create', 'patch'] : [WRITES[method] ?? read];
  return verbs.map((verb) => `${group}/${path} ${verb}`);
}

const granted = manifests
  .flatMap(({ rules }) => rules ?? [])
  .flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
    ),
  );

const silent: DataPlane = { apply: async () => [] };

describe('blixt on the Kubernetes API', () => {
  it('needs exactly the rights of deploy/rbac.yaml', async () => {
    const verbs = watchRequests();
    const complaints: string[] = [];
    const complain = (_: object, message: string): void => void complaints.push(message);
    const logger: Logger = { debug() {}, info() {}, warn: complain, error: complain };
    const tls = terminateTls('web-cert');
    const edge = gateway(
      {
        listeners: [
          listener('TCP', 80),
          listener('UDP', 53),
          listener('HTTP', 8080),
          listener('HTTPS', 443, { tls }),
        ],
        allowedListeners: { namespaces: { from: 'Same' } },
      },
      { name: 'edge' },
    );
    // A class whose Gateways have the nodes' addresses.
    const nodesClass = [
      {
        apiVersion: 'blixt.dev/v1alpha1',
        kind: 'BlixtParameters',
        metadata: { name: 'nodes' },
        spec: { addresses: { provider: 'Node' } },
      },
      {
        ...gatewayClass(),
        metadata: { name: 'nodes' },
        spec: {
          ...gatewayClass().spec,
          parametersRef: { group: 'blixt.dev', kind: 'BlixtParameters', name: 'nodes' },
        },
      },
      gateway({ gatewayClassName: 'nodes', listeners: [listener('TCP', 80)] }, { name: 'nodes' }),
    ];
    const parentRefs = [parentRef('edge')];
    const backendRefs = [backendRef('web', 80)];
    const objects = [
      gatewayClass(),
      ...nodesClass,
      edge,
      listenerSet({ parentRef: { name: 'edge' }, listeners: [listener('TCP', 81)] }, { name: 'more' }),
      tcpRoute({ parentRefs, backendRefs }, { name: 'tcp' }),
      udpRoute({ parentRefs, backendRefs }, { name: 'udp' }),
      httpRoute({ parentRefs, rules: [httpRule(backendRefs)] }, { name: 'http' }),
      service('web', [80]),
      tlsSecret('web-cert', { certificate: 'none', key: 'none' }),
    ];
    await apply(cluster, ...objects);
    const control = await openKubernetes({
      kubeconfig: await serviceAccountKubeconfig(),
      pool: ['192.0.2.0/24'],
      node: 'worker-1',
      links: () => ['192.0.2.11/24'],
      logger,
    });
    onTestFinished(() => control.stop());
    const statuses = await DirectoryStatusWriter.open(join(directory, 'status'));
    expect(await control.start(silent, statuses)).toBe(2);
    const owners = objects.filter(({ kind }) => !['Service', 'Secret', 'BlixtParameters'].includes(kind));
    await expect
      .poll(
        async () => {
          const stored = await Promise.all(
            owners.map(async (object) => (await cluster.request('GET', pathOf(object))).body),
          );
          return stored.filter((it) => JSON.stringify(it).includes('"observedGeneration":1')).length;
        },
        { timeout: 20_000 },
      )
      .toBe(owners.length);
    // What was made for a Gateway goes with it.
    const isThere = async (object: ModelObject): Promise<boolean> =>
      (await cluster.request('GET', pathOf(object))).status === 200;
    const made = service('edge-blixt', []);
    await expect.poll(() => isThere(made), { timeout: 20_000 }).toBe(true);
    await cluster.request('DELETE', pathOf(edge));
    await expect.poll(() => isThere(made), { timeout: 20_000 }).toBe(false);
    // The Lease is renewed every two seconds.
    await sleep(3_000);
    const nodeLease = '/apis/coordination.k8s.io/v1/namespaces/blixt-system/leases/blixt-node-worker-1';
    expect((await cluster.request('GET', nodeLease)).body).toMatchObject({
      metadata: { annotations: { 'blixt.dev/links': '192.0.2.11/24' } },
      spec: { holderIdentity: 'worker-1' },
    });
    await control.stop();
    expect((await cluster.request('GET', nodeLease)).status).toBe(404);
    expect([...verbs].sort()).toEqual([...new Set(granted)].sort());
    expect(complaints).toEqual([]);
    const lease = '/apis/coordination.k8s.io/v1/namespaces/blixt-system/leases/blixt';
    expect((await cluster.request('GET', lease)).body).toMatchObject({ spec: { holderIdentity: '' } });
  });
});
