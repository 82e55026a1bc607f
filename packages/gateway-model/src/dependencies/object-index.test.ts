import { describe, expect, it } from 'vitest';
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  type ListenerSet,
  listener,
  listenerSet,
  type ModelObject,
  namespace,
  parentRef,
  type RouteParentStatus,
  referenceGrant,
  service,
  tcpRoute,
  tlsSecret,
} from '../index.ts';
import { ObjectIndex } from './object-index.ts';

const CONTROLLER = 'gateway.networking.k8s.io/blixt';
const GROUP = 'gateway.networking.k8s.io';

function indexOf(objects: Iterable<ModelObject>): ObjectIndex {
  const index = new ObjectIndex({ controllerName: CONTROLLER });
  for (const object of objects) index.apply({ type: 'upsert', object });
  return index;
}

const setOf = (
  name: string,
  parent: string,
  listeners = [listener('TCP', 90)],
  inNamespace = 'default',
): ListenerSet =>
  listenerSet(
    { parentRef: { name: parent, namespace: 'default' }, listeners },
    { name, namespace: inNamespace },
  );

const secret = (name: string, certificate: string) => tlsSecret(name, { certificate, key: 'key' });

const toParent = (kind: string, name: string) => parentRef(name, { kind, namespace: 'default' });

const ourEntry = (kind: string, name: string): RouteParentStatus => ({
  parentRef: toParent(kind, name),
  controllerName: CONTROLLER,
  conditions: [],
});

const selecting = (team: string) => ({
  namespaces: { from: 'Selector', selector: { matchLabels: { team } } } as const,
});

const https = listener('HTTPS', 443, {
  tls: { certificateRefs: [{ name: 'cert' }, { name: 'far-cert', namespace: 'far' }] },
});

/** What there is before a change: `web` takes traffic to its own Service and one far away, `tls` to a ListenerSet. */
const world = (): ModelObject[] => [
  gatewayClass(),
  gatewayClass({ controllerName: 'example.com/other' }, { name: 'other' }),
  gateway({ listeners: [listener('TCP', 80, { allowedRoutes: selecting('red') }), https] }, { name: 'g' }),
  gateway({ listeners: [listener('TCP', 80)] }, { name: 'unused' }),
  gateway({ gatewayClassName: 'other', listeners: [listener('TCP', 80), https] }, { name: 'foreign' }),
  setOf('set', 'unused', [{ ...https, name: 'https-444', port: 444 }]),
  tcpRoute(
    {
      parentRefs: [toParent('Gateway', 'g')],
      backendRefs: [backendRef('web', 80), backendRef('web', 80, { namespace: 'far' })],
    },
    { name: 'web' },
  ),
  tcpRoute(
    { parentRefs: [toParent('ListenerSet', 'set')], backendRefs: [backendRef('api', 80)] },
    { name: 'by-set' },
  ),
  tcpRoute(
    { parentRefs: [toParent('Gateway', 'foreign')], backendRefs: [backendRef('web', 80)] },
    { name: 'theirs' },
  ),
  service('web', [80]),
  service('web', [80], { namespace: 'far' }),
  service('api', [80]),
  service('idle', [80]),
  endpointSlice({ service: 'web', endpoints: ['10.0.0.1'], ports: [{ port: 80 }] }),
  secret('cert', 'first'),
  namespace('default', { team: 'red' }),
];

const slice = (of: string, endpoints: readonly string[], inNamespace = 'default') =>
  endpointSlice({ service: of, endpoints, ports: [{ port: 80 }] }, { namespace: inNamespace });
const grant = (kind: string, to: string, name?: string, from = 'default') =>
  referenceGrant(
    {
      from: [{ group: GROUP, kind, namespace: from }],
      to: [{ group: '', kind: to, ...(name !== undefined && { name }) }],
    },
    { namespace: 'far' },
  );

