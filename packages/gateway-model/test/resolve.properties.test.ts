/** What holds whatever the objects are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BackendRef,
  backendRef,
  type Condition,
  type EndpointSlice,
  endpointSlice,
  type Gateway,
  gateway,
  gatewayClass,
  type Listener,
  listener,
  listView,
  type ModelObject,
  mergeStatus,
  namespace,
  type ParentReference,
  parentRef,
  parseObject,
  type ReferenceGrant,
  type Route,
  referenceGrant,
  resolveGateway,
  type Service,
  service,
  tcpRoute,
  udpRoute,
  validate,
} from '../src/index.ts';
import { CONTROLLER, context, LATER } from './world.ts';

const namespaces = ['default', 'shop', 'bank'] as const;
const aNamespace = fc.constantFrom(...namespaces);
const aServiceName = fc.constantFrom('web', 'api', 'dns');
const aPort = fc.constantFrom(80, 81);

const aListener: fc.Arbitrary<Listener> = fc
  .record({
    protocol: fc.constantFrom('TCP', 'UDP', 'HTTP', 'INVALID'),
    port: aPort,
    from: fc.constantFrom<('All' | 'Same' | 'Selector')[]>('All', 'Same', 'Selector'),
  })
  .map(({ protocol, port, from }) =>
    listener(protocol, port, {
      allowedRoutes: {
        namespaces: from === 'Selector' ? { from, selector: { matchLabels: { team: 'a' } } } : { from },
      },
    }),
  );

const aGateway: fc.Arbitrary<Gateway> = fc
  .uniqueArray(aListener, { minLength: 1, maxLength: 5, selector: ({ name }) => name })
  .map((listeners) => gateway({ listeners }));

const aBackendRef: fc.Arbitrary<BackendRef> = fc
  .record({
    name: aServiceName,
    port: aPort,
    weight: fc.integer({ min: 0, max: 5 }),
    namespace: fc.option(aNamespace),
  })
  .map(({ name, port, weight, namespace: to }) =>
    backendRef(name, port, { weight, ...(to && { namespace: to }) }),
  );

const aParentRef: fc.Arbitrary<ParentReference> = fc
  .record({ name: fc.constantFrom('gateway', 'other'), port: fc.option(aPort) })
  .map(({ name, port }) => parentRef(name, { namespace: 'default', ...(port !== null && { port }) }));

const aRoute: fc.Arbitrary<Route> = fc
  .record({
    kind: fc.constantFrom('TCPRoute', 'UDPRoute'),
    name: fc.constantFrom('r1', 'r2', 'r3'),
    namespace: aNamespace,
    minute: fc.integer({ min: 0, max: 2 }),
    parentRefs: fc.array(aParentRef, { minLength: 1, maxLength: 3 }),
    backendRefs: fc.array(aBackendRef, { minLength: 1, maxLength: 4 }),
  })
  .map(({ kind, minute, parentRefs, backendRefs, ...names }) =>
    (kind === 'TCPRoute' ? tcpRoute : udpRoute)(
      { parentRefs, backendRefs },
      { ...names, creationTimestamp: `2026-01-01T00:0${minute}:00Z` },
    ),
  );

const aService: fc.Arbitrary<Service> = fc
  .record({ name: aServiceName, namespace: aNamespace })
  .map((names) =>
    service(
      names.name,
      [
        { name: 't', port: 80, protocol: 'TCP' },
        { name: 'u', port: 80, protocol: 'UDP' },
      ],
      names,
    ),
  );

/** Addresses tell the namespace that they are of: 10.<index of the namespace>.0.x. */
const aSlice: fc.Arbitrary<EndpointSlice> = fc
  .record({
    service: aServiceName,
    namespace: aNamespace,
    endpoints: fc.array(
      fc.record({
        host: fc.integer({ min: 1, max: 9 }),
        conditions: fc.record(
          { ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() },
          { requiredKeys: [] },
        ),
      }),
      { maxLength: 4 },
    ),
    name: fc.constantFrom('s1', 's2'),
  })
  .map(({ endpoints, namespace: of, name, ...fields }) =>
    endpointSlice(
      {
        ...fields,
        ports: [
          { name: 't', port: 8080 },
          { name: 'u', port: 5353, protocol: 'UDP' },
        ],
        endpoints: endpoints.map(({ host, conditions }) => ({
          addresses: [`10.${namespaces.indexOf(of)}.0.${host}`],
          conditions,
        })),
      },
      { name: `${fields.service}-${name}`, namespace: of },
    ),
  );

