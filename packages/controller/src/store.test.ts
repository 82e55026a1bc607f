import {
  type Gateway,
  listView,
  type ModelObject,
  type ObjectView,
  resolveGateway,
} from '@blixt/gateway-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BackendFixture,
  gateway,
  gatewayClass,
  namespace,
  type ParentFixture,
  referenceGrant,
  route,
  service,
  slice,
} from '../test/objects.ts';
import { keyOf, type ObjectKey } from './object.ts';
import { Store } from './store.ts';

const CONTROLLER = 'gateway.networking.k8s.io/blixt';

function storeOf(objects: Iterable<ModelObject>): Store {
  const store = new Store(CONTROLLER);
  for (const object of objects) store.apply({ type: 'upsert', object });
  return store;
}

const affected = (store: Store, object: ModelObject): ObjectKey[] =>
  [...store.apply({ type: 'upsert', object })].sort();

describe('a change touches', () => {
  const world = (): Store =>
    storeOf([
      gatewayClass(),
      gateway({ name: 'g' }),
      gateway({ name: 'other' }),
      route('TCPRoute', {
        name: 'r',
        parents: [{ name: 'g' }],
        backends: [{ name: 's' }, { name: 's', namespace: 'far' }],
      }),
      service({ name: 's' }),
      service({ name: 'unused' }),
      service({ name: 's', namespace: 'far' }),
      slice({ name: 's-1', service: 's', addresses: ['10.0.0.1'] }),
    ]);

  it.each<[string, ModelObject, ObjectKey[]]>([
    [
      'EndpointSlice -> Service -> Route -> Gateway',
      slice({ name: 's-2', service: 's', addresses: [] }),
      ['Gateway/default/g'],
    ],
    [
      'EndpointSlice of a Service in another namespace',
      slice({ name: 's-2', namespace: 'far', service: 's', addresses: [] }),
      ['Gateway/default/g'],
    ],
    ['EndpointSlice of an unused Service', slice({ name: 'u', service: 'unused', addresses: [] }), []],
    ['Service', service({ name: 's' }), ['Gateway/default/g']],
    [
      'ReferenceGrant in a namespace of a backend',
      referenceGrant({ name: 'x', namespace: 'far', from: 'default' }),
      ['Gateway/default/g'],
    ],
    ['ReferenceGrant elsewhere', referenceGrant({ name: 'x', namespace: 'default', from: 'far' }), []],
    ['Namespace with routes', namespace('default', { a: 'b' }), ['Gateway/default/g']],
    ['Namespace without routes', namespace('far'), []],
    ['GatewayClass', gatewayClass(), ['Gateway/default/g', 'Gateway/default/other', 'GatewayClass//blixt']],
    ['Gateway', gateway({ name: 'other' }), ['Gateway/default/other', 'GatewayClass//blixt']],
  ])('%s', (_name, object, gateways) => {
    expect(affected(world(), object)).toEqual(gateways);
  });

  it('the Gateways that a route had before, too', () => {
    const moved = route('TCPRoute', { name: 'r', parents: [{ name: 'other' }], backends: [{ name: 's' }] });
    expect(affected(world(), moved)).toEqual(['Gateway/default/g', 'Gateway/default/other']);
  });

  it('the Service that an EndpointSlice had before, too', () => {
    const store = world();
    store.apply({ type: 'upsert', object: slice({ name: 's-1', service: 'unused', addresses: [] }) });
    expect([...store.endpointSlicesOf({ namespace: 'default', name: 's' })]).toEqual([]);
    expect(affected(store, slice({ name: 's-1', service: 's', addresses: [] }))).toEqual([
      'Gateway/default/g',
    ]);
  });
});

const names = fc.constantFrom('a', 'b');
const namespaces = fc.constantFrom('x', 'y');
const backend: fc.Arbitrary<BackendFixture> = fc.record(
  { name: names, namespace: namespaces, weight: fc.constantFrom(0, 1, 3) },
  { requiredKeys: ['name', 'weight'] },
);
const parent: fc.Arbitrary<ParentFixture> = fc.record(
  { name: names, namespace: namespaces },
  { requiredKeys: ['name'] },
);
const unique = (parents: readonly ParentFixture[], home: string): ParentFixture[] => [
  ...new Map(parents.map((it) => [`${it.namespace ?? home}/${it.name}`, it])).values(),
];

