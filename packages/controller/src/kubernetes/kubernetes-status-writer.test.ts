import { setTimeout as sleep } from 'node:timers/promises';
import { installGatewayApi } from '@blixt/cluster';
import {
  backendRef,
  gateway,
  gatewayApiVersion,
  gatewayClass,
  listener,
  type ModelObject,
  parentRef,
  tcpRoute,
} from '@blixt/gateway-model';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { clusterForTests } from '../../test/kubernetes/cluster-for-tests.ts';
import {
  GatewayWorld,
  gatewayAt,
  pathOf,
  routeTo,
  type StoredCondition,
  type StoredObject,
  smallWorld,
} from '../../test/kubernetes/gateway-world.ts';
import { kubernetesController } from '../../test/kubernetes/kubernetes-controller.ts';
import { ServiceAccounts } from '../../test/kubernetes/service-accounts.ts';
import { TcpProxy } from '../../test/kubernetes/tcp-proxy.ts';
import { clientOf } from '../../test/kubernetes/test-server.ts';
import { MemoryDataPlane } from '../../test/memory-data-plane.ts';

const OURS = 'gateway.networking.k8s.io/blixt';
const FINALIZER = 'gateway-exists-finalizer.gateway.networking.k8s.io';
const cluster = await clusterForTests();
const world = await GatewayWorld.withCrds(cluster);

afterEach(() => world.clear());

const edge = gatewayAt('edge');
const web = routeTo('web', 'edge');
const blixt = gatewayClass();

const find = (conditions: readonly StoredCondition[] | undefined, type: string) =>
  conditions?.find((it) => it.type === type);

/** The condition of a Gateway. */
const conditionOf = async (object: ModelObject, type: string): Promise<StoredCondition | undefined> =>
  find((await world.get(object)).status?.conditions, type);

/** Events about an object, as `kubectl describe` finds them. */
async function eventsOf(object: ModelObject): Promise<{ type: string; reason: string; note: string }[]> {
  const { uid } = (await world.get(object)).metadata;
  const { body } = await cluster.request('GET', '/apis/events.k8s.io/v1/events');
  const { items } = body as {
    items: { regarding: { uid: string }; type: string; reason: string; note: string }[];
  };
  return items.filter(({ regarding }) => regarding.uid === uid);
}

