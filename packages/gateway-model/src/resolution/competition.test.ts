import { describe, expect, it } from 'vitest';
import { backend, decide, summary } from '../../test/world.ts';
import { backendRef, gateway, listener, parentRef, tcpRoute } from '../objects/builders.ts';

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
