import { describe, expect, it } from 'vitest';
import { backend, decide, summary } from '../../test/world.ts';
import type { AllowedRoutes, ParentReference } from '../generated/types.ts';
import {
  backendRef,
  gateway,
  httpRoute,
  listener,
  namespace,
  parentRef,
  tcpRoute,
  udpRoute,
} from '../objects/builders.ts';

const backendRefs = [backendRef('web', 80)];
const web = backend('web', ['10.0.0.1']);
const acceptedOf = (decision: ReturnType<typeof decide>, index = 0, name = 'route') =>
  summary(decision.parents(name)[index]?.conditions).Accepted;
const attached = (decision: ReturnType<typeof decide>) =>
  Object.fromEntries((decision.gateway.listeners ?? []).map((entry) => [entry.name, entry.attachedRoutes]));

describe('attachment by sectionName and port', () => {
  const three = gateway({
    listeners: [
      listener('TCP', 9300, { name: 'a' }),
      listener('TCP', 9301, { name: 'b' }),
      listener('UDP', 9300, { name: 'c' }),
    ],
  });
  const attachBy = (ref: Partial<ParentReference>) =>
    decide(three, [tcpRoute({ parentRefs: [parentRef('gateway', ref)], backendRefs }), web]);

  it.each<[string, Partial<ParentReference>, Record<string, number>]>([
    ['neither: every listener that takes the kind', {}, { a: 1, b: 1, c: 0 }],
    ['sectionName', { sectionName: 'b' }, { a: 0, b: 1, c: 0 }],
    ['port', { port: 9300 }, { a: 1, b: 0, c: 0 }],
    ['both', { sectionName: 'a', port: 9300 }, { a: 1, b: 0, c: 0 }],
  ])('%s', (_, ref, expected) => {
    const decision = attachBy(ref);
    expect(acceptedOf(decision)).toBe('True/Accepted');
    expect(attached(decision)).toEqual(expected);
  });

  it.each<[string, Partial<ParentReference>]>([
    ['no listener of that name', { sectionName: 'z' }],
    ['no listener on that port', { port: 1 }],
    ['name and port of two different listeners', { sectionName: 'a', port: 9301 }],
  ])('%s: NoMatchingParent', (_, ref) => {
    const decision = attachBy(ref);
    expect(acceptedOf(decision)).toBe('False/NoMatchingParent');
    expect(attached(decision)).toEqual({ a: 0, b: 0, c: 0 });
  });

  it('the listener named is of another kind: NotAllowedByListeners', () => {
    expect(acceptedOf(attachBy({ sectionName: 'c' }))).toBe('False/NotAllowedByListeners');
  });

  it('a TCPRoute to an HTTP listener by name: NotAllowedByListeners, and the Gateway stays ready', () => {
    const http = gateway({
      listeners: [
        listener('HTTP', 5300, { name: 'http', allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }] } }),
      ],
    });
    const decision = decide(http, [
      tcpRoute({ parentRefs: [parentRef('gateway', { sectionName: 'http' })], backendRefs }),
      web,
    ]);
    expect(acceptedOf(decision)).toBe('False/NotAllowedByListeners');
    expect(attached(decision)).toEqual({ http: 0 });
    expect(summary(decision.gateway.conditions)).toEqual({
      Accepted: 'True/Accepted',
      Programmed: 'True/Programmed',
    });
  });

  it('each parentRef is judged alone, and answered as the spec wrote it', () => {
    const parentRefs = [
      parentRef('gateway', { sectionName: 'a' }),
      parentRef('gateway', { sectionName: 'z' }),
    ];
    const decision = decide(three, [tcpRoute({ parentRefs, backendRefs }), web]);
    expect(decision.parents().map((parent) => parent.parentRef)).toEqual(parentRefs);
    expect([acceptedOf(decision, 0), acceptedOf(decision, 1)]).toEqual([
      'True/Accepted',
      'False/NoMatchingParent',
    ]);
  });

  it('group and kind are filled in where the spec leaves them out', () => {
    const decision = decide(three, [tcpRoute({ parentRefs: [{ name: 'gateway' }], backendRefs }), web]);
    expect(decision.parents()[0]?.parentRef).toEqual(parentRef());
  });

  it('two parentRefs to one listener count as one route', () => {
    const parentRefs = [parentRef('gateway', { sectionName: 'a' }), parentRef('gateway', { port: 9300 })];
    expect(attached(decide(three, [tcpRoute({ parentRefs, backendRefs }), web]))).toEqual({
      a: 1,
      b: 0,
      c: 0,
    });
  });

  it('parents of other kinds and other Gateways are not ours to answer', () => {
    const parentRefs = [
      parentRef(),
      parentRef('mesh', { group: '', kind: 'Service' }),
      parentRef('elsewhere'),
    ];
    expect(decide(three, [tcpRoute({ parentRefs, backendRefs }), web]).parents()).toHaveLength(1);
  });
});

