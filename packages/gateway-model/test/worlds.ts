/** Whatever a cluster may hold: generators of objects of every kind that decisions read, for properties. */
import fc from 'fast-check';
import {
  type AllowedRoutes,
  type BackendRef,
  backendRef,
  type Endpoint,
  type EndpointSlice,
  endpointSlice,
  type Gateway,
  type GatewayClass,
  gateway,
  gatewayClass,
  type HTTPRoute,
  httpRoute,
  type Listener,
  type ListenerSet,
  listener,
  listenerSet,
  type ModelObject,
  type Namespace,
  namespace,
  type ParentReference,
  parentRef,
  type ReferenceGrant,
  type Route,
  referenceGrant,
  type Secret,
  type SecretObjectReference,
  type Service,
  service,
  tcpRoute,
  udpRoute,
  validate,
} from '../src/index.ts';
import { CONTROLLER } from './world.ts';

export const FOREIGN_CONTROLLER = 'example.com/other';
const GROUP = 'gateway.networking.k8s.io';

/** Few names, so that objects find each other. Their order gives the addresses of endpoints: `10.INDEX.0.x`. */
export const namespaceNames = ['default', 'shop', 'bank'] as const;
const aNamespaceName = fc.constantFrom(...namespaceNames, 'default', 'default', 'default');
/** Absent in five of six cases, so that most references stay in a namespace, and most listeners are plain. */
const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 5 }, { arbitrary: value, weight: 1 });
/** Absent in two of three cases. */
const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 2 }, { arbitrary: value, weight: 1 });
const halfTheTime = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof(fc.constant(undefined), value);

const aServiceName = fc.constantFrom('web', 'web', 'api', 'dns');
const aSecretName = fc.constantFrom('cert', 'spare');
const aPort = fc.constantFrom(80, 80, 81);
const aTime = fc.integer({ min: 0, max: 3 }).map((minute) => `2026-01-01T00:0${minute}:00Z`);
const labelled = fc.constantFrom<Readonly<Record<string, string>>[]>({ team: 'a' }, { team: 'b' }, {});

/** PEM around the smallest DER; whether keys and certificates belong together is not a matter of the model. */
const pem = (label: string): string => `-----BEGIN ${label}-----\nMAMCAQA=\n-----END ${label}-----\n`;
const base64 = (text: string): string => btoa(text);

export const aNamespace: fc.Arbitrary<Namespace> = fc
  .tuple(aNamespaceName, labelled)
  .map(([name, labels]) => namespace(name, labels));

export const aGatewayClass: fc.Arbitrary<GatewayClass> = fc
  .record({
    name: fc.constantFrom('blixt', 'other'),
    controllerName: fc.constantFrom(CONTROLLER, CONTROLLER, FOREIGN_CONTROLLER),
    withParameters: fc.constantFrom(false, false, false, true),
  })
  .map(({ name, controllerName, withParameters }) =>
    gatewayClass(
      {
        controllerName,
        ...(withParameters && { parametersRef: { group: 'example.com', kind: 'Settings', name: 'x' } }),
      },
      { name },
    ),
  );

const aSelection = fc
  .record({
    from: fc.constantFrom(...(['All', 'All', 'All', 'Same', 'Selector'] as const)),
    team: fc.constantFrom('a', 'b'),
  })
  .map(
    ({ from, team }): NonNullable<AllowedRoutes['namespaces']> =>
      from === 'Selector' ? { from, selector: { matchLabels: { team } } } : { from },
  );

const aCertificateRef: fc.Arbitrary<SecretObjectReference> = fc
  .record({
    name: aSecretName,
    namespace: sometimes(aNamespaceName),
    kind: fc.constantFrom('Secret', 'Secret', 'Secret', 'Secret', 'ConfigMap'),
  })
  .map(({ name, namespace: to, kind }) => ({ group: '', kind, name, ...(to && { namespace: to }) }));