const anObject: fc.Arbitrary<ModelObject> = fc.oneof(
  fc
    .record({
      name: names,
      controller: fc.constantFrom(CONTROLLER, CONTROLLER, CONTROLLER, 'example.com/other'),
    })
    .map((it) => gatewayClass(it.name, it.controller)),
  fc
    .record({
      name: names,
      namespace: namespaces,
      gatewayClassName: fc.constantFrom('a', 'a', 'a', 'b'),
      from: fc.constantFrom<'Same' | 'All' | { readonly team: string }>('Same', 'All', { team: 'red' }),
    })
    .map(({ from, ...it }) =>
      gateway({
        ...it,
        listeners: [
          { name: 'tcp', protocol: 'TCP', port: 80, from },
          { name: 'udp', protocol: 'UDP', port: 53, from },
        ],
      }),
    ),
  fc
    .record({
      kind: fc.constantFrom('TCPRoute' as const, 'UDPRoute' as const),
      name: names,
      namespace: namespaces,
      parents: fc.array(parent, { minLength: 1, maxLength: 2 }),
      backends: fc.array(backend, { minLength: 1, maxLength: 2 }),
    })
    .map(({ kind, parents, ...it }) => route(kind, { ...it, parents: unique(parents, it.namespace) })),
  fc.record({ name: names, namespace: namespaces }).map(service),
  fc
    .record({
      name: names,
      namespace: namespaces,
      service: names,
      addresses: fc.uniqueArray(fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'), {
        minLength: 1,
        maxLength: 2,
      }),
    })
    .map(slice),
  fc.record({ name: names, namespace: namespaces, from: namespaces }).map(referenceGrant),
  fc
    .record({ name: namespaces, team: fc.constantFrom('red', 'blue') })
    .map(({ name, team }) => namespace(name, { team })),
);
const changes = fc.array(
  fc.record({
    type: fc.constantFrom(
      'upsert' as const,
      'upsert' as const,
      'upsert' as const,
      'upsert' as const,
      'delete' as const,
    ),
    object: anObject,
  }),
  { maxLength: 120, size: 'max' },
);

const resolveIn = (view: ObjectView, it: Gateway): unknown =>
  resolveGateway(it, view, {
    controllerName: CONTROLLER,
    now: '2026-01-01T00:00:00Z',
    addresses: { assigned: ['192.0.2.1'] },
    programmed: { ok: true },
  });

describe('whatever changes, in whatever order', () => {
  it('the indexes are those of a store that was built from scratch', () => {
    fc.assert(
      fc.property(changes, (events) => {
        const store = new Store(CONTROLLER);
        const objects = new Map<ObjectKey, ModelObject>();
        for (const event of events) {
          store.apply(event);
          if (event.type === 'upsert') objects.set(keyOf(event.object), event.object);
          else objects.delete(keyOf(event.object));
        }
        expect(store.indexes()).toEqual(storeOf(objects.values()).indexes());
      }),
      { numRuns: 200 },
    );
  });

  it('every Gateway whose rules or statuses change is told, and the view answers as one without indexes', () => {
    fc.assert(
      fc.property(changes, (events) => {
        const store = new Store(CONTROLLER);
        const objects = new Map<ObjectKey, ModelObject>();
        let before = new Map<ObjectKey, unknown>();
        for (const event of events) {
          const touched = store.apply(event);
          if (event.type === 'upsert') objects.set(keyOf(event.object), event.object);
          else objects.delete(keyOf(event.object));
          const plain = listView(objects.values());
          const after = new Map<ObjectKey, unknown>();
          for (const it of store.list('Gateway')) {
            const key = keyOf(it);
            after.set(key, resolveIn(plain, it));
            if (touched.has(key)) expect(resolveIn(store, it)).toEqual(after.get(key));
            else expect(after.get(key)).toEqual(before.get(key));
          }
          before = after;
        }
      }),
      { numRuns: 60 },
    );
  });
});
