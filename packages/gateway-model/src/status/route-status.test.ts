import { describe, expect, it } from 'vitest';
import { backend, CONTROLLER, context, decide, LATER, NOW, summary } from '../../test/world.ts';
import type { RouteParentStatus, TCPRoute } from '../generated/types.ts';
import { backendRef, gateway, gatewayClass, listener, parentRef, tcpRoute } from '../objects/builders.ts';
import type { Condition } from '../objects/objects.ts';
import { listView } from '../resolution/list-view.ts';
import { releaseGateway } from '../resolution/release.ts';
import { resolveGateway } from '../resolution/resolve.ts';
import { mergeStatus } from './merge-status.ts';
import { SERVED_CONDITION } from './served.ts';

const backendRefs = [backendRef('web', 80)];
const web = backend('web', ['10.0.0.1']);
const subject = gateway({ listeners: [listener('TCP', 80)] });
const condition: Condition = {
  type: 'Accepted',
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: '2025-01-01T00:00:00Z',
  reason: 'Accepted',
  message: '',
};
const entry = (name: string, controllerName = CONTROLLER): RouteParentStatus => ({
  parentRef: parentRef(name),
  controllerName,
  conditions: [condition],
});
const withParents = (route: TCPRoute, parents: RouteParentStatus[]): TCPRoute => ({
  ...route,
  status: { parents },
});
const names = (parents: readonly RouteParentStatus[]) =>
  parents.map(
    (parent) => `${parent.controllerName === CONTROLLER ? 'ours' : 'theirs'}:${parent.parentRef.name}`,
  );

describe('status.parents of a route', () => {
  it('Accepted and ResolvedRefs are always both there, at the route’s generation', () => {
    const decision = decide(subject, [tcpRoute({ backendRefs }, { generation: 7 }), web]);
    expect(summary(decision.parents()[0]?.conditions)).toEqual({
      Accepted: 'True/Accepted',
      ResolvedRefs: 'True/ResolvedRefs',
    });
    expect(
      decision.parents()[0]?.conditions.every(({ observedGeneration }) => observedGeneration === 7),
    ).toBe(true);
    expect(decision.route()).toMatchObject({
      kind: 'TCPRoute',
      observedGeneration: 7,
      parent: { kind: 'Gateway', namespace: 'default', name: 'gateway' },
    });
  });

  it('entries of other controllers stay byte for byte, in their place', () => {
    const theirs = [entry('gateway', 'example.com/other'), entry('mesh', 'example.com/other')];
    const route = withParents(tcpRoute({ backendRefs }), theirs);
    const parents = decide(subject, [route, web]).parents();
    expect(parents[0]).toBe(theirs[0]);
    expect(parents[1]).toBe(theirs[1]);
    expect(names(parents)).toEqual(['theirs:gateway', 'theirs:mesh', 'ours:gateway']);
  });

  it('ours for the same parentRef is updated in place, its transition time kept', () => {
    const route = withParents(tcpRoute({ backendRefs }), [entry('gateway'), entry('x', 'example.com/other')]);
    const parents = decide(subject, [route, web]).parents();
    expect(names(parents)).toEqual(['ours:gateway', 'theirs:x']);
    expect(parents[0]?.conditions[0]?.lastTransitionTime).toBe(condition.lastTransitionTime);
  });

  it('foreign conditions within our entry are kept', () => {
    const foreign = { ...condition, type: 'example.com/Audited' };
    const route = withParents(tcpRoute({ backendRefs }), [{ ...entry('gateway'), conditions: [foreign] }]);
    expect(decide(subject, [route, web]).parents()[0]?.conditions[0]).toBe(foreign);
  });

  it('ours whose parentRef is no longer in the spec goes', () => {
    const stale = { ...entry('gateway'), parentRef: parentRef('gateway', { sectionName: 'old' }) };
    const route = withParents(tcpRoute({ backendRefs }), [stale, entry('gone')]);
    expect(names(decide(subject, [route, web]).parents())).toEqual(['ours:gateway']);
  });

  it('ours for another Gateway that the spec still names stays', () => {
    const other = entry('second');
    const route = withParents(tcpRoute({ parentRefs: [parentRef(), parentRef('second')], backendRefs }), [
      other,
    ]);
    const parents = decide(subject, [route, web]).parents();
    expect(names(parents)).toEqual(['ours:second', 'ours:gateway']);
    expect(parents[0]).toBe(other);
  });

  it('a route that names the Gateway no more is cleaned, and needs no write when it is clean', () => {
    const moved = tcpRoute({ parentRefs: [parentRef('second')], backendRefs });
    const decision = decide(subject, [withParents(moved, [entry('gateway')])]);
    expect(decision.route()).toMatchObject({ changed: true, status: { parents: [] } });
    expect(decision.listener('tcp-80').attachedRoutes).toBe(0);
  });

  it('never grows beyond 32 entries', () => {
    const theirs = Array.from({ length: 32 }, (_, index) => entry(`g${index}`, 'example.com/other'));
    const route = withParents(tcpRoute({ backendRefs }), theirs);
    expect(decide(subject, [route, web]).parents()).toEqual(theirs);
  });
});