const touched = (index: ObjectIndex, object: ModelObject, type: 'upsert' | 'delete' = 'upsert') => {
  const { gateways, gatewayClasses, listenerSets } = index.apply({ type, object });
  return [
    ...gateways.map(({ name }) => name).sort(),
    ...gatewayClasses.map((name) => `class ${name}`),
    ...listenerSets.map(({ name }) => `orphan ${name}`),
  ];
};

describe('a change touches', () => {
  it.each<[string, ModelObject, string[]]>([
    ['EndpointSlice of a Service of a route', slice('web', ['10.0.0.2']), ['g']],
    ['EndpointSlice of a Service in another namespace', slice('web', ['10.0.0.2'], 'far'), ['g']],
    ['EndpointSlice of a Service of a route of a ListenerSet', slice('api', ['10.0.0.2']), ['unused']],
    ['EndpointSlice of a Service that no route names', slice('idle', ['10.0.0.2']), []],
    ['EndpointSlice of a Service that is not there', slice('missing', ['10.0.0.2']), []],
    ['Service with other ports', service('web', [81]), ['g']],
    ['Service that no route names', service('idle', [81]), []],
    ['grant for the reference to a Service', grant('TCPRoute', 'Service', 'web'), ['g']],
    ['grant for all Services', grant('TCPRoute', 'Service'), ['g']],
    ['grant for another Service', grant('TCPRoute', 'Service', 'api'), []],
    ['grant for another kind of route', grant('UDPRoute', 'Service', 'web'), []],
    ['grant for routes of another namespace', grant('TCPRoute', 'Service', 'web', 'shop'), []],
    ["grant for Gateways' Secrets", grant('Gateway', 'Secret', 'far-cert'), ['g']],
    ["grant for ListenerSets' Secrets", grant('ListenerSet', 'Secret'), ['unused']],
    ['Secret of listeners of a Gateway and of a ListenerSet', secret('cert', 'second'), ['g', 'unused']],
    ['Secret that nobody names', secret('idle', 'second'), []],
    ['Namespace that a selector takes no longer', namespace('default', { team: 'blue' }), ['g']],
    ['Namespace whose new labels no selector asks for', namespace('default', { team: 'red', a: 'b' }), []],
    ['Namespace without routes', namespace('far', { team: 'red' }), []],
    ['ListenerSet with other listeners', setOf('set', 'unused', [listener('TCP', 91)]), ['unused']],
    ['ListenerSet that moves', setOf('set', 'g'), ['g', 'unused']],
    ['ListenerSet that moves to a Gateway of others', setOf('set', 'foreign'), ['unused', 'orphan set']],
    ['Gateway with other listeners', gateway({ listeners: [listener('TCP', 81)] }, { name: 'g' }), ['g']],
    [
      'Gateway of others',
      gateway({ gatewayClassName: 'other', listeners: [listener('TCP', 81)] }, { name: 'foreign' }),
      [],
    ],
    [
      'Gateway that is new, and its class',
      gateway({ listeners: [listener('TCP', 81)] }, { name: 'new' }),
      ['new', 'class blixt'],
    ],
    [
      'Gateway that goes to the class of others, and the class that it leaves',
      gateway({ gatewayClassName: 'other', listeners: [listener('TCP', 80)] }, { name: 'unused' }),
      ['unused', 'class blixt', 'orphan set'],
    ],
    [
      'GatewayClass that others take over, and its Gateways',
      gatewayClass({ controllerName: 'example.com/other' }),
      ['g', 'unused', 'class blixt', 'orphan set'],
    ],
    [
      'GatewayClass with another description, but not its Gateways',
      gatewayClass({ description: 'new' }),
      ['class blixt'],
    ],
    ['GatewayClass of others', gatewayClass({ controllerName: 'example.com/third' }, { name: 'other' }), []],
    [
      'route, the Gateway of before and that of after',
      tcpRoute(
        { parentRefs: [toParent('Gateway', 'unused')], backendRefs: [backendRef('web', 80)] },
        { name: 'web' },
      ),
      ['g', 'unused'],
    ],
    [
      'route of Gateways of others, or of none',
      tcpRoute(
        {
          parentRefs: [toParent('Gateway', 'foreign'), toParent('Gateway', 'missing')],
          backendRefs: [backendRef('api', 80)],
        },
        { name: 'theirs' },
      ),
      [],
    ],
  ])('%s', (_name, object, expected) => {
    expect(touched(indexOf(world()), object)).toEqual(expected);
  });

  it('a Gateway that selects the Namespace of a ListenerSet of its no longer, or again', () => {
    const hub = gateway(
      { listeners: [listener('TCP', 80)], allowedListeners: selecting('red') },
      { name: 'hub' },
    );
    const index = indexOf([...world(), hub, setOf('guest', 'hub', undefined, 'shop')]);
    expect(touched(index, namespace('shop', { team: 'red' }))).toEqual(['hub']);
    expect(touched(index, namespace('shop', { team: 'red', a: 'b' }))).toEqual([]);
    expect(touched(index, namespace('shop', { team: 'blue' }))).toEqual(['hub']);
    expect(touched(index, namespace('bank', { team: 'red' }))).toEqual([]);
  });

  it('the Gateway of a ListenerSet that selects the Namespace of a route of its', () => {
    const selective = listener('TCP', 90, { allowedRoutes: selecting('red') });
    const index = indexOf([...world(), setOf('choosy', 'unused', [selective])]);
    const route = tcpRoute(
      { parentRefs: [toParent('ListenerSet', 'choosy')], backendRefs: [backendRef('web', 80)] },
      { namespace: 'shop' },
    );
    expect(touched(index, route)).toEqual(['unused']);
    expect(touched(index, namespace('shop', { team: 'red' }))).toEqual(['unused']);
    expect(touched(index, namespace('shop', { team: 'red', a: 'b' }))).toEqual([]);
    expect(touched(index, namespace('shop'), 'delete')).toEqual(['unused']);
  });

  it('the Gateway that is gone, and its class', () => {
    expect(touched(indexOf(world()), gateway({ listeners: [] }, { name: 'g' }), 'delete')).toEqual([
      'g',
      'class blixt',
    ]);
  });

  it('a ListenerSet that is gone while a route names it, and its Gateway', () => {
    expect(touched(indexOf(world()), setOf('set', 'unused'), 'delete')).toEqual(['unused', 'orphan set']);
  });

  it('the Gateways of both Services when an EndpointSlice moves', () => {
    const index = indexOf(world());
    const moved = endpointSlice(
      { service: 'api', endpoints: ['10.0.0.1'], ports: [{ port: 80 }] },
      { name: 'web-ipv4' },
    );
    expect(touched(index, moved)).toEqual(['g', 'unused']);
    expect([...index.endpointSlicesOf({ namespace: 'default', name: 'web' })]).toEqual([]);
  });

  it('a Gateway of which a route has an entry of ours that nothing else tells of', () => {
    const index = indexOf(world());
    const left = tcpRoute({ parentRefs: [], backendRefs: [backendRef('web', 80)] }, { name: 'left' });
    const entries = ['missing', 'foreign'].map((name) => ourEntry('Gateway', name));
    const parents = [...entries, ourEntry('ListenerSet', 'nowhere')];
    expect(touched(index, { ...left, status: { parents } })).toEqual([
      'foreign',
      'missing',
      'orphan nowhere',
    ]);
    const roots = index.roots();
    expect(roots.gateways.map(({ name }) => name).sort()).toEqual(['foreign', 'g', 'missing', 'unused']);
    expect(roots.listenerSets).toEqual([{ namespace: 'default', name: 'nowhere' }]);
  });
});

