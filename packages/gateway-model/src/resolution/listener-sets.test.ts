import { describe, expect, it } from 'vitest';
import { backend, certificate, type Decision, decide, summary } from '../../test/world.ts';
import type { Listener, ListenerSetSpec } from '../generated/types.ts';
import {
  backendRef,
  gateway,
  listener,
  listenerSet,
  namespace,
  parentRef,
  tcpRoute,
  terminateTls,
} from '../objects/builders.ts';

const allowAll = { allowedListeners: { namespaces: { from: 'All' } } } as const;
const at = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` });
const setRef = (name = 'listener-set', fields: Parameters<typeof parentRef>[1] = {}) =>
  parentRef(name, { kind: 'ListenerSet', ...fields });
const backendRefs = [backendRef('web', 80)];
const web = backend('web', ['10.0.0.1']);
const acceptedOf = (decision: Decision, index = 0, name = 'route') =>
  summary(decision.parents(name)[index]?.conditions).Accepted;
const conflictsOf = (decision: Decision, name: string, set: string) =>
  summary(decision.entry(name, set).conditions).Conflicted;

describe('listeners of a Gateway and its ListenerSets are one list', () => {
  const tcp = (port: number, fields: Partial<Listener> = {}) => listener('TCP', port, fields);

  it('the older ListenerSet comes first, then namespace and name decide; the Gateway is before all', () => {
    const subject = gateway({ listeners: [tcp(1)], ...allowAll });
    const spec = (port: number): Partial<ListenerSetSpec> => ({
      parentRef: { name: 'gateway', namespace: 'default' },
      listeners: [tcp(port, { name: 'l' })],
    });
    const young = listenerSet(spec(80), { name: 'a', ...at(2) });
    const old = listenerSet(spec(80), { name: 'z', ...at(1) });
    const byAge = decide(subject, [young, old]);
    expect([conflictsOf(byAge, 'l', 'z'), conflictsOf(byAge, 'l', 'a')]).toEqual([
      'False/NoConflicts',
      'True/ProtocolConflict',
    ]);
    const twin = listenerSet(spec(80), { name: 'b', ...at(2) });
    const byName = decide(subject, [twin, young]);
    expect([conflictsOf(byName, 'l', 'a'), conflictsOf(byName, 'l', 'b')]).toEqual([
      'False/NoConflicts',
      'True/ProtocolConflict',
    ]);
    const ofGateway = decide(subject, [listenerSet(spec(1), { name: 'first', ...at(0) })]);
    expect(summary(ofGateway.listener('tcp-1').conditions).Conflicted).toBe('False/NoConflicts');
    expect(conflictsOf(ofGateway, 'l', 'first')).toBe('True/ProtocolConflict');
  });

  it('inside one ListenerSet nobody wins', () => {
    const set = listenerSet({ listeners: [tcp(80, { name: 'a' }), listener('HTTP', 80, { name: 'b' })] });
    const decision = decide(gateway({ listeners: [tcp(1)], ...allowAll }), [set]);
    expect(['a', 'b'].map((name) => conflictsOf(decision, name, 'listener-set'))).toEqual(
      Array(2).fill('True/ProtocolConflict'),
    );
  });

  it('who has lost stands in nobody’s way any more', () => {
    const subject = gateway({ listeners: [listener('HTTP', 80, { hostname: 'a.test' })], ...allowAll });
    const loser = listenerSet({ listeners: [tcp(80)] }, { name: 'loser', ...at(1) });
    const next = listenerSet(
      { listeners: [listener('HTTP', 80, { name: 'http', hostname: 'b.test' })] },
      { name: 'next', ...at(2) },
    );
    expect(conflictsOf(decide(subject, [loser, next]), 'http', 'next')).toBe('False/NoConflicts');
  });

  it('listeners that conflict in the Gateway keep their port from its ListenerSets', () => {
    const subject = gateway({ listeners: [tcp(80), listener('HTTP', 80), tcp(81)], ...allowAll });
    const set = listenerSet({ listeners: [listener('HTTP', 80, { name: 'http' })] });
    expect(conflictsOf(decide(subject, [set]), 'http', 'listener-set')).toBe('True/ProtocolConflict');
  });

  it('names may repeat: each has a status, and rules with a name of its own', () => {
    const subject = gateway({ listeners: [tcp(1, { name: 'same' })], ...allowAll });
    const sets = [
      listenerSet({ listeners: [tcp(2, { name: 'same' })] }, { name: 'a' }),
      listenerSet({ listeners: [tcp(3, { name: 'same' })] }, { name: 'b' }),
    ];
    const decision = decide(subject, sets);
    expect(decision.forwarding.services.map(({ name, port }) => [name, port])).toEqual([
      ['default/gateway/same', 1],
      ['default/gateway/default/a/same', 2],
      ['default/gateway/default/b/same', 3],
    ]);
    expect(decision.gateway.listeners).toHaveLength(1);
    expect(decision.listenerSet('a').listeners).toHaveLength(1);
  });

  it('when the winner goes, the next is served, without a listener in between', () => {
    const spec = { listeners: [tcp(80, { name: 'l' })] };
    const subject = gateway({ listeners: [tcp(1)], ...allowAll });
    const [old, young] = [
      listenerSet(spec, { name: 'old', ...at(1) }),
      listenerSet(spec, { name: 'young', ...at(2) }),
    ];
    const routeTo = (set: string, service: string) =>
      tcpRoute({ parentRefs: [setRef(set)], backendRefs: [backendRef(service, 80)] }, { name: set });
    const objects = [routeTo('old', 'web'), routeTo('young', 'api'), web, backend('api', ['10.0.0.2'])];
    const servedBy = (decision: Decision) => decision.service(80).backends.map(({ address }) => address);
    const both = decide(subject, [old, young, ...objects]);
    expect(servedBy(both)).toEqual(['10.0.0.1']);
    expect([acceptedOf(both, 0, 'old'), acceptedOf(both, 0, 'young')]).toEqual(
      Array(2).fill('True/Accepted'),
    );
    expect(servedBy(decide(subject, [young, ...objects]))).toEqual(['10.0.0.2']);
  });

  it('messages of a ListenerSet name no listener of others', () => {
    const subject = gateway({ listeners: [tcp(80, { name: 'secret-name' })], ...allowAll });
    const decision = decide(subject, [listenerSet({ listeners: [tcp(80, { name: 'mine' })] })]);
    const messages = [...decision.entry('mine').conditions, ...(decision.listenerSet().conditions ?? [])].map(
      ({ message }) => message,
    );
    expect(messages.join(' ')).not.toContain('secret-name');
    expect(messages.join(' ')).toContain('a listener of the Gateway');
  });
});

describe('routes attach to the object that their parentRef names, and to no other', () => {
  const subject = gateway({ listeners: [listener('TCP', 1, { name: 'own' })], ...allowAll });
  const set = listenerSet({
    listeners: [listener('TCP', 2, { name: 'a' }), listener('TCP', 3, { name: 'b' })],
  });
  const decideFor = (...parentRefs: ReturnType<typeof parentRef>[]) =>
    decide(subject, [set, tcpRoute({ parentRefs, backendRefs }), web]);
  const counts = (decision: Decision) => [
    decision.listener('own').attachedRoutes,
    decision.entry('a').attachedRoutes,
    decision.entry('b').attachedRoutes,
  ];

  it.each([
    ['a Gateway: none of its ListenerSets’ listeners', [parentRef()], [1, 0, 0]],
    ['a ListenerSet: all of its own', [setRef()], [0, 1, 1]],
    ['a ListenerSet’s listener by name', [setRef('listener-set', { sectionName: 'b' })], [0, 0, 1]],
    ['a ListenerSet’s listener by port', [setRef('listener-set', { port: 2 })], [0, 1, 0]],
    ['both objects', [parentRef(), setRef()], [1, 1, 1]],
  ])('%s', (_, parentRefs, expected) => {
    expect(counts(decideFor(...parentRefs))).toEqual(expected);
  });

  it('a Gateway’s parentRef does not find a ListenerSet’s listener by name', () => {
    const decision = decideFor(
      parentRef('gateway', { sectionName: 'a' }),
      setRef('listener-set', { sectionName: 'a' }),
    );
    expect(decision.statuses.filter((update) => 'parent' in update)).toHaveLength(2);
    const [ofGateway, ofSet] = decision.statuses.flatMap((update) =>
      'parent' in update ? [summary(update.status.parents[0]?.conditions).Accepted] : [],
    );
    expect([ofGateway, ofSet]).toEqual(['False/NoMatchingParent', 'True/Accepted']);
    expect(counts(decision)).toEqual([0, 1, 0]);
  });

  it('each parent has an update of its own, which tells its parentRef', () => {
    const updates = decideFor(parentRef(), setRef()).statuses.flatMap((update) =>
      'parent' in update ? [[update.parent, update.status.parents.map((it) => it.parentRef)]] : [],
    );
    expect(updates).toEqual([
      [{ kind: 'Gateway', namespace: 'default', name: 'gateway' }, [parentRef()]],
      [{ kind: 'ListenerSet', namespace: 'default', name: 'listener-set' }, [setRef()]],
    ]);
  });

  it('Same is the namespace of the ListenerSet, not that of its Gateway', () => {
    const elsewhere = listenerSet(
      { parentRef: { name: 'gateway', namespace: 'default' }, listeners: [listener('TCP', 9)] },
      { namespace: 'team' },
    );
    const from = (of: string) =>
      tcpRoute(
        { parentRefs: [setRef('listener-set', { namespace: 'team' })], backendRefs },
        { name: `from-${of}`, namespace: of },
      );
    const decision = decide(subject, [elsewhere, from('team'), from('default'), namespace('team')]);
    expect(acceptedOf(decision, 0, 'from-team')).toBe('True/Accepted');
    expect(acceptedOf(decision, 0, 'from-default')).toBe('False/NotAllowedByListeners');
    expect(decision.entry('tcp-9').attachedRoutes).toBe(1);
  });

  it('routes may attach to a conflicted listener, and are counted there', () => {
    const loser = listenerSet({ listeners: [listener('TCP', 1, { name: 'lost' })] });
    const decision = decide(subject, [loser, tcpRoute({ parentRefs: [setRef()], backendRefs }), web]);
    expect(acceptedOf(decision)).toBe('True/Accepted');
    expect(decision.entry('lost').attachedRoutes).toBe(1);
    expect(decision.service(1).backends).toEqual([]);
  });
});

describe('a ListenerSet that its Gateway does not allow', () => {
  const set = listenerSet({ listeners: [listener('TCP', 80, { name: 'l' })] });
  const decision = decide(gateway({ listeners: [listener('TCP', 80)] }), [
    set,
    tcpRoute({ parentRefs: [setRef()], backendRefs }),
    web,
  ]);

  it('has listeners that are not accepted, and conflict with nothing', () => {
    expect(summary(decision.entry('l').conditions)).toEqual({
      Accepted: 'False/Invalid',
      Programmed: 'False/Invalid',
      ResolvedRefs: 'True/ResolvedRefs',
      Conflicted: 'False/NoConflicts',
    });
    expect(summary(decision.listener('tcp-80').conditions).Accepted).toBe('True/Accepted');
  });

  it('takes no route, and none of it is forwarded', () => {
    expect(acceptedOf(decision)).toBe('False/NoMatchingParent');
    expect(decision.entry('l').attachedRoutes).toBe(0);
    expect(decision.forwarding.services.map(({ name }) => name)).toEqual(['default/gateway/tcp-80']);
  });
});

describe('Accepted and Programmed of a ListenerSet', () => {
  const set = listenerSet();
  const conditionsOf = (decision: Decision) => summary(decision.listenerSet().conditions);

  it('ParentNotAccepted, ParentNotProgrammed: its Gateway is not', () => {
    const subject = gateway({ addresses: [{ type: 'example.com/x', value: 'y' }], ...allowAll });
    const decision = decide(subject, [set]);
    expect(conditionsOf(decision)).toEqual({
      Accepted: 'False/ParentNotAccepted',
      Programmed: 'False/ParentNotProgrammed',
    });
    expect(summary(decision.entry('tcp-8080').conditions).Programmed).toBe('False/Invalid');
    expect(decision.forwarding.services).toEqual([]);
  });

  it('ParentNotProgrammed alone: no address yet', () => {
    const decision = decide(gateway(allowAll), [set], { addresses: { assigned: [] } });
    expect(conditionsOf(decision)).toEqual({
      Accepted: 'True/Accepted',
      Programmed: 'False/ParentNotProgrammed',
    });
    expect(summary(decision.entry('tcp-8080').conditions).Programmed).toBe('False/Pending');
  });

  it('ListenersNotValid: a listener is valid only if its references are resolved', () => {
    const https = (name: string) =>
      listener('HTTPS', 443, { name, hostname: `${name}.test`, tls: terminateTls(name) });
    const some = listenerSet({ listeners: [https('certificate'), https('missing')] });
    expect(conditionsOf(decide(gateway(allowAll), [some, certificate()])).Accepted).toBe(
      'True/ListenersNotValid',
    );
    const none = listenerSet({ listeners: [https('missing')] });
    expect(conditionsOf(decide(gateway(allowAll), [none, certificate()]))).toEqual({
      Accepted: 'False/ListenersNotValid',
      Programmed: 'False/ListenersNotValid',
    });
  });

  it('one whose listeners all have invalid kinds is not accepted, and not served', () => {
    const kinds = [{ kind: 'UDPRoute' }];
    const odd = listenerSet({ listeners: [listener('TCP', 8080, { allowedRoutes: { kinds } })] });
    const decision = decide(gateway(allowAll), [odd]);
    expect(conditionsOf(decision).Accepted).toBe('False/ListenersNotValid');
    expect(decision.forwarding.services.map(({ port }) => port)).toEqual([80]);
  });

  it('PortUnavailable: another Gateway has every port', () => {
    const unavailablePorts = [{ port: 8080, protocol: 'TCP', message: 'taken' }] as const;
    const decision = decide(gateway(allowAll), [set], { unavailablePorts });
    expect(conditionsOf(decision)).toEqual({
      Accepted: 'False/ListenersNotValid',
      Programmed: 'False/PortUnavailable',
    });
    expect(decision.gateway.attachedListenerSets).toBe(0);
  });

  it('TooManyListeners: those beyond what the data plane can carry are not accepted', () => {
    const many = listenerSet({ listeners: [listener('TCP', 1), listener('TCP', 2)] });
    const decision = decide(gateway(allowAll), [many], { maxListeners: 2 });
    expect(summary(decision.entry('tcp-1').conditions).Accepted).toBe('True/Accepted');
    expect(summary(decision.entry('tcp-2').conditions)).toMatchObject({
      Accepted: 'False/TooManyListeners',
      Programmed: 'False/Invalid',
    });
    expect(decision.forwarding.services.map(({ port }) => port)).toEqual([80, 1]);
  });

  it('broken listeners of a ListenerSet do not touch its Gateway’s conditions, nor the reverse', () => {
    const broken = listenerSet({ listeners: [listener('INVALID', 1)] });
    const decision = decide(gateway(allowAll), [broken]);
    expect(summary(decision.gateway.conditions)).toEqual({
      Accepted: 'True/Accepted',
      Programmed: 'True/Programmed',
    });
    const subject = gateway({ listeners: [listener('TCP', 1), listener('INVALID', 2)], ...allowAll });
    expect(conditionsOf(decide(subject, [set]))).toEqual({
      Accepted: 'True/Accepted',
      Programmed: 'True/Programmed',
    });
  });

  it('nothing is written for a ListenerSet of another Gateway, or of a Gateway that is not ours', () => {
    const other = listenerSet({ parentRef: { name: 'other' } });
    expect(decide(gateway(allowAll), [other]).statuses.map(({ kind }) => kind)).toEqual(['Gateway']);
    const foreign = gateway({ gatewayClassName: 'nobody', ...allowAll });
    expect(decide(foreign, [set]).statuses).toEqual([]);
  });
});

describe('the status of a ListenerSet', () => {
  it('keeps what others wrote, and the generation is that of the ListenerSet', () => {
    const foreign = {
      type: 'example.com/Audited',
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'Audited',
      message: '',
    } as const;
    const status = {
      conditions: [foreign],
      listeners: [{ name: 'tcp-8080', attachedRoutes: 0, conditions: [foreign] }],
    };
    const decision = decide(gateway(allowAll), [{ ...listenerSet({}, { generation: 5 }), status }]);
    expect(decision.listenerSet().conditions?.[0]).toBe(foreign);
    expect(decision.entry('tcp-8080').conditions[0]).toBe(foreign);
    const own = [...(decision.listenerSet().conditions ?? []), ...decision.entry('tcp-8080').conditions];
    expect(own.filter(({ observedGeneration }) => observedGeneration === 5)).toHaveLength(6);
  });

  it('its own output back: nothing to write', () => {
    const before = decide(gateway(allowAll), [listenerSet()]);
    const after = decide(gateway(allowAll), [{ ...listenerSet(), status: before.listenerSet() }]);
    expect(after.statuses.find(({ kind }) => kind === 'ListenerSet')?.changed).toBe(false);
  });
});
