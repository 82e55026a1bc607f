/**
 * What the tests of Gateway API's conformance suite assert of the control plane, one world for each test (of
 * those that a layer-4 implementation runs). What they assert of traffic is asserted of the rules here.
 */
import { describe, expect, it } from 'vitest';
import { certificate, context, type Decision, decide, summary } from '../../test/world.ts';
import type { Gateway, Listener } from '../generated/types.ts';
import {
  backendRef,
  certificateRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  listenerSet,
  namespace,
  parentRef,
  referenceGrant,
  service,
  tcpRoute,
  terminateTls,
  udpRoute,
} from '../objects/builders.ts';
import type { ModelObject } from '../objects/kinds.ts';
import { resolveGatewayClass } from '../status/gateway-class.ts';
import { infrastructureMetadata } from './infrastructure.ts';

const GROUP = 'gateway.networking.k8s.io';
const programmed = { Accepted: 'True/Accepted', Programmed: 'True/Programmed' };
const good = { ...programmed, ResolvedRefs: 'True/ResolvedRefs' };
const tls = terminateTls('certificate');
const conditionsOf = (decision: Decision) => summary(decision.gateway.conditions);
const listenerOf = (decision: Decision, name: string) => summary(decision.listener(name).conditions);
const kindsOf = (decision: Decision, name: string) =>
  decision.listener(name).supportedKinds?.map(({ kind }) => kind);
const fromKinds = (...kinds: string[]) => ({ allowedRoutes: { kinds: kinds.map((kind) => ({ kind })) } });
const addressesOf = (decision: Decision, port: number) =>
  decision.service(port).backends.map(({ address }) => address);
const grantTo = (
  kind: string,
  target: 'Secret' | 'Service',
  { name, namespace: of = 'other' }: { name?: string; namespace?: string } = {},
) =>
  referenceGrant(
    {
      from: [{ group: GROUP, kind, namespace: 'default' }],
      to: [{ group: '', kind: target, ...(name && { name }) }],
    },
    { name: `${kind}-${target}`.toLowerCase(), namespace: of },
  );

describe('GatewayListenerUnsupportedProtocol', () => {
  const invalid = listener('INVALID', 1111, { name: 'invalid' });

  it('only an unsupported protocol: nothing is valid', () => {
    const decision = decide(gateway({ listeners: [invalid] }));
    expect(conditionsOf(decision).Accepted).toBe('False/ListenersNotValid');
    expect(listenerOf(decision, 'invalid').Accepted).toBe('False/UnsupportedProtocol');
    expect(decision.listener('invalid')).toMatchObject({ supportedKinds: [], attachedRoutes: 0 });
  });

  it('beside a valid one: Accepted True with the reason ListenersNotValid, and programmed', () => {
    const decision = decide(gateway({ listeners: [listener('HTTP', 80), invalid] }));
    expect(conditionsOf(decision)).toEqual({
      Accepted: 'True/ListenersNotValid',
      Programmed: 'True/Programmed',
    });
    expect(listenerOf(decision, 'http-80').Accepted).toBe('True/Accepted');
    expect(kindsOf(decision, 'http-80')).toEqual(['HTTPRoute']);
  });

  it('TLS is such a protocol: no kind of route attaches', () => {
    const decision = decide(gateway({ listeners: [listener('TLS', 443, { tls: { mode: 'Passthrough' } })] }));
    expect(listenerOf(decision, 'tls-443').Accepted).toBe('False/UnsupportedProtocol');
    expect(kindsOf(decision, 'tls-443')).toEqual([]);
  });
});

describe('GatewayInvalidRouteKind', () => {
  it.each([
    [['InvalidRoute'], []],
    [['InvalidRoute', 'HTTPRoute'], ['HTTPRoute']],
  ])('kinds %j: ResolvedRefs False, supportedKinds %j', (kinds, expected) => {
    const decision = decide(gateway({ listeners: [listener('HTTP', 80, { ...fromKinds(...kinds) })] }));
    expect(listenerOf(decision, 'http-80').ResolvedRefs).toBe('False/InvalidRouteKinds');
    expect(kindsOf(decision, 'http-80')).toEqual(expected);
  });
});

