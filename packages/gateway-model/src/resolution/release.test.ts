import { describe, expect, it } from 'vitest';
import { backend, CONTROLLER, context, decide } from '../../test/world.ts';
import type { ParentReference, TCPRoute } from '../generated/types.ts';
import { backendRef, gateway, gatewayClass, listenerSet, parentRef, tcpRoute } from '../objects/builders.ts';
import type { ModelObject, Route } from '../objects/kinds.ts';
import { mergeStatus } from '../status/merge-status.ts';
import { listView } from './list-view.ts';
import { releaseGateway, releaseListenerSet } from './release.ts';
import { resolveGateway } from './resolve.ts';

const setRef = (name = 'listener-set') => parentRef(name, { kind: 'ListenerSet' });
const backendRefs = [backendRef('web', 80)];
const web = backend('web', ['10.0.0.1']);
const allowSame = { allowedListeners: { namespaces: { from: 'Same' } } } as const;
const entry = (ref: ParentReference, controllerName = CONTROLLER) => ({
  parentRef: ref,
  controllerName,
  conditions: [
    {
      type: 'Accepted',
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'Accepted',
      message: '',
    } as const,
  ],
});
const withEntries = (refs: ParentReference[], entries: ReturnType<typeof entry>[]): TCPRoute => ({
  ...tcpRoute({ parentRefs: refs, backendRefs }),
  status: { parents: entries },
});
const key = { namespace: 'default', name: 'listener-set' };

describe('a ListenerSet that is gone', () => {
  const theirs = entry(setRef(), 'example.com/other');

  it('our entries for it go, those of others and of other parents stay', () => {
    const ofGateway = entry(parentRef());
    const route = withEntries([setRef(), parentRef()], [theirs, entry(setRef()), ofGateway]);
    const [update, ...others] = releaseListenerSet(key, listView([route]), context());
    expect(others).toEqual([]);
    expect(update?.parent).toEqual({ kind: 'ListenerSet', ...key });
    expect(update?.status.parents).toEqual([theirs, ofGateway]);
    expect(update?.status.parents[0]).toBe(theirs);
  });

  it('routes that carry nothing of ours are left alone', () => {
    const routes = [
      withEntries([setRef()], []),
      tcpRoute({ parentRefs: [setRef()], backendRefs }, { name: 'bare' }),
    ];
    expect(releaseListenerSet(key, listView(routes), context())).toEqual([]);
  });

  it('a route that does not name it any more is tidied as well', () => {
    const route = withEntries([parentRef()], [entry(setRef())]);
    const [update] = releaseListenerSet(key, listView([route]), context());
    expect(update?.status.parents).toEqual([]);
  });
});

describe('a Gateway that is gone', () => {
  it('our entries for its ListenerSets go with those for itself', () => {
    const route = withEntries([parentRef(), setRef()], [entry(parentRef()), entry(setRef())]);
    const view = listView([
      route,
      listenerSet(),
      listenerSet({ parentRef: { name: 'other' } }, { name: 'b' }),
    ]);
    const { statuses, forwarding, explain } = releaseGateway(
      { namespace: 'default', name: 'gateway' },
      view,
      context(),
    );
    expect(forwarding.services).toEqual([]);
    expect(explain()).toEqual([]);
    expect(statuses.map((update) => 'parent' in update && update.parent.kind)).toEqual([
      'Gateway',
      'ListenerSet',
    ]);
    let left = route;
    for (const update of statuses) {
      const status = mergeStatus(update, left);
      if (status && 'parents' in status) left = { ...left, status };
    }
    expect(left.status?.parents).toEqual([]);
  });
});

describe('a ListenerSet that moves to another Gateway of ours', () => {
  const moved = listenerSet({ parentRef: { name: 'other' } });
  const route = tcpRoute({ parentRefs: [setRef()], backendRefs });
  const objects: ModelObject[] = [gatewayClass(), moved, route, ...web];

  it('the old one has nothing to say of it, the new one decides the same entry', () => {
    const before = decide(gateway(allowSame), [listenerSet(), route, web]);
    const status = { parents: before.parents() };
    const stored: Route = { ...route, status };
    const old = gateway(allowSame);
    const next = gateway(allowSame, { name: 'other' });
    const view = listView([...objects.filter((object) => object !== route), stored, old, next]);
    expect(resolveGateway(old, view, context()).statuses.map(({ kind }) => kind)).toEqual(['Gateway']);
    const { statuses } = resolveGateway(next, view, context());
    const update = statuses.find((it) => 'parent' in it);
    expect(update?.changed).toBe(false);
    expect(update?.status).toEqual(status);
  });
});

describe('a parentRef that leaves the spec', () => {
  it('its entry goes, whichever parent it was for, and nothing is said of a parent without one', () => {
    const stale = withEntries([parentRef()], [entry(setRef()), entry(parentRef())]);
    const { statuses } = decide(gateway(allowSame), [stale, listenerSet(), web]);
    const updates = statuses.flatMap((update) => ('parent' in update ? [update] : []));
    expect(updates.map(({ parent }) => parent.kind)).toEqual(['Gateway', 'ListenerSet']);
    for (const { status } of updates)
      expect(status.parents.map((parent) => parent.parentRef)).toEqual([parentRef()]);
    const fine = tcpRoute({ backendRefs });
    const kinds = decide(gateway(allowSame), [fine, listenerSet(), web]).statuses.map(({ kind }) => kind);
    expect(kinds).toEqual(['Gateway', 'ListenerSet', 'TCPRoute']);
  });
});

describe('a full status.parents (32)', () => {
  it('entries of others stay, and ours that do not fit are left out', () => {
    const others = Array.from({ length: 32 }, (_, index) =>
      entry(parentRef(`g${index}`), 'example.com/other'),
    );
    const full = withEntries([parentRef()], others);
    expect(decide(gateway(), [full, web]).parents()).toEqual(others);
    const room = withEntries([parentRef()], others.slice(1));
    expect(decide(gateway(), [room, web]).parents()).toHaveLength(32);
  });
});
