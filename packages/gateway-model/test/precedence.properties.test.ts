/** Who comes first has it all; when it goes, the next one has. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backendRef,
  comparePrecedence,
  endpointSlice,
  gateway,
  gatewayClass,
  type Listener,
  type ListenerSet,
  type ListenerStatus,
  listener,
  listenerSet,
  listView,
  type ModelObject,
  parentRef,
  type Route,
  resolveGateway,
  service,
  tcpRoute,
  udpRoute,
} from '../src/index.ts';
import { dualStack } from './simulated-cluster.ts';
import { summary } from './world.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const namespaces = ['default', 'shop'];
/** Few times, so that names decide as well; some objects have none, and are the youngest. */
const aTime = fc.option(
  fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2025-12-31T23:00:00Z'),
);

/** Several competitors, in order of precedence; the index tells the address of each one's own backend. */
const someCompetitors = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...names),
      namespace: fc.constantFrom(...namespaces),
      creationTimestamp: aTime,
    }),
    { minLength: 2, maxLength: 6, selector: ({ namespace, name }) => `${namespace}/${name}` },
  )
  .map((competitors) =>
    competitors
      .map(({ creationTimestamp, ...meta }) => ({
        metadata: { ...meta, ...(creationTimestamp && { creationTimestamp }) },
      }))
      .sort(comparePrecedence),
  );

const addressOf = (rank: number): string => `10.0.0.${rank + 1}`;

const backendsOf = (rank: number, namespace: string): ModelObject[] => [
  service(
    `s${rank}`,
    [
      { port: 80, protocol: 'TCP' },
      { name: 'u', port: 80, protocol: 'UDP' },
    ],
    { namespace },
  ),
  endpointSlice(
    {
      service: `s${rank}`,
      endpoints: [addressOf(rank)],
      ports: [{ port: 8080 }, { name: 'u', port: 8080, protocol: 'UDP' }],
    },
    { namespace },
  ),
];

const fromAll = { allowedRoutes: { namespaces: { from: 'All' } } } as const;

/** Addresses that the port's service forwards to; undefined when nothing is served there. */
function served(objects: readonly ModelObject[], port: number): string[] | undefined {
  const subject = objects.find(({ kind }) => kind === 'Gateway');
  if (subject?.kind !== 'Gateway') throw new Error('expected the Gateway');
  const { forwarding } = resolveGateway(subject, listView(objects), dualStack());
  const found = forwarding.services.find((entry) => entry.port === port && !entry.address.includes(':'));
  return found?.backends.map(({ address }) => address);
}

describe('routes that compete for a listener', () => {
  it('the first of them has all traffic; whenever it goes, the next one has', () => {
    fc.assert(
      fc.property(someCompetitors, fc.constantFrom('TCP', 'UDP'), (competitors, protocol) => {
        const subject = gateway({ listeners: [listener(protocol, 80, fromAll)] });
        const routes = competitors.map(({ metadata }, rank): Route => {
          const fields = {
            parentRefs: [parentRef('gateway', { namespace: 'default' })],
            backendRefs: [backendRef(`s${rank}`, 80)],
          };
          return (protocol === 'TCP' ? tcpRoute : udpRoute)(fields, metadata);
        });
        const rest = [
          gatewayClass(),
          subject,
          ...competitors.flatMap(({ metadata }, rank) => backendsOf(rank, metadata.namespace)),
        ];
        for (let gone = 0; gone < routes.length; gone += 1)
          expect(served([...rest, ...routes.slice(gone)], 80)).toEqual([addressOf(gone)]);
        expect(served(rest, 80)).toEqual([]);
      }),
    );
  });

  it('one that comes last in precedence changes nothing for the traffic, and is attached all the same', () => {
    fc.assert(
      fc.property(someCompetitors, (competitors) => {
        const subject = gateway({ listeners: [listener('TCP', 80, fromAll)] });
        const routes = competitors.map(({ metadata }, rank) =>
          tcpRoute(
            {
              parentRefs: [parentRef('gateway', { namespace: 'default' })],
              backendRefs: [backendRef(`s${rank}`, 80)],
            },
            metadata,
          ),
        );
        const rest = [
          gatewayClass(),
          subject,
          ...competitors.flatMap(({ metadata }, rank) => backendsOf(rank, metadata.namespace)),
        ];
        const { statuses, forwarding } = resolveGateway(subject, listView([...rest, ...routes]), dualStack());
        const without = resolveGateway(subject, listView([...rest, ...routes.slice(0, -1)]), dualStack());
        expect(forwarding).toEqual(without.forwarding);
        const [own] = statuses;
        if (own?.kind !== 'Gateway') throw new Error('expected the status of the Gateway');
        expect(own.status.listeners?.[0]?.attachedRoutes).toBe(routes.length);
      }),
      { numRuns: 50 },
    );
  });
});

