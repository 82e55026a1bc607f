/** Endpoints of a Service's port, from its EndpointSlices. */

import { namespacedName } from '../objects/kinds.ts';
import type { Endpoint, Service, ServicePort } from '../objects/objects.ts';
import { type AddressFamily, parseAddress } from './addresses.ts';
import type { ObjectView } from './view.ts';

/** An endpoint's address, port and state. */
export interface ServiceEndpoint {
  /** Canonical text form. */
  readonly address: string;
  readonly port: number;
}

/** The endpoints of one port in one address family. */
export interface ServiceEndpoints {
  /** They share new flows. */
  readonly active: readonly ServiceEndpoint[];
  /** Not ready any more (usually terminating): they keep their established flows. */
  readonly draining: readonly ServiceEndpoint[];
}

/** Better states first; an endpoint that several slices carry (they may, for a while) has its best state. */
type State = 'ready' | 'serving' | 'unready';
const rank: Readonly<Record<State, number>> = { ready: 0, serving: 1, unready: 2 };

/** `serving` stands for "terminating, but still serving": good enough when nothing is ready. */
function stateOf({ conditions }: Endpoint): State {
  const ready = conditions?.ready ?? true;
  if (ready) return 'ready';
  return conditions?.terminating === true && (conditions.serving ?? false) ? 'serving' : 'unready';
}

/**
 * Finds the endpoints of a Service's port in one address family: all its EndpointSlices merged, the port
 * matched by name and transport protocol. Ready endpoints are active; when there is none, those that
 * terminate but still serve are (as kube-proxy does, KEP-1669). O(endpoints of the Service).
 */
export function endpointsOf(
  service: Service,
  servicePort: ServicePort,
  family: AddressFamily,
  view: ObjectView,
): ServiceEndpoints {
  const found = new Map<string, { endpoint: ServiceEndpoint; state: State }>();
  for (const slice of view.endpointSlicesOf(namespacedName(service))) {
    if (slice.addressType !== family) continue;
    const matching = (slice.ports ?? []).find(
      (port) =>
        (port.name ?? '') === (servicePort.name ?? '') &&
        (port.protocol ?? 'TCP') === (servicePort.protocol ?? 'TCP'),
    );
    const port = matching?.port;
    if (port === undefined || port === null) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const address = parseAddress(endpoint.addresses[0] ?? '');
      if (address?.family !== family) continue;
      const key = `${address.text} ${port}`;
      const state = stateOf(endpoint);
      const known = found.get(key);
      if (!known || rank[state] < rank[known.state])
        found.set(key, { endpoint: { address: address.text, port }, state });
    }
  }
  const all = [...found.values()];
  const best: State = all.some(({ state }) => state === 'ready') ? 'ready' : 'serving';
  return {
    active: all.filter(({ state }) => state === best).map(({ endpoint }) => endpoint),
    draining: all.filter(({ state }) => state !== best).map(({ endpoint }) => endpoint),
  };
}
