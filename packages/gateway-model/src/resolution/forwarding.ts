/** The forwarding rules of a Gateway: every assigned address times every port that a listener serves. */

import type { Gateway } from '../generated/types.ts';
import { formatName, namespacedName, type Route } from '../objects/kinds.ts';
import { type AddressFamily, type CanonicalAddress, parseAddress } from './addresses.ts';
import { type ResolvedBackend, rejectAll, shareTraffic, type TrafficShares } from './backends.ts';
import type { ContestedListener } from './competition.ts';
import type { Forwarding, ForwardingService } from './resolution.ts';
import type { ObjectView } from './view.ts';

function canonicalAddresses(assigned: readonly string[]): CanonicalAddress[] {
  const byText = new Map<string, CanonicalAddress>();
  for (const text of assigned) {
    const address = parseAddress(text);
    if (address) byText.set(address.text, address);
  }
  return [...byText.values()];
}

/**
 * Builds the services of a Gateway. A listener that is not servable has none; one without a winning route
 * has a service that rejects everything. Listeners that share a port (HTTP, by host name) share a service.
 */
export function buildForwarding(
  gateway: Gateway,
  assigned: readonly string[],
  contested: readonly ContestedListener[],
  backendsOf: (route: Route) => readonly ResolvedBackend[],
  view: ObjectView,
): Forwarding {
  const name = namespacedName(gateway);
  const services = new Map<string, ForwardingService>();
  const addresses = canonicalAddresses(assigned);
  for (const { judged, winner } of contested) {
    const { listener, transport, servable } = judged;
    if (!servable || !transport) continue;
    const shares = new Map<AddressFamily, TrafficShares>();
    for (const { family, text } of addresses) {
      const key = `${text} ${listener.port} ${transport}`;
      if (services.has(key)) continue;
      const share =
        shares.get(family) ?? (winner ? shareTraffic(backendsOf(winner), family, view) : rejectAll);
      shares.set(family, share);
      services.set(key, {
        address: text,
        port: listener.port,
        protocol: transport,
        name: `${formatName(name)}/${listener.name}`,
        backends: share.backends,
        rejectWeight: share.rejectWeight,
      });
    }
  }
  return { gateway: name, services: [...services.values()] };
}