describe('GatewayInvalidTLSConfiguration', () => {
  it.each<[string, ReturnType<typeof certificateRef>, ModelObject[]]>([
    ['the Secret does not exist', certificateRef('nobody'), []],
    ['another group', certificateRef('certificate', { group: 'wrong' }), [certificate()]],
    ['another kind', certificateRef('certificate', { kind: 'WrongKind' }), [certificate()]],
    [
      'a malformed Secret',
      certificateRef('certificate'),
      [{ ...certificate(), data: { 'tls.crt': btoa('Hello'), 'tls.key': btoa('world') } }],
    ],
  ])('%s: InvalidCertificateRef, HTTPRoute still supported', (_, ref, objects) => {
    const decision = decide(
      gateway({ listeners: [listener('HTTPS', 443, { tls: terminateTls(ref) })] }),
      objects,
    );
    expect(listenerOf(decision, 'https-443').ResolvedRefs).toBe('False/InvalidCertificateRef');
    expect(decision.listener('https-443').attachedRoutes).toBe(0);
    expect(kindsOf(decision, 'https-443')).toEqual(['HTTPRoute']);
  });
});

describe('GatewayModifyListeners', () => {
  const https = listener('HTTPS', 443, { name: 'https', tls });
  const http = listener('HTTP', 80, { name: 'http', hostname: 'data.test.com' });
  const route = httpRoute({ rules: [{ backendRefs: [backendRef('web', 80)] }] });

  it.each<[string, Listener[]]>([
    ['added', [https, http]],
    ['taken away', [http]],
  ])('a listener is %s: the status lists exactly those of the spec, each with its route', (_, listeners) => {
    const before = decide(gateway({ listeners: [https] }), [certificate(), route]).gateway;
    const edited: Gateway = { ...gateway({ listeners }, { generation: 2 }), status: before };
    const decision = decide(edited, [certificate(), route]);
    expect(decision.gateway.listeners?.map(({ name }) => name)).toEqual(listeners.map(({ name }) => name));
    for (const { name } of listeners) {
      expect(decision.listener(name).attachedRoutes).toBe(1);
      expect(listenerOf(decision, name)).toMatchObject(good);
      for (const { observedGeneration } of decision.listener(name).conditions)
        expect(observedGeneration).toBe(2);
    }
  });
});

describe('GatewayObservedGenerationBump, GatewayNameMaximumLength', () => {
  it('a listener is added: every condition is of the new generation, the Gateway stays ready', () => {
    const name = 'g'.repeat(253);
    const before = decide(gateway({}, { name })).gateway;
    const listeners = [listener('TCP', 80), listener('TCP', 81)];
    const decision = decide({ ...gateway({ listeners }, { name, generation: 2 }), status: before });
    expect(conditionsOf(decision)).toEqual(programmed);
    const generations = decision.gateway.conditions?.map(({ observedGeneration }) => observedGeneration);
    expect(generations).toEqual([2, 2]);
  });
});

describe('GatewayPreserveForeignConditions', () => {
  it('a hostname is edited: own conditions reach the new generation, seeded ones are identical', () => {
    const foreign = {
      type: 'conformance.gateway.networking.k8s.io/StaleCondition',
      status: 'True',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'Seeded',
      message: 'seeded',
    } as const;
    const { conditions = [], listeners = [] } = decide(
      gateway({ listeners: [listener('HTTP', 80)] }),
    ).gateway;
    const status = {
      conditions: [...conditions, foreign],
      listeners: listeners.map((entry) => ({ ...entry, conditions: [foreign, ...entry.conditions] })),
    };
    const edited = gateway({ listeners: [listener('HTTP', 80, { hostname: 'a.test' })] }, { generation: 2 });
    const decision = decide({ ...edited, status });
    const all = [decision.gateway.conditions ?? [], decision.listener('http-80').conditions];
    for (const found of all) {
      expect(found.filter(({ type }) => type === foreign.type)).toEqual([foreign]);
      const own = found.filter(({ type }) => type !== foreign.type);
      expect(own.every(({ observedGeneration }) => observedGeneration === 2)).toBe(true);
    }
  });
});

