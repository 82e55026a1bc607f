/** Statuses are what an API server takes, agree with each other, and with their explanations. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Condition,
  type Explanation,
  isRoute,
  isStatusOwner,
  type ModelObject,
  type ParentReference,
  resolveGatewayClass,
  type StatusUpdate,
  specificationRules,
  validate,
} from '../src/index.ts';
import { dualStack, gatewaysIn, SimulatedCluster, withStatus } from './simulated-cluster.ts';
import { aWorld } from './worlds.ts';

const updatesOf = (cluster: SimulatedCluster): StatusUpdate[] => [
  ...[...cluster.index.list('GatewayClass')].flatMap(
    (found) => resolveGatewayClass(found, dualStack()) ?? [],
  ),
  ...cluster.decideAll().flatMap(({ statuses }) => statuses),
];

describe('every decided status', () => {
  it('is valid by the schemas and rules of the CRDs, as a write to the subresource', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = new SimulatedCluster(objects);
        for (const update of updatesOf(cluster)) {
          const stored = cluster.index.get(update.kind, update.namespace, update.name);
          if (!stored) throw new Error(`${update.kind} ${update.name} is not there`);
          const written = withStatus(stored, update.status);
          expect(validate(written, { subresource: 'status', old: stored })).toEqual([]);
        }
      }),
    );
  });

  it('is about objects that are there, each decided once for each parent', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = new SimulatedCluster(objects);
        for (const { statuses } of cluster.decideAll()) {
          const keys = statuses.map((update) => {
            const parent = 'parent' in update ? fc.stringify(update.parent) : '';
            expect(cluster.index.get(update.kind, update.namespace, update.name)).toBeDefined();
            return `${update.kind} ${update.namespace}/${update.name} ${parent}`;
          });
          expect(keys).toHaveLength(new Set(keys).size);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has the generation that was judged, and has no condition twice', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        for (const update of updatesOf(new SimulatedCluster(objects))) {
          for (const conditions of conditionLists(update)) {
            const types = conditions.map(({ type }) => type);
            expect(types).toHaveLength(new Set(types).size);
            expect(new Set(conditions.map(({ observedGeneration }) => observedGeneration))).toEqual(
              new Set(conditions.length > 0 ? [update.observedGeneration] : []),
            );
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

function conditionLists(update: StatusUpdate): (readonly Condition[])[] {
  if (update.kind === 'GatewayClass') return [update.status.conditions ?? []];
  if (update.kind === 'Gateway' || update.kind === 'ListenerSet') {
    const listeners = (update.status.listeners ?? []).map(({ conditions }) => conditions);
    return [update.status.conditions ?? [], ...listeners];
  }
  return update.status.parents.map(({ conditions }) => conditions);
}

const stateOf = (conditions: readonly Condition[] | undefined, type: string): string | undefined =>
  conditions?.find((condition) => condition.type === type)?.status;

describe('statuses agree with each other', () => {
  it('a Gateway has an entry for each listener of its spec, and so has a ListenerSet, in their order', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = new SimulatedCluster(objects);
        for (const update of updatesOf(cluster)) {
          if (update.kind !== 'Gateway' && update.kind !== 'ListenerSet') continue;
          const stored = cluster.index.get(update.kind, update.namespace, update.name);
          const declared = stored?.spec.listeners.map(({ name }) => name);
          expect(update.status.listeners?.map(({ name }) => name)).toEqual(declared);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('attachedListenerSets is the number of its ListenerSets that are Accepted', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        for (const { statuses } of new SimulatedCluster(objects).decideAll()) {
          const accepted = statuses.filter(
            (update) =>
              update.kind === 'ListenerSet' && stateOf(update.status.conditions, 'Accepted') === 'True',
          );
          const own = statuses.find(({ kind }) => kind === 'Gateway');
          if (own?.kind === 'Gateway') expect(own.status.attachedListenerSets ?? 0).toBe(accepted.length);
        }
      }),
    );
  });

  it('attachedRoutes is the number of routes with an accepted parentRef that selects the listener', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = new SimulatedCluster(objects);
        for (const { statuses } of cluster.decideAll()) {
          for (const owner of statuses) {
            if (owner.kind !== 'Gateway' && owner.kind !== 'ListenerSet') continue;
            const declared = cluster.index.get(owner.kind, owner.namespace, owner.name)?.spec.listeners ?? [];
            for (const { name, attachedRoutes, supportedKinds } of owner.status.listeners ?? []) {
              const port = declared.find((listener) => listener.name === name)?.port;
              const candidates = statuses.filter(
                (update) =>
                  'parent' in update &&
                  update.parent.kind === owner.kind &&
                  update.parent.name === owner.name &&
                  update.parent.namespace === owner.namespace &&
                  supportedKinds?.some(({ kind }) => kind === update.kind) &&
                  update.status.parents.some(
                    ({ parentRef, conditions }) =>
                      stateOf(conditions, 'Accepted') === 'True' &&
                      (parentRef.kind ?? 'Gateway') === owner.kind &&
                      parentRef.name === owner.name &&
                      (parentRef.sectionName ?? name) === name &&
                      (parentRef.port ?? port) === port,
                  ),
              );
              // Namespace and host name may leave out a listener that an accepted parentRef selects.
              expect(attachedRoutes).toBeLessThanOrEqual(candidates.length);
              if (candidates.length > 0 && declared.length === 1) expect(attachedRoutes).toBeGreaterThan(0);
            }
          }
        }
      }),
    );
  });

  it('a listener is Programmed only where it is Accepted, and forwarded only where it is Programmed', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        for (const { statuses, forwarding } of new SimulatedCluster(objects).decideAll()) {
          const programmed = new Set<string>();
          for (const update of statuses) {
            if (update.kind !== 'Gateway' && update.kind !== 'ListenerSet') continue;
            for (const { name, conditions } of update.status.listeners ?? []) {
              if (stateOf(conditions, 'Programmed') !== 'True') continue;
              expect(stateOf(conditions, 'Accepted')).toBe('True');
              expect(stateOf(conditions, 'Conflicted')).not.toBe('True');
              programmed.add(name);
            }
          }
          for (const { name } of forwarding.services)
            expect(programmed).toContain(name.slice(name.lastIndexOf('/') + 1));
        }
      }),
    );
  });
});

/** Where the conditions of a part of an object are, by the path of its explanations. */
function conditionsAt(
  update: StatusUpdate,
  object: ModelObject,
  path: string,
): readonly Condition[] | undefined {
  const [, list, number] = /^spec\.(listeners|parentRefs)\[(\d+)\]$/.exec(path) ?? [];
  if ('parent' in update) {
    const refs = isRoute(object) ? (object.spec.parentRefs ?? []) : [];
    const ref = list === 'parentRefs' ? refs[Number(number)] : undefined;
    return update.status.parents.find(({ parentRef }) => ref && isEntryOf(parentRef, ref))?.conditions;
  }
  if (path === '') return update.status.conditions;
  if (update.kind === 'GatewayClass' || list !== 'listeners') return undefined;
  return update.status.listeners?.[Number(number)]?.conditions;
}