const aGrant: fc.Arbitrary<ReferenceGrant> = fc
  .record({
    kind: fc.constantFrom('TCPRoute', 'UDPRoute'),
    from: aNamespace,
    to: aNamespace,
    name: fc.option(aServiceName),
  })
  .map(({ kind, from, to, name }) =>
    referenceGrant(
      {
        from: [{ group: 'gateway.networking.k8s.io', kind, namespace: from }],
        to: [{ group: '', kind: 'Service', ...(name && { name }) }],
      },
      { name: `${kind.toLowerCase()}-${from}-${name ?? 'all'}`, namespace: to },
    ),
  );

const keyOf = ({ kind, metadata }: ModelObject): string => `${kind} ${metadata.namespace} ${metadata.name}`;

/** Objects around the Gateway, each once: what a cluster can hold. */
const objectsWith = (grants: fc.Arbitrary<ReferenceGrant[]>): fc.Arbitrary<ModelObject[]> =>
  fc
    .tuple(
      fc.array(aRoute, { maxLength: 6 }),
      fc.array(aService, { maxLength: 6 }),
      fc.array(aSlice, { maxLength: 8 }),
      grants,
    )
    .map((lists) => {
      const all: ModelObject[] = [
        gatewayClass(),
        namespace('default'),
        namespace('shop', { team: 'a' }),
        namespace('bank'),
        ...lists.flat(),
      ];
      return [...new Map(all.map((object) => [keyOf(object), object])).values()];
    });

const someObjects = objectsWith(fc.array(aGrant, { maxLength: 6 }));
const addresses = { assigned: ['192.0.2.1', '2001:db8::1'] };
const resolve = (subject: Gateway, objects: readonly ModelObject[], now?: string) => {
  const resolution = resolveGateway(subject, listView(objects), context({ addresses, ...(now && { now }) }));
  return { ...resolution, explain: resolution.explain() };
};

/** The objects with the decided statuses written onto them. */
function written(
  subject: Gateway,
  objects: readonly ModelObject[],
): { subject: Gateway; objects: ModelObject[] } {
  const { statuses } = resolve(subject, objects);
  const withStatus = (object: ModelObject): ModelObject => {
    const update = statuses.find(
      ({ kind, namespace: of, name }) =>
        kind === object.kind && name === object.metadata.name && of === object.metadata.namespace,
    );
    return update ? ({ ...object, status: update.status } as ModelObject) : object;
  };
  const gatewayWithStatus = withStatus(subject);
  if (gatewayWithStatus.kind !== 'Gateway') throw new Error('expected the Gateway');
  return { subject: gatewayWithStatus, objects: objects.map(withStatus) };
}

