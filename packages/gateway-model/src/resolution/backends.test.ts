import { describe, expect, it } from 'vitest';
import { backend, decide, summary } from '../../test/world.ts';
import type { BackendRef, ReferenceGrantFrom, ReferenceGrantTo } from '../generated/types.ts';
import {
  backendRef,
  endpointSlice,
  gateway,
  listener,
  referenceGrant,
  service,
  tcpRoute,
  udpRoute,
} from '../objects/builders.ts';
import type { ModelObject } from '../objects/kinds.ts';

const subject = gateway({ listeners: [listener('TCP', 80), listener('UDP', 53)] });
const decideWith = (backendRefs: BackendRef[], ...objects: ModelObject[][]) =>
  decide(subject, [tcpRoute({ backendRefs }), ...objects]);
const resolvedRefs = (decision: ReturnType<typeof decide>) =>
  summary(decision.parents()[0]?.conditions).ResolvedRefs;
const shares = (decision: ReturnType<typeof decide>, port = 80) => {
  const { backends, rejectWeight } = decision.service(port);
  return {
    ...Object.fromEntries(backends.map(({ address, weight }) => [address, weight])),
    reject: rejectWeight,
  };
};

describe('backendRefs that do not resolve', () => {
  it.each<[string, BackendRef, ModelObject[], string]>([
    ['a Service that is there', backendRef('web', 80), backend('web', ['10.0.0.1']), 'True/ResolvedRefs'],
    ['a Service without endpoints', backendRef('web', 80), [service('web', [80])], 'True/ResolvedRefs'],
    ['no such Service', backendRef('missing', 80), [], 'False/BackendNotFound'],
    ['no such port', backendRef('web', 81), backend('web', ['10.0.0.1']), 'False/BackendNotFound'],
    [
      'the port is of another protocol',
      backendRef('web', 53),
      [service('web', [{ port: 53, protocol: 'UDP' }])],
      'False/BackendNotFound',
    ],
    ['another kind', backendRef('web', 80, { kind: 'Thing', group: 'example.com' }), [], 'False/InvalidKind'],
    [
      'another group of the same kind',
      backendRef('web', 80, { group: 'example.com' }),
      [],
      'False/InvalidKind',
    ],
    [
      'an ExternalName Service',
      backendRef('web', 80),
      [service('web', [80], {}, { type: 'ExternalName' })],
      'False/InvalidKind',
    ],
    ['bad, with weight 0', backendRef('missing', 80, { weight: 0 }), [], 'False/BackendNotFound'],
  ])('%s', (_, ref, objects, expected) => {
    const decision = decideWith([ref], objects);
    expect(resolvedRefs(decision)).toBe(expected);
    expect(summary(decision.parents()[0]?.conditions).Accepted).toBe('True/Accepted');
  });

  it('leave the listener’s conditions alone', () => {
    const decision = decideWith([backendRef('missing', 80)]);
    expect(summary(decision.listener('tcp-80').conditions)).toEqual({
      Accepted: 'True/Accepted',
      Programmed: 'True/Programmed',
      ResolvedRefs: 'True/ResolvedRefs',
      Conflicted: 'False/NoConflicts',
    });
  });

  it('are all told in the message; the reason is the first’s', () => {
    const decision = decideWith([backendRef('a', 80), backendRef('b', 80, { namespace: 'other' })]);
    const condition = decision.parents()[0]?.conditions.find(({ type }) => type === 'ResolvedRefs');
    expect(condition?.reason).toBe('BackendNotFound');
    expect(condition?.message).toContain('backendRefs[0]: Service default/a was not found');
    expect(condition?.message).toContain('backendRefs[1]: no ReferenceGrant in namespace other');
  });
});

describe('references to another namespace need a ReferenceGrant there', () => {
  const from: ReferenceGrantFrom = {
    group: 'gateway.networking.k8s.io',
    kind: 'TCPRoute',
    namespace: 'default',
  };
  const to: ReferenceGrantTo = { group: '', kind: 'Service' };
  const web = backend('web', ['10.0.0.1'], 'other');
  const ref = backendRef('web', 80, { namespace: 'other' });
  const withGrant = (entry: ReferenceGrantFrom, target: ReferenceGrantTo, namespace = 'other') =>
    decideWith([ref], web, [referenceGrant({ from: [entry], to: [target] }, { namespace })]);

  it.each<[string, ReferenceGrantFrom, ReferenceGrantTo, string]>([
    ['for all Services of the namespace', from, to, 'other'],
    ['for this Service', from, { ...to, name: 'web' }, 'other'],
  ])('granted %s', (_, entry, target, namespace) => {
    const decision = withGrant(entry, target, namespace);
    expect(resolvedRefs(decision)).toBe('True/ResolvedRefs');
    expect(shares(decision)).toEqual({ '10.0.0.1': 1, reject: 0 });
  });

  it.each<[string, ReferenceGrantFrom, ReferenceGrantTo, string]>([
    ['another group', { ...from, group: '' }, to, 'other'],
    ['another kind', { ...from, kind: 'UDPRoute' }, to, 'other'],
    ['another namespace', { ...from, namespace: 'third' }, to, 'other'],
    ['another target group', from, { ...to, group: 'core' }, 'other'],
    ['another target kind', from, { ...to, kind: 'Secret' }, 'other'],
    ['another target', from, { ...to, name: 'api' }, 'other'],
    ['the grant is in the route’s namespace', from, to, 'default'],
  ])('not granted: %s', (_, entry, target, namespace) => {
    const decision = withGrant(entry, target, namespace);
    expect(resolvedRefs(decision)).toBe('False/RefNotPermitted');
    expect(shares(decision)).toEqual({ reject: 1 });
  });

  it('the grant is looked at before the Service is looked for', () => {
    expect(resolvedRefs(decideWith([backendRef('missing', 80, { namespace: 'other' })]))).toBe(
      'False/RefNotPermitted',
    );
  });

  it('naming one’s own namespace needs no grant', () => {
    const own = backend('web', ['10.0.0.1']);
    expect(resolvedRefs(decideWith([backendRef('web', 80, { namespace: 'default' })], own))).toBe(
      'True/ResolvedRefs',
    );
  });
});

