/** What is decided depends on what the objects are, and on nothing else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listView, type ModelObject, mergeStatus, type Resolution, resolveGateway } from '../src/index.ts';
import { dualStack, gatewaysIn, keyOf, SimulatedCluster } from './simulated-cluster.ts';
import { LATER } from './world.ts';
import { aWorld } from './worlds.ts';

/** What is decided about every Gateway, with the reasons. */
const decideAll = (objects: readonly ModelObject[], now?: string): Map<string, unknown> =>
  new Map(
    gatewaysIn(objects)
      .map((gateway) => {
        const { forwarding, statuses, explain } = resolveGateway(gateway, listView(objects), dualStack(now));
        return [keyOf(gateway), { forwarding, statuses, explanations: explain() }] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const changed = (resolutions: readonly Resolution[]): unknown[] =>
  resolutions.flatMap(({ statuses }) => statuses.filter((update) => update.changed));

describe('deciding, whatever the objects are', () => {
  it('does not depend on the order in which they arrive', () => {
    fc.assert(
      fc.property(
        aWorld.chain((objects) =>
          fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
        ),
        ([objects, shuffled]) => {
          expect(decideAll(shuffled)).toEqual(decideAll(objects));
        },
      ),
    );
  });

  it('does not depend on the order of statuses that are there already, either', () => {
    fc.assert(
      fc.property(
        aWorld.chain((objects) =>
          fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
        ),
        ([objects, shuffled]) => {
          const statuses = (from: readonly ModelObject[]) =>
            [...SimulatedCluster.settled(from).objects.values()]
              .map((object) => [
                keyOf(object),
                'status' in object ? entriesInOrder(object.status) : undefined,
              ])
              .sort();
          expect(statuses(shuffled)).toEqual(statuses(objects));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('gives the same the second time', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        expect(decideAll(objects)).toEqual(decideAll(objects));
      }),
      { numRuns: 50 },
    );
  });

  it('leaves the objects as they are', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const before = structuredClone(objects);
        decideAll(objects);
        expect(objects).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });
});

/** Which parent was decided first is not a matter of the objects: entries of a route in one order. */
function entriesInOrder(status: object | undefined): unknown {
  if (!status || !('parents' in status) || !Array.isArray(status.parents)) return status;
  return { parents: [...status.parents].sort((a, b) => (fc.stringify(a) < fc.stringify(b) ? -1 : 1)) };
}

describe('deciding again, with what was decided written to the statuses', () => {
  it('changes nothing, now and later', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = SimulatedCluster.settled(objects);
        expect(changed(cluster.decideAll())).toEqual([]);
        expect(changed(cluster.decideAll(LATER))).toEqual([]);
      }),
    );
  });

  it('forwards the same', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const before = new SimulatedCluster(objects).decideAll().map(({ forwarding }) => forwarding);
        const after = SimulatedCluster.settled(objects)
          .decideAll()
          .map(({ forwarding }) => forwarding);
        expect(after).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  it('merges to what is there already', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const cluster = SimulatedCluster.settled(objects);
        for (const update of cluster.decideAll(LATER).flatMap(({ statuses }) => statuses)) {
          const stored = cluster.index.get(update.kind, update.namespace, update.name);
          if (!stored) throw new Error(`${update.kind} ${update.name} is not there`);
          if (update.status === undefined || stored.status === undefined) continue;
          expect(mergeStatus(update, stored)).toEqual(stored.status);
        }
      }),
      { numRuns: 50 },
    );
  });
});