export const aListener: fc.Arbitrary<Listener> = fc
  .record({
    protocol: fc.constantFrom(...'TCP TCP TCP UDP UDP UDP HTTP HTTP HTTPS HTTPS TLS INVALID'.split(' ')),
    port: aPort,
    namespaces: aSelection,
    kinds: rarely(
      fc.uniqueArray(fc.constantFrom('TCPRoute', 'UDPRoute', 'HTTPRoute', 'InvalidRoute'), {
        minLength: 1,
        maxLength: 2,
      }),
    ),
    hostname: halfTheTime(fc.constantFrom('a.example', '*.example')),
    certificateRefs: fc.array(aCertificateRef, { minLength: 1, maxLength: 2 }),
  })
  .map(({ protocol, port, namespaces, kinds, hostname, certificateRefs }) => {
    const named = protocol === 'HTTP' || protocol === 'HTTPS' || protocol === 'TLS';
    return listener(protocol, port, {
      name: [protocol.toLowerCase(), port, ...(named && hostname ? [hostname.replace('*', 'any')] : [])].join(
        '-',
      ),
      allowedRoutes: { namespaces, ...(kinds && { kinds: kinds.map((kind) => ({ kind })) }) },
      ...(named && hostname && { hostname }),
      ...(protocol === 'HTTPS' && { tls: { mode: 'Terminate', certificateRefs } }),
      ...(protocol === 'TLS' && { tls: { mode: 'Passthrough' } }),
    });
  });

const someListeners = fc.uniqueArray(aListener, { minLength: 1, maxLength: 4, selector: ({ name }) => name });
const aGatewayName = fc.constantFrom('g1', 'g1', 'g2');

export const aGateway: fc.Arbitrary<Gateway> = fc
  .record({
    name: aGatewayName,
    namespace: aNamespaceName,
    gatewayClassName: fc.constantFrom('blixt', 'blixt', 'blixt', 'blixt', 'other'),
    listeners: someListeners,
    allowed: fc.oneof({ arbitrary: aSelection, weight: 5 }, { arbitrary: fc.constant(undefined), weight: 1 }),
    creationTimestamp: aTime,
  })
  .map(({ name, namespace: of, gatewayClassName, listeners, allowed, creationTimestamp }) =>
    gateway(
      { gatewayClassName, listeners, ...(allowed && { allowedListeners: { namespaces: allowed } }) },
      { name, namespace: of, creationTimestamp },
    ),
  );

export const aListenerSet: fc.Arbitrary<ListenerSet> = fc
  .record({
    name: fc.constantFrom('l1', 'l2'),
    namespace: aNamespaceName,
    parent: aGatewayName,
    parentNamespace: rarely(aNamespaceName),
    listeners: someListeners,
    creationTimestamp: aTime,
  })
  .map(({ name, namespace: of, parent, parentNamespace, listeners, creationTimestamp }) =>
    listenerSet(
      {
        parentRef: {
          group: GROUP,
          kind: 'Gateway',
          name: parent,
          ...(parentNamespace && { namespace: parentNamespace }),
        },
        listeners,
      },
      { name, namespace: of, creationTimestamp },
    ),
  );

const aParentRef: fc.Arbitrary<ParentReference> = fc
  .record({
    kind: fc.constantFrom('Gateway', 'Gateway', 'ListenerSet'),
    number: fc.constantFrom('1', '1', '2'),
    namespace: fc.constantFrom('default', 'default', 'default', 'default', 'shop', undefined),
    sectionName: rarely(fc.constantFrom('tcp-80', 'udp-80', 'http-81')),
    port: rarely(aPort),
  })
  .map(({ kind, number, namespace: of, sectionName, port }) =>
    parentRef(`${kind === 'Gateway' ? 'g' : 'l'}${number}`, {
      kind,
      ...(of && { namespace: of }),
      ...(sectionName && { sectionName }),
      ...(port !== undefined && { port }),
    }),
  );

export const aBackendRef: fc.Arbitrary<BackendRef> = fc
  .record({
    name: aServiceName,
    port: aPort,
    weight: fc.integer({ min: 0, max: 5 }),
    namespace: sometimes(aNamespaceName),
  })
  .map(({ name, port, weight, namespace: to }) =>
    backendRef(name, port, { weight, ...(to && { namespace: to }) }),
  );

const routeFields = {
  name: fc.constantFrom('r1', 'r2', 'r3'),
  namespace: aNamespaceName,
  creationTimestamp: aTime,
};
const someParents = fc.uniqueArray(aParentRef, {
  minLength: 1,
  maxLength: 3,
  selector: ({ kind, namespace: of, name }) => `${kind} ${of} ${name}`,
});

export const anL4Route: fc.Arbitrary<Route> = fc
  .record({
    ...routeFields,
    kind: fc.constantFrom('TCPRoute', 'UDPRoute'),
    parentRefs: someParents,
    backendRefs: fc.array(aBackendRef, { minLength: 1, maxLength: 4 }),
  })
  .map(({ kind, parentRefs, backendRefs, ...meta }) =>
    (kind === 'TCPRoute' ? tcpRoute : udpRoute)({ parentRefs, backendRefs }, meta),
  );

