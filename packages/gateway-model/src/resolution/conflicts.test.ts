/** The indexes find what comparing every two listeners finds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateway, listener, listenerSet } from '../objects/builders.ts';
import { judgeConflicts } from './conflicts.ts';
import { type DeclaredListener, declaredListeners } from './declared.ts';
import { hostnamesIntersect } from './hostnames.ts';
import { judgeOverlappingTLS } from './tls-overlap.ts';

const aListener = fc
  .record({
    protocol: fc.constantFrom('TCP', 'UDP', 'HTTP', 'HTTPS', 'TLS', 'example.com/other'),
    port: fc.constantFrom(1, 2),
    hostname: fc.constantFrom(undefined, 'a.test', 'A.test', '*.test', 'b.a.test', '*.a.test', 'test'),
  })
  .map(({ protocol, port, hostname }) =>
    listener(protocol, port, hostname === undefined ? {} : { hostname }),
  );
const someListeners = fc.array(aListener, { minLength: 1, maxLength: 5 });

/** A Gateway and up to three ListenerSets. */
const groups = fc
  .tuple(someListeners, fc.array(someListeners, { maxLength: 3 }))
  .map(([own, sets]) => [
    declaredListeners(gateway({ listeners: own })),
    ...sets.map((listeners, index) =>
      declaredListeners(listenerSet({ listeners }, { name: `set-${index}` })),
    ),
  ]);

const overTls = ({ listener: { protocol } }: DeclaredListener) => protocol === 'HTTPS' || protocol === 'TLS';
const byHostname = (declared: DeclaredListener) => overTls(declared) || declared.listener.protocol === 'HTTP';

/** The rules for two listeners, as the API's text has them. */
function conflictOf(a: DeclaredListener, b: DeclaredListener): string | undefined {
  if (a.listener.port !== b.listener.port) return undefined;
  const protocols = [a.listener.protocol, b.listener.protocol];
  if (protocols.every((it) => it === 'UDP')) return 'ProtocolConflict';
  const overTcp = [a, b].every((it) => it.listener.protocol === 'TCP' || byHostname(it));
  if (!overTcp) return undefined;
  if (protocols.includes('TCP') || overTls(a) !== overTls(b)) return 'ProtocolConflict';
  const [one, other] = [a, b].map((it) => (it.listener.hostname ?? '').toLowerCase());
  return one === other ? 'HostnameConflict' : undefined;
}

/** The worst of the conflicts of a listener with others. */
function worstOf(declared: DeclaredListener, others: readonly DeclaredListener[]): string | undefined {
  const found = others.filter((it) => it !== declared).map((it) => conflictOf(declared, it));
  return found.includes('ProtocolConflict') ? 'ProtocolConflict' : found.find((it) => it !== undefined);
}

describe('conflicts between listeners', () => {
  it('are those that every two of them have: the first of two objects stays, of one object nobody does', () => {
    fc.assert(
      fc.property(groups, (all) => {
        const rulings = judgeConflicts(all);
        const holders: DeclaredListener[] = [];
        for (const group of all) {
          const contenders = group.filter((it) => worstOf(it, holders) === undefined);
          for (const declared of group) {
            const expected = worstOf(declared, holders) ?? worstOf(declared, contenders);
            const { status, reason } = rulings.get(declared) ?? {};
            expect([status, reason]).toEqual(expected ? ['True', expected] : ['False', 'NoConflicts']);
          }
          holders.push(...contenders);
        }
      }),
    );
  });

  it('name others only, three at most', () => {
    fc.assert(
      fc.property(groups, (all) => {
        for (const [declared, { because, status }] of judgeConflicts(all)) {
          expect(because.length).toBeLessThanOrEqual(3);
          if (status === 'True') expect(because.length).toBeGreaterThan(0);
          const path = `spec.listeners[${declared.index}]`;
          expect(because).not.toContainEqual({ ...declared.owner, path });
        }
      }),
    );
  });
});

describe('overlapping TLS host names', () => {
  it('are those that every two HTTPS or TLS listeners on a port have', () => {
    fc.assert(
      fc.property(groups, (all) => {
        const listeners = all.flat();
        const rulings = judgeOverlappingTLS(listeners);
        for (const declared of listeners) {
          const expected = listeners.some(
            (other) =>
              other !== declared &&
              overTls(declared) &&
              overTls(other) &&
              other.listener.port === declared.listener.port &&
              hostnamesIntersect(other.listener.hostname, declared.listener.hostname),
          );
          expect(rulings.has(declared)).toBe(expected);
        }
      }),
    );
  });
});
