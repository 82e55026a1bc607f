/** The Service of a Gateway, on a real API server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Gateway, gateway, gatewayClass, listener, service } from '@blixt/gateway-model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatewayServiceName } from '../../src/kubernetes/infrastructure/service-name.ts';
import { eventually } from '../eventually.ts';
import { clusterForTests } from './cluster-for-tests.ts';
import { GatewayWorld, gatewayAt, pathOf } from './gateway-world.ts';
import { type KubernetesControllerSettings, kubernetesController } from './kubernetes-controller.ts';
import { classWithParameters, parameters } from './parameters.ts';
import { ServiceAccounts } from './service-accounts.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { clientOf } from './test-server.ts';

const POOL = ['192.0.2.0/28', '2001:db8::/124'];

const cluster = await clusterForTests();
const world = await GatewayWorld.withCrds(cluster);
const accounts = new ServiceAccounts(cluster);

beforeEach(() => world.apply(gatewayClass()));
afterEach(async () => {
  await world.clear();
  for (const path of ['/api/v1/namespaces/default/services', SLICES]) await cluster.request('DELETE', path);
});

const SLICES = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const MERGE_PATCH = 'application/merge-patch+json';

/** What a test reads of a Service or an EndpointSlice. */
interface Stored {
  readonly code?: number;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly spec?: { readonly ports?: readonly { readonly port: number }[] };
  readonly endpoints?: readonly { readonly addresses: readonly string[] }[];
}

const serviceOf = ({ metadata }: Gateway): string => pathOf(service(gatewayServiceName(metadata.name), []));

async function read(path: string): Promise<Stored> {
  return (await cluster.request('GET', path)).body as Stored;
}

async function slices(): Promise<Record<string, string[]>> {
  const { items } = (await cluster.request('GET', SLICES)).body as { items: Stored[] };
  return Object.fromEntries(
    items.map(({ metadata, endpoints }) => [metadata.name, (endpoints ?? []).flatMap((it) => it.addresses)]),
  );
}

/** Changes fields of a Service, not through what is tested. */
async function edit(path: string, body: object): Promise<void> {
  const { status } = await cluster.request('PATCH', path, { body, contentType: MERGE_PATCH });
  expect(status).toBe(200);
}

const isGone = (path: string): Promise<number> =>
  eventually(async () => expect(await read(path)).toMatchObject({ code: 404 }));

/** A controller that makes Services. */
const making = (settings: KubernetesControllerSettings = {}) =>
  kubernetesController(cluster, { pool: POOL, services: {}, ...settings });

/** A Gateway with a Service, and the controller that made it. */
async function madeFor(subject: Gateway) {
  const instance = making();
  await world.apply(subject);
  await instance.start();
  const path = serviceOf(subject);
  await eventually(async () => expect(await read(path)).toMatchObject({ kind: 'Service' }));
  await instance.settled();
  return { ...instance, path };
}