describe('a change of what no decision reads touches nothing', () => {
  const annotated = <T extends ModelObject>(object: T): T => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: '2', annotations: { a: 'b' }, managedFields: [] },
  });

  it.each(world().map((object) => [`${object.kind} ${object.metadata.name}`, object] as const))(
    'resourceVersion, managedFields and annotations of %s',
    (_name, object) => {
      const index = indexOf(world());
      expect(touched(index, annotated(object))).toEqual([]);
      expect(index.get(object.kind, object.metadata.namespace, object.metadata.name)).toEqual(
        annotated(object),
      );
    },
  );

  it.each<[string, ModelObject]>([
    [
      'hints, zones and nodes of endpoints',
      endpointSlice({
        service: 'web',
        endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'n', zone: 'z' }],
        ports: [{ port: 80 }],
      }),
    ],
    ['the selector of a Service', service('web', [80], {}, { selector: { app: 'web' } })],
    [
      'a status without entries of a route',
      {
        ...tcpRoute(
          { parentRefs: [toParent('ListenerSet', 'set')], backendRefs: [backendRef('api', 80)] },
          { name: 'by-set' },
        ),
        status: { parents: [] },
      },
    ],
  ])('%s', (_name, object) => {
    expect(touched(indexOf(world()), object)).toEqual([]);
  });

  it('what others write into their entry of a status', () => {
    const index = indexOf(world());
    const theirs = tcpRoute(
      { parentRefs: [toParent('Gateway', 'g')], backendRefs: [backendRef('web', 80)] },
      { name: 'both' },
    );
    const entry = (reason: string): RouteParentStatus => ({
      parentRef: toParent('Gateway', 'foreign'),
      controllerName: 'example.com/other',
      conditions: [
        { type: 'Accepted', status: 'True', reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    });
    expect(touched(index, { ...theirs, status: { parents: [entry('A')] } })).toEqual(['g']);
    expect(touched(index, { ...theirs, status: { parents: [entry('B')] } })).toEqual([]);
  });

  it('of a status by others on an object whose status we write, decisions are read again', () => {
    const index = indexOf(world());
    const changed = index.gateway({ namespace: 'default', name: 'g' });
    if (!changed) throw new Error('expected the Gateway');
    expect(touched(index, { ...changed, status: { attachedListenerSets: 9 } })).toEqual(['g']);
  });
});