describe('GatewayInfrastructureMetadata', () => {
  it('accepted; what is created carries the label of the Gateway, and the labels and annotations', () => {
    const infrastructure = { labels: { key2: 'value2' }, annotations: { key1: 'value1' } };
    const subject = gateway({ listeners: [listener('HTTP', 8080)], infrastructure });
    expect(conditionsOf(decide(subject)).Accepted).toBe('True/Accepted');
    expect(infrastructureMetadata(subject)).toMatchObject({
      labels: { key2: 'value2', 'gateway.networking.k8s.io/gateway-name': 'gateway' },
      annotations: { key1: 'value1' },
    });
  });
});

describe('GatewayClassObservedGenerationBump', () => {
  it('Accepted is of the generation that was judged', () => {
    for (const generation of [1, 2]) {
      const update = resolveGatewayClass(gatewayClass({}, { generation }), context());
      expect(update?.status.conditions?.[0]).toMatchObject({
        type: 'Accepted',
        observedGeneration: generation,
      });
    }
  });
});

describe('GatewaySecret…ReferenceGrant', () => {
  const subject = gateway({
    listeners: [
      listener('HTTPS', 443, { tls: terminateTls(certificateRef('certificate', { namespace: 'other' })) }),
    ],
  });
  const secret = certificate('certificate', { namespace: 'other' });
  const refsWith = (...objects: ModelObject[]) =>
    listenerOf(decide(subject, objects), 'https-443').ResolvedRefs;

  it('MissingReferenceGrant: RefNotPermitted, whether the Secret exists or not', () => {
    expect([refsWith(secret), refsWith()]).toEqual(Array(2).fill('False/RefNotPermitted'));
  });

  it('InvalidReferenceGrant: each of seven grants is wrong in one field', () => {
    const from = { group: GROUP, kind: 'Gateway', namespace: 'default' };
    const to = { group: '', kind: 'Secret', name: 'certificate' };
    const grants = [
      [from, { ...to, name: 'other' }, 'other'],
      [from, { ...to, kind: 'ConfigMap' }, 'other'],
      [from, { ...to, group: 'wrong' }, 'other'],
      [{ ...from, kind: 'HTTPRoute' }, to, 'other'],
      [{ ...from, namespace: 'elsewhere' }, to, 'other'],
      [{ ...from, group: '' }, to, 'other'],
      [from, to, 'elsewhere'],
    ] as const;
    const all = grants.map(([source, target, of], index) =>
      referenceGrant({ from: [source], to: [target] }, { name: `g${index}`, namespace: of }),
    );
    expect(refsWith(secret, ...all)).toBe('False/RefNotPermitted');
  });

  it.each([
    ['AllInNamespace', grantTo('Gateway', 'Secret')],
    ['Specific', grantTo('Gateway', 'Secret', { name: 'certificate' })],
  ])('%s: the reference holds, and the listener is programmed', (_, grant) => {
    expect(listenerOf(decide(subject, [secret, grant]), 'https-443')).toMatchObject(good);
  });
});

describe('GatewayInvalidParametersRef', () => {
  it('parameters of an unknown kind: Accepted False', () => {
    const infrastructure = { parametersRef: { group: 'wrong.test', kind: 'Unknown', name: 'x' } };
    expect(conditionsOf(decide(gateway({ infrastructure }))).Accepted).toBe('False/InvalidParameters');
  });
});

describe('GatewayOptionalAddressValue', () => {
  const subject = gateway({ addresses: [{ type: 'IPAddress' }] });

  it('an address without a value: ready, with the address that was assigned', () => {
    const decision = decide(subject);
    expect(conditionsOf(decision)).toEqual(programmed);
    expect(decision.gateway.addresses).toEqual([{ type: 'IPAddress', value: '192.0.2.1' }]);
  });
});

