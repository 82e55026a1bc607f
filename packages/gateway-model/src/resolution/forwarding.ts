/** The forwarding rules of a Gateway: every assigned address times every port that a listener serves. */

import type { Gateway } from '../generated/types.ts';
import { formatName, namespacedName, type Route } from '../objects/kinds.ts';
import { type AddressFamily, type CanonicalAddress, parseAddress } from './addresses.ts';
import type { ResolvedBackend } from './backends.ts';
import type { Contests } from './competition.ts';
import type { JudgedListener } from './listeners.ts';
import type { Forwarding, ForwardingService } from './resolution.ts';
import { rejectAll, shareTraffic, type TrafficShares } from './shares.ts';
import type { ObjectView } from './view.ts';

/** The rules, and what they were made of. */
export interface BuiltForwarding {
  readonly forwarding: Forwarding;
  /** For each listener that has a service: its traffic in every address family. */
  readonly shares: ReadonlyMap<JudgedListener, readonly TrafficShares[]>;
}

/** IP addresses among the assigned, each once. Host names are not forwarded. */
function canonicalAddresses(assigned: readonly string[]): CanonicalAddress[] {
  const byText = new Map<string, CanonicalAddress>();
  for (const text of assigned) {
    const address = parseAddress(text);
    if (address) byText.set(address.text, address);
  }
  return [...byText.values()];
}

/**
 * `namespace/gateway/listener`; with the ListenerSet's namespace and name before the listener if it is of
 * one. No part has a slash, so that two listeners never have the same.
 */
function serviceName(gateway: string, { owner, listener }: JudgedListener): string {
  return owner.kind === 'Gateway'
    ? `${gateway}/${listener.name}`
    : `${gateway}/${formatName(owner)}/${listener.name}`;
}

/** Shares traffic once for each route and family, however many listeners the route has. */
class SharesByRoute {
  readonly #known = new Map<Route, Map<AddressFamily, TrafficShares>>();
  readonly #backendsOf: (route: Route) => readonly ResolvedBackend[];
  readonly #view: ObjectView;

  constructor(backendsOf: (route: Route) => readonly ResolvedBackend[], view: ObjectView) {
    this.#backendsOf = backendsOf;
    this.#view = view;
  }

  get(route: Route, family: AddressFamily): TrafficShares {
    let byFamily = this.#known.get(route);
    if (!byFamily) {
      byFamily = new Map();
      this.#known.set(route, byFamily);
    }
    let shares = byFamily.get(family);
    if (!shares) {
      shares = shareTraffic(this.#backendsOf(route), family, this.#view);
      byFamily.set(family, shares);
    }
    return shares;
  }
}

/**
 * Builds the services of a Gateway. A listener that is not servable has none; one without a winning route
 * has a service that rejects everything. Listeners that share a port (HTTP, by host name) share a service,
 * which has the name of the first.
 */
export function buildForwarding(
  gateway: Gateway,
  assigned: readonly string[],
  contests: Contests,
  backendsOf: (route: Route) => readonly ResolvedBackend[],
  view: ObjectView,
): BuiltForwarding {
  const name = namespacedName(gateway);
  const prefix = formatName(name);
  const services = new Map<string, ForwardingService>();
  const shares = new Map<JudgedListener, readonly TrafficShares[]>();
  const byRoute = new SharesByRoute(backendsOf, view);
  const addresses = canonicalAddresses(assigned);
  const families = [...new Set(addresses.map(({ family }) => family))];
  for (const [judged, { winner }] of contests) {
    const { listener, transport, servable } = judged;
    if (!servable || !transport) continue;
    const shareOf = (family: AddressFamily): TrafficShares =>
      winner ? byRoute.get(winner, family) : rejectAll;
    shares.set(judged, families.map(shareOf));
    for (const { family, text } of addresses) {
      const key = `${text} ${listener.port} ${transport}`;
      if (services.has(key)) continue;
      const { backends, rejectWeight } = shareOf(family);
      services.set(key, {
        address: text,
        port: listener.port,
        protocol: transport,
        name: serviceName(prefix, judged),
        backends,
        rejectWeight,
      });
    }
  }
  return { forwarding: { gateway: name, services: [...services.values()] }, shares };
}