describe('releasing a Gateway that is gone', () => {
  it('removes our entries for it from its routes, and nothing else', () => {
    const theirs = entry('gateway', 'example.com/other');
    const route = withParents(tcpRoute({ parentRefs: [parentRef(), parentRef('second')], backendRefs }), [
      entry('gateway'),
      theirs,
      entry('second'),
    ]);
    const { forwarding, statuses } = releaseGateway(
      { namespace: 'default', name: 'gateway' },
      listView([route]),
      { controllerName: CONTROLLER, now: NOW },
    );
    expect(forwarding.services).toEqual([]);
    expect(statuses).toHaveLength(1);
    expect(statuses[0]).toMatchObject({ changed: true, status: { parents: [theirs, entry('second')] } });
  });

  it('leaves routes alone that carry nothing of ours', () => {
    const view = listView([tcpRoute({ backendRefs })]);
    const { statuses } = releaseGateway({ namespace: 'default', name: 'gateway' }, view, {
      controllerName: CONTROLLER,
      now: NOW,
    });
    expect(statuses).toEqual([]);
  });
});

describe('putting decisions onto a newer copy of the object', () => {
  const route = tcpRoute({ parentRefs: [parentRef(), parentRef('second')], backendRefs }, { uid: 'u1' });
  const second = gateway({ listeners: [listener('TCP', 81)] }, { name: 'second' });
  const view = listView([gatewayClass(), subject, second, route, ...web]);
  const updateOf = (of: typeof subject) => {
    const found = resolveGateway(of, view, context()).statuses.find(({ kind }) => kind === 'TCPRoute');
    if (found?.kind !== 'TCPRoute') throw new Error('expected a status of the route');
    return found;
  };

  it('the updates of two Gateways add up', () => {
    const first = mergeStatus(updateOf(subject), route);
    if (!first || !('parents' in first)) throw new Error('expected the status of a route');
    const both = mergeStatus(updateOf(second), { ...route, status: first });
    expect(both).toMatchObject({ parents: [{ parentRef: parentRef() }, { parentRef: parentRef('second') }] });
  });

  it('what others have written in between stays', () => {
    const theirs = entry('mesh', 'example.com/other');
    expect(mergeStatus(updateOf(subject), withParents(route, [theirs]))).toMatchObject({
      parents: [theirs, { parentRef: parentRef(), controllerName: CONTROLLER }],
    });
  });

  it('a Gateway’s and its listeners’ foreign conditions are those of the newer copy', () => {
    const foreign = { ...condition, type: 'example.com/Audited' };
    const decision = decide(subject);
    const update = decision.statuses[0];
    if (!update) throw new Error('expected a status');
    const { conditions: _, ...listenerStatus } = decision.listener('tcp-80');
    const newer = {
      ...subject,
      status: { conditions: [foreign], listeners: [{ ...listenerStatus, conditions: [foreign] }] },
    };
    const merged = mergeStatus(update, newer);
    expect(merged).toMatchObject({ conditions: [foreign, { type: 'Accepted' }, { type: 'Programmed' }] });
    expect(merged).toMatchObject({ listeners: [{ conditions: [foreign, {}, {}, {}, {}] }] });
  });

  it('conditions that the newer copy has already keep their place, and since when they are so', () => {
    const update = updateOf(subject);
    const since = '2024-05-05T00:00:00Z';
    const [decided] = update.status.parents;
    if (!decided) throw new Error('expected an entry');
    const [accepted, resolvedRefs] = decided.conditions;
    if (!accepted || !resolvedRefs) throw new Error('expected two conditions');
    const foreign = { ...condition, type: 'example.com/Audited' };
    const stored = [
      { ...resolvedRefs, lastTransitionTime: since },
      foreign,
      { ...accepted, status: 'False' as const, lastTransitionTime: since },
    ];
    const newer = withParents(route, [{ ...decided, conditions: stored }]);
    expect(mergeStatus(update, newer)).toMatchObject({
      parents: [{ conditions: [{ ...resolvedRefs, lastTransitionTime: since }, foreign, accepted] }],
    });
  });

  it('conditions of ours that were not decided go', () => {
    const update = updateOf(subject);
    const [decided] = update.status.parents;
    if (!decided) throw new Error('expected an entry');
    const served = { ...condition, type: SERVED_CONDITION };
    const newer = withParents(route, [{ ...decided, conditions: [...decided.conditions, served] }]);
    expect(mergeStatus(update, newer)).toEqual({ parents: [decided] });
  });

  it('onto the object that was judged it is the decided status itself', () => {
    const { statuses } = resolveGateway(subject, view, context({ now: LATER }));
    expect(
      statuses.map((update) => mergeStatus(update, update.kind === 'Gateway' ? subject : route)),
    ).toEqual(statuses.map(({ status }) => status));
  });

  it.each([
    ['another generation', { ...route, metadata: { ...route.metadata, generation: 2 } }],
    ['another uid', { ...route, metadata: { ...route.metadata, uid: 'u2' } }],
    ['another name', { ...route, metadata: { ...route.metadata, name: 'other' } }],
    ['another kind', { ...route, kind: 'UDPRoute' as const }],
    ['not a route', { ...subject, metadata: route.metadata }],
  ])('does not fit an object of %s', (_, current) => {
    expect(mergeStatus(updateOf(subject), current)).toBeUndefined();
  });
});
