/** Backends of a route: whether its backendRefs resolve to ports of Services. */

import type { ExplanationCause } from '../explanation/explanation.ts';
import { backendRules } from '../explanation/rules.ts';
import { causeOf, type Finding, finding, type Ruling, ruling } from '../explanation/ruling.ts';
import { RouteConditionReason, RouteConditionType } from '../generated/constants.ts';
import { formatName, GATEWAY_API_GROUP, type Route } from '../objects/kinds.ts';
import type { Service, ServicePort } from '../objects/objects.ts';
import { findPermission } from './grants.ts';
import { type BackendReference, serviceOfBackendRef } from './references.ts';
import type { TransportProtocol } from './resolution.ts';
import type { ObjectView } from './view.ts';

interface BackendBase extends Finding {
  /** The field, in the route. */
  readonly path: string;
  readonly weight: number;
}

/** A backendRef that resolves to a port of a Service, or why it does not. Its weight counts either way. */
export type ResolvedBackend =
  | (BackendBase & { readonly ok: true; readonly service: Service; readonly port: ServicePort })
  | (BackendBase & { readonly ok: false; readonly reason: string });

const transportOf = (route: Route): TransportProtocol => (route.kind === 'UDPRoute' ? 'UDP' : 'TCP');

/** Resolves one backendRef, in the order: kind, grant, existence, port. Without a grant nothing else is looked at. */
function resolveBackendRef(
  ref: BackendReference,
  path: string,
  route: Route,
  view: ObjectView,
): ResolvedBackend {
  const weight = ref.weight ?? 1;
  const fail = (
    rule: Finding['rule'],
    reason: string,
    message: string,
    because: readonly ExplanationCause[] = [],
  ): ResolvedBackend => ({ path, weight, ok: false, message, rule, because, reason });
  const { InvalidKind, RefNotPermitted, BackendNotFound } = RouteConditionReason;
  const { namespace } = route.metadata;
  const key = serviceOfBackendRef(ref, namespace);
  if (!key) {
    const message = `expected kind Service of the core group, got ${ref.kind ?? 'Service'} of group "${ref.group ?? ''}"`;
    return fail(backendRules.kind, InvalidKind, message);
  }
  const source = { group: GATEWAY_API_GROUP, kind: route.kind, namespace };
  const permission = findPermission(view, source, { group: '', kind: 'Service', ...key });
  if (!permission) {
    const message = `no ReferenceGrant in namespace ${key.namespace} lets a ${route.kind} of namespace ${namespace} refer to Service ${key.name}`;
    return fail(backendRules.grant, RefNotPermitted, message);
  }
  const name = formatName(key);
  const target: ExplanationCause = { kind: 'Service', ...key };
  const because = permission === 'same-namespace' ? [target] : [target, causeOf(permission)];
  const service = view.service(key);
  if (!service) return fail(backendRules.exists, BackendNotFound, `Service ${name} was not found`, because);
  if (service.spec.type === 'ExternalName') {
    const message = `Service ${name} is of type ExternalName, which has no endpoints to forward to`;
    return fail(backendRules.externalName, InvalidKind, message, because);
  }
  const transport = transportOf(route);
  const port = service.spec.ports?.find(
    (entry) => entry.port === ref.port && (entry.protocol ?? 'TCP') === transport,
  );
  if (!port) {
    const message = `Service ${name} has no port ${ref.port ?? '(none given)'} of protocol ${transport}`;
    return fail(backendRules.port, BackendNotFound, message, because);
  }
  const rule = permission === 'same-namespace' ? backendRules.port : backendRules.grant;
  const message = `resolves to Service ${name}, port ${port.port}/${transport}`;
  return { ...finding(rule, true, message, because), path, weight, ok: true, service, port };
}

/** The backends of a route, and the condition that tells whether all of them resolve. */
export interface RouteBackends {
  readonly backends: readonly ResolvedBackend[];
  readonly resolvedRefs: Ruling;
}

const allResolved = ruling(
  backendRules.resolved,
  RouteConditionType.ResolvedRefs,
  'True',
  RouteConditionReason.ResolvedRefs,
  'All references are resolved.',
);

/** Resolves all backendRefs of a route. The condition's reason is that of the first that fails; weights do not matter. */
export function resolveBackends(route: Route, view: ObjectView): RouteBackends {
  const rules: readonly { readonly backendRefs?: readonly BackendReference[] }[] = route.spec.rules ?? [];
  const backends = rules.flatMap(({ backendRefs = [] }, rule) =>
    backendRefs.map((ref, index) =>
      resolveBackendRef(ref, `spec.rules[${rule}].backendRefs[${index}]`, route, view),
    ),
  );
  const problems = backends.flatMap((backend, index) => (backend.ok ? [] : [{ index, ...backend }]));
  const [first] = problems;
  if (!first) return { backends, resolvedRefs: allResolved };
  const message = `${problems.map((problem) => `backendRefs[${problem.index}]: ${problem.message}`).join('; ')}.`;
  const type = RouteConditionType.ResolvedRefs;
  const because = problems.flatMap((problem) => problem.because);
  return { backends, resolvedRefs: ruling(first.rule, type, 'False', first.reason, message, because) };
}
