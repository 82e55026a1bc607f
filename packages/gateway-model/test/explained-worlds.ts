/** Worlds in which, together, every rule of the specification decides something. */
import {
  backendRef,
  certificateRef,
  endpointSlice,
  type Gateway,
  gateway,
  httpRoute,
  listener,
  listenerSet,
  type ModelObject,
  parentRef,
  type ResolveContext,
  referenceGrant,
  service,
  tcpRoute,
  terminateTls,
  udpRoute,
} from '../src/index.ts';
import { backend, certificate } from './world.ts';

/** A Gateway, what is around it, and what the world says. */
export interface ExplainedWorld {
  readonly about: string;
  readonly gateway: Gateway;
  readonly objects: readonly ModelObject[];
  readonly overrides?: Partial<ResolveContext>;
}

const at = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` });
const from = (kind: string) => [{ group: 'gateway.networking.k8s.io', kind, namespace: 'default' }];
const allowSame = { allowedListeners: { namespaces: { from: 'Same' } } } as const;

const listeners: ExplainedWorld = {
  about: 'listeners of every kind of fault',
  gateway: gateway({
    listeners: [
      listener('TCP', 1),
      listener('UDP', 1),
      listener('TLS', 2),
      listener('TCP', 3, { name: 'a' }),
      listener('HTTP', 3, { name: 'b' }),
      listener('HTTP', 4, { name: 'c', hostname: 'a.test' }),
      listener('HTTP', 4, { name: 'd', hostname: 'a.test' }),
      listener('TCP', 5, { allowedRoutes: { kinds: [{ kind: 'UDPRoute' }] } }),
      listener('TCP', 6),
      listener('HTTPS', 443, { name: 'wide', hostname: '*.test', tls: terminateTls('certificate') }),
      listener('HTTPS', 443, { name: 'narrow', hostname: 'a.test', tls: terminateTls('missing') }),
    ],
  }),
  objects: [certificate()],
  overrides: { unavailablePorts: [{ port: 6, protocol: 'TCP', message: 'default/older has it.' }] },
};

const certificates: ExplainedWorld = {
  about: 'certificates of every kind of fault',
  gateway: gateway({
    listeners: [
      ['kind', certificateRef('certificate', { kind: 'ConfigMap' })] as const,
      ['grant', certificateRef('certificate', { namespace: 'closed' })] as const,
      ['granted', certificateRef('certificate', { namespace: 'open' })] as const,
      ['type', certificateRef('opaque')] as const,
      ['contents', certificateRef('empty')] as const,
    ]
      .map(([name, ref]) =>
        listener('HTTPS', 443, { name, hostname: `${name}.test`, tls: terminateTls(ref) }),
      )
      .concat(listener('HTTPS', 443, { name: 'none', hostname: 'none.test' })),
  }),
  objects: [
    certificate('certificate', { namespace: 'open' }),
    referenceGrant({ from: from('Gateway'), to: [{ group: '', kind: 'Secret' }] }, { namespace: 'open' }),
    { ...certificate('opaque'), type: 'Opaque' },
    { ...certificate('empty'), data: {} },
  ],
};

const sets: ExplainedWorld = {
  about: 'ListenerSets that are accepted, outranked, not allowed, too large and without a port',
  gateway: gateway(allowSame),
  objects: [
    listenerSet({}, { name: 'accepted', ...at(1) }),
    listenerSet({ listeners: [listener('TCP', 80), listener('TCP', 81)] }, { name: 'outranked', ...at(2) }),
    listenerSet({ listeners: [listener('TCP', 82)] }, { name: 'no-port', ...at(3) }),
    listenerSet({ listeners: [listener('INVALID', 83)] }, { name: 'invalid', ...at(4) }),
    listenerSet({ listeners: [listener('TCP', 84)] }, { name: 'too-many', ...at(5) }),
    listenerSet(
      { parentRef: { name: 'gateway', namespace: 'default' } },
      { name: 'foreign', namespace: 'other' },
    ),
    tcpRoute({
      parentRefs: [parentRef('accepted', { kind: 'ListenerSet' })],
      backendRefs: [backendRef('web', 80)],
    }),
    tcpRoute(
      {
        parentRefs: [parentRef('foreign', { kind: 'ListenerSet', namespace: 'other' })],
        backendRefs: [backendRef('web', 80)],
      },
      { name: 'to-foreign' },
    ),
    ...backend('web', ['10.0.0.1']),
  ],
  overrides: {
    maxListeners: 5,
    unavailablePorts: [{ port: 82, protocol: 'TCP', message: 'default/older has it.' }],
  },
};

const refusedGateway: ExplainedWorld = {
  about: 'a Gateway with an address type that nobody knows, and a ListenerSet',
  gateway: gateway({ addresses: [{ type: 'example.com/x', value: 'y' }], ...allowSame }),
  objects: [listenerSet()],
};

const gateways: ExplainedWorld[] = [
  refusedGateway,
  {
    about: 'a Gateway with parameters that nobody knows',
    gateway: gateway({
      infrastructure: { parametersRef: { group: 'example.com', kind: 'Thing', name: 'x' } },
    }),
    objects: [],
  },
  {
    about: 'a Gateway that asks for addresses',
    gateway: gateway({
      addresses: [{ value: '192.0.2.1' }, { value: '192.0.2.2' }, { value: '10.9.9.9' }, {}],
    }),
    objects: [],
    overrides: {
      addresses: {
        assigned: ['192.0.2.1'],
        unusable: [{ value: '10.9.9.9', reason: 'outside of the pool' }],
      },
    },
  },
  {
    about: 'a Gateway without an address, and a ListenerSet',
    gateway: gateway(allowSame),
    objects: [listenerSet()],
    overrides: { addresses: { assigned: [] } },
  },
  {
    about: 'a Gateway whose rules the data plane refuses',
    gateway: gateway(),
    objects: [],
    overrides: { programmed: { ok: false, reason: 'NoResources', message: 'maps are full' } },
  },
  { about: 'a Gateway of no class', gateway: gateway({ gatewayClassName: 'nobody' }), objects: [] },
];

const attachment: ExplainedWorld = {
  about: 'routes that attach, compete, and are refused',
  gateway: gateway({ listeners: [listener('TCP', 80), listener('HTTP', 81, { hostname: 'a.test' })] }),
  objects: [
    tcpRoute({ backendRefs: [backendRef('web', 80)] }, { name: 'old', ...at(1) }),
    tcpRoute({ backendRefs: [backendRef('web', 80)] }, { name: 'young', ...at(2) }),
    tcpRoute(
      { parentRefs: [parentRef('gateway', { sectionName: 'nobody' })], backendRefs: [] },
      { name: 'section' },
    ),
    udpRoute({ backendRefs: [] }, { name: 'kind' }),
    tcpRoute(
      { parentRefs: [parentRef('gateway', { namespace: 'default' })], backendRefs: [] },
      { name: 'namespace', namespace: 'other' },
    ),
    httpRoute({ hostnames: ['b.test'] }, { name: 'hostname' }),
    httpRoute(
      { hostnames: ['a.test'], rules: [{ backendRefs: [backendRef('web', 80)] }] },
      { name: 'served' },
    ),
    ...backend('web', ['10.0.0.1']),
  ],
};

const http: ExplainedWorld = {
  about: 'HTTPRoutes that compete where layer 4 can serve them',
  gateway: gateway({ listeners: [listener('HTTP', 80)] }),
  objects: [
    httpRoute({ rules: [{ backendRefs: [backendRef('web', 80)] }] }, { name: 'old', ...at(1) }),
    httpRoute({ rules: [{ backendRefs: [backendRef('web', 80)] }] }, { name: 'young', ...at(2) }),
    ...backend('web', ['10.0.0.1']),
  ],
};

const inexact: ExplainedWorld = {
  about: 'an HTTPRoute of which a share has no backend',
  gateway: gateway({ listeners: [listener('HTTP', 80)] }),
  objects: [
    httpRoute({ rules: [{ backendRefs: [backendRef('web', 80), backendRef('gone', 80)] }] }),
    ...backend('web', ['10.0.0.1']),
  ],
};

const unprogrammed: ExplainedWorld = {
  about: 'an HTTPRoute of a Gateway without an address',
  gateway: gateway({ listeners: [listener('HTTP', 80)] }),
  objects: [
    httpRoute({ rules: [{ backendRefs: [backendRef('web', 80)] }] }),
    ...backend('web', ['10.0.0.1']),
  ],
  overrides: { addresses: { assigned: [] } },
};

const slice = (name: string, ready: boolean) =>
  endpointSlice({
    service: name,
    endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready, serving: true, terminating: !ready } }],
    ports: [{ port: 8080 }],
  });

const backends: ExplainedWorld = {
  about: 'backendRefs of every kind of fault',
  gateway: gateway(),
  objects: [
    tcpRoute({
      backendRefs: [
        backendRef('web', 80, { kind: 'ConfigMap' }),
        backendRef('web', 80, { namespace: 'closed' }),
        backendRef('web', 80, { namespace: 'open' }),
        backendRef('missing', 80),
        backendRef('external', 80),
        backendRef('web', 81),
        backendRef('web', 80),
        backendRef('web', 80, { weight: 0 }),
        backendRef('empty', 80),
        backendRef('terminating', 80),
      ],
    }),
    referenceGrant({ from: from('TCPRoute'), to: [{ group: '', kind: 'Service' }] }, { namespace: 'open' }),
    ...backend('web', ['10.0.0.1', '10.0.0.2']),
    ...backend('web', ['10.0.1.1'], 'open'),
    service('external', [80], {}, { type: 'ExternalName' }),
    service('empty', [80]),
    service('terminating', [80]),
    slice('terminating', false),
  ],
  overrides: { addresses: { assigned: ['192.0.2.1', '2001:db8::1'] } },
};

const zero: ExplainedWorld = {
  about: 'a route whose weights are all 0',
  gateway: gateway(),
  objects: [
    tcpRoute({ backendRefs: [backendRef('web', 80, { weight: 0 })] }),
    ...backend('web', ['10.0.0.1']),
  ],
};

/** See the head of the file. */
export const explainedWorlds: readonly ExplainedWorld[] = [
  listeners,
  certificates,
  sets,
  ...gateways,
  attachment,
  http,
  inexact,
  unprogrammed,
  backends,
  zero,
];
