/** HTTPS and TLS listeners on one port whose host names intersect: the condition OverlappingTLSConfig. */

import { listenerRules } from '../explanation/rules.ts';
import { type Ruling, ruling } from '../explanation/ruling.ts';
import { ListenerConditionReason, ListenerConditionType, ProtocolType } from '../generated/constants.ts';
import { type DeclaredListener, listenerCause } from './declared.ts';

const overTls = ({ listener: { protocol } }: DeclaredListener): boolean =>
  protocol === ProtocolType.HTTPS || protocol === ProtocolType.TLS;

/** Host names that cover `hostname`, without itself: every `*.suffix`, and '' for all of them. */
function coveringHostnames(hostname: string): string[] {
  if (hostname === '') return [];
  const names = [''];
  const labels = hostname.split('.');
  for (let first = 1; first < labels.length; first += 1) {
    const pattern = `*.${labels.slice(first).join('.')}`;
    if (pattern !== hostname) names.push(pattern);
  }
  return names;
}

function overlapping(declared: DeclaredListener, other: DeclaredListener): Ruling {
  const mine = declared.owner === other.owner;
  return ruling(
    listenerRules.overlappingTLS,
    ListenerConditionType.OverlappingTLSConfig,
    'True',
    ListenerConditionReason.OverlappingHostnames,
    `Its hostname overlaps with that of ${mine ? `listener ${other.listener.name}` : 'a listener of another object'}.`,
    [listenerCause(other)],
  );
}

/**
 * Judges OverlappingTLSConfig; listeners that it need not be set on are not in the result. Each listener is
 * told one other. O(listeners x labels of their host names).
 */
export function judgeOverlappingTLS(
  listeners: readonly DeclaredListener[],
): ReadonlyMap<DeclaredListener, Ruling> {
  const rulings = new Map<DeclaredListener, Ruling>();
  const byPort = new Map<number, Map<string, DeclaredListener[]>>();
  for (const declared of listeners) {
    if (!overTls(declared)) continue;
    const { port, hostname = '' } = declared.listener;
    const byHostname = byPort.get(port) ?? new Map<string, DeclaredListener[]>();
    byPort.set(port, byHostname);
    const key = hostname.toLowerCase();
    const same = byHostname.get(key);
    if (same) same.push(declared);
    else byHostname.set(key, [declared]);
  }
  const note = (declared: DeclaredListener, other: DeclaredListener): void => {
    if (!rulings.has(declared)) rulings.set(declared, overlapping(declared, other));
  };
  for (const byHostname of byPort.values()) {
    for (const [hostname, same] of byHostname) {
      const [first, second] = same;
      if (first && second) {
        note(first, second);
        for (const declared of same) if (declared !== first) note(declared, first);
      }
      for (const pattern of coveringHostnames(hostname)) {
        const [cover] = byHostname.get(pattern) ?? [];
        if (!cover || !first) continue;
        for (const declared of same) note(declared, cover);
        for (const declared of byHostname.get(pattern) ?? []) note(declared, first);
      }
    }
  }
  return rulings;
}
