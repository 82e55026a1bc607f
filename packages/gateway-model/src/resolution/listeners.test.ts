import { describe, expect, it } from 'vitest';
import { certificate, decide, summary } from '../../test/world.ts';
import type { Listener } from '../generated/types.ts';
import { gateway, listener, referenceGrant } from '../objects/builders.ts';

const withListeners = (...listeners: Listener[]) => decide(gateway({ listeners }), [certificate()]);
const kindsOf = (decision: ReturnType<typeof decide>, name: string) =>
  decision.listener(name).supportedKinds?.map(({ kind }) => kind);
const valid = {
  Accepted: 'True/Accepted',
  Programmed: 'True/Programmed',
  ResolvedRefs: 'True/ResolvedRefs',
  Conflicted: 'False/NoConflicts',
};
const tls = { certificateRefs: [{ name: 'certificate' }] };

describe('protocols and route kinds of a listener', () => {
  it.each([
    ['TCP', 'TCPRoute', {}],
    ['UDP', 'UDPRoute', {}],
    ['HTTP', 'HTTPRoute', {}],
    ['HTTPS', 'HTTPRoute', { tls }],
  ])('%s is accepted, programmed without any route, and takes %s', (protocol, kind, fields) => {
    const decision = withListeners(listener(protocol, 443, { name: 'it', ...fields }));
    expect(summary(decision.listener('it').conditions)).toEqual(valid);
    expect(kindsOf(decision, 'it')).toEqual([kind]);
    expect(decision.listener('it').attachedRoutes).toBe(0);
  });

  it.each(['INVALID', 'TLS', 'example.com/proto', 'constructor'])(
    '%s is an unsupported protocol and takes nothing',
    (protocol) => {
      const decision = withListeners(listener(protocol, 1111, { name: 'it' }));
      expect(summary(decision.listener('it').conditions)).toMatchObject({
        Accepted: 'False/UnsupportedProtocol',
        Programmed: 'False/Invalid',
      });
      expect(decision.listener('it').supportedKinds).toEqual([]);
      expect(decision.forwarding.services).toEqual([]);
    },
  );

  it('an unknown kind in allowedRoutes is left out and makes ResolvedRefs False', () => {
    const kinds = (...names: string[]) => ({ allowedRoutes: { kinds: names.map((kind) => ({ kind })) } });
    const decision = withListeners(
      listener('HTTP', 80, { name: 'only', ...kinds('InvalidRoute') }),
      listener('HTTP', 81, { name: 'both', ...kinds('InvalidRoute', 'HTTPRoute') }),
      listener('TCP', 82, { name: 'other', ...kinds('UDPRoute') }),
    );
    expect(
      ['only', 'both', 'other'].map((name) => summary(decision.listener(name).conditions).ResolvedRefs),
    ).toEqual(Array(3).fill('False/InvalidRouteKinds'));
    expect(['only', 'both', 'other'].map((name) => kindsOf(decision, name))).toEqual([[], ['HTTPRoute'], []]);
  });

  it('a kind of another group is not ours', () => {
    const kinds = [{ group: 'example.com', kind: 'TCPRoute' }];
    const decision = withListeners(listener('TCP', 80, { allowedRoutes: { kinds } }));
    expect(summary(decision.listener('tcp-80').conditions).ResolvedRefs).toBe('False/InvalidRouteKinds');
  });
});

describe('listeners of one Gateway that cannot be told apart are all conflicted', () => {
  const conflictsOf = (...listeners: Listener[]) => {
    const named = listeners.map((entry, index) => ({ ...entry, name: `l${index}` }));
    const decision = withListeners(...named);
    return named.map(({ name }) => summary(decision.listener(name).conditions).Conflicted);
  };
  const https = (hostname?: string) => listener('HTTPS', 80, { tls, ...(hostname && { hostname }) });
  const http = (hostname?: string) => listener('HTTP', 80, hostname ? { hostname } : {});
  const none = 'False/NoConflicts';

  it.each<[string, Listener[], string[]]>([
    ['TCP and UDP on one port are distinct', [listener('TCP', 80), listener('UDP', 80)], [none, none]],
    ['TCP on two ports', [listener('TCP', 80), listener('TCP', 81)], [none, none]],
    [
      'TCP twice on one port',
      [listener('TCP', 80), listener('TCP', 80)],
      Array(2).fill('True/ProtocolConflict'),
    ],
    [
      'UDP twice on one port',
      [listener('UDP', 80), listener('UDP', 80)],
      Array(2).fill('True/ProtocolConflict'),
    ],
    ['TCP with HTTP', [listener('TCP', 80), http('a.test')], Array(2).fill('True/ProtocolConflict')],
    ['HTTP with HTTPS', [http('a.test'), https('b.test')], Array(2).fill('True/ProtocolConflict')],
    ['HTTP with two host names', [http('a.test'), http('b.test'), http()], Array(3).fill(none)],
    [
      'HTTP with one host name twice',
      [http('a.test'), http('A.test')],
      Array(2).fill('True/HostnameConflict'),
    ],
    ['an unknown protocol is in nobody’s way', [http(), listener('INVALID', 80)], [none, none]],
  ])('%s', (_, listeners, expected) => {
    expect(conflictsOf(...listeners)).toEqual(expected);
  });

  it('a conflicted listener is not accepted, not programmed, not served; others are', () => {
    const decision = withListeners(
      listener('TCP', 80, { name: 'a' }),
      listener('TCP', 80, { name: 'b' }),
      listener('TCP', 81, { name: 'c' }),
    );
    expect(summary(decision.listener('a').conditions)).toMatchObject({
      Accepted: 'False/ProtocolConflict',
      Programmed: 'False/ProtocolConflict',
    });
    expect(summary(decision.listener('c').conditions)).toEqual(valid);
    expect(decision.forwarding.services.map(({ port }) => port)).toEqual([81]);
  });
});

