import { describe, expect, it } from 'vitest';
import { backend, certificate, decide, summary } from '../../test/world.ts';
import type { HTTPRouteRule, HTTPRouteSpec, Listener } from '../generated/types.ts';
import {
  backendRef,
  gateway,
  httpRoute,
  listener,
  listenerSet,
  parentRef,
  tcpRoute,
} from '../objects/builders.ts';
import { SERVED_CONDITION } from '../status/conditions.ts';

const web = backend('web', ['10.0.0.1']);
const api = backend('api', ['10.0.0.2']);
const addressesOf = (decision: ReturnType<typeof decide>, port: number) =>
  decision.service(port).backends.map(({ address }) => address);

describe('routes that compete for a listener', () => {
  const older = tcpRoute(
    { backendRefs: [backendRef('web', 80)] },
    { name: 'z', creationTimestamp: '2026-01-01T00:00:00Z' },
  );
  const younger = tcpRoute(
    { backendRefs: [backendRef('api', 80)] },
    { name: 'a', creationTimestamp: '2026-01-01T00:00:01Z' },
  );
  const subject = gateway({ listeners: [listener('TCP', 80)] });

  it('the oldest takes all traffic; all are accepted and counted', () => {
    const decision = decide(subject, [younger, older, web, api]);
    expect(addressesOf(decision, 80)).toEqual(['10.0.0.1']);
    expect(decision.listener('tcp-80').attachedRoutes).toBe(2);
    expect(['a', 'z'].map((name) => summary(decision.parents(name)[0]?.conditions).Accepted)).toEqual(
      Array(2).fill('True/Accepted'),
    );
  });

  it('the loser is told who wins', () => {
    const messageOf = (name: string) =>
      decide(subject, [younger, older]).parents(name)[0]?.conditions[0]?.message;
    expect(messageOf('a')).toContain(
      'older route takes all traffic of listener tcp-80 (to TCPRoute default/z)',
    );
    expect(messageOf('z')).not.toContain('older route');
  });

  it('when the oldest goes, the next takes over', () => {
    expect(addressesOf(decide(subject, [younger, web, api]), 80)).toEqual(['10.0.0.2']);
  });

  it('arbitration is per listener', () => {
    const two = gateway({ listeners: [listener('TCP', 80), listener('TCP', 81)] });
    const only80 = { ...older, spec: { ...older.spec, parentRefs: [parentRef('gateway', { port: 80 })] } };
    const decision = decide(two, [younger, only80, web, api]);
    expect([addressesOf(decision, 80), addressesOf(decision, 81)]).toEqual([['10.0.0.1'], ['10.0.0.2']]);
  });

  it('an older route that another listener refuses does not win there', () => {
    const refused = { ...older, metadata: { ...older.metadata, namespace: 'other' } };
    expect(addressesOf(decide(subject, [younger, refused, web, api]), 80)).toEqual(['10.0.0.2']);
  });
});

describe('HTTPRoutes are served only where layer 4 honours them exactly', () => {
  const rule: HTTPRouteRule = { backendRefs: [backendRef('web', 80)] };
  const servedOf = (spec: HTTPRouteSpec, listeners: Listener[] = [listener('HTTP', 80)]) => {
    const decision = decide(gateway({ listeners }), [httpRoute(spec), web, certificate('c')]);
    const served = summary(decision.parents()[0]?.conditions)[SERVED_CONDITION];
    return { served, backends: decision.service(80).backends.length };
  };

  it.each<[string, HTTPRouteSpec]>([
    ['no matches', { rules: [rule] }],
    ['the default match', { rules: [{ ...rule, matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] }],
    ['a name', { rules: [{ ...rule, name: 'all' }] }],
  ])('one rule with %s: served', (_, spec) => {
    expect(servedOf(spec)).toEqual({ served: 'True/Served', backends: 1 });
  });

  it.each<[string, HTTPRouteSpec]>([
    ['a host name', { hostnames: ['a.test'], rules: [rule] }],
    ['two rules', { rules: [rule, rule] }],
    ['no rule', { rules: [] }],
    ['no backendRefs', { rules: [{}] }],
    ['a path', { rules: [{ ...rule, matches: [{ path: { type: 'PathPrefix', value: '/shop' } }] }] }],
    ['an exact path', { rules: [{ ...rule, matches: [{ path: { type: 'Exact', value: '/' } }] }] }],
    ['a header', { rules: [{ ...rule, matches: [{ headers: [{ name: 'x', value: 'y' }] }] }] }],
    ['a method', { rules: [{ ...rule, matches: [{ method: 'GET' }] }] }],
    ['timeouts', { rules: [{ ...rule, timeouts: { request: '1s' } }] }],
    [
      'a filter',
      {
        rules: [
          { ...rule, filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x'] } }] },
        ],
      },
    ],
  ])('a route with %s: attached and counted, not served', (_, spec) => {
    expect(servedOf(spec)).toEqual({ served: 'False/NeedsLayer7', backends: 0 });
  });

  it('not behind listeners that are told apart by host name', () => {
    expect(servedOf({ rules: [rule] }, [listener('HTTP', 80, { hostname: 'a.test' })]).served).toBe(
      'False/NeedsLayer7',
    );
  });

  it('not behind HTTPS', () => {
    const https = listener('HTTPS', 80, { tls: { certificateRefs: [{ name: 'c' }] } });
    expect(servedOf({ rules: [rule] }, [https])).toEqual({ served: 'False/NeedsLayer7', backends: 0 });
  });

  it('a ListenerSet that loses the port does not change what is served there', () => {
    const subject = gateway({
      listeners: [listener('HTTP', 80)],
      allowedListeners: { namespaces: { from: 'Same' } },
    });
    const loser = listenerSet({ listeners: [listener('TCP', 80), listener('HTTP', 80)] });
    const decision = decide(subject, [loser, httpRoute({ rules: [rule] }), web]);
    expect(summary(decision.parents()[0]?.conditions)[SERVED_CONDITION]).toBe('True/Served');
    expect(addressesOf(decision, 80)).toEqual(['10.0.0.1']);
  });

  it('the older of two takes all; one that needs layer 7 keeps both from being served', () => {
    const at = (name: string, minute: number, spec: HTTPRouteSpec) =>
      httpRoute(spec, { name, creationTimestamp: `2026-01-01T00:0${minute}:00Z` });
    const served = (...routes: ReturnType<typeof httpRoute>[]) => {
      const decision = decide(gateway({ listeners: [listener('HTTP', 80)] }), [routes, web]);
      return routes.map(
        ({ metadata }) => summary(decision.parents(metadata.name)[0]?.conditions)[SERVED_CONDITION],
      );
    };
    const plain = at('plain', 1, { rules: [rule] });
    expect(served(plain, at('second', 2, { rules: [rule] }))).toEqual(['True/Served', 'False/Superseded']);
    expect(served(plain, at('picky', 2, { hostnames: ['a.test'], rules: [rule] }))).toEqual(
      Array(2).fill('False/NeedsLayer7'),
    );
  });

  it('TCPRoutes do not carry the condition', () => {
    const decision = decide(gateway({ listeners: [listener('TCP', 80)] }), [
      tcpRoute({ backendRefs: [backendRef('web', 80)] }),
    ]);
    expect(Object.keys(summary(decision.parents()[0]?.conditions))).toEqual(['Accepted', 'ResolvedRefs']);
  });
});
