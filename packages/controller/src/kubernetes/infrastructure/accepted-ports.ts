import {
  type Gateway,
  GatewayConditionType,
  isConditionTrue,
  ListenerConditionType,
  type ListenerSet,
  sameName,
  type TransportProtocol,
} from '@blixt/gateway-model';
import type { GatewayDecision } from '../../gateway-infrastructure.ts';

/** A port that a Gateway listens on. */
export interface AcceptedPort {
  /** Unique, and a DNS label: `tcp-80`. */
  readonly name: string;
  /** In host order, 1..65535. */
  readonly port: number;
  /** What is listened for. */
  readonly protocol: TransportProtocol;
}

/**
 * The ports of the accepted listeners of a Gateway and of its ListenerSets, each once, in order of port and protocol.
 * None when the Gateway itself is not accepted.
 */
export function acceptedPorts(
  decision: Pick<GatewayDecision, 'gateway' | 'listenerSets' | 'statuses'>,
): AcceptedPort[] {
  const { gateway, listenerSets, statuses } = decision;
  const own = statusOf(gateway, statuses);
  if (!isConditionTrue(own?.conditions, GatewayConditionType.Accepted)) return [];
  const ports = new Map<string, AcceptedPort>();
  for (const owner of [gateway, ...listenerSets]) {
    const accepted = new Set<string>();
    for (const { name, conditions } of statusOf(owner, statuses)?.listeners ?? [])
      if (isConditionTrue(conditions, ListenerConditionType.Accepted)) accepted.add(name);
    for (const listener of owner.spec.listeners ?? []) {
      if (!accepted.has(listener.name)) continue;
      // Whatever is accepted and not UDP goes over TCP: HTTP, HTTPS, TLS.
      const protocol = listener.protocol === 'UDP' ? 'UDP' : 'TCP';
      const name = `${protocol.toLowerCase()}-${listener.port}`;
      ports.set(name, { name, port: listener.port, protocol });
    }
  }
  return [...ports.values()].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}

/** What was decided as the status of an object that declares listeners. */
function statusOf({ kind, metadata }: Gateway | ListenerSet, statuses: GatewayDecision['statuses']) {
  for (const update of statuses) {
    if (update.kind !== 'Gateway' && update.kind !== 'ListenerSet') continue;
    if (update.kind === kind && sameName(update, metadata)) return update.status;
  }
  return undefined;
}