export const anHttpRoute: fc.Arbitrary<HTTPRoute> = fc
  .record({
    ...routeFields,
    parentRefs: someParents,
    hostname: halfTheTime(fc.constantFrom('a.example', 'b.example', 'c.test')),
    path: fc.constantFrom('/', '/', '/deep'),
    backendRefs: fc.array(aBackendRef, { maxLength: 2 }),
  })
  .map(({ parentRefs, hostname, path, backendRefs, ...meta }) =>
    httpRoute(
      {
        parentRefs,
        ...(hostname && { hostnames: [hostname] }),
        rules: [{ matches: [{ path: { type: 'PathPrefix', value: path } }], backendRefs }],
      },
      meta,
    ),
  );

/** Of every type; ports 80 over both transports, and 81 over TCP on some. */
export const aService: fc.Arbitrary<Service> = fc
  .record({
    name: aServiceName,
    namespace: aNamespaceName,
    type: fc.constantFrom(
      ...(['ClusterIP', 'headless', 'NodePort', 'LoadBalancer', 'ClusterIP', 'ExternalName'] as const),
    ),
    more: fc.boolean(),
  })
  .map(({ name, namespace: of, type, more }) => {
    const plain = [
      { name: 't', port: 80, protocol: 'TCP' },
      { name: 'u', port: 80, protocol: 'UDP' },
    ] as const;
    const webSocket = { name: 'a', port: 81, protocol: 'TCP', appProtocol: 'kubernetes.io/ws' } as const;
    return service(
      name,
      more ? [...plain, webSocket] : plain,
      { namespace: of },
      type === 'headless' ? { clusterIP: 'None' } : { type },
    );
  });

const aState: fc.Arbitrary<NonNullable<Endpoint['conditions']>> = fc.oneof(
  { arbitrary: fc.constant({ ready: true }), weight: 3 },
  { arbitrary: fc.constant({ ready: false, serving: true, terminating: true }), weight: 1 },
  {
    arbitrary: fc.record(
      { ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() },
      { requiredKeys: [] },
    ),
    weight: 1,
  },
);

/** Addresses tell the namespace that they are of, in either family. */
export const aSlice: fc.Arbitrary<EndpointSlice> = fc
  .record({
    service: aServiceName,
    number: fc.constantFrom('1', '2'),
    namespace: aNamespaceName,
    addressType: fc.constantFrom(...(['IPv4', 'IPv4', 'IPv6', 'FQDN'] as const)),
    endpoints: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), aState), { maxLength: 4 }),
    ports: fc.subarray(
      [
        { name: 't', port: 8080 },
        { name: 'u', port: 5353, protocol: 'UDP' as const },
        { name: 'a', port: 8081 },
      ],
      { minLength: 2 },
    ),
  })
  .map(({ service: of, number, namespace: inNamespace, addressType, endpoints, ports }) => {
    const index = namespaceNames.indexOf(inNamespace);
    const addressOf = (host: number): string =>
      ({
        IPv4: `10.${index}.0.${host}`,
        IPv6: `fd00:${index}::${host}`,
        FQDN: `h${host}.${inNamespace}.test`,
      })[addressType];
    return endpointSlice(
      {
        service: of,
        addressType,
        ports,
        endpoints: endpoints.map(([host, conditions]) => ({ addresses: [addressOf(host)], conditions })),
      },
      { name: `${of}-${number}`, namespace: inNamespace },
    );
  });

export const aGrant: fc.Arbitrary<ReferenceGrant> = fc
  .record({
    name: fc.constantFrom('a', 'b'),
    namespace: fc.constantFrom('shop', 'bank', 'default'),
    from: fc
      .record({
        kinds: fc.subarray(['TCPRoute', 'UDPRoute', 'HTTPRoute', 'Gateway', 'ListenerSet'], { minLength: 2 }),
        namespace: aNamespaceName,
      })
      .map(({ kinds, namespace: of }) => kinds.map((kind) => ({ kind, namespace: of }))),
    services: halfTheTime(aServiceName),
    secrets: halfTheTime(aSecretName),
    to: fc.constantFrom('Service', 'Secret', 'both'),
  })
  .map(({ name, namespace: of, from, services, secrets, to }) =>
    referenceGrant(
      {
        from: from.map((entry) => ({ group: GROUP, ...entry })),
        to: [
          ...(to === 'Secret' ? [] : [{ group: '', kind: 'Service', ...(services && { name: services }) }]),
          ...(to === 'Service' ? [] : [{ group: '', kind: 'Secret', ...(secrets && { name: secrets }) }]),
        ],
      },
      { name, namespace: of },
    ),
  );