describe('statuses in the API', () => {
  it('are written for the class, the Gateway and the route, of the generation that was decided on', async () => {
    await world.apply(...smallWorld());
    const { start, dataPlane, logger } = kubernetesController(cluster);
    await start();
    expect(dataPlane.served()).toEqual({ 'TCP 192.0.2.1:80': { '10.0.0.1:8080': 1 } });
    expect(await world.get(blixt)).toMatchObject({
      metadata: { finalizers: [FINALIZER] },
      status: {
        conditions: [
          { type: 'Accepted', status: 'True', reason: 'Accepted', observedGeneration: 1 },
          { type: 'SupportedVersion', status: 'True', reason: 'SupportedVersion', observedGeneration: 1 },
        ],
        supportedFeatures: expect.arrayContaining([{ name: 'TCPRoute' }]),
      },
    });
    expect(await world.get(edge)).toMatchObject({
      status: {
        addresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
        conditions: [
          { type: 'Accepted', status: 'True', observedGeneration: 1 },
          { type: 'Programmed', status: 'True', observedGeneration: 1 },
        ],
        listeners: [{ name: 'tcp-80', attachedRoutes: 1 }],
      },
    });
    expect(await world.get(web)).toMatchObject({
      status: { parents: [{ controllerName: OURS, parentRef: { name: 'edge', kind: 'Gateway' } }] },
    });
    expect(logger.messages('error')).toEqual([]);
    expect(logger.messages('warn')).toEqual([]);
  });

  it('follow changes of objects', async () => {
    await world.apply(...smallWorld());
    const { start, dataPlane } = kubernetesController(cluster);
    await start();
    await world.apply(routeTo('web', 'edge', 'nowhere'));
    await eventually(async () =>
      expect(find((await world.get(web)).status?.parents?.[0]?.conditions, 'ResolvedRefs')).toMatchObject({
        status: 'False',
        reason: 'BackendNotFound',
        observedGeneration: 2,
      }),
    );
    expect(dataPlane.served()).toEqual({ 'TCP 192.0.2.1:80': { reject: 1 } });
    await world.delete(edge);
    await eventually(async () => expect((await world.get(web)).status?.parents).toEqual([]));
    expect(dataPlane.served()).toEqual({});
  });

  it('say Programmed only after the data plane has loaded the rules of that generation', async () => {
    await world.apply(...smallWorld());
    const dataPlane = new MemoryDataPlane();
    const { start } = kubernetesController(cluster, { dataPlane });
    await start();
    const [changes, began] = [dataPlane.changes.length, dataPlane.begun];
    const release = dataPlane.hold();
    await world.apply(gatewayAt('edge', '192.0.2.9'));
    await eventually(() => expect(dataPlane.begun).toBe(began + 1));
    await sleep(400);
    expect(await conditionOf(edge, 'Programmed')).toMatchObject({ observedGeneration: 1 });
    release();
    await eventually(async () =>
      expect(await conditionOf(edge, 'Programmed')).toMatchObject({ status: 'True', observedGeneration: 2 }),
    );
    expect(dataPlane.changes).toHaveLength(changes + 1);
    dataPlane.refuse.set('default/edge', new Error('no room'));
    await world.apply(gatewayAt('edge', '192.0.2.10'));
    await eventually(async () =>
      expect(await conditionOf(edge, 'Programmed')).toMatchObject({ status: 'False', reason: 'NoResources' }),
    );
    // An Event is written after the status that it is about.
    await eventually(async () =>
      expect(await eventsOf(edge)).toContainEqual(
        expect.objectContaining({
          type: 'Warning',
          reason: 'NoResources',
          note: expect.stringContaining('no room'),
        }),
      ),
    );
    dataPlane.refuse.clear();
    await eventually(async () =>
      expect(await conditionOf(edge, 'Programmed')).toMatchObject({ status: 'True', observedGeneration: 3 }),
    );
  });

  it('leave conditions and parents of others as they are', async () => {
    await world.apply(...smallWorld());
    const foreign = {
      type: 'example.com/Checked',
      status: 'True',
      reason: 'Fine',
      message: 'by hand',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const ofListener = { name: 'tcp-80', attachedRoutes: 0, supportedKinds: [], conditions: [foreign] };
    await world.patch(edge, { status: { conditions: [foreign], listeners: [ofListener] } }, 'status');
    const other = {
      controllerName: 'example.com/other',
      parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'theirs' },
      conditions: [{ ...foreign, type: 'Accepted' }],
    };
    await world.patch(web, { status: { parents: [other] } }, 'status');
    const { start, settled } = kubernetesController(cluster);
    await start();
    await world.apply(gatewayAt('edge', '192.0.2.2'));
    await eventually(async () =>
      expect(await conditionOf(edge, 'Programmed')).toMatchObject({ observedGeneration: 2 }),
    );
    await settled();
    const gatewayNow = await world.get(edge);
    expect(gatewayNow.status?.conditions?.[0]).toEqual(foreign);
    expect(gatewayNow.status?.listeners?.[0]?.conditions).toContainEqual(foreign);
    expect(gatewayNow.status?.listeners?.[0]?.conditions.length).toBeGreaterThan(1);
    const parents = (await world.get(web)).status?.parents;
    expect(parents?.[0]).toEqual(other);
    expect(parents?.[1]?.controllerName).toBe(OURS);
  });

  it('are not written again when they are right, also after a restart', async () => {
    await world.apply(...smallWorld());
    const first = kubernetesController(cluster);
    await first.start();
    const versions = async (): Promise<string[]> =>
      Promise.all([blixt, edge, web].map(async (it) => (await world.get(it)).metadata.resourceVersion));
    const before = await versions();
    const loads = first.dataPlane.changes.length;
    first.controller.resync();
    await first.settled();
    expect(first.dataPlane.changes).toHaveLength(loads);
    await first.stop();
    const second = kubernetesController(cluster);
    await second.start();
    expect(await versions()).toEqual(before);
  });

  /** A controller whose source can be made blind while the data plane takes its time with a change. */
  async function blindable() {
    const proxy = await TcpProxy.to(cluster.url);
    const writerClient = clientOf(cluster);
    onTestFinished(async () => {
      await writerClient.close();
      await proxy[Symbol.asyncDispose]();
    });
    await world.apply(...smallWorld());
    const client = clientOf(cluster, proxy.url, { requestTimeoutMs: 500 });
    const running = kubernetesController(cluster, { client, writerClient });
    await running.start();
    const { dataPlane } = running;
    /** Has a change loaded, of which the source saw nothing since `meanwhile`. */
    const changeWith = async (address: string, meanwhile: () => Promise<void>): Promise<void> => {
      const began = dataPlane.begun;
      const release = dataPlane.hold();
      await world.apply(gatewayAt('edge', address));
      await eventually(() => expect(dataPlane.begun).toBe(began + 1));
      proxy.stall();
      await meanwhile();
      release();
    };
    return { ...running, changeWith };
  }

  it('are put onto what others wrote meanwhile, after a conflict', async () => {
    const { changeWith, logger } = await blindable();
    const foreign = {
      type: 'example.com/Seen',
      status: 'True',
      reason: 'Fine',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await changeWith('192.0.2.6', async () => {
      const { status } = await world.get(edge);
      await world.patch(edge, { status: { conditions: [...(status?.conditions ?? []), foreign] } }, 'status');
    });
    await eventually(async () =>
      expect(await conditionOf(edge, 'Programmed')).toMatchObject({ status: 'True', observedGeneration: 2 }),
    );
    expect(await conditionOf(edge, 'example.com/Seen')).toEqual(foreign);
    expect(logger.messages('error')).toEqual([]);
  });

  it('are not put onto another generation than the one that was decided about', async () => {
    const { changeWith, dataPlane, settled, logger } = await blindable();
    await changeWith('192.0.2.6', () => world.apply(gatewayAt('edge', '192.0.2.7')));
    await eventually(async () =>
      expect(await conditionOf(edge, 'Programmed')).toMatchObject({ status: 'True', observedGeneration: 3 }),
    );
    await settled();
    expect(dataPlane.served()).toEqual({ 'TCP 192.0.2.7:80': { '10.0.0.1:8080': 1 } });
    expect((await world.get(edge)).status?.addresses).toEqual([{ type: 'IPAddress', value: '192.0.2.7' }]);
    expect(logger.messages('error')).toEqual([]);
  });

  it('come through while others change the objects all the time', async () => {
    await world.apply(...smallWorld());
    const { start, logger } = kubernetesController(cluster);
    await start();
    for (let index = 1; index <= 40; index += 1) {
      await world.apply(gatewayAt('edge', `192.0.2.${index}`));
      await world.patch(web, { metadata: { labels: { round: String(index) } } });
    }
    const { generation } = (await world.get(edge)).metadata;
    await eventually(async () => {
      expect(await conditionOf(edge, 'Programmed')).toMatchObject({ observedGeneration: generation });
      expect((await world.get(edge)).status?.addresses).toEqual([{ type: 'IPAddress', value: '192.0.2.40' }]);
    });
    expect(logger.messages('error')).toEqual([]);
  });

  it('of a route with two parents are decided by each for its own', async () => {
    await world.apply(...smallWorld(), gatewayAt('inner', '192.0.2.2'));
    const both = tcpRoute(
      { parentRefs: [parentRef('edge'), parentRef('inner')], backendRefs: [backendRef('web', 80)] },
      { name: 'both' },
    );
    await world.apply(both);
    const { start } = kubernetesController(cluster);
    await start();
    const names = async (): Promise<unknown[]> =>
      ((await world.get(both)).status?.parents ?? []).map(({ parentRef }) => Reflect.get(parentRef, 'name'));
    expect(await names()).toEqual(['edge', 'inner']);
    await world.delete(gatewayAt('inner'));
    await eventually(async () => expect(await names()).toEqual(['edge']));
  });
});

describe('the finalizer of a GatewayClass', () => {
  it('keeps a class while Gateways use it, and lets it go then', async () => {
    await world.apply(...smallWorld());
    const { start } = kubernetesController(cluster);
    await start();
    await world.delete(blixt);
    await sleep(300);
    expect((await world.get(blixt)).metadata.finalizers).toEqual([FINALIZER]);
    await world.delete(edge);
    await eventually(async () => expect((await cluster.request('GET', pathOf(blixt))).status).toBe(404));
  });

  it('is not there while no Gateway uses the class', async () => {
    await world.apply(blixt);
    const { start } = kubernetesController(cluster);
    await start();
    expect(await conditionOf(blixt, 'Accepted')).toMatchObject({ status: 'True' });
    expect((await world.get(blixt)).metadata.finalizers).toBeUndefined();
  });
});

describe('SupportedVersion', () => {
  it('is False while a CRD is of a release that is too new, too old, or not told', async () => {
    await world.apply(blixt);
    const crd =
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/grpcroutes.gateway.networking.k8s.io';
    // The bundle brings a policy that keeps its CRDs from going back.
    const policy = 'safe-upgrades.gateway.networking.k8s.io';
    const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
    expect((await cluster.request('DELETE', `${bindings}/${policy}`)).status).toBe(200);
    onTestFinished(async () => {
      await installGatewayApi(cluster, gatewayApiVersion);
    });
    const annotate = (version: string | null): Promise<unknown> =>
      eventually(async () => {
        const annotations = { 'gateway.networking.k8s.io/bundle-version': version };
        const answer = await cluster.request('PATCH', crd, {
          body: { metadata: { annotations } },
          contentType: 'application/merge-patch+json',
        });
        expect(answer.status).toBe(200);
      });
    const { start } = kubernetesController(cluster);
    await start();
    for (const version of ['v9.0.0', 'v1.2.0', null]) {
      await annotate(version);
      await eventually(async () =>
        expect(await conditionOf(blixt, 'SupportedVersion')).toMatchObject({
          status: 'False',
          reason: 'UnsupportedVersion',
          message: expect.stringContaining(version ?? 'none'),
        }),
      );
    }
    expect(await conditionOf(blixt, 'Accepted')).toMatchObject({ status: 'True' });
    await annotate(gatewayApiVersion);
    await eventually(async () =>
      expect(await conditionOf(blixt, 'SupportedVersion')).toMatchObject({ status: 'True' }),
    );
  });
});

describe('statuses that the API server refuses', () => {
  const POLICIES = '/apis/admissionregistration.k8s.io/v1';

  /** Has the API server refuse all statuses of routes that are called `bad`. */
  async function refuseBad(): Promise<() => Promise<void>> {
    const name = 'no-bad-status';
    const rule = {
      apiGroups: ['gateway.networking.k8s.io'],
      apiVersions: ['v1'],
      operations: ['UPDATE'],
      resources: ['tcproutes/status'],
    };
    const made = [
      await cluster.request('POST', `${POLICIES}/validatingadmissionpolicies`, {
        body: {
          metadata: { name },
          spec: {
            matchConstraints: { resourceRules: [rule] },
            validations: [{ expression: 'object.metadata.name != "bad"', message: 'bad is bad' }],
          },
        },
      }),
      await cluster.request('POST', `${POLICIES}/validatingadmissionpolicybindings`, {
        body: { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } },
      }),
    ];
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
    await eventually(async () => {
      const answer = await cluster.request('PATCH', pathOf(routeTo('bad', 'edge'), 'status'), {
        query: { dryRun: 'All' },
        body: { status: { parents: [] } },
        contentType: 'application/merge-patch+json',
      });
      expect(answer.status).toBe(422);
    }, 15_000);
    return async () => {
      await cluster.request('DELETE', `${POLICIES}/validatingadmissionpolicybindings/${name}`);
      await cluster.request('DELETE', `${POLICIES}/validatingadmissionpolicies/${name}`);
    };
  }

  it('are logged once with object and reason, told by an Event, hold up no other, and come through later', async () => {
    await world.apply(...smallWorld(), routeTo('bad', 'edge', 'web'));
    const allow = await refuseBad();
    const { start, logger, controller } = kubernetesController(cluster);
    void start();
    await eventually(async () =>
      expect((await world.get(web)).status?.parents?.map(({ controllerName }) => controllerName)).toEqual([
        OURS,
      ]),
    );
    await eventually(() => expect(logger.messages('error')).toHaveLength(1));
    await sleep(500);
    controller.resync();
    await sleep(300);
    expect(logger.messages('error')).toEqual([
      expect.stringMatching(
        /^the status of TCPRoute default\/bad could not be written and is tried again: PUT \S+tcproutes\/bad\/status: 422 Invalid: .*bad is bad/,
      ),
    ]);
    await eventually(async () =>
      expect(await eventsOf(routeTo('bad', 'edge'))).toEqual([
        expect.objectContaining({ type: 'Warning', reason: 'StatusRefused' }),
      ]),
    );
    await allow();
    await eventually(
      async () =>
        expect((await world.get(routeTo('bad', 'edge'))).status?.parents?.[0]?.controllerName).toBe(OURS),
      15_000,
    );
  });

  it('for want of rights name the verb, the resource and the rule to add, once a kind', async () => {
    await world.apply(...smallWorld(), routeTo('second', 'edge', 'web'));
    const accounts = new ServiceAccounts(cluster);
    const writerClient = await accounts.client('no-routes', [
      {
        apiGroups: ['gateway.networking.k8s.io'],
        resources: ['gatewayclasses', 'gatewayclasses/status', 'gateways/status'],
        verbs: ['update', 'patch'],
      },
    ]);
    onTestFinished(() => writerClient.close());
    const { start, logger } = kubernetesController(cluster, { writerClient });
    void start();
    await eventually(async () =>
      expect(await conditionOf(edge, 'Programmed')).toMatchObject({ status: 'True' }),
    );
    await eventually(() => expect(logger.messages('error')).toHaveLength(1));
    await sleep(500);
    expect(logger.messages('error')).toEqual([
      expect.stringContaining(
        'User "system:serviceaccount:default:no-routes" cannot update resource "tcproutes/status" in API group "gateway.networking.k8s.io" in the namespace "default"; add to a Role or ClusterRole of this user: {"apiGroups":["gateway.networking.k8s.io"],"resources":["tcproutes/status"],"verbs":["update"]}',
      ),
    ]);
    expect(logger.messages('warn')).toEqual([
      expect.stringContaining('cannot create resource "events" in API group "events.k8s.io"'),
    ]);
  });
});