describe('resolving, whatever the objects are', () => {
  it('the order of the objects does not change the result', () => {
    fc.assert(
      fc.property(
        aGateway,
        someObjects.chain((objects) =>
          fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
        ),
        (subject, [objects, shuffled]) => {
          expect(resolve(subject, shuffled)).toEqual(resolve(subject, objects));
        },
      ),
    );
  });

  it('resolving what it has written itself changes nothing', () => {
    fc.assert(
      fc.property(aGateway, someObjects, (subject, objects) => {
        const after = written(subject, objects);
        const again = resolve(after.subject, after.objects, LATER);
        expect(again.statuses.filter(({ changed }) => changed)).toEqual([]);
        expect(again.forwarding).toEqual(resolve(subject, objects).forwarding);
      }),
    );
  });

  it('the input stays as it is', () => {
    fc.assert(
      fc.property(aGateway, someObjects, (subject, objects) => {
        const before = structuredClone([subject, objects]);
        resolve(subject, objects);
        expect([subject, objects]).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  it('the statuses are valid by the schemas of the CRDs', () => {
    fc.assert(
      fc.property(aGateway, someObjects, (subject, objects) => {
        const after = written(subject, objects);
        for (const object of [after.subject, ...after.objects]) {
          // Objects that break rules across fields are resolved as well; here only the status is of interest.
          expect(validate(object).filter(({ path }) => path.startsWith('status'))).toEqual([]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('attachedRoutes is the number of routes that are accepted there', () => {
    fc.assert(
      fc.property(aGateway, someObjects, (subject, objects) => {
        const { statuses } = resolve(subject, objects);
        const own = statuses.find(({ kind }) => kind === 'Gateway');
        if (own?.kind !== 'Gateway') throw new Error('expected the status of the Gateway');
        for (const { name, attachedRoutes } of own.status.listeners ?? []) {
          const accepted = statuses.filter(
            (update) =>
              'parent' in update &&
              update.status.parents.some(({ conditions }) =>
                conditions.some(({ type, status, message }) => {
                  const [, names = ''] = /^Attached to listener ([^.]*)\./.exec(message) ?? [];
                  return type === 'Accepted' && status === 'True' && names.split(', ').includes(name);
                }),
              ),
          );
          expect(attachedRoutes).toBe(accepted.length);
        }
      }),
    );
  });
});

describe('forwarding, whatever the objects are', () => {
  it('the shares of a service sum to one, and each (address, port) is there once, in order', () => {
    fc.assert(
      fc.property(aGateway, someObjects, (subject, objects) => {
        for (const { backends, rejectWeight } of resolve(subject, objects).forwarding.services) {
          const total = backends.reduce((sum, { weight }) => sum + weight, rejectWeight);
          expect(total).toBeGreaterThan(0);
          const shares = [...backends.map(({ weight }) => weight / total), rejectWeight / total];
          expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
          const keys = backends.map(({ address, port }) => `${address} ${String(port).padStart(5, '0')}`);
          expect(keys).toEqual([...new Set(keys)].sort());
          expect(backends.every(({ draining, weight }) => !draining || weight === 0)).toBe(true);
        }
      }),
    );
  });

  it('the share of a backendRef is its weight over the sum of weights', () => {
    fc.assert(
      fc.property(fc.array(aBackendRef, { minLength: 1, maxLength: 4 }), (refs) => {
        const own = refs.map((ref, index) => ({ ...ref, namespace: 'default', name: `s${index}`, port: 80 }));
        const objects: ModelObject[] = own.flatMap(({ name }, index) => [
          service(name, [80]),
          endpointSlice({
            service: name,
            endpoints: [1, 2, 3].slice(index % 3).map((host) => `10.${index}.0.${host}`),
            ports: [{ port: 80 }],
          }),
        ]);
        const subject = gateway({ listeners: [listener('TCP', 80)] });
        const [found] = resolve(subject, [gatewayClass(), tcpRoute({ backendRefs: own }), ...objects])
          .forwarding.services;
        const total = own.reduce((sum, { weight = 1 }) => sum + weight, 0);
        for (const [index, { weight = 1 }] of own.entries()) {
          const sum = (found?.backends ?? [])
            .filter(({ address }) => address.startsWith(`10.${index}.`))
            .reduce((all, entry) => all + entry.weight, 0);
          expect(sum / (total || 1)).toBeCloseTo(weight / (total || 1), 9);
        }
        expect(found?.rejectWeight).toBe(total === 0 ? 1 : 0);
      }),
    );
  });

  it('without a grant nothing crosses a namespace', () => {
    fc.assert(
      fc.property(aGateway, objectsWith(fc.constant([])), (subject, objects) => {
        const onlyOf = (of: string) =>
          objects.filter((object) =>
            object.kind !== 'TCPRoute' && object.kind !== 'UDPRoute'
              ? true
              : object.metadata.namespace === of,
          );
        for (const of of namespaces) {
          const { services } = resolve(subject, onlyOf(of)).forwarding;
          const reached = services.flatMap(({ backends }) => backends.map(({ address }) => address));
          expect(reached.filter((address) => !address.startsWith(`10.${namespaces.indexOf(of)}.`))).toEqual(
            [],
          );
        }
      }),
    );
  });
});

describe('what others own, whatever it is', () => {
  const aCondition: fc.Arbitrary<Condition> = fc.record({
    type: fc.constantFrom('example.com/A', 'example.com/B', 'Ready'),
    status: fc.constantFrom<Condition['status'][]>('True', 'False', 'Unknown'),
    observedGeneration: fc.nat(),
    lastTransitionTime: fc.constant('2020-01-01T00:00:00Z'),
    reason: fc.constantFrom('X', 'Y'),
    message: fc.string(),
  });
  const foreignConditions = fc.uniqueArray(aCondition, { selector: ({ type }) => type, maxLength: 3 });
  const isForeign = ({ type }: Condition): boolean => type === 'Ready' || type.startsWith('example.com/');

  it('foreign conditions and foreign parents are never touched', () => {
    fc.assert(
      fc.property(
        aGateway,
        someObjects,
        foreignConditions,
        foreignConditions,
        (subject, objects, first, second) => {
          const after = written(subject, objects);
          const { status } = after.subject;
          const seeded: Gateway = {
            ...after.subject,
            metadata: { ...after.subject.metadata, generation: 2 },
            status: {
              ...status,
              conditions: [
                ...first,
                ...(status?.conditions ?? []),
                ...second.filter(({ type }) => !first.some((other) => other.type === type)),
              ],
              listeners: (status?.listeners ?? []).map((entry) => ({
                ...entry,
                conditions: [...entry.conditions, ...second],
              })),
            },
          };
          const theirs = { parentRef: parentRef(), controllerName: 'example.com/other', conditions: first };
          const seededObjects = after.objects.map((object) =>
            object.kind === 'TCPRoute' || object.kind === 'UDPRoute'
              ? { ...object, status: { parents: [theirs, ...(object.status?.parents ?? [])] } }
              : object,
          );
          const { statuses } = resolve(seeded, seededObjects);
          for (const update of statuses) {
            if (update.kind === 'Gateway') {
              expect(update.status.conditions?.filter(isForeign)).toEqual(
                seeded.status?.conditions?.filter(isForeign),
              );
              for (const entry of update.status.listeners ?? [])
                expect(entry.conditions.filter(isForeign)).toEqual(second);
              expect(mergeStatus(update, seeded)).toEqual(update.status);
            } else if ('parent' in update) {
              expect(update.status.parents[0]).toBe(theirs);
              expect(
                update.status.parents.slice(1).every(({ controllerName }) => controllerName === CONTROLLER),
              ).toBe(true);
            }
          }
        },
      ),
    );
  });
});

describe('objects that validation passes', () => {
  /** Every path to a field or item below a value. */
  const pathsOf = (value: unknown): (string | number)[][] =>
    typeof value !== 'object' || value === null
      ? [[]]
      : [
          [],
          ...Object.entries(value).flatMap(([key, child]) => pathsOf(child).map((path) => [key, ...path])),
        ];

  const replaced = (value: unknown, [step, ...rest]: readonly (string | number)[], by: unknown): unknown => {
    if (step === undefined) return by;
    const copy: unknown = Array.isArray(value) ? [...value] : { ...Object(value) };
    Reflect.set(Object(copy), step, replaced(Reflect.get(Object(value), step), rest, by));
    return copy;
  };

  const aValue = fc.oneof(
    fc.constantFrom<unknown[]>(
      undefined,
      null,
      '',
      0,
      1,
      80,
      65_535,
      true,
      [],
      {},
      'TCP',
      'UDP',
      'HTTPS',
      'Gateway',
      'web',
      'Selector',
      '::1',
    ),
    fc.jsonValue({ maxDepth: 1 }),
  );

  /** An object with one field replaced by a value that may be anything; most are invalid. */
  const anAlteredObject = (object: ModelObject): fc.Arbitrary<unknown> =>
    fc
      .tuple(fc.constantFrom(...pathsOf(object)), aValue)
      .map(([path, value]) => replaced(object, path, value));

  it('never make resolve throw', () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        fc
          .tuple(aGateway, someObjects)
          .chain(([subject, objects]) =>
            fc.tuple(
              ...[subject, ...objects].map((object) =>
                fc.oneof(fc.constant(object), anAlteredObject(object)),
              ),
            ),
          ),
        (values) => {
          const parsed = values.flatMap((value) => {
            const result = parseObject(value);
            return result.ok ? [result.object] : [];
          });
          accepted += parsed.length;
          for (const object of parsed) if (object.kind === 'Gateway') resolve(object, parsed);
        },
      ),
      { numRuns: 200 },
    );
    expect(accepted).toBeGreaterThan(500);
  });
});

describe('validation, whatever the value is', () => {
  it('never throws, and every error says where', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          for (const error of validate(value))
            expect(error.message.startsWith(error.path || 'object')).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never throws when a field of a valid object is anything', () => {
    const subject = tcpRoute({ backendRefs: [backendRef('web', 80)] });
    fc.assert(
      fc.property(
        fc.constantFrom('metadata', 'spec', 'status'),
        fc.anything({ withBigInt: true }),
        (field, value) => {
          expect(() => validate({ ...subject, [field]: value })).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
});