describe('the Service of a Gateway', () => {
  it('is headless, and leads to the addresses of the Gateway, as they are now', async () => {
    const { path } = await madeFor(gatewayAt('edge'));
    expect(await read(path)).toMatchObject({
      metadata: { labels: { 'gateway.networking.k8s.io/gateway-name': 'edge' } },
      spec: { clusterIP: 'None', ports: [{ name: 'tcp-80', port: 80, protocol: 'TCP' }] },
    });
    await eventually(async () =>
      expect(await slices()).toEqual({
        'edge-blixt-ipv4': ['192.0.2.1'],
        'edge-blixt-ipv6': ['2001:db8::1'],
      }),
    );
    await world.apply(
      gateway(
        {
          listeners: [listener('TCP', 80), listener('UDP', 53)],
          addresses: [{ type: 'IPAddress', value: '192.0.2.9' }],
        },
        { name: 'edge' },
      ),
    );
    await eventually(async () => {
      expect((await read(path)).spec?.ports?.map(({ port }) => port)).toEqual([53, 80]);
      expect(await slices()).toEqual({ 'edge-blixt-ipv4': ['192.0.2.9'] });
    });
  });

  it('exists for a Gateway whose name is longer than a Service’s may be', async () => {
    const { path } = await madeFor(gatewayAt('g.'.repeat(126) + 1));
    expect((await read(path)).metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'blixt' });
  });

  it('carries the labels and annotations of spec.infrastructure, and drops them with it', async () => {
    const withMetadata = (infrastructure: Gateway['spec']['infrastructure']): Gateway =>
      gateway(
        { listeners: [listener('TCP', 80)], ...(infrastructure && { infrastructure }) },
        { name: 'edge' },
      );
    const { path } = await madeFor(
      withMetadata({ labels: { team: 'a', tier: 'front' }, annotations: { 'example.com/x': 'y' } }),
    );
    expect((await read(path)).metadata).toMatchObject({
      labels: { team: 'a', tier: 'front' },
      annotations: { 'example.com/x': 'y' },
    });
    // Somebody else has an opinion, too.
    await edit(path, { metadata: { labels: { theirs: 'yes' }, annotations: { 'example.org/z': 'w' } } });
    await world.apply(withMetadata({ labels: { team: 'b' } }));
    await eventually(async () => expect((await read(path)).metadata.labels?.team).toBe('b'));
    const { labels, annotations } = (await read(path)).metadata;
    expect(labels).not.toHaveProperty('tier');
    expect(labels).toHaveProperty('theirs', 'yes');
    expect(annotations).not.toHaveProperty(['example.com/x']);
    expect(annotations).toHaveProperty(['example.org/z'], 'w');
  });

  it('is written once: what others add to it is no reason, nor is a restart', async () => {
    const { path, stop, settled, logger } = await madeFor(gatewayAt('edge'));
    await edit(path, {
      metadata: { labels: { theirs: 'yes' } },
      spec: {
        ports: [
          { name: 'tcp-80', port: 80 },
          { name: 'theirs', port: 81 },
        ],
      },
    });
    await settled();
    await stop();
    const before = await read(path);
    expect(before.spec?.ports).toHaveLength(2);
    const versions = await slices();
    const second = making();
    await second.start();
    await second.settled();
    expect(await read(path)).toEqual(before);
    expect(await slices()).toEqual(versions);
    // The API server takes a write that changes nothing for none: it must not even be tried.
    expect(second.logger.messages('debug').filter((it) => it.startsWith('wrote '))).toEqual([]);
    expect(logger.messages('debug')).toContain('wrote Service edge-blixt of Gateway default/edge');
  });

  it('comes back when somebody deletes or spoils it', async () => {
    const { path } = await madeFor(gatewayAt('edge'));
    const before = await read(path);
    await cluster.request('DELETE', path);
    await eventually(async () => {
      const { metadata } = await read(path);
      expect(metadata.uid).toEqual(expect.any(String));
      expect(metadata.uid).not.toBe(before.metadata.uid);
    });
    await edit(path, {
      metadata: { labels: { 'app.kubernetes.io/managed-by': null } },
      spec: { ports: null },
    });
    await eventually(async () => {
      const { metadata, spec } = await read(path);
      expect(metadata.labels).toHaveProperty(['app.kubernetes.io/managed-by'], 'blixt');
      expect(spec?.ports?.map(({ port }) => port)).toEqual([80]);
    });
    await cluster.request('DELETE', `${SLICES}/edge-blixt-ipv4`);
    await eventually(async () => expect(await slices()).toHaveProperty('edge-blixt-ipv4', ['192.0.2.1']));
  });

  it('goes with the Gateway, also when that goes while nobody watches', async () => {
    const [edge, other] = [gatewayAt('edge'), gatewayAt('other')];
    const { path, stop } = await madeFor(edge);
    await world.apply(other);
    await eventually(async () => expect(await read(serviceOf(other))).toMatchObject({ kind: 'Service' }));
    await world.delete(edge);
    await isGone(path);
    await stop();
    await world.delete(other);
    const second = making();
    await second.start();
    await isGone(serviceOf(other));
    await eventually(async () => expect(await slices()).toEqual({}));
  });

  it('goes when the Gateway has another class, which is not ours', async () => {
    const edge = gatewayAt('edge');
    const { path } = await madeFor(edge);
    await world.patch(edge, { spec: { gatewayClassName: 'theirs' } });
    await isGone(path);
  });

  it('is another one for another Gateway of the same name', async () => {
    const edge = gatewayAt('edge');
    const { path, stop } = await madeFor(edge);
    const before = await read(path);
    await stop();
    await world.delete(edge);
    await world.apply(edge);
    const { uid } = (await world.get(edge)).metadata;
    const second = making();
    await second.start();
    await eventually(async () => {
      const { metadata } = await read(path);
      expect(metadata.uid).not.toBe(before.metadata.uid);
      expect(metadata.ownerReferences).toMatchObject([{ uid }]);
    });
  });

  it('is made anew where the API server lets a field not change', async () => {
    const edge = gatewayAt('edge');
    const parametersOf = (loadBalancerClass?: string) =>
      parameters({
        addresses: {
          provider: 'Service',
          ...(loadBalancerClass !== undefined && { service: { loadBalancerClass } }),
        },
      });
    const { path, logger } = await madeFor(edge);
    await world.apply(parametersOf('example.com/a'), classWithParameters());
    const isOfClass = (spec: object): Promise<number> =>
      eventually(async () => expect(await read(path)).toMatchObject({ spec }));
    await isOfClass({ type: 'LoadBalancer', loadBalancerClass: 'example.com/a' });
    await world.apply(parametersOf('example.com/b'));
    await isOfClass({ loadBalancerClass: 'example.com/b' });
    await world.apply(parametersOf());
    await eventually(async () => expect((await read(path)).spec).not.toHaveProperty('loadBalancerClass'));
    await world.patch(classWithParameters(), { spec: { parametersRef: null } });
    await isOfClass({ type: 'ClusterIP', clusterIP: 'None' });
    expect(logger.messages('error')).toEqual([]);
  });

  it('is not made by an instance that does not lead', async () => {
    const edge = gatewayAt('edge', '192.0.2.9');
    await world.apply(edge);
    const { start, dataPlane } = making({ leads: false });
    await start();
    await sleep(500);
    expect(dataPlane.changes).not.toEqual([]);
    expect(await read(serviceOf(edge))).toMatchObject({ code: 404 });
  });

  it('is not written by a leader whose time is over, also when nobody has told it yet', async () => {
    const edge = gatewayAt('edge', '192.0.2.9');
    await world.apply(edge);
    const { start, settled, services, term } = making({ leads: false });
    await start();
    let isLeader = true;
    const led = services?.lead(term.signal, () => isLeader);
    await eventually(async () => expect(await slices()).toEqual({ 'edge-blixt-ipv4': ['192.0.2.9'] }));
    isLeader = false;
    await world.apply(gatewayAt('edge', '192.0.2.8'));
    await cluster.request('DELETE', serviceOf(edge));
    await sleep(500);
    await settled();
    expect(await read(serviceOf(edge))).toMatchObject({ code: 404 });
    expect(await slices()).toEqual({ 'edge-blixt-ipv4': ['192.0.2.9'] });
    term.abort();
    await led;
    // It is elected again.
    isLeader = true;
    void services?.lead(new AbortController().signal, () => isLeader);
    await eventually(async () => {
      expect(await read(serviceOf(edge))).toMatchObject({ kind: 'Service' });
      expect(await slices()).toEqual({ 'edge-blixt-ipv4': ['192.0.2.8'] });
    });
  });
});

