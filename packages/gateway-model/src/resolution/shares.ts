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

interface MutableBackend extends ForwardingBackend {
  weight: number;
  draining: boolean;
}

/** Endpoints of several backendRefs, each once. Those of one backendRef are distinct already. */
class MergedBackends {
  readonly #backends: MutableBackend[] = [];
  /** Made when there is a second backendRef, which most routes do not have. */
  #byEndpoint: Map<string, MutableBackend> | undefined;

  add(address: string, port: number, weight: number, draining: boolean): void {
    const key = this.#byEndpoint && `${address} ${port}`;
    const known = key === undefined ? undefined : this.#byEndpoint?.get(key);
    if (known) {
      known.weight += weight;
      known.draining &&= draining;
      return;
    }
    const backend = { address, port, weight, draining };
    this.#backends.push(backend);
    if (key !== undefined) this.#byEndpoint?.set(key, backend);
  }

  nextBackendRef(): void {
    if (this.#byEndpoint || this.#backends.length === 0) return;
    this.#byEndpoint = new Map(
      this.#backends.map((backend) => [`${backend.address} ${backend.port}`, backend]),
    );
  }

  sorted(): ForwardingBackend[] {
    return this.#backends.sort(compareBackends);
  }
}

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
  const merged = new MergedBackends();
  let rejectWeight = 0;
  const shares: BackendShare[] = [];
  for (const [index, backend] of backends.entries()) {
    const { weight } = backend;
    if (index > 0) merged.nextBackendRef();
    if (!backend.ok) {
      rejectWeight += weight;
      shares.push({ backend, family, choice: undefined, endpoints: 0 });
      continue;
    }
    const { active, draining, choice } = endpointsOf(backend.service, backend.port, family, view);
    if (active.length === 0) rejectWeight += weight;
    for (const { address, port } of active) merged.add(address, port, weight / active.length, false);
    for (const { address, port } of draining) merged.add(address, port, 0, true);
    shares.push({ backend, family, choice, endpoints: active.length });
  }
  const sorted = merged.sorted();
  const nothingEligible = rejectWeight === 0 && sorted.every(({ weight }) => weight === 0);
  return { backends: sorted, rejectWeight: nothingEligible ? 1 : rejectWeight, shares };
}
