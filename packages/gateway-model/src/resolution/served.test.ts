import { describe, expect, it } from 'vitest';
import { backend, CONTROLLER, certificate, context, decide, NOW, summary } from '../../test/world.ts';
import type { HTTPRoute, HTTPRouteRule, HTTPRouteSpec, Listener } from '../generated/types.ts';
import {
  backendRef,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  listenerSet,
  parentRef,
  tcpRoute,
  terminateTls,
  udpRoute,
} from '../objects/builders.ts';
import { SERVED_CONDITION } from '../status/served.ts';
import { listView } from './list-view.ts';
import { releaseGateway } from './release.ts';
import { resolveGateway } from './resolve.ts';

const web = backend('web', ['10.0.0.1']);
const api = backend('api', ['10.0.0.2', '10.0.0.3']);
const toWeb: HTTPRouteRule = { backendRefs: [backendRef('web', 80)] };
const http = listener('HTTP', 80);
const edge = gateway({ listeners: [http] });
type Decided = ReturnType<typeof decide>;

const conditionOf = (decision: Decided, route = 'route', parent = 0) =>
  decision.parents(route)[parent]?.conditions.find(({ type }) => type === SERVED_CONDITION);
const servedOf = (decision: Decided, route = 'route', parent = 0): string | undefined => {
  const condition = conditionOf(decision, route, parent);
  return condition && `${condition.status}/${condition.reason}`;
};
const sharesAt = (decision: Decided, port: number) => {
  const { backends, rejectWeight } = decision.service(port);
  return { backends: backends.map(({ address, weight }) => [address, weight]), rejectWeight };
};
const refused = { backends: [], rejectWeight: 1 };
const at = (name: string, minute: number, spec: HTTPRouteSpec): HTTPRoute =>
  httpRoute(spec, { name, creationTimestamp: `2026-01-01T00:0${minute}:00Z` });

