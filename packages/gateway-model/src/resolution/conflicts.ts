/** Listeners that cannot be told apart (API reference, "Distinct Listeners"; GEP-1713, "Listener Precedence"). */

import { listenerRules } from '../explanation/rules.ts';
import { type Ruling, ruling } from '../explanation/ruling.ts';
import { ListenerConditionReason, ListenerConditionType, ProtocolType } from '../generated/constants.ts';
import { type DeclaredListener, listenerCause } from './declared.ts';

/** How many rivals a message and an explanation name. */
const NAMED_RIVALS = 3;

interface Conflict {
  readonly reason: 'ProtocolConflict' | 'HostnameConflict';
  /** The first of them. */
  readonly rivals: readonly DeclaredListener[];
}

const { ProtocolConflict, HostnameConflict } = ListenerConditionReason;

/** Listeners of one port, by what tells them apart. TLS stands for HTTPS as well. */
class Port {
  readonly udp: DeclaredListener[] = [];
  readonly tcp: DeclaredListener[] = [];
  readonly http: DeclaredListener[] = [];
  readonly tls: DeclaredListener[] = [];
  readonly byHostname = new Map<string, DeclaredListener[]>();
}

/** `HTTP a.test` and so on, for protocols that tell listeners apart by host name. */
const hostKey = (kind: 'http' | 'tls', hostname: string | undefined): string =>
  `${kind} ${(hostname ?? '').toLowerCase()}`;

/** Finds who is in the way of a listener, in time that does not depend on how many listeners there are. */
class PortIndex {
  readonly #ports = new Map<number, Port>();

  add(declared: DeclaredListener): void {
    const { port: number, protocol, hostname } = declared.listener;
    let port = this.#ports.get(number);
    if (!port) {
      port = new Port();
      this.#ports.set(number, port);
    }
    const kind = kindOf(protocol);
    if (!kind) return;
    port[kind].push(declared);
    if (kind !== 'http' && kind !== 'tls') return;
    const key = hostKey(kind, hostname);
    const same = port.byHostname.get(key);
    if (same) same.push(declared);
    else port.byHostname.set(key, [declared]);
  }

  conflictOf(declared: DeclaredListener): Conflict | undefined {
    const { port: number, protocol, hostname } = declared.listener;
    const port = this.#ports.get(number);
    const kind = kindOf(protocol);
    if (!port || !kind) return undefined;
    const ofProtocol = firstOthers(declared, protocolRivals(port, kind));
    if (ofProtocol.length > 0) return { reason: ProtocolConflict, rivals: ofProtocol };
    if (kind !== 'http' && kind !== 'tls') return undefined;
    const ofHostname = firstOthers(declared, [port.byHostname.get(hostKey(kind, hostname)) ?? []]);
    return ofHostname.length > 0 ? { reason: HostnameConflict, rivals: ofHostname } : undefined;
  }
}

function kindOf(protocol: string): 'udp' | 'tcp' | 'http' | 'tls' | undefined {
  switch (protocol) {
    case ProtocolType.UDP:
      return 'udp';
    case ProtocolType.TCP:
      return 'tcp';
    case ProtocolType.HTTP:
      return 'http';
    case ProtocolType.HTTPS:
    case ProtocolType.TLS:
      return 'tls';
    default:
      return undefined;
  }
}

/** Listeners of the port that a listener cannot share it with, whatever the host names. */
function protocolRivals(port: Port, kind: 'udp' | 'tcp' | 'http' | 'tls'): DeclaredListener[][] {
  switch (kind) {
    case 'udp':
      return [port.udp];
    case 'tcp':
      return [port.tcp, port.http, port.tls];
    case 'http':
      return [port.tcp, port.tls];
    case 'tls':
      return [port.tcp, port.http];
  }
}

function firstOthers(self: DeclaredListener, lists: readonly DeclaredListener[][]): DeclaredListener[] {
  const found: DeclaredListener[] = [];
  for (const list of lists) {
    for (const declared of list) {
      if (found.length === NAMED_RIVALS) return found;
      if (declared !== self) found.push(declared);
    }
  }
  return found;
}

const distinct = ruling(
  listenerRules.distinct,
  ListenerConditionType.Conflicted,
  'False',
  ListenerConditionReason.NoConflicts,
  'No other listener takes its traffic.',
);

/** Two listeners of one object: both are refused. */
function indistinct({ listener }: DeclaredListener, { reason, rivals }: Conflict): Ruling {
  const rule = reason === ProtocolConflict ? listenerRules.distinctProtocol : listenerRules.distinctHostname;
  const names = rivals.map((rival) => `${rival.listener.name} (${rival.listener.protocol})`).join(', ');
  return ruling(
    rule,
    ListenerConditionType.Conflicted,
    'True',
    reason,
    `Port ${listener.port}, protocol ${listener.protocol}: not distinct from listener ${names}.`,
    rivals.map(listenerCause),
  );
}

/** A listener that comes later in the merged list. Whose the other is, its owner need not be told. */
function outranked({ listener }: DeclaredListener, { reason, rivals }: Conflict): Ruling {
  const ofGateway = rivals[0]?.owner.kind === 'Gateway';
  const other = ofGateway ? 'a listener of the Gateway' : 'a listener of an older ListenerSet';
  const hostname = listener.hostname ? `, hostname ${listener.hostname}` : '';
  return ruling(
    listenerRules.mergeOrder,
    ListenerConditionType.Conflicted,
    'True',
    reason,
    `Port ${listener.port}, protocol ${listener.protocol}${hostname}: not distinct from ${other}, which comes first.`,
    rivals.map(listenerCause),
  );
}

/**
 * Judges the condition Conflicted of every listener.
 *
 * Inside one object nobody wins. Between objects the first keeps working, and the later is refused; who is
 * refused that way stands in nobody's way any more. O(listeners).
 *
 * @param groups - the listeners of each object, in order of precedence: the Gateway, then its ListenerSets
 */
export function judgeConflicts(
  groups: readonly (readonly DeclaredListener[])[],
): ReadonlyMap<DeclaredListener, Ruling> {
  const rulings = new Map<DeclaredListener, Ruling>();
  const earlier = new PortIndex();
  for (const group of groups) {
    const own = new PortIndex();
    const contenders: DeclaredListener[] = [];
    for (const declared of group) {
      const conflict = earlier.conflictOf(declared);
      if (conflict) {
        rulings.set(declared, outranked(declared, conflict));
      } else {
        own.add(declared);
        contenders.push(declared);
      }
    }
    for (const declared of contenders) {
      const conflict = own.conflictOf(declared);
      rulings.set(declared, conflict ? indistinct(declared, conflict) : distinct);
      earlier.add(declared);
    }
  }
  return rulings;
}