describe('what stands in the way of the Service of a Gateway', () => {
  /** Events about a Gateway. */
  async function eventsOf({ metadata }: Gateway, reason: string): Promise<string[]> {
    const { body } = await cluster.request('GET', '/apis/events.k8s.io/v1/namespaces/default/events');
    const { items } = body as { items: { regarding: { name: string }; reason: string; note: string }[] };
    return items
      .filter((it) => it.regarding.name === metadata.name && it.reason === reason)
      .map(({ note }) => note);
  }

  it('is left alone and told once, when it is a Service of that name, and does so no more once it is gone', async () => {
    const foreign = service('blocked-blixt', [80]);
    const edge = gatewayAt('blocked', '192.0.2.9');
    await world.apply(foreign, edge);
    const before = await read(pathOf(foreign));
    const { start, logger } = making();
    await start();
    const told = 'Service default/blocked-blixt is there and was not made for this Gateway';
    await eventually(async () =>
      expect(await eventsOf(edge, 'ServiceConflict')).toMatchObject([expect.stringContaining(told)]),
    );
    await sleep(1_000);
    expect(await read(pathOf(foreign))).toEqual(before);
    expect(logger.messages('error')).toMatchObject([expect.stringContaining(told)]);
    await world.delete(foreign);
    await eventually(async () =>
      expect(await read(serviceOf(edge))).toMatchObject({ spec: { clusterIP: 'None' } }),
    );
  });

  it('is waited for, when it is an API server that cannot be reached', async () => {
    await using proxy = await TcpProxy.to(cluster.url);
    const edge = gatewayAt('edge', '192.0.2.8');
    const { start, settled, logger } = making({ client: clientOf(cluster, proxy.url) });
    await world.apply(edge);
    await start();
    await eventually(async () => expect(await read(serviceOf(edge))).toMatchObject({ kind: 'Service' }));
    await settled();
    proxy.refuse();
    await world.apply(gatewayAt('edge', '192.0.2.9'));
    await cluster.request('DELETE', serviceOf(edge));
    await sleep(500);
    proxy.accept();
    await eventually(async () => {
      expect(await read(serviceOf(edge))).toMatchObject({ kind: 'Service' });
      expect(await slices()).toEqual({ 'edge-blixt-ipv4': ['192.0.2.9'] });
    });
    expect(logger.messages('error')).toEqual([]);
    expect(await eventsOf(edge, 'ServiceRefused')).toEqual([]);
  });

  it('is nothing to tell, when it is that the namespace is being deleted', async () => {
    const namespaces = '/api/v1/namespaces';
    await cluster.request('POST', namespaces, { body: { metadata: { name: 'going' } } });
    const spec = { listeners: [listener('TCP', 80)] };
    const edge = gateway(spec, { namespace: 'going', name: 'edge' });
    const path = pathOf(service('edge-blixt', [], { namespace: 'going' }));
    await world.apply(edge);
    const { start, settled, logger } = making();
    await start();
    await eventually(async () => expect(await read(path)).toMatchObject({ kind: 'Service' }));
    await cluster.request('DELETE', `${namespaces}/going`);
    await cluster.request('DELETE', path);
    const refused = 'the namespace of Gateway going/edge is going';
    await eventually(() => expect(logger.messages('debug')).toContainEqual(expect.stringContaining(refused)));
    await settled();
    // What can be taken away there still is.
    await world.delete(edge);
    await isGone('/apis/discovery.k8s.io/v1/namespaces/going/endpointslices/edge-blixt-ipv4');
    await isGone('/apis/discovery.k8s.io/v1/namespaces/going/endpointslices/edge-blixt-ipv6');
    expect(logger.messages('error')).toEqual([]);
  });

  it('is named with verb and resource, once, when it is a right that is missing', async () => {
    const groups = ['gateway.networking.k8s.io', 'blixt.dev', '', 'discovery.k8s.io', 'apiextensions.k8s.io'];
    const client = await accounts.client('reader', [
      { apiGroups: groups, resources: ['*'], verbs: ['list', 'watch'] },
      { apiGroups: ['gateway.networking.k8s.io'], resources: ['*'], verbs: ['update', 'patch'] },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
    ]);
    const [one, two] = [gatewayAt('one', '192.0.2.8'), gatewayAt('two', '192.0.2.9')];
    await world.apply(one, two);
    const { start, logger } = making({ client });
    await start();
    for (const subject of [one, two]) {
      await eventually(async () =>
        expect(await eventsOf(subject, 'ServiceRefused')).toMatchObject([
          expect.stringContaining('cannot patch resource "services" in API group ""'),
        ]),
      );
    }
    expect(logger.messages('error')).toMatchObject([
      expect.stringContaining('cannot patch resource "services"'),
    ]);
    // All else works.
    await eventually(async () =>
      expect(await world.get(one)).toMatchObject({ status: { addresses: [{ value: '192.0.2.8' }] } }),
    );
  });
});