describe('attachment by kind', () => {
  it('TCPRoutes, UDPRoutes and HTTPRoutes of one Gateway each find their listeners', () => {
    const subject = gateway({ listeners: [listener('TCP', 1), listener('UDP', 1), listener('HTTP', 80)] });
    const decision = decide(subject, [
      tcpRoute({ backendRefs }, { name: 'tcp' }),
      udpRoute({ backendRefs }, { name: 'udp' }),
      httpRoute({ rules: [{ backendRefs }] }, { name: 'http' }),
    ]);
    expect(attached(decision)).toEqual({ 'tcp-1': 1, 'udp-1': 1, 'http-80': 1 });
  });
});

describe('attachment by namespace', () => {
  const decideFrom = (
    routeNamespace: string,
    namespaces: AllowedRoutes['namespaces'] | undefined,
    labels: Record<string, string> = {},
  ) =>
    decide(gateway({ listeners: [listener('TCP', 80, namespaces && { allowedRoutes: { namespaces } })] }), [
      namespace(routeNamespace, labels),
      tcpRoute(
        { parentRefs: [parentRef('gateway', { namespace: 'default' })], backendRefs },
        { namespace: routeNamespace },
      ),
    ]);
  const selector = (value: string) => ({
    from: 'Selector' as const,
    selector: { matchLabels: { team: value } },
  });

  it.each<[string, string, AllowedRoutes['namespaces'] | undefined, string]>([
    ['Same is the default: the Gateway’s own', 'default', undefined, 'True/Accepted'],
    ['Same is the default: another', 'other', undefined, 'False/NotAllowedByListeners'],
    ['Same: another', 'other', { from: 'Same' }, 'False/NotAllowedByListeners'],
    ['All: another', 'other', { from: 'All' }, 'True/Accepted'],
    ['Selector that matches', 'other', selector('shop'), 'True/Accepted'],
    ['Selector that does not match', 'other', selector('bank'), 'False/NotAllowedByListeners'],
    [
      'Selector holds for the Gateway’s own namespace too',
      'default',
      selector('bank'),
      'False/NotAllowedByListeners',
    ],
    [
      'Selector without selector selects nothing',
      'other',
      { from: 'Selector' },
      'False/NotAllowedByListeners',
    ],
  ])('%s', (_, routeNamespace, namespaces, expected) => {
    const decision = decideFrom(routeNamespace, namespaces, { team: 'shop' });
    expect(acceptedOf(decision)).toBe(expected);
    expect(attached(decision)).toEqual({ 'tcp-80': expected === 'True/Accepted' ? 1 : 0 });
  });

  it('a Selector needs the Namespace to be known', () => {
    const subject = gateway({
      listeners: [listener('TCP', 80, { allowedRoutes: { namespaces: { from: 'Selector', selector: {} } } })],
    });
    const decision = decide(subject, [tcpRoute({ backendRefs })]);
    expect(acceptedOf(decision)).toBe('False/NotAllowedByListeners');
  });
});

describe('attachment by host name (HTTP)', () => {
  const withHostnames = (listenerHostname: string | undefined, hostnames: string[]) =>
    decide(
      gateway({ listeners: [listener('HTTP', 80, listenerHostname ? { hostname: listenerHostname } : {})] }),
      [httpRoute({ hostnames, rules: [{ backendRefs }] })],
    );

  it.each<[string | undefined, string[], string]>([
    [undefined, ['a.test'], 'True/Accepted'],
    ['a.test', [], 'True/Accepted'],
    ['a.test', ['b.test', 'a.test'], 'True/Accepted'],
    ['*.test', ['a.test'], 'True/Accepted'],
    ['a.b.test', ['*.test'], 'True/Accepted'],
    ['*.b.test', ['*.test'], 'True/Accepted'],
    ['a.test', ['b.test'], 'False/NoMatchingListenerHostname'],
    ['*.test', ['test'], 'False/NoMatchingListenerHostname'],
    ['*.a.test', ['*.b.test'], 'False/NoMatchingListenerHostname'],
  ])('listener %s, route %j: %s', (hostname, hostnames, expected) => {
    expect(acceptedOf(withHostnames(hostname, hostnames))).toBe(expected);
  });
});

describe('attachedRoutes does not depend on the listener’s or the backends’ state', () => {
  it('counts routes on conflicted listeners, and routes without valid backends', () => {
    const subject = gateway({
      listeners: [listener('TCP', 80, { name: 'a' }), listener('TCP', 80, { name: 'b' })],
    });
    const decision = decide(subject, [tcpRoute({ backendRefs: [backendRef('missing', 80)] })]);
    expect(attached(decision)).toEqual({ a: 1, b: 1 });
    expect(acceptedOf(decision)).toBe('True/Accepted');
  });
});