describe('an HTTPRoute is served where layer 4 honours it exactly', () => {
  it.each<[string, HTTPRouteSpec]>([
    ['no matches', { rules: [toWeb] }],
    ['the default match', { rules: [{ ...toWeb, matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] }],
    ['a name', { rules: [{ ...toWeb, name: 'all' }] }],
  ])('with one rule that has %s', (_, spec) => {
    const decision = decide(edge, [httpRoute(spec), web]);
    expect(servedOf(decision)).toBe('True/Served');
    expect(sharesAt(decision, 80)).toEqual({ backends: [['10.0.0.1', 1]], rejectWeight: 0 });
  });

  it('with weights, which count connections then; its message says so', () => {
    const backendRefs = [backendRef('web', 80, { weight: 9 }), backendRef('api', 80, { weight: 2 })];
    const decision = decide(edge, [httpRoute({ rules: [{ backendRefs }] }), web, api]);
    expect(servedOf(decision)).toBe('True/Served');
    expect(conditionOf(decision)?.message).toContain('Weights count connections');
    expect(sharesAt(decision, 80)).toEqual({
      backends: [
        ['10.0.0.1', 9],
        ['10.0.0.2', 1],
        ['10.0.0.3', 1],
      ],
      rejectWeight: 0,
    });
  });

  it('with a backend that has no endpoints: connections are refused where HTTP should answer 503', () => {
    const decision = decide(edge, [httpRoute({ rules: [toWeb] }), backend('web', [])]);
    expect(servedOf(decision)).toBe('True/Served');
    expect(sharesAt(decision, 80)).toEqual(refused);
  });

  it('on several ports at once', () => {
    const two = gateway({ listeners: [http, listener('HTTP', 8080)] });
    const decision = decide(two, [httpRoute({ rules: [toWeb] }), web]);
    expect(servedOf(decision)).toBe('True/Served');
    expect(sharesAt(decision, 8080)).toEqual(sharesAt(decision, 80));
  });

  it('beside a ListenerSet that loses the port', () => {
    const subject = gateway({ listeners: [http], allowedListeners: { namespaces: { from: 'Same' } } });
    const loser = listenerSet({ listeners: [listener('TCP', 80), http] });
    const decision = decide(subject, [loser, httpRoute({ rules: [toWeb] }), web]);
    expect(servedOf(decision)).toBe('True/Served');
    expect(sharesAt(decision, 80).backends).toEqual([['10.0.0.1', 1]]);
  });
});

describe('an HTTPRoute that needs HTTP to be read is attached and counted, and its connections refused', () => {
  it.each<[string, HTTPRouteSpec]>([
    ['a host name', { hostnames: ['a.test'], rules: [toWeb] }],
    ['two rules', { rules: [toWeb, toWeb] }],
    ['no rule', { rules: [] }],
    ['no backendRefs', { rules: [{}] }],
    ['no weight above 0', { rules: [{ backendRefs: [backendRef('web', 80, { weight: 0 })] }] }],
    ['a path', { rules: [{ ...toWeb, matches: [{ path: { type: 'PathPrefix', value: '/shop' } }] }] }],
    ['an exact path', { rules: [{ ...toWeb, matches: [{ path: { type: 'Exact', value: '/' } }] }] }],
    ['a header', { rules: [{ ...toWeb, matches: [{ headers: [{ name: 'x', value: 'y' }] }] }] }],
    ['a query', { rules: [{ ...toWeb, matches: [{ queryParams: [{ name: 'x', value: 'y' }] }] }] }],
    ['a method', { rules: [{ ...toWeb, matches: [{ method: 'GET' }] }] }],
    ['timeouts', { rules: [{ ...toWeb, timeouts: { request: '1s' } }] }],
    [
      'a filter',
      {
        rules: [
          {
            ...toWeb,
            filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x'] } }],
          },
        ],
      },
    ],
    [
      'a filter of a backend',
      {
        rules: [
          {
            backendRefs: [
              {
                ...backendRef('web', 80),
                filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x'] } }],
              },
            ],
          },
        ],
      },
    ],
  ])('with %s', (_, spec) => {
    const decision = decide(edge, [httpRoute(spec), web]);
    expect(servedOf(decision)).toBe('False/NeedsLayer7');
    expect(sharesAt(decision, 80)).toEqual(refused);
    expect(decision.listener('http-80').attachedRoutes).toBe(1);
    expect(summary(decision.parents()[0]?.conditions).Accepted).toBe('True/Accepted');
  });

  it.each<[string, Listener[], string, RegExp]>([
    [
      'with a host name',
      [listener('HTTP', 80, { hostname: 'a.test' })],
      'False/NeedsLayer7',
      /a\.test.*Leave hostname out of the listener\.$/,
    ],
    [
      'that shares its port',
      [http, listener('HTTP', 80, { name: 'other', hostname: 'a.test' })],
      'False/SharesPort',
      /shares port 80.*Give the listener a port of its own/,
    ],
    [
      'that terminates TLS',
      [listener('HTTPS', 80, { tls: terminateTls('c') })],
      'False/TerminatesTLS',
      /terminates TLS.*use a TCP listener and a TCPRoute\.$/,
    ],
  ])('behind a listener %s', (_, listeners, served, message) => {
    const decision = decide(gateway({ listeners }), [httpRoute({ rules: [toWeb] }), web, certificate('c')]);
    expect(servedOf(decision)).toBe(served);
    expect(conditionOf(decision)?.message).toMatch(message);
    expect(sharesAt(decision, 80)).toEqual(refused);
  });

  it('behind a listener that is not valid', () => {
    const https = listener('HTTPS', 443, { tls: terminateTls('missing') });
    const decision = decide(gateway({ listeners: [http, https] }), [
      httpRoute({ parentRefs: [parentRef('gateway', { port: 443 })], rules: [toWeb] }),
      web,
    ]);
    expect(servedOf(decision)).toBe('False/ListenerNotValid');
    expect(conditionOf(decision)?.message).toBe(
      'Not served: listener https-443 is not valid. Its conditions say what to change.',
    );
  });
});

describe('HTTPRoutes that compete for a listener', () => {
  const served = (...routes: HTTPRoute[]) => {
    const decision = decide(edge, [routes, web, api]);
    return { decision, served: routes.map(({ metadata }) => servedOf(decision, metadata.name)) };
  };
  const toApi: HTTPRouteRule = { backendRefs: [backendRef('api', 80)] };

  it('the older of two that take everything has all traffic, as HTTP has it', () => {
    const found = served(at('second', 2, { rules: [toApi] }), at('first', 1, { rules: [toWeb] }));
    expect(found.served).toEqual(['False/Superseded', 'True/Served']);
    expect(sharesAt(found.decision, 80).backends).toEqual([['10.0.0.1', 1]]);
    expect(conditionOf(found.decision, 'second')?.message).toMatch(/^HTTPRoute default\/first is older/);
  });

  it('one that needs layer 7 keeps the others from being served, whatever its age: it has a part of the requests', () => {
    const plain = at('plain', 1, { rules: [toWeb] });
    for (const minute of [0, 2]) {
      const picky = at('picky', minute, { hostnames: ['a.test'], rules: [toApi] });
      const found = served(plain, picky);
      expect(found.served).toEqual(['False/NeedsLayer7', 'False/NeedsLayer7']);
      expect(conditionOf(found.decision, 'plain')?.message).toContain(
        'HTTPRoute default/picky needs layer 7',
      );
      expect(sharesAt(found.decision, 80)).toEqual(refused);
    }
  });

  it('one that no listener accepts keeps nobody from being served', () => {
    const stranger = httpRoute(
      { parentRefs: [parentRef('gateway', { namespace: 'default' })], hostnames: ['a.test'], rules: [toApi] },
      { name: 'stranger', namespace: 'shop' },
    );
    expect(served(at('plain', 1, { rules: [toWeb] }), stranger).served).toEqual([
      'True/Served',
      'False/NotAccepted',
    ]);
  });
});

describe('backendRefs that do not resolve', () => {
  const decided = (weight: number) => {
    const backendRefs = [backendRef('web', 80, { weight: 3 }), backendRef('gone', 80, { weight })];
    return decide(edge, [httpRoute({ rules: [{ backendRefs }] }), web]);
  };

  it('their share is refused, where HTTP answers 500, so that the route is not served exactly', () => {
    const decision = decided(1);
    expect(servedOf(decision)).toBe('False/InvalidBackends');
    expect(conditionOf(decision)?.message).toMatch(/spec\.rules\[0\]\.backendRefs\[1\].*status 500/);
    expect(sharesAt(decision, 80)).toEqual({ backends: [['10.0.0.1', 3]], rejectWeight: 1 });
  });

  it('without a share they do not matter', () => {
    expect(servedOf(decided(0))).toBe('True/Served');
  });
});

describe('the condition Served', () => {
  it('is there for every parentRef, each judged alone', () => {
    const two = gateway({ listeners: [http, listener('HTTPS', 443, { tls: terminateTls('c') })] });
    const route = httpRoute({
      parentRefs: [
        parentRef('gateway', { sectionName: 'http-80' }),
        parentRef('gateway', { sectionName: 'https-443' }),
        parentRef('gateway', { sectionName: 'none' }),
      ],
      rules: [toWeb],
    });
    const decision = decide(two, [route, web, certificate('c')]);
    expect([0, 1, 2].map((index) => servedOf(decision, 'route', index))).toEqual([
      'True/Served',
      'False/TerminatesTLS',
      'False/NotAccepted',
    ]);
  });

  it('is False when one of several listeners does not serve, and names those that do', () => {
    const two = gateway({ listeners: [http, listener('HTTPS', 443, { tls: terminateTls('c') })] });
    const decision = decide(two, [httpRoute({ rules: [toWeb] }), web, certificate('c')]);
    expect(servedOf(decision)).toBe('False/TerminatesTLS');
    expect(conditionOf(decision)?.message).toMatch(/ It is served at listener http-80\.$/);
    expect(sharesAt(decision, 80).backends).toHaveLength(1);
    expect(sharesAt(decision, 443)).toEqual(refused);
  });

  it.each([
    ['has no address', { addresses: { assigned: [], pending: 'The pool is used up.' } }],
    ['is not loaded', { programmed: { ok: false, reason: 'Invalid', message: 'The map is full.' } }],
  ])('is False while its Gateway %s', (_, overrides) => {
    const decision = decide(edge, [httpRoute({ rules: [toWeb] }), web], overrides);
    expect(servedOf(decision)).toBe('False/ParentNotProgrammed');
    expect(conditionOf(decision)?.message).toBe(
      'Not served: Gateway default/gateway is not programmed. Its conditions say what to change.',
    );
  });

  it('is False for a Gateway or a ListenerSet that is not accepted', () => {
    const odd = gateway({ listeners: [http], addresses: [{ type: 'example.com/odd', value: 'x' }] });
    expect(servedOf(decide(odd, [httpRoute({ rules: [toWeb] }), web]))).toBe('False/ParentNotAccepted');
    const subject = gateway({ listeners: [http], allowedListeners: { namespaces: { from: 'Same' } } });
    const loser = listenerSet({ listeners: [http] });
    const toSet = httpRoute({
      parentRefs: [parentRef('listener-set', { kind: 'ListenerSet' })],
      rules: [toWeb],
    });
    expect(servedOf(decide(subject, [loser, toSet, web]))).toBe('False/ParentNotAccepted');
  });

  it('is of the generation of the route, and keeps its time while its status stays', () => {
    const before = httpRoute({ rules: [toWeb] }, { generation: 3 });
    const parents = decide(edge, [before, web]).parents();
    const after = {
      ...httpRoute({ hostnames: ['a.test'], rules: [toWeb] }, { generation: 4 }),
      status: { parents },
    };
    const later = decide(edge, [after, web], { now: '2027-01-01T00:00:00Z' });
    expect(conditionOf(later)).toMatchObject({
      observedGeneration: 4,
      lastTransitionTime: '2027-01-01T00:00:00Z',
    });
    const same = decide(
      edge,
      [{ ...before, metadata: { ...before.metadata, generation: 5 }, status: { parents } }, web],
      {
        now: '2027-01-01T00:00:00Z',
      },
    );
    expect(conditionOf(same)).toMatchObject({ observedGeneration: 5, lastTransitionTime: NOW });
  });

  it('an object whose Served is of a newer generation is an old copy: nothing is written', () => {
    const route = httpRoute({ rules: [toWeb] }, { generation: 1, resourceVersion: '7' });
    const parents = decide(edge, [httpRoute({ rules: [toWeb] }, { generation: 2 }), web])
      .parents()
      .map((entry) => ({
        ...entry,
        conditions: entry.conditions.filter(({ type }) => type === SERVED_CONDITION),
      }));
    expect(decide(edge, [{ ...route, status: { parents } }, web]).route().stale).toBe(true);
  });

  it('never makes more than 8 conditions, and those of Gateway API come first', () => {
    const foreign = Array.from({ length: 6 }, (_, index) => ({
      type: `example.com/Foreign${index}`,
      status: 'True' as const,
      observedGeneration: 1,
      lastTransitionTime: NOW,
      reason: 'Fine',
      message: '',
    }));
    const entry = { parentRef: parentRef(), controllerName: CONTROLLER, conditions: foreign };
    const route = { ...httpRoute({ rules: [toWeb] }), status: { parents: [entry] } };
    const types = decide(edge, [route, web])
      .parents()[0]
      ?.conditions.map(({ type }) => type);
    expect(types).toEqual([...foreign.map(({ type }) => type), 'Accepted', 'ResolvedRefs']);
  });

  it('goes with the entry when the parent is released, or the route names it no more', () => {
    const route = httpRoute({ rules: [toWeb] });
    const status = { parents: [...decide(edge, [route, web]).parents()] };
    const { statuses } = releaseGateway(
      { namespace: 'default', name: 'gateway' },
      listView([{ ...route, status }]),
      context(),
    );
    expect(statuses).toMatchObject([{ changed: true, status: { parents: [] } }]);
    const moved = { ...httpRoute({ parentRefs: [parentRef('second')], rules: [toWeb] }), status };
    const updates = resolveGateway(edge, listView([gatewayClass(), edge, moved]), context()).statuses;
    expect(updates.find(({ kind }) => kind === 'HTTPRoute')).toMatchObject({ status: { parents: [] } });
  });

  it('is not on TCPRoutes and UDPRoutes', () => {
    const both = gateway({ listeners: [listener('TCP', 80), listener('UDP', 53)] });
    const backendRefs = [backendRef('web', 80)];
    const decision = decide(both, [
      tcpRoute({ backendRefs }, { name: 'tcp' }),
      udpRoute({ backendRefs }, { name: 'udp' }),
      web,
    ]);
    for (const name of ['tcp', 'udp'])
      expect(Object.keys(summary(decision.parents(name)[0]?.conditions))).toEqual([
        'Accepted',
        'ResolvedRefs',
      ]);
  });
});
