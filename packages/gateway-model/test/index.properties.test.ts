/** What holds of the index, whatever the objects are and whatever happens to them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Gateway,
  gatewayOfListenerSet,
  isRoute,
  listView,
  ObjectIndex,
  type ObjectView,
  resolveGateway,
} from '../src/index.ts';
import { type ClusterChange, dualStack, gatewaysIn, keyOf, SimulatedCluster } from './simulated-cluster.ts';
import { CONTROLLER } from './world.ts';
import { anObject, aWorld } from './worlds.ts';

const aChange: fc.Arbitrary<ClusterChange> = fc.record({
  type: fc.constantFrom(
    ...([
      'upsert',
      'upsert',
      'upsert',
      'upsert',
      'upsert',
      'delete',
      'delete',
      'annotate',
      'meddle',
    ] as const),
  ),
  object: anObject,
});
const someChanges = fc.array(aChange, { maxLength: 25, size: 'max' });

/**
 * What is decided about a Gateway: of routes' statuses our entries for the one parent that an update is about,
 * not what others wrote and we carry along, nor that an entry for another parent goes.
 */
function decided(gateway: Gateway, view: ObjectView): unknown {
  const { forwarding, statuses } = resolveGateway(gateway, view, dualStack());
  const own = statuses.flatMap((update): unknown[] => {
    if (!('parent' in update)) return [update];
    const { kind, namespace, name } = update.parent;
    const parents = update.status.parents.filter(
      ({ controllerName, parentRef }) =>
        controllerName === CONTROLLER &&
        (parentRef.kind ?? 'Gateway') === kind &&
        (parentRef.namespace ?? update.namespace) === namespace &&
        parentRef.name === name,
    );
    return parents.length > 0 ? [{ ...update, changed: undefined, status: { parents } }] : [];
  });
  // What is decided about a Gateway of others is as if it were not there.
  return forwarding.services.length > 0 || own.length > 0 ? { forwarding, own } : undefined;
}

describe('whatever happens, in whatever order', () => {
  it('the index is that of the same objects indexed from scratch', () => {
    fc.assert(
      fc.property(aWorld, someChanges, (objects, changes) => {
        const cluster = new SimulatedCluster(objects);
        for (const change of changes) cluster.change(change);
        const fresh = new ObjectIndex({ controllerName: CONTROLLER });
        for (const object of cluster.objects.values()) fresh.apply({ type: 'upsert', object });
        expect(cluster.index.edges()).toEqual(fresh.edges());
        expect(cluster.index.roots().gateways).toHaveLength(fresh.roots().gateways.length);
      }),
      { numRuns: 60 },
    );
  });

  it('nothing is left when everything is gone', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = SimulatedCluster.settled(objects);
        for (const object of objects) cluster.change({ type: 'delete', object });
        expect(cluster.index.edges()).toEqual({});
        expect(cluster.index.roots()).toEqual({ gateways: [], gatewayClasses: [], listenerSets: [] });
      }),
      { numRuns: 30 },
    );
  });

  it('decisions over the index are those over a plain list of the objects', () => {
    fc.assert(
      fc.property(aWorld, someChanges, (objects, changes) => {
        const cluster = SimulatedCluster.settled(objects);
        for (const change of changes) cluster.change(change);
        const plain = listView(cluster.objects.values());
        for (const gateway of gatewaysIn(cluster.objects.values())) {
          const { explain, ...ours } = resolveGateway(gateway, cluster.index, dualStack());
          const { explain: others, ...theirs } = resolveGateway(gateway, plain, dualStack());
          expect(ours).toEqual(theirs);
          expect(explain()).toEqual(others());
        }
      }),
      { numRuns: 60 },
    );
  });

  it('every Gateway about which something else is decided is told; how many are told in vain is printed', () => {
    const told = new Map<string, { all: number; vain: number }>();
    let missed = 0;
    fc.assert(
      fc.property(aWorld, someChanges, (objects, changes) => {
        const cluster = SimulatedCluster.settled(objects);
        const decisions = (): Map<string, unknown> => {
          const plain = listView(cluster.objects.values());
          const gateways = gatewaysIn(cluster.objects.values());
          return new Map(gateways.map((gateway) => [keyOf(gateway), decided(gateway, plain)]));
        };
        let before = decisions();
        for (const change of changes) {
          const roots = cluster.change(change);
          const named = new Set(roots.gateways.map(({ namespace, name }) => `Gateway ${namespace}/${name}`));
          const after = decisions();
          const count = told.get(change.object.kind) ?? { all: 0, vain: 0 };
          told.set(change.object.kind, count);
          for (const [key, decision] of after) {
            const same = fc.stringify(decision) === fc.stringify(before.get(key));
            if (named.has(key)) count.all += 1;
            if (named.has(key) && same) count.vain += 1;
            if (!same && !named.has(key)) {
              missed += 1;
              expect({ [key]: decision, after: change }).toEqual({ [key]: before.get(key), after: change });
            }
          }
          if (change.type === 'annotate') expect(named).toEqual(new Set());
          cluster.settle(roots);
          before = decisions();
        }
      }),
      { numRuns: 60 },
    );
    const lines = [...told].sort().map(([kind, { all, vain }]) => `${kind}: ${all} told, ${vain} in vain`);
    console.log(`Gateways told after changes of\n  ${lines.join('\n  ')}`);
    expect(missed).toBe(0);
    expect([...told.values()].reduce((sum, { all, vain }) => sum + all - vain, 0)).toBeGreaterThan(0);
  });

  it('a controller that looks only at what it is told ends where one ends that looks at everything', () => {
    fc.assert(
      fc.property(aWorld, someChanges, (objects, changes) => {
        const cluster = SimulatedCluster.settled(objects);
        for (const change of changes) cluster.settle(cluster.change(change));
        const everything = cluster.decideAll();
        expect(everything.flatMap(({ statuses }) => statuses).filter(({ changed }) => changed)).toEqual([]);
        const forwarded = everything.map(({ forwarding }) => forwarding);
        const loaded = forwarded.filter(({ services }) => services.length > 0);
        expect(new Set(cluster.loaded.values())).toEqual(new Set(loaded));
      }),
      { numRuns: 60 },
    );
  });

  it('a controller that looks only at what it is told leaves no entry behind for a parent that is not ours', () => {
    fc.assert(
      fc.property(aWorld, someChanges, (objects, changes) => {
        const cluster = SimulatedCluster.settled(objects);
        for (const change of changes) cluster.settle(cluster.change(change));
        const { index } = cluster;
        for (const route of [...cluster.objects.values()].filter(isRoute)) {
          for (const { controllerName, parentRef } of route.status?.parents ?? []) {
            if (controllerName !== CONTROLLER) continue;
            const { kind = 'Gateway', namespace = route.metadata.namespace, name } = parentRef;
            const set = index.get('ListenerSet', namespace, name);
            const parent = kind === 'Gateway' ? { namespace, name } : set && gatewayOfListenerSet(set);
            const gateway = parent && index.gateway(parent);
            const gatewayClass = gateway && index.gatewayClass(gateway.spec.gatewayClassName);
            expect(gatewayClass?.spec.controllerName).toBe(CONTROLLER);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