describe('weights', () => {
  const a = backend('a', ['10.0.0.1', '10.0.0.2']);
  const b = backend('b', ['10.0.1.1']);

  it('a backendRef’s share is its weight, whatever the number of its endpoints', () => {
    const decision = decideWith(
      [backendRef('a', 80, { weight: 70 }), backendRef('b', 80, { weight: 30 })],
      a,
      b,
    );
    expect(shares(decision)).toEqual({ '10.0.0.1': 35, '10.0.0.2': 35, '10.0.1.1': 30, reject: 0 });
  });

  it('the default is 1', () => {
    const { weight: _, ...ref } = backendRef('b', 80);
    expect(shares(decideWith([ref], b))).toEqual({ '10.0.1.1': 1, reject: 0 });
  });

  it('weight 0 gets no new flows', () => {
    const decision = decideWith(
      [backendRef('a', 80, { weight: 0 }), backendRef('b', 80, { weight: 5 })],
      a,
      b,
    );
    expect(shares(decision)).toEqual({ '10.0.0.1': 0, '10.0.0.2': 0, '10.0.1.1': 5, reject: 0 });
  });

  it('when all weights are 0, everything is rejected', () => {
    expect(shares(decideWith([backendRef('b', 80, { weight: 0 })], b))).toEqual({ '10.0.1.1': 0, reject: 1 });
  });

  it.each<[string, ModelObject[]]>([
    ['missing', []],
    ['without endpoints', [service('gone', [80])]],
    [
      'with endpoints of another family only',
      [
        service('gone', [80]),
        endpointSlice({
          service: 'gone',
          endpoints: ['fd00::1'],
          ports: [{ port: 80 }],
          addressType: 'IPv6',
        }),
      ],
    ],
  ])('a backend that is %s keeps its share, rejected', (_, objects) => {
    const decision = decideWith(
      [backendRef('gone', 80, { weight: 3 }), backendRef('b', 80, { weight: 1 })],
      b,
      objects,
    );
    expect(shares(decision)).toEqual({ '10.0.1.1': 1, reject: 3 });
  });

  it('an endpoint behind two backendRefs gets the sum of its shares', () => {
    const twin = backend('twin', ['10.0.1.1', '10.0.1.2']);
    const decision = decideWith(
      [backendRef('b', 80, { weight: 2 }), backendRef('twin', 80, { weight: 2 })],
      b,
      twin,
    );
    expect(shares(decision)).toEqual({ '10.0.1.1': 3, '10.0.1.2': 1, reject: 0 });
  });

  it('an endpoint that drains behind one backendRef and is ready behind another does not drain', () => {
    const draining = [
      service('twin', [80]),
      endpointSlice({
        service: 'twin',
        endpoints: ['10.0.9.9', { addresses: ['10.0.1.1'], conditions: { ready: false, terminating: true } }],
        ports: [{ port: 8080 }],
      }),
    ];
    const decision = decideWith([backendRef('twin', 80), backendRef('b', 80)], b, draining);
    expect(decision.service(80).backends.find(({ address }) => address === '10.0.1.1')).toEqual({
      address: '10.0.1.1',
      port: 8080,
      weight: 1,
      draining: false,
    });
  });
});

describe('draining', () => {
  it('a terminating endpoint stays, with weight 0', () => {
    const objects = [
      service('web', [80]),
      endpointSlice({
        service: 'web',
        endpoints: [
          '10.0.0.1',
          { addresses: ['10.0.0.2'], conditions: { ready: false, serving: true, terminating: true } },
        ],
        ports: [{ port: 8080 }],
      }),
    ];
    expect(decideWith([backendRef('web', 80)], objects).service(80).backends).toEqual([
      { address: '10.0.0.1', port: 8080, weight: 1, draining: false },
      { address: '10.0.0.2', port: 8080, weight: 0, draining: true },
    ]);
  });
});

describe('UDPRoutes use the UDP port of a Service', () => {
  it('even where a TCP port has the same number', () => {
    const dns = service('dns', [
      { name: 'tcp', port: 53, protocol: 'TCP' },
      { name: 'udp', port: 53, protocol: 'UDP' },
    ]);
    const slice = endpointSlice({
      service: 'dns',
      endpoints: ['10.0.0.1'],
      ports: [
        { name: 'tcp', port: 5301, protocol: 'TCP' },
        { name: 'udp', port: 5302, protocol: 'UDP' },
      ],
    });
    const decision = decide(subject, [udpRoute({ backendRefs: [backendRef('dns', 53)] }), dns, slice]);
    expect(decision.service(53)).toMatchObject({
      protocol: 'UDP',
      backends: [{ address: '10.0.0.1', port: 5302 }],
    });
  });
});