/** An entry has the parentRef of the spec with its defaults. */
function isEntryOf(entry: ParentReference, ref: ParentReference): boolean {
  const defaulted = { group: 'gateway.networking.k8s.io', kind: 'Gateway', ...ref };
  const fields = Object.entries(defaulted);
  return (
    fields.length === Object.keys(entry).length &&
    fields.every(([field, value]) => Reflect.get(entry, field) === value)
  );
}

/** The value at a field path of an object. */
function valueAt(object: ModelObject, path: string): unknown {
  return (path.match(/[^.[\]]+/g) ?? []).reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    object,
  );
}

describe('explanations', () => {
  const explained = (cluster: SimulatedCluster): [Explanation, readonly StatusUpdate[]][] =>
    cluster
      .decideAll()
      .flatMap(({ explain, statuses }) =>
        explain().map((it): [Explanation, readonly StatusUpdate[]] => [it, statuses]),
      );

  it('of conditions say what the statuses say', () => {
    let compared = 0;
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = new SimulatedCluster(objects);
        for (const [{ subject, path, condition }, statuses] of explained(cluster)) {
          if (!condition) continue;
          const ofSubject = statuses.filter(
            ({ kind, namespace, name }) =>
              kind === subject.kind && namespace === subject.namespace && name === subject.name,
          );
          const object = objects.find(
            ({ kind, metadata }) =>
              kind === subject.kind &&
              metadata.namespace === subject.namespace &&
              metadata.name === subject.name,
          );
          if (!object || ofSubject.length === 0) continue;
          const written = ofSubject
            .flatMap((update) => conditionsAt(update, object, path) ?? [])
            .filter(({ type }) => type === condition.type);
          expect(written).toContainEqual(expect.objectContaining(condition));
          compared += 1;
        }
      }),
    );
    expect(compared).toBeGreaterThan(1000);
  });

  it('cover every condition that is written about a Gateway and what leads to it', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = new SimulatedCluster(objects);
        for (const { statuses, explain } of cluster.decideAll()) {
          const explanations = explain();
          for (const update of statuses) {
            const told = explanations.filter(
              ({ subject }) =>
                subject.kind === update.kind &&
                subject.namespace === update.namespace &&
                subject.name === update.name,
            );
            for (const condition of conditionLists(update).flat())
              expect(told.map((it) => it.condition)).toContainEqual({
                type: condition.type,
                status: condition.status,
                reason: condition.reason,
              });
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('rest on rules of the catalogue, point at fields that are there, and name objects that are there', () => {
    const ids = new Set(specificationRules.map(({ id }) => id));
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = new SimulatedCluster(objects);
        for (const [{ rule, subject, path, because, decision }] of explained(cluster)) {
          expect(ids).toContain(rule.id);
          expect(decision).toMatch(/^\S.*[.!?]$/s);
          const find = ({ kind, namespace, name }: typeof subject): ModelObject | undefined =>
            objects.find(
              (object) =>
                object.kind === kind &&
                object.metadata.namespace === namespace &&
                object.metadata.name === name,
            );
          const object = find(subject);
          expect(object, `${subject.kind} ${subject.name}`).toBeDefined();
          // A field may be explained by its absence; what it is a field of is there.
          const owner = path.replace(/\.?[^.[\]]+$|\[\d+\]$/, '');
          if (object && /^spec\..*\[\d+\]/.test(path)) expect(valueAt(object, owner), path).toBeDefined();
          for (const cause of because)
            if (isStatusOwner({ kind: cause.kind } as ModelObject)) expect(find(cause)).toBeDefined();
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are the same the second time, and none is missing for a Gateway of others', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = new SimulatedCluster(objects);
        const all = (): Explanation[][] => cluster.decideAll().map(({ explain }) => explain());
        expect(all()).toEqual(all());
        expect(all().every((explanations) => explanations.length > 0)).toBe(true);
        expect(all()).toHaveLength(gatewaysIn(objects).length);
      }),
      { numRuns: 30 },
    );
  });
});