describe('ports that another Gateway has', () => {
  it('listeners there are not accepted and not forwarded; other ports and protocols are', () => {
    const subject = gateway({ listeners: [listener('TCP', 80), listener('UDP', 80), listener('TCP', 81)] });
    const unavailablePorts = [{ port: 80, protocol: 'TCP', message: 'default/older serves it.' }] as const;
    const decision = decide(subject, [], { unavailablePorts });
    expect(summary(decision.listener('tcp-80').conditions)).toMatchObject({
      Accepted: 'False/PortUnavailable',
      Programmed: 'False/PortUnavailable',
    });
    expect(summary(decision.gateway.conditions)).toEqual({
      Accepted: 'True/ListenersNotValid',
      Programmed: 'True/Programmed',
    });
    expect(decision.forwarding.services.map(({ name }) => name)).toEqual([
      'default/gateway/udp-80',
      'default/gateway/tcp-81',
    ]);
  });
});

describe('certificate references of HTTPS listeners', () => {
  const withRef = (
    ref: { group?: string; kind?: string; name: string; namespace?: string },
    grant: 'grant' | 'none',
  ) =>
    decide(
      gateway({ listeners: [listener('HTTPS', 443, { name: 'it', tls: { certificateRefs: [ref] } })] }),
      grant === 'none'
        ? [certificate('s')]
        : [
            certificate('s', { namespace: 'other' }),
            referenceGrant(
              {
                from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default' }],
                to: [{ group: '', kind: 'Secret' }],
              },
              { namespace: 'other' },
            ),
          ],
    );

  it.each([
    ['a Secret of the same namespace', { name: 's' }, 'none', 'True/ResolvedRefs'],
    ['another kind', { kind: 'ConfigMap', name: 's' }, 'none', 'False/InvalidCertificateRef'],
    ['another group', { group: 'example.com', name: 's' }, 'none', 'False/InvalidCertificateRef'],
    ['another namespace', { name: 's', namespace: 'other' }, 'none', 'False/RefNotPermitted'],
    ['another namespace that grants it', { name: 's', namespace: 'other' }, 'grant', 'True/ResolvedRefs'],
  ] as const)('%s', (_, ref, grant, expected) => {
    const decision = withRef(ref, grant);
    expect(summary(decision.listener('it').conditions)).toMatchObject({
      Accepted: 'True/Accepted',
      ResolvedRefs: expected,
    });
    expect(kindsOf(decision, 'it')).toEqual(['HTTPRoute']);
  });
});

describe('OverlappingTLSConfig', () => {
  it('is there only where HTTPS listeners on one port have host names in common', () => {
    const decision = withListeners(
      listener('HTTPS', 443, { name: 'wide', tls, hostname: '*.test' }),
      listener('HTTPS', 443, { name: 'narrow', tls, hostname: 'a.test' }),
      listener('HTTPS', 443, { name: 'apart', tls, hostname: 'a.example' }),
      listener('HTTPS', 444, { name: 'elsewhere', tls, hostname: 'a.test' }),
    );
    const overlapping = ['wide', 'narrow', 'apart', 'elsewhere'].map(
      (name) => summary(decision.listener(name).conditions).OverlappingTLSConfig,
    );
    expect(overlapping).toEqual([
      'True/OverlappingHostnames',
      'True/OverlappingHostnames',
      undefined,
      undefined,
    ]);
  });
});
