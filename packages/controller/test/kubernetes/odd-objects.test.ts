/** Objects that the CRDs let pass and that make no sense, and what others write into statuses: on a real API server. */
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  httpRule,
  listener,
  listenerSet,
  type ModelObject,
  parentRef,
  SERVED_CONDITION,
  service,
  tcpRoute,
  terminateTls,
  tlsSecret,
  udpRoute,
} from '@blixt/gateway-model';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { clusterForTests } from './cluster-for-tests.ts';
import { GatewayWorld, pathOf, type StoredCondition, smallWorld } from './gateway-world.ts';
import { kubernetesController } from './kubernetes-controller.ts';

const cluster = await clusterForTests();
const world = await GatewayWorld.withCrds(cluster);

afterEach(() => world.clear());

/** `True/Accepted` and so on, by type. */
const summary = (conditions: readonly StoredCondition[] | undefined): Record<string, string> =>
  Object.fromEntries((conditions ?? []).map(({ type, status, reason }) => [type, `${status}/${reason}`]));

const conditionsOf = async (object: ModelObject) => summary((await world.get(object)).status?.conditions);
const listenerOf = async (object: ModelObject, name: string) =>
  summary((await world.get(object)).status?.listeners?.find((it) => it.name === name)?.conditions);
const parentsOf = async (object: ModelObject) =>
  ((await world.get(object)).status?.parents ?? []).map(({ conditions }) => summary(conditions));

describe('objects that pass the CRDs and make no sense', () => {
  it('are answered as the specification says, and are in nobody’s way', async () => {
    const odd = gateway(
      {
        listeners: [
          listener('INVALID', 1, { name: 'protocol' }),
          listener('TCP', 2, { name: 'kind', allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }] } }),
          listener('HTTPS', 3, { name: 'secret', tls: terminateTls('malformed') }),
          listener('HTTPS', 4, { name: 'type', tls: terminateTls('opaque') }),
          listener('TCP', 5, { name: 'conflict-a' }),
          listener('HTTP', 5, { name: 'conflict-b' }),
          listener('TCP', 6, {
            name: 'selector',
            allowedRoutes: { namespaces: { from: 'Selector' } },
          }),
          listener('TCP', 7, { name: 'fine' }),
        ],
        addresses: [{ type: 'IPAddress', value: '192.0.2.2' }],
      },
      { name: 'odd' },
    );
    const parameters = gateway(
      {
        listeners: [listener('TCP', 80)],
        infrastructure: { parametersRef: { group: 'example.com', kind: 'Nothing', name: 'none' } },
      },
      { name: 'parameters' },
    );
    const address = gateway(
      { listeners: [listener('TCP', 80)], addresses: [{ type: 'example.com/pigeon', value: 'coo' }] },
      { name: 'address' },
    );
    const toFine = (name: string, ...backends: Parameters<typeof backendRef>[]) =>
      tcpRoute(
        {
          parentRefs: [parentRef('odd', { sectionName: 'fine' })],
          backendRefs: backends.map((args) => backendRef(...args)),
        },
        { name },
      );
    const routes = {
      kind: toFine('kind', ['x', 80, { group: 'example.com', kind: 'Bucket' }]),
      external: toFine('external', ['external', 80]),
      port: toFine('port', ['web', 81]),
      zero: toFine('zero', ['web', 80, { weight: 0 }]),
    };
    const mesh = tcpRoute(
      {
        parentRefs: [{ group: '', kind: 'Service', name: 'web' }, parentRef('nowhere')],
        backendRefs: [backendRef('web', 80)],
      },
      { name: 'mesh' },
    );
    const section = udpRoute(
      {
        parentRefs: [parentRef('odd', { sectionName: 'fine' }), parentRef('odd', { sectionName: 'none' })],
        backendRefs: [backendRef('web', 80)],
      },
      { name: 'section' },
    );
    const orphan = listenerSet(
      { parentRef: { name: 'nowhere' }, listeners: [listener('TCP', 80)] },
      { name: 'orphan' },
    );
    const externalName = { type: 'ExternalName' as const, externalName: 'example.com' };
    const objects: ModelObject[] = [
      ...smallWorld(),
      tlsSecret('malformed', { certificate: 'none', key: 'none' }),
      { ...tlsSecret('opaque', { certificate: 'none', key: 'none' }), type: 'Opaque' },
      service('external', [80], {}, externalName),
      endpointSlice(
        { service: 'web', addressType: 'FQDN', endpoints: ['web.example.com'], ports: [{ port: 80 }] },
        { name: 'web-names' },
      ),
      ...[odd, parameters, address, ...Object.values(routes), mesh, section, orphan],
    ];
    await world.apply(...objects);
    const { start, logger, dataPlane } = kubernetesController(cluster, { pool: ['192.0.2.128/28'] });
    await start();

    expect(await conditionsOf(odd)).toEqual({
      Accepted: 'True/ListenersNotValid',
      Programmed: 'True/Programmed',
    });
    const expected: [string, Record<string, string>][] = [
      ['protocol', { Accepted: 'False/UnsupportedProtocol', Programmed: 'False/Invalid' }],
      ['kind', { Accepted: 'True/Accepted', ResolvedRefs: 'False/InvalidRouteKinds' }],
      ['secret', { Accepted: 'True/Accepted', ResolvedRefs: 'False/InvalidCertificateRef' }],
      ['type', { Accepted: 'True/Accepted', ResolvedRefs: 'False/InvalidCertificateRef' }],
      ['conflict-a', { Accepted: 'False/ProtocolConflict', Conflicted: 'True/ProtocolConflict' }],
      ['conflict-b', { Accepted: 'False/ProtocolConflict', Conflicted: 'True/ProtocolConflict' }],
      ['selector', { Accepted: 'True/Accepted', Programmed: 'True/Programmed' }],
      [
        'fine',
        { Accepted: 'True/Accepted', Programmed: 'True/Programmed', ResolvedRefs: 'True/ResolvedRefs' },
      ],
    ];
    for (const [name, conditions] of expected)
      expect(await listenerOf(odd, name), name).toMatchObject(conditions);
    expect(await conditionsOf(parameters)).toMatchObject({ Accepted: 'False/InvalidParameters' });
    expect(await conditionsOf(address)).toMatchObject({ Accepted: 'False/UnsupportedAddress' });
    for (const [name, resolvedRefs] of [
      ['kind', 'False/InvalidKind'],
      ['external', 'False/InvalidKind'],
      ['port', 'False/BackendNotFound'],
      ['zero', 'True/ResolvedRefs'],
    ] as const)
      expect(await parentsOf(routes[name]), name).toEqual([
        { Accepted: 'True/Accepted', ResolvedRefs: resolvedRefs },
      ]);
    expect(await parentsOf(section)).toMatchObject([
      { Accepted: 'False/NotAllowedByListeners' },
      { Accepted: 'False/NoMatchingParent' },
    ]);
    // What has no Gateway of ours is not touched.
    expect((await world.get(mesh)).status?.parents).toBeUndefined();
    expect((await world.get(orphan)).status?.conditions?.map(({ reason }) => reason)).toEqual([
      'Pending',
      'Pending',
    ]);
    expect(dataPlane.served()['TCP 192.0.2.1:80']).toEqual({ '10.0.0.1:8080': 1 });
    expect(logger.messages('error')).toEqual([]);
  });
});

