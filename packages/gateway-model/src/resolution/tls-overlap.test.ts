import { describe, expect, it } from 'vitest';
import { certificate, decide, summary } from '../../test/world.ts';
import { gateway, listener, listenerSet, terminateTls } from '../objects/builders.ts';

const tls = terminateTls('certificate');
const https = (hostname: string, port = 443) =>
  listener('HTTPS', port, {
    name: `${hostname.replace('*', 'any') || 'all'}-${port}`,
    tls,
    ...(hostname && { hostname }),
  });

describe('OverlappingTLSConfig: HTTPS listeners on one port whose host names intersect', () => {
  const overlapping = (...hostnames: string[]) => {
    const listeners = hostnames.map((hostname) => https(hostname));
    const decision = decide(gateway({ listeners }), [certificate()]);
    return listeners
      .filter(({ name }) => summary(decision.listener(name).conditions).OverlappingTLSConfig !== undefined)
      .map(({ hostname = '' }) => hostname);
  };

  it.each<[string[], string[]]>([
    [
      ['foo.example.com', 'foo.example.org', '*.example.com'],
      ['foo.example.com', '*.example.com'],
    ],
    [
      ['a.b.example.com', '*.example.com'],
      ['a.b.example.com', '*.example.com'],
    ],
    [
      ['*.b.example.com', '*.example.com'],
      ['*.b.example.com', '*.example.com'],
    ],
    [['example.com', '*.example.com'], []],
    [
      ['', 'a.test', 'b.test'],
      ['', 'a.test', 'b.test'],
    ],
    [['a.test', 'b.test'], []],
  ])('of %j: %j', (hostnames, expected) => {
    expect(overlapping(...hostnames)).toEqual(expected);
  });

  it('listeners of ListenerSets count, and are not named to others', () => {
    const subject = gateway({
      listeners: [https('*.test')],
      allowedListeners: { namespaces: { from: 'Same' } },
    });
    const decision = decide(subject, [certificate(), listenerSet({ listeners: [https('a.test')] })]);
    const conditions = [
      ...decision.listener('any.test-443').conditions,
      ...decision.entry('a.test-443').conditions,
    ].filter(({ type }) => type === 'OverlappingTLSConfig');
    expect(conditions.map(({ message }) => message)).toEqual(
      Array(2).fill('Its hostname overlaps with that of a listener of another object.'),
    );
  });

  it('is removed when nothing overlaps any more', () => {
    const before = decide(gateway({ listeners: [https('*.test'), https('a.test')] }), [
      certificate(),
    ]).gateway;
    const now = { ...gateway({ listeners: [https('*.test')] }, { generation: 2 }), status: before };
    expect(summary(decide(now, [certificate()]).listener('any.test-443').conditions)).toEqual({
      Accepted: 'True/Accepted',
      Programmed: 'True/Programmed',
      ResolvedRefs: 'True/ResolvedRefs',
      Conflicted: 'False/NoConflicts',
    });
  });
});
