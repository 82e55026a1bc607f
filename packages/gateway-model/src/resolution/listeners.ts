/**
 * Listeners of one Gateway, judged for themselves: protocol, route kinds, certificate references and
 * conflicts. Routes play no part in it.
 */

import { ListenerConditionReason, ListenerConditionType } from '../generated/constants.ts';
import type { Gateway, Listener, RouteGroupKind } from '../generated/types.ts';
import { GATEWAY_API_GROUP, type RouteKind } from '../objects/kinds.ts';
import type { Verdict } from '../status/conditions.ts';
import { referencePermitted } from './grants.ts';
import { hostnamesIntersect } from './hostnames.ts';
import type { TransportProtocol } from './resolution.ts';
import type { ObjectView, UnavailablePort } from './view.ts';

/** What a protocol means to us. */
interface Protocol {
  readonly transport: TransportProtocol;
  readonly kind: RouteKind;
}

/** Protocols that are accepted. HTTP and HTTPS listeners take HTTPRoutes; see {@link SERVED_CONDITION}. */
const protocols: Readonly<Record<string, Protocol>> = {
  TCP: { transport: 'TCP', kind: 'TCPRoute' },
  UDP: { transport: 'UDP', kind: 'UDPRoute' },
  HTTP: { transport: 'TCP', kind: 'HTTPRoute' },
  HTTPS: { transport: 'TCP', kind: 'HTTPRoute' },
};

/** Protocols of Gateway API that run over TCP and tell their listeners on one port apart by host name. */
const byHostname = new Set(['HTTP', 'HTTPS', 'TLS']);

/** A listener and what was decided about it. */
export interface JudgedListener {
  readonly listener: Listener;
  /** Undefined for an unsupported protocol. */
  readonly transport: TransportProtocol | undefined;
  /** Kinds of routes that may attach: `status.listeners[].supportedKinds`. */
  readonly supportedKinds: readonly RouteKind[];
  readonly accepted: Verdict;
  readonly conflicted: Verdict;
  readonly resolvedRefs: Verdict;
  /** Undefined when the condition must not be there. */
  readonly overlappingTLS: Verdict | undefined;
  /** Accepted, hence without a conflict: it makes its Gateway valid. */
  readonly valid: boolean;
  /** Valid, and nothing that it needs is missing: it is forwarded. */
  readonly servable: boolean;
}

const verdict = (type: string, status: 'True' | 'False', reason: string, message: string): Verdict => ({
  type,
  status,
  reason,
  message,
});

const protocolOf = (listener: Listener): Protocol | undefined =>
  Object.hasOwn(protocols, listener.protocol) ? protocols[listener.protocol] : undefined;

/** Kinds that may attach, and the first kind of `allowedRoutes.kinds` that cannot. */
function judgeKinds(listener: Listener): { kinds: RouteKind[]; invalid: RouteGroupKind[] } {
  const protocol = protocolOf(listener);
  const allowed = listener.allowedRoutes?.kinds;
  const supports = (kind: RouteGroupKind): boolean =>
    (kind.group ?? GATEWAY_API_GROUP) === GATEWAY_API_GROUP && kind.kind === protocol?.kind;
  if (!protocol) return { kinds: [], invalid: [] };
  if (!allowed?.length) return { kinds: [protocol.kind], invalid: [] };
  return {
    kinds: allowed.some(supports) ? [protocol.kind] : [],
    invalid: allowed.filter((kind) => !supports(kind)),
  };
}

function judgeCertificateRefs(gateway: Gateway, listener: Listener, view: ObjectView): Verdict | undefined {
  if (listener.protocol !== 'HTTPS') return undefined;
  const type = ListenerConditionType.ResolvedRefs;
  for (const [index, ref] of (listener.tls?.certificateRefs ?? []).entries()) {
    const path = `tls.certificateRefs[${index}]`;
    const [group, kind] = [ref.group ?? '', ref.kind ?? 'Secret'];
    if (group !== '' || kind !== 'Secret') {
      const message = `${path}: expected kind Secret of the core group, got ${kind} of group "${group}".`;
      return verdict(type, 'False', ListenerConditionReason.InvalidCertificateRef, message);
    }
    const source = { group: GATEWAY_API_GROUP, kind: 'Gateway', namespace: gateway.metadata.namespace };
    const target = { group, kind, namespace: ref.namespace ?? gateway.metadata.namespace, name: ref.name };
    if (!referencePermitted(view, source, target)) {
      const message = `${path}: no ReferenceGrant in namespace ${target.namespace} lets Gateways of namespace ${source.namespace} refer to Secret ${target.name}.`;
      return verdict(type, 'False', ListenerConditionReason.RefNotPermitted, message);
    }
  }
  return undefined;
}

function judgeRefs(
  gateway: Gateway,
  listener: Listener,
  invalidKinds: readonly RouteGroupKind[],
  view: ObjectView,
): Verdict {
  const type = ListenerConditionType.ResolvedRefs;
  const certificates = judgeCertificateRefs(gateway, listener, view);
  if (certificates) return certificates;
  if (invalidKinds.length > 0) {
    const kinds = invalidKinds
      .map(({ group, kind }) => `${kind} of group ${group ?? GATEWAY_API_GROUP}`)
      .join(', ');
    const message = `allowedRoutes.kinds: a listener of protocol ${listener.protocol} takes ${protocolOf(listener)?.kind}, not ${kinds}.`;
    return verdict(type, 'False', ListenerConditionReason.InvalidRouteKinds, message);
  }
  return verdict(type, 'True', ListenerConditionReason.ResolvedRefs, 'All references are resolved.');
}

