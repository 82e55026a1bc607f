/** Backends of a route: whether its backendRefs resolve, and how they share a listener's traffic. */

import { RouteConditionReason, RouteConditionType } from '../generated/constants.ts';
import { formatName, GATEWAY_API_GROUP, type Route } from '../objects/kinds.ts';
import type { Service, ServicePort } from '../objects/objects.ts';
import type { Verdict } from '../status/conditions.ts';
import type { AddressFamily } from './addresses.ts';
import { endpointsOf } from './endpoints.ts';
import { referencePermitted } from './grants.ts';
import { type BackendReference, backendRefs, serviceOfBackendRef } from './references.ts';
import type { ForwardingBackend, TransportProtocol } from './resolution.ts';
import type { ObjectView } from './view.ts';

/** A backendRef that resolves to a port of a Service, or why it does not. Its weight counts either way. */
export type ResolvedBackend =
  | { readonly ok: true; readonly weight: number; readonly service: Service; readonly port: ServicePort }
  | { readonly ok: false; readonly weight: number; readonly reason: string; readonly message: string };

const transportOf = (route: Route): TransportProtocol => (route.kind === 'UDPRoute' ? 'UDP' : 'TCP');

/** Resolves one backendRef, in the order: kind, grant, existence, port. Without a grant nothing else is looked at. */
function resolveBackendRef(ref: BackendReference, route: Route, view: ObjectView): ResolvedBackend {
  const weight = ref.weight ?? 1;
  const fail = (reason: string, message: string): ResolvedBackend => ({ ok: false, weight, reason, message });
  const { namespace } = route.metadata;
  const key = serviceOfBackendRef(ref, namespace);
  if (!key) {
    return fail(
      RouteConditionReason.InvalidKind,
      `expected kind Service of the core group, got ${ref.kind} of group "${ref.group}"`,
    );
  }
  const name = formatName(key);
  const source = { group: GATEWAY_API_GROUP, kind: route.kind, namespace };
  if (!referencePermitted(view, source, { group: '', kind: 'Service', ...key })) {
    const message = `no ReferenceGrant in namespace ${key.namespace} lets a ${route.kind} of namespace ${namespace} refer to Service ${key.name}`;
    return fail(RouteConditionReason.RefNotPermitted, message);
  }
  const service = view.service(key);
  if (!service) return fail(RouteConditionReason.BackendNotFound, `Service ${name} was not found`);
  if (service.spec.type === 'ExternalName') {
    return fail(
      RouteConditionReason.InvalidKind,
      `Service ${name} is of type ExternalName, which has no endpoints to forward to`,
    );
  }
  const transport = transportOf(route);
  const port = service.spec.ports?.find(
    (entry) => entry.port === ref.port && (entry.protocol ?? 'TCP') === transport,
  );
  if (!port)
    return fail(
      RouteConditionReason.BackendNotFound,
      `Service ${name} has no port ${ref.port ?? '(none given)'} of protocol ${transport}`,
    );
  return { ok: true, weight, service, port };
}

/** The backends of a route, and the condition that tells whether all of them resolve. */
export interface RouteBackends {
  readonly backends: readonly ResolvedBackend[];
  readonly resolvedRefs: Verdict;
}

/** Resolves all backendRefs of a route. The condition's reason is that of the first that fails; weights do not matter. */
export function resolveBackends(route: Route, view: ObjectView): RouteBackends {
  const backends = backendRefs(route).map((ref) => resolveBackendRef(ref, route, view));
  const problems = backends.flatMap((backend, index) => (backend.ok ? [] : [{ index, ...backend }]));
  const type = RouteConditionType.ResolvedRefs;
  const [first] = problems;
  if (!first) {
    return {
      backends,
      resolvedRefs: {
        type,
        status: 'True',
        reason: RouteConditionReason.ResolvedRefs,
        message: 'All references are resolved.',
      },
    };
  }
  const message = `${problems.map((problem) => `backendRefs[${problem.index}]: ${problem.message}`).join('; ')}.`;
  return { backends, resolvedRefs: { type, status: 'False', reason: first.reason, message } };
}

/** What a listener does with its new flows. */
export interface TrafficShares {
  readonly backends: readonly ForwardingBackend[];
  /** Share of new flows to reject, on the scale of the backends' weights. */
  readonly rejectWeight: number;
}

/** Everything is rejected: a listener that no route serves. */
export const rejectAll: TrafficShares = { backends: [], rejectWeight: 1 };

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
  const shares = new Map<string, ForwardingBackend>();
  const add = (address: string, port: number, weight: number, draining: boolean): void => {
    const key = `${address} ${port}`;
    const known = shares.get(key);
    shares.set(key, {
      address,
      port,
      weight: weight + (known?.weight ?? 0),
      draining: draining && (known?.draining ?? true),
    });
  };
  let rejectWeight = 0;
  for (const backend of backends) {
    const { active, draining } = backend.ok
      ? endpointsOf(backend.service, backend.port, family, view)
      : { active: [], draining: [] };
    if (active.length === 0) rejectWeight += backend.weight;
    for (const { address, port } of active) add(address, port, backend.weight / active.length, false);
    for (const { address, port } of draining) add(address, port, 0, true);
  }
  const sorted = [...shares.values()].sort(compareBackends);
  const nothingEligible = rejectWeight === 0 && sorted.every(({ weight }) => weight === 0);
  return { backends: sorted, rejectWeight: nothingEligible ? 1 : rejectWeight };
}
