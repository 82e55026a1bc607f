/** What others write into statuses stays as it is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Condition,
  isRoute,
  isStatusOwner,
  type ModelObject,
  mergeStatus,
  type RouteParentStatus,
  resolveGatewayClass,
  type StatusUpdate,
} from '../src/index.ts';
import { dualStack, keyOf, SimulatedCluster, withStatus } from './simulated-cluster.ts';
import { CONTROLLER, LATER } from './world.ts';
import { aWorld, FOREIGN_CONTROLLER } from './worlds.ts';

const aCondition: fc.Arbitrary<Condition> = fc.record({
  type: fc.constantFrom('example.com/A', 'example.com/B', 'Ready'),
  status: fc.constantFrom<Condition['status'][]>('True', 'False', 'Unknown'),
  observedGeneration: fc.nat(),
  lastTransitionTime: fc.constant('2020-01-01T00:00:00Z'),
  reason: fc.constantFrom('X', 'Y'),
  message: fc.string(),
});
const someConditions = fc.uniqueArray(aCondition, { selector: ({ type }) => type, maxLength: 3 });
const isForeign = ({ type }: Condition): boolean => type === 'Ready' || type.startsWith('example.com/');

interface Seed {
  readonly before: readonly Condition[];
  readonly after: readonly Condition[];
  readonly entry: readonly Condition[];
}
const aSeed: fc.Arbitrary<Seed> = fc.record({
  before: someConditions,
  after: someConditions,
  entry: someConditions,
});

/** The conditions with some of others before and behind ours. */
const around = (ours: readonly Condition[] | undefined, { before, after }: Seed): Condition[] => [
  ...before,
  ...(ours ?? []),
  ...after.filter(({ type }) => !before.some((other) => other.type === type)),
];

/** Writes what others could have written wherever conditions and entries are; the spec has changed since. */
function seeded(object: ModelObject, seed: Seed): ModelObject {
  if (!isStatusOwner(object)) return object;
  const metadata = { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 };
  const changed = { ...object, metadata } as ModelObject;
  if (isRoute(object)) {
    const [parentRef = { name: 'elsewhere' }] = object.spec.parentRefs ?? [];
    const theirs: RouteParentStatus = {
      parentRef,
      controllerName: FOREIGN_CONTROLLER,
      conditions: [...seed.entry],
    };
    const parents = (object.status?.parents ?? []).map((entry) => ({
      ...entry,
      conditions: around(entry.conditions, seed),
    }));
    return withStatus(changed, { parents: [theirs, ...parents] });
  }
  const conditions = around(object.status?.conditions, seed);
  if (object.kind === 'GatewayClass') return withStatus(changed, { ...object.status, conditions });
  const listeners = (object.status?.listeners ?? []).map((entry) => ({
    ...entry,
    conditions: around(entry.conditions, seed),
  }));
  return withStatus(changed, { ...object.status, conditions, listeners });
}

/** Everything in a status that is not ours, in order, by its place. */
function foreignParts(status: unknown): Record<string, unknown> {
  const parts: Record<string, unknown> = {};
  const conditionsAt = (place: string, value: unknown): void => {
    const conditions = (Array.isArray(value) ? value : []).filter(isForeign);
    if (conditions.length > 0) parts[place] = conditions;
  };
  const {
    conditions,
    listeners = [],
    parents = [],
  } = status as {
    conditions?: Condition[];
    listeners?: { name: string; conditions: Condition[] }[];
    parents?: RouteParentStatus[];
  };
  conditionsAt('conditions', conditions);
  for (const { name, conditions: own } of listeners) conditionsAt(`listener ${name}`, own);
  parts.parents = parents.filter(({ controllerName }) => controllerName !== CONTROLLER);
  for (const { controllerName, parentRef, conditions: own } of parents)
    if (controllerName === CONTROLLER) conditionsAt(`parent ${fc.stringify(parentRef)}`, own);
  return parts;
}

/** All updates of a cluster whose objects others have written to. */
function updatesOf(cluster: SimulatedCluster): StatusUpdate[] {
  const classes = [...cluster.index.list('GatewayClass')];
  return [
    ...classes.flatMap((found) => resolveGatewayClass(found, dualStack(LATER)) ?? []),
    ...cluster.decideAll(LATER).flatMap(({ statuses }) => statuses),
  ];
}

const storedOf = (cluster: SimulatedCluster, update: StatusUpdate) => {
  const stored = cluster.index.get(update.kind, update.namespace, update.name);
  if (!stored || !isStatusOwner(stored)) throw new Error(`${update.kind} ${update.name} is not there`);
  return stored;
};

describe('conditions and entries of others, whatever they are', () => {
  const aSeededCluster = fc.tuple(aWorld, aSeed).map(([objects, seed]) => {
    const settled = [...SimulatedCluster.settled(objects).objects.values()];
    const cluster = new SimulatedCluster();
    for (const object of settled) cluster.index.apply({ type: 'upsert', object: seeded(object, seed) });
    for (const object of settled) cluster.objects.set(keyOf(object), seeded(object, seed));
    return cluster;
  });

  it('are in every decided status as they are in the object', () => {
    fc.assert(
      fc.property(aSeededCluster, (cluster) => {
        for (const update of updatesOf(cluster)) {
          const stored = storedOf(cluster, update);
          const expected = foreignParts(stored.status);
          const decided = foreignParts(update.status);
          if (!('parent' in update)) expect(decided).toEqual(expected);
          // Entries of ours that go, as their parentRef is not in the spec, take with them what others wrote there.
          else expect(expected).toMatchObject(decided);
          expect(decided.parents).toEqual(expected.parents);
        }
      }),
    );
  });

  it('stay where a decision is merged into a newer object that others have written to meanwhile', () => {
    fc.assert(
      fc.property(aWorld, aSeed, (objects, seed) => {
        const cluster = SimulatedCluster.settled(objects);
        for (const update of updatesOf(cluster)) {
          const stored = storedOf(cluster, update);
          const newer = seeded(stored, seed);
          if (!isStatusOwner(newer)) throw new Error('expected an object with a status');
          const same = { ...newer, metadata: stored.metadata } as typeof newer;
          const merged = mergeStatus(update, same);
          expect(foreignParts(merged)).toEqual(foreignParts(newer.status));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are no reason to write: they change no decision', () => {
    fc.assert(
      fc.property(aWorld, aSeed, (objects, seed) => {
        const cluster = SimulatedCluster.settled(objects);
        for (const object of [...cluster.objects.values()]) {
          const { status } = seeded(object, seed) as { status?: unknown };
          const changed = isStatusOwner(object) ? withStatus(object, status) : object;
          cluster.index.apply({ type: 'upsert', object: changed });
        }
        expect(updatesOf(cluster).filter(({ changed }) => changed)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('are never ours: of a Gateway whose class is not ours, nothing is written but that our entries go', () => {
    fc.assert(
      fc.property(aSeededCluster, (cluster) => {
        for (const gateway of cluster.index.list('Gateway')) {
          const gatewayClass = cluster.index.gatewayClass(gateway.spec.gatewayClassName);
          if (gatewayClass?.spec.controllerName === CONTROLLER) continue;
          for (const update of cluster.decide(gateway.metadata).statuses) {
            expect(update.kind).toMatch(/Route$/);
            expect(update.changed).toBe(true);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