/**
 * Why two listeners of one Gateway cannot be told apart, or undefined when they can. TCP and UDP are distinct
 * on one port; UDP by port; everything over TCP by port and, among HTTP, HTTPS and TLS, by host name; HTTP
 * never shares a port with HTTPS or TLS.
 */
function conflictBetween(a: Listener, b: Listener): string | undefined {
  if (a.port !== b.port) return undefined;
  const overTcp = (listener: Listener): boolean =>
    listener.protocol === 'TCP' || byHostname.has(listener.protocol);
  if (a.protocol === 'UDP' && b.protocol === 'UDP') return ListenerConditionReason.ProtocolConflict;
  if (!overTcp(a) || !overTcp(b)) return undefined;
  if (a.protocol === 'TCP' || b.protocol === 'TCP') return ListenerConditionReason.ProtocolConflict;
  if ((a.protocol === 'HTTP') !== (b.protocol === 'HTTP')) return ListenerConditionReason.ProtocolConflict;
  return (a.hostname ?? '').toLowerCase() === (b.hostname ?? '').toLowerCase()
    ? ListenerConditionReason.HostnameConflict
    : undefined;
}

/** Inside one Gateway nobody wins: every listener that cannot be told apart is conflicted. */
function judgeConflict(listener: Listener, others: readonly Listener[]): Verdict {
  const type = ListenerConditionType.Conflicted;
  const rivals = others.flatMap((other) => {
    const reason = other === listener ? undefined : conflictBetween(listener, other);
    return reason ? [{ other, reason }] : [];
  });
  const worst = rivals.find(({ reason }) => reason === ListenerConditionReason.ProtocolConflict) ?? rivals[0];
  if (!worst)
    return verdict(
      type,
      'False',
      ListenerConditionReason.NoConflicts,
      'No other listener takes its traffic.',
    );
  const names = rivals.map(({ other }) => `${other.name} (${other.protocol})`).join(', ');
  const message = `Port ${listener.port}, protocol ${listener.protocol}: not distinct from listener ${names}.`;
  return verdict(type, 'True', worst.reason, message);
}

function judgeOverlappingTLS(listener: Listener, others: readonly Listener[]): Verdict | undefined {
  const overTls = ({ protocol }: Listener): boolean => protocol === 'HTTPS' || protocol === 'TLS';
  if (!overTls(listener)) return undefined;
  const overlapping = others.filter(
    (other) =>
      other !== listener &&
      overTls(other) &&
      other.port === listener.port &&
      hostnamesIntersect(other.hostname, listener.hostname),
  );
  if (overlapping.length === 0) return undefined;
  const message = `Its hostname overlaps with that of listener ${overlapping.map(({ name }) => name).join(', ')}.`;
  return verdict(
    ListenerConditionType.OverlappingTLSConfig,
    'True',
    ListenerConditionReason.OverlappingHostnames,
    message,
  );
}

function judgeListener(
  gateway: Gateway,
  listener: Listener,
  view: ObjectView,
  unavailable: readonly UnavailablePort[],
): JudgedListener {
  const listeners = gateway.spec.listeners;
  const protocol = protocolOf(listener);
  const { kinds, invalid } = judgeKinds(listener);
  const conflicted = judgeConflict(listener, listeners);
  const resolvedRefs = judgeRefs(gateway, listener, invalid, view);
  const type = ListenerConditionType.Accepted;
  let accepted = verdict(type, 'True', ListenerConditionReason.Accepted, 'The listener is accepted.');
  if (!protocol) {
    const message = `protocol: expected one of ${Object.keys(protocols).join(', ')}, got ${listener.protocol}.`;
    accepted = verdict(type, 'False', ListenerConditionReason.UnsupportedProtocol, message);
  } else if (conflicted.status === 'True') {
    accepted = verdict(type, 'False', conflicted.reason, conflicted.message);
  }
  const taken = unavailable.find(
    ({ port, protocol: transport }) => port === listener.port && transport === protocol?.transport,
  );
  if (taken && accepted.status === 'True') {
    accepted = verdict(type, 'False', ListenerConditionReason.PortUnavailable, taken.message);
  }
  const valid = accepted.status === 'True';
  return {
    listener,
    transport: protocol?.transport,
    supportedKinds: kinds,
    accepted,
    conflicted,
    resolvedRefs,
    overlappingTLS: judgeOverlappingTLS(listener, listeners),
    valid,
    servable:
      valid &&
      (resolvedRefs.status === 'True' || resolvedRefs.reason === ListenerConditionReason.InvalidRouteKinds),
  };
}

/**
 * Judges every listener of a Gateway, in the order of the spec. O(listeners^2), of which there are 64 at most.
 */
export function judgeListeners(
  gateway: Gateway,
  view: ObjectView,
  unavailable: readonly UnavailablePort[] = [],
): JudgedListener[] {
  return gateway.spec.listeners.map((listener) => judgeListener(gateway, listener, view, unavailable));
}