describe('GatewayStaticAddresses', () => {
  const unusable = [{ value: '10.9.9.9', reason: 'outside of the pool' }];
  const step = (addresses: { type?: string; value: string }[], assigned: string[]) =>
    decide(gateway({ addresses }), [], {
      addresses: { assigned, unusable: addresses.length > 1 ? unusable : [] },
    });
  const [fake, wrong, right] = [
    { type: 'test/fake-invalid-type', value: 'fake' },
    { type: 'IPAddress', value: '10.9.9.9' },
    { type: 'IPAddress', value: '192.0.2.7' },
  ];

  it('a type that nobody knows: Accepted False/UnsupportedAddress', () => {
    expect(conditionsOf(step([fake, wrong, right], ['192.0.2.7'])).Accepted).toBe('False/UnsupportedAddress');
  });

  it('one that cannot be used: Accepted, Programmed False/AddressNotUsable, and it is not in the status', () => {
    const decision = step([wrong, right], ['192.0.2.7']);
    expect(conditionsOf(decision)).toEqual({
      Accepted: 'True/Accepted',
      Programmed: 'False/AddressNotUsable',
    });
    expect(decision.gateway.addresses).toEqual([right]);
  });

  it('one that can: programmed, exactly that address, of that type', () => {
    const decision = step([right], ['192.0.2.7']);
    expect(conditionsOf(decision)).toEqual(programmed);
    expect(decision.gateway.addresses).toEqual([right]);
    expect(listenerOf(decision, 'tcp-80')).toMatchObject(good);
    expect(decision.listener('tcp-80').attachedRoutes).toBe(0);
  });
});

describe('ListenerSetAllowedNamespace…', () => {
  const refused = { Accepted: 'False/NotAllowed', Programmed: 'False/NotAllowed' };
  const here = listenerSet({}, { name: 'here' });
  const there = listenerSet(
    { parentRef: { name: 'gateway', namespace: 'default' } },
    { name: 'there', namespace: 'labelled' },
  );
  const objects = [here, there, namespace('default'), namespace('labelled', { allowed: 'yes' })];
  const decideWith = (from?: 'None' | 'Same' | 'Selector' | 'All') => {
    const selector = { matchLabels: { allowed: 'yes' } };
    const namespaces = { ...(from && { from }), ...(from === 'Selector' && { selector }) };
    return decide(gateway(from ? { allowedListeners: { namespaces } } : {}), objects);
  };
  const setOf = (decision: Decision, name: string) => summary(decision.listenerSet(name).conditions);

  it.each(['None', undefined] as const)('from %s (None is the default): none is allowed', (from) => {
    const decision = decideWith(from);
    expect([setOf(decision, 'here'), setOf(decision, 'there')]).toEqual([refused, refused]);
    expect(decision.gateway.attachedListenerSets).toBe(0);
    expect(conditionsOf(decision)).toEqual(programmed);
  });

  it.each([
    ['Same', 'here', 'there'],
    ['Selector', 'there', 'here'],
  ] as const)('from %s: %s is accepted with its listener, %s is not', (from, allowed, other) => {
    const decision = decideWith(from);
    expect(setOf(decision, allowed)).toEqual(programmed);
    expect(summary(decision.entry('tcp-8080', allowed).conditions)).toMatchObject(good);
    expect(setOf(decision, other)).toEqual(refused);
    expect(decision.gateway.attachedListenerSets).toBe(1);
  });

  it('from All: each namespace is', () => {
    const elsewhere = listenerSet(
      { ...there.spec, listeners: [listener('TCP', 8081)] },
      { name: 'elsewhere', namespace: 'unlabelled' },
    );
    const subject = gateway({ allowedListeners: { namespaces: { from: 'All' } } });
    expect(decide(subject, [here, elsewhere]).gateway.attachedListenerSets).toBe(2);
  });
});

