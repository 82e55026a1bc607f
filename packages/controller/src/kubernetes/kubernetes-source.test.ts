import { setTimeout as sleep } from 'node:timers/promises';
import { installGatewayApi } from '@blixt/cluster';
import {
  certificateRef,
  gateway,
  gatewayApiVersion,
  gatewayClass,
  listener,
  type ModelObject,
  namespace,
  terminateTls,
  tlsSecret,
} from '@blixt/gateway-model';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { keyPair } from '../../test/certificate.ts';
import { eventually } from '../../test/eventually.ts';
import { clusterForTests } from '../../test/kubernetes/cluster-for-tests.ts';
import {
  backend,
  GatewayWorld,
  gatewayAt,
  routeTo,
  smallWorld,
} from '../../test/kubernetes/gateway-world.ts';
import { ServiceAccounts } from '../../test/kubernetes/service-accounts.ts';
import { TcpProxy } from '../../test/kubernetes/tcp-proxy.ts';
import { clientOf } from '../../test/kubernetes/test-server.ts';
import { RecordingLogger } from '../../test/recording-logger.ts';
import { keyOf } from '../object.ts';
import type { ApiClient } from './api-client.ts';
import { KubernetesSource } from './kubernetes-source.ts';

const cluster = await clusterForTests();
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const QUICK = { baseMs: 20, maxMs: 200 };

/** A source whose events are kept: by key what there is, and in order what came. */
function setUp(client: ApiClient) {
  const logger = new RecordingLogger();
  const source = new KubernetesSource({ client, logger, backoff: QUICK });
  const objects = new Map<string, ModelObject>();
  const log: string[] = [];
  /** Keys of those that came as what a write made of them. */
  const own: string[] = [];
  let releases = 0;
  const start = (): Promise<void> =>
    source.start(
      (events) => {
        for (const { type, object, isOwnWrite } of events) {
          const key = keyOf(object);
          if (isOwnWrite === true) own.push(key);
          log.push(`${type} ${key}`);
          if (type === 'upsert') objects.set(key, object);
          else objects.delete(key);
        }
      },
      () => {
        releases += 1;
      },
    );
  onTestFinished(() => source.stop());
  return { source, objects, log, own, logger, start, releases: () => releases };
}

function adminClient(server?: string): ApiClient {
  const client = clientOf(cluster, server);
  onTestFinished(() => client.close());
  return client;
}

const keysOf = (objects: ReadonlyMap<string, ModelObject>, kind: string): string[] =>
  [...objects.keys()].filter((key) => key.startsWith(`${kind}/`)).sort();

describe('a source before the CRDs are installed', () => {
  it('waits for Gateways and GatewayClasses, says each once, and starts when they come', async () => {
    const { source, start, logger, objects } = setUp(adminClient());
    const started = start();
    started.catch(() => undefined);
    await eventually(() => {
      expect(source.states.get('gateways.gateway.networking.k8s.io')?.phase).toBe('missing');
      expect(source.states.get('udproutes.gateway.networking.k8s.io')?.phase).toBe('missing');
    });
    await sleep(500);
    expect(source.synced).toBe(false);
    const missing = logger.messages('warn').sort();
    expect(missing, missing.join('\n')).toHaveLength(8);
    expect(missing).toContain(
      'the API server does not serve gateways.gateway.networking.k8s.io: install its CustomResourceDefinition; waiting for it',
    );
    const world = await GatewayWorld.withCrds(cluster);
    await world.apply(gatewayClass());
    const took = await eventually(() => expect(source.synced).toBe(true), 10_000);
    await started;
    // The CRDs are seen, so that nobody waits for the next look.
    expect(took).toBeLessThan(4_000);
    await eventually(() => expect(objects.has('GatewayClass//blixt')).toBe(true));
    expect(logger.messages('warn')).toHaveLength(8);
    await world.clear();
  });
});

