/** Without a ReferenceGrant that names both sides, nothing crosses a namespace. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backendRef,
  endpointSlice,
  type Gateway,
  gateway,
  gatewayClass,
  listener,
  listenerSet,
  listView,
  type ModelObject,
  parentRef,
  type ReferenceGrant,
  referenceGrant,
  resolveGateway,
  service,
  tcpRoute,
  tlsSecret,
  udpRoute,
} from '../src/index.ts';
import { dualStack, SimulatedCluster } from './simulated-cluster.ts';
import { summary } from './world.ts';
import { aWorld, aWorldWithoutGrants, namespaceNames } from './worlds.ts';

const isRouteOf =
  (namespace: string) =>
  ({ kind, metadata }: ModelObject): boolean =>
    !kind.endsWith('Route') || metadata.namespace === namespace;

/** Namespaces of the endpoints that get traffic: their addresses tell. */
const reached = (objects: readonly ModelObject[]): Set<string | undefined> =>
  new Set(
    new SimulatedCluster(objects)
      .decideAll()
      .flatMap(({ forwarding }) => forwarding.services.flatMap(({ backends }) => backends))
      .map(({ address }) => namespaceNames[Number(/^(?:10\.|fd00:)(\d)/.exec(address)?.[1] ?? 0)]),
  );

describe('without any ReferenceGrant', () => {
  it('routes reach endpoints of their own namespace only, wherever their Gateways and ListenerSets are', () => {
    fc.assert(
      fc.property(aWorldWithoutGrants, (objects) => {
        for (const namespace of namespaceNames) {
          const others = [...reached(objects.filter(isRouteOf(namespace)))].filter(
            (name) => name !== namespace,
          );
          expect(others).toEqual([]);
        }
      }),
    );
  });

  it('no HTTPS listener of a Gateway or ListenerSet has references resolved that cross a namespace', () => {
    fc.assert(
      fc.property(aWorldWithoutGrants, (objects) => {
        const cluster = SimulatedCluster.settled(objects);
        for (const kind of ['Gateway', 'ListenerSet'] as const) {
          for (const { metadata, spec, status } of cluster.index.list(kind)) {
            for (const { name, conditions } of status?.listeners ?? []) {
              const declared = spec.listeners.find((entry) => entry.name === name);
              const crosses = declared?.tls?.certificateRefs?.some(
                ({ namespace = metadata.namespace }) => namespace !== metadata.namespace,
              );
              if (declared?.protocol === 'HTTPS' && crosses)
                expect(summary(conditions).ResolvedRefs).toMatch(/^False/);
            }
          }
        }
      }),
    );
  });
});