/** Mostly with the form of a certificate and its key. */
export const aSecret: fc.Arbitrary<Secret> = fc
  .record({
    name: aSecretName,
    namespace: aNamespaceName,
    what: fc.constantFrom('good', 'good', 'good', 'other type', 'no key', 'malformed'),
  })
  .map(({ name, namespace: of, what }) => ({
    apiVersion: 'v1' as const,
    kind: 'Secret' as const,
    metadata: { name, namespace: of },
    type: what === 'other type' ? 'Opaque' : 'kubernetes.io/tls',
    data: {
      'tls.crt': base64(what === 'malformed' ? 'hello' : pem('CERTIFICATE')),
      ...(what !== 'no key' && { 'tls.key': base64(pem('PRIVATE KEY')) }),
    },
  }));

const keyOf = ({ kind, metadata }: ModelObject): string =>
  `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** Each object once, the last of a name; what an API server refuses is left out. */
function stored(objects: readonly ModelObject[]): ModelObject[] {
  const valid = objects.filter((object) => validate(object).length === 0);
  return [...new Map(valid.map((object) => [keyOf(object), object])).values()];
}

/** What belongs together: without it, traffic would seldom come through in a world of chance. */
const aFoundation: fc.Arbitrary<ModelObject[]> = fc.subarray(
  [
    gateway(
      {
        listeners: ['TCP', 'UDP'].map((protocol) =>
          listener(protocol, 80, { allowedRoutes: { namespaces: { from: 'All' } } }),
        ),
        allowedListeners: { namespaces: { from: 'All' } },
      },
      { name: 'g1' },
    ),
    ...['web', 'api'].flatMap((name, index) => [
      service(name, [
        { name: 't', port: 80, protocol: 'TCP' },
        { name: 'u', port: 80, protocol: 'UDP' },
      ]),
      ...(['IPv4', 'IPv6'] as const).map((addressType) =>
        endpointSlice(
          {
            service: name,
            addressType,
            endpoints: [1, 2].map((host) =>
              addressType === 'IPv4' ? `10.0.${index}.${host}` : `fd00:0:${index}::${host}`,
            ),
            ports: [
              { name: 't', port: 8080 },
              { name: 'u', port: 5353, protocol: 'UDP' },
            ],
          },
          { name: `${name}-${addressType === 'IPv4' ? 1 : 2}` },
        ),
      ),
    ]),
  ],
  { minLength: 4 },
);

/** How many objects of each kind a world has at most; at least a third of it. */
const kinds: readonly (readonly [fc.Arbitrary<ModelObject>, number])[] = [
  [aGateway, 4],
  [aListenerSet, 5],
  [anL4Route, 10],
  [anHttpRoute, 4],
  [aService, 12],
  [aSlice, 14],
  [aGrant, 5],
  [aSecret, 5],
];

/** A cluster's objects: the classes `blixt`, which is ours, and `other`, every Namespace, and some of the others. */
export const aWorld: fc.Arbitrary<ModelObject[]> = worldOf(kinds);

/** A cluster without ReferenceGrants. */
export const aWorldWithoutGrants: fc.Arbitrary<ModelObject[]> = worldOf(
  kinds.filter(([arbitrary]) => arbitrary !== aGrant),
);

function worldOf(some: typeof kinds): fc.Arbitrary<ModelObject[]> {
  return fc
    .record({
      namespaces: fc.tuple(
        ...namespaceNames.map((name) => labelled.map((labels) => namespace(name, labels))),
      ),
      foundation: aFoundation,
      others: fc.tuple(
        ...some.map(([arbitrary, maxLength]) =>
          fc.array(arbitrary, { minLength: Math.floor(maxLength / 3), maxLength, size: 'max' }),
        ),
      ),
    })
    .map(({ namespaces, foundation, others }) =>
      stored([
        gatewayClass(),
        gatewayClass({ controllerName: FOREIGN_CONTROLLER }, { name: 'other' }),
        ...namespaces,
        ...others.flat(),
        ...foundation,
      ]),
    );
}

/** One object of any kind, as an API server would take it. */
export const anObject: fc.Arbitrary<ModelObject> = fc
  .oneof(
    { arbitrary: aGateway, weight: 3 },
    { arbitrary: aListenerSet, weight: 3 },
    { arbitrary: anL4Route, weight: 6 },
    { arbitrary: anHttpRoute, weight: 2 },
    { arbitrary: aService, weight: 3 },
    { arbitrary: aSlice, weight: 4 },
    { arbitrary: aGrant, weight: 4 },
    { arbitrary: aSecret, weight: 3 },
    { arbitrary: aNamespace, weight: 5 },
    { arbitrary: aGatewayClass, weight: 1 },
  )
  .filter((object) => validate(object).length === 0);