describe('a source of a cluster with Gateway API', () => {
  let world: GatewayWorld;

  beforeAll(async () => {
    world = await GatewayWorld.withCrds(cluster);
  }, 60_000);

  afterEach(() => world.clear());

  it('has delivered everything when its start resolves, cut down to what is read', async () => {
    await world.apply(namespace('labelled', { team: 'a' }), ...smallWorld());
    const { source, start, objects, log } = setUp(adminClient());
    expect(source.synced).toBe(false);
    await start();
    expect(source.synced).toBe(true);
    expect([...objects.keys()].filter((key) => !key.startsWith('Namespace/')).sort()).toEqual([
      'EndpointSlice/default/web-ipv4',
      'Gateway/default/edge',
      'GatewayClass//blixt',
      'Service/default/kubernetes',
      'Service/default/web',
      'TCPRoute/default/web',
    ]);
    expect(objects.get('EndpointSlice/default/web-ipv4')).toEqual({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        namespace: 'default',
        name: 'web-ipv4',
        uid: expect.any(String),
        labels: { 'kubernetes.io/service-name': 'web' },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions: {} }],
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    });
    expect(objects.get('Namespace//labelled')).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'labelled',
        uid: expect.any(String),
        labels: { team: 'a', 'kubernetes.io/metadata.name': 'labelled' },
      },
    });
    expect(JSON.stringify([...objects.values()])).not.toContain('managedFields');
    expect(new Set(log).size).toBe(log.length);
  });

  it('keeps EndpointSlices of Services that a route names, and delivers a route with them', async () => {
    await world.apply(...smallWorld(), ...backend('other', '10.0.0.2', '10.0.0.3'));
    const { start, objects, log } = setUp(adminClient());
    await start();
    expect(keysOf(objects, 'EndpointSlice')).toEqual(['EndpointSlice/default/web-ipv4']);
    const route = routeTo('second', 'edge', 'web', 'other');
    log.length = 0;
    await world.apply(route);
    await eventually(() => expect(log).toContain('upsert TCPRoute/default/second'));
    expect(log).toEqual(['upsert EndpointSlice/default/other-ipv4', 'upsert TCPRoute/default/second']);
    await world.apply(...backend('other', '10.0.0.9'));
    await eventually(() =>
      expect(objects.get('EndpointSlice/default/other-ipv4')).toMatchObject({
        endpoints: [{ addresses: ['10.0.0.9'] }],
      }),
    );
    await world.delete(route);
    await eventually(() =>
      expect(keysOf(objects, 'EndpointSlice')).toEqual(['EndpointSlice/default/web-ipv4']),
    );
  });

  it('reads what many new routes name with few requests', async () => {
    await world.apply(gatewayClass(), gatewayAt('edge', '192.0.2.1'));
    const names = Array.from({ length: 30 }, (_, index) => `many-${index}`);
    for (const name of names) await world.apply(...backend(name, '10.0.0.1'));
    const { start, objects, log } = setUp(adminClient());
    await start();
    await Promise.all(names.map((name) => world.apply(routeTo(name, 'edge', name))));
    await eventually(() => expect(keysOf(objects, 'TCPRoute')).toHaveLength(names.length));
    for (const name of names) {
      const slice = log.indexOf(`upsert EndpointSlice/default/${name}-ipv4`);
      expect(slice).toBeGreaterThanOrEqual(0);
      expect(slice).toBeLessThan(log.indexOf(`upsert TCPRoute/default/${name}`));
    }
  });

  it('watches only the Secrets that a listener of ours names, and delivers a Gateway with them', async () => {
    const pair = keyPair();
    const secret = (name: string) => tlsSecret(name, { certificate: pair.certificate, key: pair.key });
    const https = (name: string, certificate: string, className = 'blixt') =>
      gateway(
        {
          gatewayClassName: className,
          listeners: [listener('HTTPS', 443, { tls: terminateTls(certificateRef(certificate)) })],
        },
        { name },
      );
    await world.apply(
      gatewayClass(),
      gatewayClass({ controllerName: 'example.com/other' }, { name: 'other' }),
      ...['ours', 'theirs', 'later', 'nobodys'].map(secret),
      https('edge', 'ours'),
      https('foreign', 'theirs', 'other'),
      https('lost', 'missing'),
    );
    const { start, objects, log } = setUp(adminClient());
    await start();
    expect(keysOf(objects, 'Secret')).toEqual(['Secret/default/ours']);
    log.length = 0;
    await world.apply(https('second', 'later'));
    await eventually(() => expect(log).toContain('upsert Gateway/default/second'));
    expect(log).toEqual(['upsert Secret/default/later', 'upsert Gateway/default/second']);
    await world.apply(secret('missing'));
    await eventually(() => expect(objects.has('Secret/default/missing')).toBe(true));
    await world.apply(https('edge', 'later'));
    await eventually(() => expect(objects.has('Secret/default/ours')).toBe(false));
    expect(keysOf(objects, 'Secret')).toEqual(['Secret/default/later', 'Secret/default/missing']);
  });

  it('goes on without a Secret that it may not read, and says so', async () => {
    const accounts = new ServiceAccounts(cluster);
    const client = await accounts.client('no-secrets', [
      {
        apiGroups: ['*'],
        resources: [
          'gateways',
          'gatewayclasses',
          'listenersets',
          'tcproutes',
          'udproutes',
          'httproutes',
          'referencegrants',
          'blixtparameters',
          'services',
          'namespaces',
          'endpointslices',
          'customresourcedefinitions',
        ],
        verbs: ['list', 'watch'],
      },
    ]);
    onTestFinished(() => client.close());
    await world.apply(
      gatewayClass(),
      gateway({ listeners: [listener('HTTPS', 443, { tls: terminateTls('closed') })] }, { name: 'edge' }),
    );
    const { start, logger, objects } = setUp(client);
    await start();
    expect(objects.has('Gateway/default/edge')).toBe(true);
    expect(logger.messages('warn').join()).toMatch(/cannot list resource \\?"secrets\\?" in API group/);
  });

  it('waits for rights that it lacks, and names the verb, the resource and the rule to add, once', async () => {
    const accounts = new ServiceAccounts(cluster);
    const client = await accounts.client('half', [
      { apiGroups: ['*'], resources: ['gateways', 'gatewayclasses'], verbs: ['list', 'watch'] },
    ]);
    onTestFinished(() => client.close());
    const { source, start, logger } = setUp(client);
    const started = start();
    started.catch(() => undefined);
    await sleep(1_500);
    expect(source.synced).toBe(false);
    const warnings = logger.messages('warn').filter((message) => message.includes('"tcproutes"'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(
      'User "system:serviceaccount:default:half" cannot list resource "tcproutes" in API group "gateway.networking.k8s.io" at the cluster scope; add to a ClusterRole of this user: {"apiGroups":["gateway.networking.k8s.io"],"resources":["tcproutes"],"verbs":["list"]}',
    );
    await source.stop();
    await expect(started).rejects.toMatchObject({ code: 'ERR_API_CLOSED' });
  });

  it('says once that the API server cannot be reached, and brings what happened meanwhile', async () => {
    await using proxy = await TcpProxy.to(cluster.url);
    await world.apply(...smallWorld());
    const { start, logger, objects } = setUp(adminClient(proxy.url));
    await start();
    for (let flap = 0; flap < 10; flap += 1) {
      proxy.cut();
      await sleep(50);
    }
    expect(logger.messages('warn')).toEqual([]);
    proxy.refuse();
    await world.apply(gatewayAt('second', '192.0.2.2'));
    await eventually(() => expect(logger.messages('warn')).toHaveLength(1));
    await sleep(1_000);
    expect(logger.messages('warn')).toEqual([
      expect.stringMatching(
        /^the API server https:\S+ cannot be used and is tried again; what is loaded stays/,
      ),
    ]);
    expect(keysOf(objects, 'TCPRoute')).toHaveLength(1);
    proxy.accept();
    await eventually(() => expect(objects.has('Gateway/default/second')).toBe(true));
    await eventually(() =>
      expect(logger.messages('info')).toEqual([expect.stringContaining('can be reached again')]),
    );
  });

  it('tells the release of the CRDs, and when it is another', async () => {
    const { source, start, releases } = setUp(adminClient());
    await start();
    expect(new Set(source.bundleVersions)).toEqual(new Set([gatewayApiVersion]));
    const crd = `${CRDS}/grpcroutes.gateway.networking.k8s.io`;
    const annotate = (version: string | null) =>
      cluster.request('PATCH', crd, {
        body: { metadata: { annotations: { 'gateway.networking.k8s.io/bundle-version': version } } },
        contentType: 'application/merge-patch+json',
      });
    expect((await annotate('v1.9.0')).status).toBe(200);
    await eventually(() => expect(source.bundleVersions).toContain('v1.9.0'));
    expect(releases()).toBe(1);
    await annotate(gatewayApiVersion);
  });

  it('takes away the objects of a CRD that is deleted, and takes them up again', async () => {
    await world.apply(...smallWorld());
    const { start, objects, logger } = setUp(adminClient());
    await start();
    const crd = `${CRDS}/tcproutes.gateway.networking.k8s.io`;
    await cluster.request('DELETE', crd);
    await eventually(() => expect(keysOf(objects, 'TCPRoute')).toEqual([]), 15_000);
    expect(keysOf(objects, 'Gateway')).toHaveLength(1);
    // Until it is gone, it would be changed and not made anew.
    await expect.poll(async () => (await cluster.request('GET', crd)).status, { timeout: 15_000 }).toBe(404);
    const told = (): number => logger.messages('warn').filter((it) => it.includes('does not serve')).length;
    await eventually(() => expect(told()).toBe(1), 15_000);
    await installGatewayApi(cluster, gatewayApiVersion);
    await world.apply(routeTo('web', 'edge', 'web'));
    await eventually(() => expect(keysOf(objects, 'TCPRoute')).toHaveLength(1), 15_000);
    expect(told()).toBe(1);
  });

  it('takes answers to writes before the watch brings them, and no older version afterwards', async () => {
    await world.apply(...smallWorld());
    const { source, start, objects, log, own } = setUp(adminClient());
    await start();
    expect(own).toEqual([]);
    const stored = await world.get(gatewayAt('edge'));
    const newer = {
      ...stored,
      metadata: {
        ...stored.metadata,
        resourceVersion: `${Number(stored.metadata.resourceVersion) + 1_000_000}`,
      },
    };
    source.offer('Gateway', newer);
    expect(objects.get('Gateway/default/edge')?.metadata.resourceVersion).toBe(
      newer.metadata.resourceVersion,
    );
    expect(own).toEqual(['Gateway/default/edge']);
    log.length = 0;
    source.offer('Gateway', stored);
    source.offer('Gateway', { ...newer, metadata: { ...newer.metadata, name: 'unknown' } });
    expect(log).toEqual([]);
  });
});