describe('what others write into a status', () => {
  it('stays byte for byte, on every kind, while ours changes beside it', async () => {
    const edge = gateway(
      {
        listeners: [listener('TCP', 80), listener('UDP', 53), listener('HTTP', 8080)],
        allowedListeners: { namespaces: { from: 'Same' } },
        addresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
      },
      { name: 'edge' },
    );
    const more = (port: number) =>
      listenerSet(
        { parentRef: { name: 'edge' }, listeners: [listener('TCP', port, { name: 'own' })] },
        { name: 'more' },
      );
    const parentRefs = [parentRef('edge')];
    const backendRefs = (name: string) => [backendRef(name, 80)];
    const routes = (name: string) => [
      tcpRoute({ parentRefs, backendRefs: backendRefs(name) }, { name: 'tcp' }),
      udpRoute({ parentRefs, backendRefs: backendRefs(name) }, { name: 'udp' }),
      httpRoute({ parentRefs, rules: [httpRule(backendRefs(name))] }, { name: 'http' }),
    ];
    await world.apply(gatewayClass(), edge, more(81), ...routes('web'), service('web', [80]));
    const foreign = {
      lastTransitionTime: '2020-02-02T02:02:02Z',
      message: 'By hand: “ä” \u0001 \\ "quoted".',
      observedGeneration: 1,
      reason: 'Fine',
      status: 'Unknown',
      type: 'example.com/Seen',
    };
    const entry = (name: string) => ({ name, attachedRoutes: 7, supportedKinds: [], conditions: [foreign] });
    const theirs = {
      conditions: [
        { ...foreign, type: 'Accepted' },
        { ...foreign, type: SERVED_CONDITION },
      ],
      controllerName: 'example.com/other',
      parentRef: {
        group: 'gateway.networking.k8s.io',
        kind: 'Gateway',
        name: 'edge',
        sectionName: 'nowhere',
      },
    };
    const ours = {
      ...theirs,
      controllerName: 'gateway.networking.k8s.io/blixt',
      conditions: [foreign],
      parentRef: { ...theirs.parentRef, sectionName: undefined },
    };
    await world.patch(gatewayClass(), { status: { conditions: [foreign] } }, 'status');
    await world.patch(edge, { status: { conditions: [foreign], listeners: [entry('udp-53')] } }, 'status');
    await world.patch(more(81), { status: { conditions: [foreign], listeners: [entry('own')] } }, 'status');
    for (const route of routes('web'))
      await world.patch(route, { status: { parents: [theirs, ours] } }, 'status');

    const { start, logger, settled } = kubernetesController(cluster);
    await start();
    await world.apply(more(82), ...routes('gone'));
    const [, , http] = routes('gone');
    if (http === undefined) throw new Error('expected a route');
    await eventually(async () =>
      expect((await parentsOf(http))[1]).toMatchObject({ ResolvedRefs: 'False/BackendNotFound' }),
    );
    await settled();

    /** As the API server sends it: its order of fields is its own, and always the same. */
    const raw = async (object: ModelObject): Promise<string> =>
      JSON.stringify((await cluster.request('GET', pathOf(object))).body);
    const [own, others] = [JSON.stringify(foreign), JSON.stringify(theirs)];
    const count = (text: string, part: string): number => text.split(part).length - 1;
    expect(count(await raw(gatewayClass()), own)).toBe(1);
    expect(count(await raw(edge), own)).toBe(2);
    expect(count(await raw(more(82)), own)).toBe(2);
    for (const route of routes('gone')) {
      const text = await raw(route);
      expect(count(text, `"parents":[${others},`), text).toBe(1);
      expect(count(text, own)).toBe(1);
    }
    expect(logger.messages('error')).toEqual([]);
  });
});