describe.each([
  [
    'ListenerSetHostnameConflict',
    'HostnameConflict',
    (host: string) => listener('HTTP', 80, { hostname: host }),
  ],
  ['ListenerSetProtocolConflict', 'ProtocolConflict', () => listener('TCP', 80)],
] as const)('%s', (_, reason, conflicting) => {
  const http = (name: string) => listener('HTTP', 80, { name, hostname: `${name}.test` });
  const loser = (name: string): Listener => ({ ...conflicting(`${name}.test`), name });
  const at = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` });
  const subject = gateway({
    listeners: [http('own'), http('gateway-wins')],
    allowedListeners: { namespaces: { from: 'Same' } },
  });
  const sets = [
    listenerSet(
      { listeners: [http('first'), loser('gateway-wins'), http('set-wins')] },
      { name: 'a', ...at(1) },
    ),
    listenerSet({ listeners: [loser('gateway-wins')] }, { name: 'b', ...at(2) }),
    listenerSet({ listeners: [http('second'), loser('set-wins')] }, { name: 'c', ...at(3) }),
    listenerSet({ listeners: [loser('set-wins')] }, { name: 'd', ...at(4) }),
  ];
  const lost = {
    Accepted: `False/${reason}`,
    Programmed: `False/${reason}`,
    Conflicted: `True/${reason}`,
  };

  it('the first keeps working, later ones tell the conflict in all three conditions', () => {
    const decision = decide(subject, sets);
    expect(listenerOf(decision, 'own')).toMatchObject(good);
    expect(listenerOf(decision, 'gateway-wins')).toMatchObject(good);
    expect(summary(decision.entry('first', 'a').conditions)).toMatchObject(good);
    expect(summary(decision.entry('set-wins', 'a').conditions)).toMatchObject(good);
    expect(summary(decision.entry('second', 'c').conditions)).toMatchObject(good);
    for (const [name, set] of [
      ['gateway-wins', 'a'],
      ['gateway-wins', 'b'],
      ['set-wins', 'c'],
      ['set-wins', 'd'],
    ] as const)
      expect(summary(decision.entry(name, set).conditions)).toMatchObject(lost);
  });

  it('a ListenerSet with a good listener is accepted and programmed, one without is not', () => {
    const decision = decide(subject, sets);
    for (const name of ['a', 'c']) {
      expect(summary(decision.listenerSet(name).conditions)).toEqual({
        Accepted: 'True/ListenersNotValid',
        Programmed: 'True/Programmed',
      });
    }
    for (const name of ['b', 'd']) {
      expect(summary(decision.listenerSet(name).conditions)).toEqual({
        Accepted: 'False/ListenersNotValid',
        Programmed: 'False/ListenersNotValid',
      });
    }
    expect(decision.gateway.attachedListenerSets).toBe(2);
    expect(conditionsOf(decision)).toEqual(programmed);
  });

  it('when the winner goes, the loser takes over', () => {
    const left = reason === 'HostnameConflict' ? http('own') : listener('UDP', 1);
    const without = { ...subject, spec: { ...subject.spec, listeners: [left] } };
    const decision = decide(without, sets.slice(1, 2));
    expect(summary(decision.entry('gateway-wins', 'b').conditions)).toMatchObject(good);
    expect(summary(decision.listenerSet('b').conditions)).toEqual(programmed);
  });
});

describe('ListenerSetReferenceGrant', () => {
  const ref = terminateTls(certificateRef('certificate', { namespace: 'other' }));
  const secret = certificate('certificate', { namespace: 'other' });
  const of = (owner: string) => ({
    listeners: [listener('HTTPS', 443, { name: 'https', tls: ref, hostname: `${owner}.test` })],
  });
  const subject = gateway({ ...of('gateway'), allowedListeners: { namespaces: { from: 'Same' } } });
  const decideWith = (grant: ModelObject) => decide(subject, [listenerSet(of('set')), secret, grant]);

  it('a grant for ListenerSets holds for the ListenerSet, and not for its Gateway', () => {
    const decision = decideWith(grantTo('ListenerSet', 'Secret'));
    expect(summary(decision.entry('https').conditions).ResolvedRefs).toBe('True/ResolvedRefs');
    expect(listenerOf(decision, 'https').ResolvedRefs).toBe('False/RefNotPermitted');
    expect(summary(decision.listenerSet().conditions)).toEqual(programmed);
  });

  it('a grant for Gateways does not hold for the ListenerSet: no listener of it is valid', () => {
    const decision = decideWith(grantTo('Gateway', 'Secret'));
    expect(summary(decision.entry('https').conditions).ResolvedRefs).toBe('False/RefNotPermitted');
    expect(listenerOf(decision, 'https').ResolvedRefs).toBe('True/ResolvedRefs');
    expect(summary(decision.listenerSet().conditions)).toEqual({
      Accepted: 'False/ListenersNotValid',
      Programmed: 'False/ListenersNotValid',
    });
  });
});

describe.each([
  ['TCP', 'TCPRoute', tcpRoute],
  ['UDP', 'UDPRoute', udpRoute],
] as const)('%sRoute tests', (protocol, kind, route) => {
  const ports = (name: string, of = 'default'): ModelObject[] => [
    service(name, [{ port: 80, protocol }], { namespace: of }),
    endpointSlice(
      {
        service: name,
        endpoints: [name === 'old' ? '10.0.0.1' : '10.0.0.2'],
        ports: [{ port: 8080, protocol }],
      },
      { namespace: of },
    ),
  ];
  const parentOf = (decision: Decision, name = 'route') => summary(decision.parents(name)[0]?.conditions);
  const on = (...numbers: number[]) =>
    gateway({ listeners: numbers.map((port) => listener(protocol, port, { name: `l-${port}` })) });

  it(`${kind}InvalidBackendRefNonexistent: BackendNotFound, the Gateway stays ready`, () => {
    const decision = decide(on(9300), [route({ backendRefs: [backendRef('nobody', 80)] })]);
    expect(parentOf(decision)).toEqual({
      Accepted: 'True/Accepted',
      ResolvedRefs: 'False/BackendNotFound',
    });
    expect(conditionsOf(decision)).toEqual(programmed);
  });

  it(`${kind}InvalidCrossNamespaceBackendRef: the grant is asked for before existence`, () => {
    const backendRefs = [backendRef('nobody', 80, { namespace: 'other' })];
    const decision = decide(on(9300), [route({ backendRefs })]);
    expect(parentOf(decision)).toEqual({
      Accepted: 'True/Accepted',
      ResolvedRefs: 'False/RefNotPermitted',
    });
    expect(listenerOf(decision, 'l-9300')).toMatchObject(good);
    expect(decision.service(9300)).toMatchObject({ backends: [], rejectWeight: 1 });
  });

  it(`${kind}ReferenceGrant: reachable with the grant, and not when it is gone`, () => {
    const backendRefs = [backendRef('old', 80, { namespace: 'other' })];
    const objects = [route({ backendRefs }), ...ports('old', 'other')];
    const granted = decide(on(9320), [...objects, grantTo(kind, 'Service')]);
    expect(parentOf(granted).ResolvedRefs).toBe('True/ResolvedRefs');
    expect(addressesOf(granted, 9320)).toEqual(['10.0.0.1']);
    const gone = decide(on(9320), objects);
    expect(parentOf(gone).ResolvedRefs).toBe('False/RefNotPermitted');
    expect(gone.service(9320).backends).toEqual([]);
  });

  it(`${kind}MultipleRoutesAttachment: both accepted and counted, the older has the traffic`, () => {
    const at = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` });
    const routes = [
      route({ backendRefs: [backendRef('new', 80)] }, { name: 'a', ...at(2) }),
      route({ backendRefs: [backendRef('old', 80)] }, { name: 'z', ...at(1) }),
    ];
    const decision = decide(on(9310), [...routes, ...ports('old'), ...ports('new')]);
    expect(parentOf(decision, 'a').Accepted).toBe('True/Accepted');
    expect(parentOf(decision, 'z').Accepted).toBe('True/Accepted');
    expect(decision.listener('l-9310').attachedRoutes).toBe(2);
    expect(kindsOf(decision, 'l-9310')).toEqual([kind]);
    expect(addressesOf(decision, 9310)).toEqual(['10.0.0.1']);
  });

  it(`${kind}ParentRefAttachAll: neither sectionName nor port reaches every listener`, () => {
    const numbers = [9310, 9311, 9312, 9313];
    const decision = decide(on(...numbers), [
      route({ backendRefs: [backendRef('old', 80)] }),
      ...ports('old'),
    ]);
    for (const port of numbers) {
      expect(decision.listener(`l-${port}`).attachedRoutes).toBe(1);
      expect(addressesOf(decision, port)).toEqual(['10.0.0.1']);
    }
  });

  it(`${kind}ParentRefPortAndSectionName: each finds its listener`, () => {
    const to = (name: string, ref: Parameters<typeof parentRef>[1], service: string) =>
      route({ parentRefs: [parentRef('gateway', ref)], backendRefs: [backendRef(service, 80)] }, { name });
    const decision = decide(on(9300, 9301, 9302), [
      to('port', { port: 9300 }, 'old'),
      to('section', { sectionName: 'l-9301' }, 'new'),
      to('both', { sectionName: 'l-9302', port: 9302 }, 'old'),
      ...ports('old'),
      ...ports('new'),
    ]);
    expect([9300, 9301, 9302].map((port) => addressesOf(decision, port))).toEqual([
      ['10.0.0.1'],
      ['10.0.0.2'],
      ['10.0.0.1'],
    ]);
  });

  it(`${kind}WeightedRouting: shares follow the weights, and 0 gets nothing`, () => {
    const backendRefs = [backendRef('old', 80, { weight: 70 }), backendRef('new', 80, { weight: 30 })];
    const none = backendRef('zero', 80, { weight: 0 });
    const decision = decide(on(9300), [
      route({ backendRefs: [...backendRefs, none] }),
      ...ports('old'),
      ...ports('new'),
    ]);
    const shares = decision.service(9300).backends.map(({ address, weight }) => [address, weight]);
    expect(shares).toEqual([
      ['10.0.0.1', 70],
      ['10.0.0.2', 30],
    ]);
    expect(decision.service(9300).rejectWeight).toBe(0);
  });
});

