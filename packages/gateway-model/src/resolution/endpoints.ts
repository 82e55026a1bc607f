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

interface FoundEndpoint extends ServiceEndpoint {
  state: number;
}

/** Why the endpoints that take new flows are those that do: they are ready, or serve still, or there are none. */
export type EndpointChoice = 'ready' | 'serving' | 'none';

/** The endpoints of one port in one address family. */
export interface ServiceEndpoints {
  /** They share new flows. */
  readonly active: readonly ServiceEndpoint[];
  /** Not ready any more (usually terminating): they keep their established flows. */
  readonly draining: readonly ServiceEndpoint[];
  readonly choice: EndpointChoice;
}

/** Better states first; an endpoint that several slices carry (they may, for a while) has its best state. */
const READY = 0;
/** Terminating, but still serving: good enough when nothing is ready. */
const SERVING = 1;
const UNREADY = 2;

function stateOf({ conditions }: Endpoint): number {
  if (conditions?.ready ?? true) return READY;
  return conditions?.terminating === true && (conditions.serving ?? false) ? SERVING : UNREADY;
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
  const { name: portName = '', protocol = 'TCP' } = servicePort;
  /** By port, which is the same in most slices, then by address. */
  const found = new Map<number, Map<string, FoundEndpoint>>();
  let best = UNREADY;
  for (const slice of view.endpointSlicesOf(namespacedName(service))) {
    if (slice.addressType !== family) continue;
    const port = slice.ports?.find(
      (entry) => (entry.name ?? '') === portName && (entry.protocol ?? 'TCP') === protocol,
    )?.port;
    if (port === undefined || port === null) continue;
    let onPort = found.get(port);
    if (!onPort) {
      onPort = new Map();
      found.set(port, onPort);
    }
    for (const endpoint of slice.endpoints ?? []) {
      const address = parseAddress(endpoint.addresses[0] ?? '');
      if (address?.family !== family) continue;
      const state = stateOf(endpoint);
      if (state < best) best = state;
      const known = onPort.get(address.text);
      if (!known) onPort.set(address.text, { address: address.text, port, state });
      else if (state < known.state) known.state = state;
    }
  }
  const active: ServiceEndpoint[] = [];
  const draining: ServiceEndpoint[] = [];
  const wanted = best === READY ? READY : SERVING;
  for (const onPort of found.values())
    for (const endpoint of onPort.values()) (endpoint.state === wanted ? active : draining).push(endpoint);
  const choice = best === READY ? 'ready' : best === SERVING ? 'serving' : 'none';
  return { active, draining, choice };
}
