/** Protocols of listeners, and the kinds of routes that they take. */

import { listenerRules } from '../explanation/rules.ts';
import { type Ruling, ruling } from '../explanation/ruling.ts';
import { ListenerConditionReason, ListenerConditionType, ProtocolType } from '../generated/constants.ts';
import type { Listener, RouteGroupKind } from '../generated/types.ts';
import { GATEWAY_API_GROUP, type RouteKind } from '../objects/kinds.ts';
import type { TransportProtocol } from './resolution.ts';

/** What a protocol means to us. */
export interface Protocol {
  readonly transport: TransportProtocol;
  readonly kind: RouteKind;
}

/** Protocols that are accepted. TLS is not: nothing here reads a server name, or terminates TLS for TCPRoutes. */
const protocols: ReadonlyMap<string, Protocol> = new Map([
  [ProtocolType.TCP, { transport: 'TCP', kind: 'TCPRoute' }],
  [ProtocolType.UDP, { transport: 'UDP', kind: 'UDPRoute' }],
  [ProtocolType.HTTP, { transport: 'TCP', kind: 'HTTPRoute' }],
  [ProtocolType.HTTPS, { transport: 'TCP', kind: 'HTTPRoute' }],
]);

/** The protocol of a listener, or undefined when it is not supported. */
export function protocolOf(listener: Listener): Protocol | undefined {
  return protocols.get(listener.protocol);
}

/** Refuses a listener for its protocol. */
export function unsupportedProtocol({ protocol }: Listener): Ruling {
  return ruling(
    listenerRules.protocol,
    ListenerConditionType.Accepted,
    'False',
    ListenerConditionReason.UnsupportedProtocol,
    `protocol: expected one of ${[...protocols.keys()].join(', ')}, got ${protocol}.`,
  );
}

/** Kinds of routes that may attach to a listener. */
export interface JudgedKinds {
  /** What the protocol takes, narrowed by `allowedRoutes.kinds`. */
  readonly supported: readonly RouteKind[];
  /** Kinds of `allowedRoutes.kinds` that the protocol does not take. */
  readonly invalid: readonly RouteGroupKind[];
}

const NO_KINDS: JudgedKinds = { supported: [], invalid: [] };
const allKinds: ReadonlyMap<Protocol, JudgedKinds> = new Map(
  [...protocols.values()].map((protocol) => [protocol, { supported: [protocol.kind], invalid: [] }]),
);

/** Judges `allowedRoutes.kinds`. A listener of an unsupported protocol takes nothing, whatever it allows. */
export function judgeKinds(listener: Listener, protocol: Protocol | undefined): JudgedKinds {
  if (!protocol) return NO_KINDS;
  const allowed = listener.allowedRoutes?.kinds;
  if (!allowed?.length) return allKinds.get(protocol) ?? NO_KINDS;
  const supports = ({ group = GATEWAY_API_GROUP, kind }: RouteGroupKind): boolean =>
    group === GATEWAY_API_GROUP && kind === protocol.kind;
  return {
    supported: allowed.some(supports) ? [protocol.kind] : [],
    invalid: allowed.filter((kind) => !supports(kind)),
  };
}

/** Tells which kinds are refused, or undefined when none is. */
export function describeInvalidKinds(
  listener: Listener,
  protocol: Protocol | undefined,
  { invalid }: JudgedKinds,
): string | undefined {
  if (invalid.length === 0) return undefined;
  const names = invalid.map(({ group, kind }) => `${kind} of group ${group ?? GATEWAY_API_GROUP}`);
  return `allowedRoutes.kinds: a listener of protocol ${listener.protocol} takes ${protocol?.kind}, not ${names.join(', ')}`;
}