describe('TCPRouteInvalidNonTCPListener', () => {
  it('a TCPRoute that names an HTTP listener is NotAllowedByListeners, and not counted', () => {
    const http = listener('HTTP', 5300, { name: 'http', ...fromKinds('HTTPRoute') });
    const parentRefs = [parentRef('gateway', { sectionName: 'http' })];
    const decision = decide(gateway({ listeners: [http] }), [
      tcpRoute({ parentRefs, backendRefs: [backendRef('web', 80)] }),
    ]);
    expect(summary(decision.parents()[0]?.conditions).Accepted).toBe('False/NotAllowedByListeners');
    expect(decision.listener('http').attachedRoutes).toBe(0);
    expect(conditionsOf(decision)).toEqual(programmed);
  });
});

describe('UDPRouteNotAllowedByListeners', () => {
  it('a UDPRoute finds no listener that takes it on a Gateway without UDP', () => {
    const decision = decide(gateway({ listeners: [listener('TCP', 53)] }), [
      udpRoute({ backendRefs: [backendRef('dns', 53)] }),
    ]);
    expect(summary(decision.parents()[0]?.conditions).Accepted).toBe('False/NotAllowedByListeners');
    expect(decision.listener('tcp-53').attachedRoutes).toBe(0);
  });
});

describe('the suite’s own Gateways are ready: HTTP and HTTPS listeners without anything behind them', () => {
  it('one HTTP listener, and four HTTPS listeners that share a Secret', () => {
    const hosts = [undefined, 'second.test', '*.wildcard.test', 'fourth.test'];
    const listeners = hosts.map((hostname, index) =>
      listener('HTTPS', 443, { name: `l${index}`, tls, ...(hostname && { hostname }) }),
    );
    expect(conditionsOf(decide(gateway({ listeners: [listener('HTTP', 80)] })))).toEqual(programmed);
    const decision = decide(gateway({ listeners }), [certificate()]);
    expect(conditionsOf(decision)).toEqual(programmed);
    for (const { name } of listeners) expect(listenerOf(decision, name)).toMatchObject(good);
  });
});