describe('ListenerSets with listeners that conflict', () => {
  const setOf = (metadata: { readonly name: string; readonly namespace: string }, listeners: Listener[]) =>
    listenerSet({ parentRef: { name: 'gateway', namespace: 'default' }, listeners }, metadata);

  const world = (competitors: readonly { metadata: { name: string; namespace: string } }[]) =>
    competitors.map(({ metadata }, rank) => ({
      set: setOf(metadata, [listener('TCP', 90, fromAll), listener('TCP', 100 + rank, fromAll)]),
      others: [
        tcpRoute(
          {
            parentRefs: [parentRef(metadata.name, { kind: 'ListenerSet', sectionName: 'tcp-90' })],
            backendRefs: [backendRef(`s${rank}`, 80)],
          },
          { name: `r${rank}`, namespace: metadata.namespace },
        ),
        ...backendsOf(rank, metadata.namespace),
      ],
    }));

  const conditionsOf = (
    objects: readonly ModelObject[],
    { metadata }: ListenerSet,
  ): readonly ListenerStatus[] => {
    const subject = objects.find(({ kind }) => kind === 'Gateway');
    if (subject?.kind !== 'Gateway') throw new Error('expected the Gateway');
    const { statuses } = resolveGateway(subject, listView(objects), dualStack());
    const found = statuses.find(
      (update) =>
        update.kind === 'ListenerSet' &&
        update.name === metadata.name &&
        update.namespace === metadata.namespace,
    );
    if (found?.kind !== 'ListenerSet') throw new Error(`expected the status of ListenerSet ${metadata.name}`);
    return found.status.listeners ?? [];
  };

  const allowing = { allowedListeners: { namespaces: { from: 'All' } } } as const;

  it('the first of them has the port; whenever it goes, the next one has; and the others are told', () => {
    fc.assert(
      fc.property(someCompetitors, (competitors) => {
        const sets = world(competitors);
        const rest: ModelObject[] = [
          gatewayClass(),
          gateway({ listeners: [listener('TCP', 80)], ...allowing }),
          ...sets.flatMap(({ others }) => others),
        ];
        for (let gone = 0; gone < sets.length; gone += 1) {
          const left = sets.slice(gone).map(({ set }) => set);
          const objects = [...rest, ...left];
          expect(served(objects, 90)).toEqual([addressOf(gone)]);
          for (const [rank, set] of left.entries()) {
            const [contested, other] = conditionsOf(objects, set);
            expect(summary(contested?.conditions)).toMatchObject(
              rank === 0
                ? { Accepted: 'True/Accepted', Conflicted: 'False/NoConflicts' }
                : { Accepted: 'False/ProtocolConflict', Conflicted: 'True/ProtocolConflict' },
            );
            expect(summary(other?.conditions)).toMatchObject({ Accepted: 'True/Accepted' });
          }
        }
        expect(served(rest, 90)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it('the Gateway itself comes before all of them, however old they are', () => {
    fc.assert(
      fc.property(someCompetitors, (competitors) => {
        const sets = world(competitors);
        const objects: ModelObject[] = [
          gatewayClass(),
          gateway({ listeners: [listener('TCP', 90, fromAll)], ...allowing }),
          ...sets.flatMap(({ set, others }) => [set, ...others]),
        ];
        expect(served(objects, 90)).toEqual([]);
        for (const { set } of sets)
          expect(summary(conditionsOf(objects, set)[0]?.conditions)).toMatchObject({
            Conflicted: 'True/ProtocolConflict',
          });
      }),
      { numRuns: 50 },
    );
  });
});