describe('an API server that goes away', () => {
  it('finds the statuses that it missed when it comes back, and the data plane as it was', async () => {
    await using proxy = await TcpProxy.to(cluster.url);
    await world.apply(...smallWorld());
    const { start, logger, dataPlane } = kubernetesController(cluster, {
      client: clientOf(cluster, proxy.url),
    });
    await start();
    proxy.refuse();
    dataPlane.refuse.set('default/edge', new Error('no room'));
    await world.apply(gatewayAt('edge', '192.0.2.3'));
    await sleep(1_000);
    expect(dataPlane.served()).toEqual({ 'TCP 192.0.2.1:80': { '10.0.0.1:8080': 1 } });
    dataPlane.refuse.clear();
    proxy.accept();
    await eventually(async () =>
      expect(await conditionOf(edge, 'Programmed')).toMatchObject({ status: 'True', observedGeneration: 2 }),
    );
    expect(logger.messages('error')).toEqual([]);
  });
});

describe('many statuses', () => {
  it('are written at the rate that is set', async () => {
    const routes = Array.from({ length: 60 }, (_, index) => routeTo(`many-${index}`, 'edge', 'web'));
    await world.apply(...smallWorld(), ...routes);
    const { start } = kubernetesController(cluster, { writesPerSecond: 40 });
    const began = performance.now();
    await start();
    expect(performance.now() - began).toBeGreaterThan(400);
    const stored: StoredObject[] = await Promise.all(routes.map((it) => world.get(it)));
    expect(stored.every(({ status }) => status?.parents?.[0]?.controllerName === OURS)).toBe(true);
  });

  it('of one Gateway say how many listeners it has, whatever comes between', async () => {
    await world.apply(
      blixt,
      gateway({ listeners: [listener('TCP', 80), listener('UDP', 80)] }, { name: 'edge' }),
    );
    const { start } = kubernetesController(cluster, { pool: ['192.0.2.0/28'] });
    await start();
    expect((await world.get(edge)).status?.addresses).toEqual([{ type: 'IPAddress', value: '192.0.2.1' }]);
    await world.apply(gateway({ listeners: [listener('UDP', 80)] }, { name: 'edge' }));
    await eventually(async () =>
      expect((await world.get(edge)).status?.listeners?.map(({ name }) => name)).toEqual(['udp-80']),
    );
  });
});