describe('with ReferenceGrants', () => {
  it('one more never takes from a route what it reached, nor does one less give it more', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const without = objects.filter(({ kind }) => kind !== 'ReferenceGrant');
        for (const namespace of namespaceNames) {
          const more = reached(objects.filter(isRouteOf(namespace)));
          for (const name of reached(without.filter(isRouteOf(namespace)))) expect(more).toContain(name);
        }
      }),
      { numRuns: 50 },
    );
  });

  /** Each changes one field of a grant that permits, so that it does not. */
  const mistakes: readonly (readonly [string, (grant: ReferenceGrant) => ReferenceGrant])[] = [
    [
      'is in another namespace',
      (grant) => ({ ...grant, metadata: { ...grant.metadata, namespace: 'shop' } }),
    ],
    ...(['group', 'kind', 'namespace'] as const).map(
      (field) =>
        [
          `is from another ${field}`,
          (grant: ReferenceGrant) => withFrom(grant, { [field]: 'wrong' }),
        ] as const,
    ),
    ...(['group', 'kind', 'name'] as const).map(
      (field) =>
        [`is to another ${field}`, (grant: ReferenceGrant) => withTo(grant, { [field]: 'wrong' })] as const,
    ),
  ];
  const withFrom = (grant: ReferenceGrant, fields: object): ReferenceGrant => ({
    ...grant,
    spec: { ...grant.spec, from: grant.spec.from.map((entry) => ({ ...entry, ...fields })) },
  });
  const withTo = (grant: ReferenceGrant, fields: object): ReferenceGrant => ({
    ...grant,
    spec: { ...grant.spec, to: grant.spec.to.map((entry) => ({ ...entry, ...fields })) },
  });
  const permitting = (fromKind: string, toKind: string, name: string | undefined): ReferenceGrant =>
    referenceGrant(
      {
        from: [{ group: 'gateway.networking.k8s.io', kind: fromKind, namespace: 'default' }],
        to: [{ group: '', kind: toKind, ...(name !== undefined && { name }) }],
      },
      { namespace: 'bank' },
    );

  const pem = (label: string): string => `-----BEGIN ${label}-----\nMAMCAQA=\n-----END ${label}-----\n`;
  const certificate = tlsSecret(
    'cert',
    { certificate: pem('CERTIFICATE'), key: pem('PRIVATE KEY') },
    { namespace: 'bank' },
  );
  const https = listener('HTTPS', 443, {
    tls: { certificateRefs: [{ name: 'cert', namespace: 'bank' }] },
  });
  const set = listenerSet({ listeners: [{ ...https, port: 444, name: 'https-444' }] });
  const subjectWith = (listeners: Gateway['spec']['listeners']): Gateway =>
    gateway({ listeners, allowedListeners: { namespaces: { from: 'Same' } } });

  /** A reference across namespaces of each kind, and the condition that tells whether it is permitted. */
  const references = {
    TCPRoute: { to: 'Service', name: 'web', objects: l4World('TCPRoute'), answer: routeAnswer },
    UDPRoute: { to: 'Service', name: 'web', objects: l4World('UDPRoute'), answer: routeAnswer },
    Gateway: {
      to: 'Secret',
      name: 'cert',
      objects: [subjectWith([https]), certificate],
      answer: (statuses: ReturnType<typeof statusesOf>) => listenerAnswer('Gateway', statuses),
    },
    ListenerSet: {
      to: 'Secret',
      name: 'cert',
      objects: [subjectWith([listener('TCP', 80)]), set, certificate],
      answer: (statuses: ReturnType<typeof statusesOf>) => listenerAnswer('ListenerSet', statuses),
    },
  };

  function l4World(kind: 'TCPRoute' | 'UDPRoute'): ModelObject[] {
    const protocol = kind === 'TCPRoute' ? 'TCP' : 'UDP';
    const route = kind === 'TCPRoute' ? tcpRoute : udpRoute;
    return [
      subjectWith([listener(protocol, 80)]),
      route({ parentRefs: [parentRef()], backendRefs: [backendRef('web', 80, { namespace: 'bank' })] }),
      service('web', [{ port: 80, protocol }], { namespace: 'bank' }),
      endpointSlice(
        { service: 'web', endpoints: ['10.2.0.1'], ports: [{ port: 80, protocol }] },
        { namespace: 'bank' },
      ),
    ];
  }

  function statusesOf(objects: readonly ModelObject[]) {
    const all = [gatewayClass(), ...objects];
    const subject = all.find(({ kind }) => kind === 'Gateway');
    if (subject?.kind !== 'Gateway') throw new Error('expected the Gateway');
    return resolveGateway(subject, listView(all), dualStack()).statuses;
  }

  function routeAnswer(statuses: ReturnType<typeof statusesOf>): string | undefined {
    const found = statuses.find((update) => 'parent' in update);
    return found && 'parent' in found ? summary(found.status.parents[0]?.conditions).ResolvedRefs : undefined;
  }

  function listenerAnswer(
    kind: 'Gateway' | 'ListenerSet',
    statuses: ReturnType<typeof statusesOf>,
  ): string | undefined {
    const found = statuses.find((update) => update.kind === kind);
    if (found?.kind !== 'Gateway' && found?.kind !== 'ListenerSet') return undefined;
    return summary(found.status.listeners?.[0]?.conditions).ResolvedRefs;
  }

  describe.each(Object.entries(references))('a reference of a %s', (kind, { to, name, objects, answer }) => {
    it('is permitted by a grant that names both sides, with or without the name', () => {
      for (const named of [undefined, name])
        expect(answer(statusesOf([...objects, permitting(kind, to, named)]))).toBe('True/ResolvedRefs');
    });

    it('is not permitted without, whether the target exists or not', () => {
      const absent = objects.filter(({ metadata }) => metadata.namespace !== 'bank');
      for (const world of [objects, absent]) expect(answer(statusesOf(world))).toBe('False/RefNotPermitted');
    });

    it.each(mistakes)('is not permitted by a grant that %s', (_name, mistake) => {
      const grant = mistake(permitting(kind, to, name));
      expect(answer(statusesOf([...objects, grant]))).toBe('False/RefNotPermitted');
    });
  });
});
