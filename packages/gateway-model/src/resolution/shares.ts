/** How the backends of a route share a listener's new flows. */

import type { AddressFamily } from './addresses.ts';
import type { ResolvedBackend } from './backends.ts';
import { type EndpointChoice, endpointsOf } from './endpoints.ts';
import type { ForwardingBackend } from './resolution.ts';
import type { ObjectView } from './view.ts';

/** The part of one backendRef in the traffic of one address family. */
export interface BackendShare {
  readonly backend: ResolvedBackend;
  readonly family: AddressFamily;
  /** Which of its endpoints take new flows; undefined when the backendRef does not resolve. */
  readonly choice: EndpointChoice | undefined;
  /** How many endpoints take new flows. */
  readonly endpoints: number;
}

/** What a listener does with its new flows. */
export interface TrafficShares {
  readonly backends: readonly ForwardingBackend[];
  /** Share of new flows to reject, on the scale of the backends' weights. */
  readonly rejectWeight: number;
  /** One for each backendRef. */
  readonly shares: readonly BackendShare[];
}

/** Everything is rejected: a listener that no route serves. */
export const rejectAll: TrafficShares = { backends: [], rejectWeight: 1, shares: [] };

const compareBackends = (a: ForwardingBackend, b: ForwardingBackend): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port;

/**
 * Shares new flows among the endpoints in one address family. A backendRef's share is its weight, however
 * many endpoints it has; they share it evenly. The weight of a backendRef that is invalid or has no active
 * endpoint is kept, and rejected. An endpoint that several backendRefs reach has the sum of its shares.
 */
export function shareTraffic(
  backends: readonly ResolvedBackend[],
  family: AddressFamily,
  view: ObjectView,
): TrafficShares {
  const byEndpoint = new Map<string, ForwardingBackend>();
  const add = (key: string, address: string, port: number, weight: number, draining: boolean): void => {
    const known = byEndpoint.get(key);
    byEndpoint.set(key, {
      address,
      port,
      weight: weight + (known?.weight ?? 0),
      draining: draining && (known?.draining ?? true),
    });
  };
  let rejectWeight = 0;
  const shares: BackendShare[] = [];
  for (const backend of backends) {
    const { weight } = backend;
    if (!backend.ok) {
      rejectWeight += weight;
      shares.push({ backend, family, choice: undefined, endpoints: 0 });
      continue;
    }
    const { active, draining, choice } = endpointsOf(backend.service, backend.port, family, view);
    if (active.length === 0) rejectWeight += weight;
    for (const { key, address, port } of active) add(key, address, port, weight / active.length, false);
    for (const { key, address, port } of draining) add(key, address, port, 0, true);
    shares.push({ backend, family, choice, endpoints: active.length });
  }
  const sorted = [...byEndpoint.values()].sort(compareBackends);
  const nothingEligible = rejectWeight === 0 && sorted.every(({ weight }) => weight === 0);
  return { backends: sorted, rejectWeight: nothingEligible ? 1 : rejectWeight, shares };
}