describe('look-ups', () => {
  it('routes of a Gateway are those of its ListenerSets, too, each once', () => {
    const index = indexOf(world());
    index.apply({
      type: 'upsert',
      object: tcpRoute(
        {
          parentRefs: [toParent('ListenerSet', 'set'), toParent('Gateway', 'unused')],
          backendRefs: [backendRef('api', 80)],
        },
        { name: 'by-both' },
      ),
    });
    const names = (routes: Iterable<ModelObject>): string[] =>
      [...routes].map(({ metadata }) => metadata.name).sort();
    expect(names(index.routesOf({ namespace: 'default', name: 'unused' }))).toEqual(['by-both', 'by-set']);
    expect(names(index.routesOf({ namespace: 'default', name: 'g' }))).toEqual(['web']);
    expect(names(index.routesOfListenerSet({ namespace: 'default', name: 'set' }))).toEqual([
      'by-both',
      'by-set',
    ]);
  });

  it('give the versions that were applied, not copies', () => {
    const index = indexOf(world());
    const web = service('web', [80, 81]);
    index.apply({ type: 'upsert', object: web });
    expect(index.service({ namespace: 'default', name: 'web' })).toBe(web);
    expect(index.count('Service')).toBe(4);
    index.apply({ type: 'delete', object: service('web', []) });
    expect(index.service({ namespace: 'default', name: 'web' })).toBeUndefined();
    expect([...index.list('Service')]).toHaveLength(3);
  });

  it('know nothing of what was never there', () => {
    const index = indexOf([]);
    expect(touched(index, service('web', [80]), 'delete')).toEqual([]);
    expect(index.roots()).toEqual({ gateways: [], gatewayClasses: [], listenerSets: [] });
    expect(index.edges()).toEqual({});
  });
});
