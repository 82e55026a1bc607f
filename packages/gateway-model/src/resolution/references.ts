/** Which objects an object refers to: what a store builds its reverse indexes with. */
import type { Gateway, ListenerSet, ParentReference } from '../generated/types.ts';
import { formatName, GATEWAY_API_GROUP, type Route } from '../objects/kinds.ts';
import type { EndpointSlice } from '../objects/objects.ts';
import type { NamespacedName, RouteParentName } from './resolution.ts';

/** A reference to a backend as routes of all kinds make it. */
export interface BackendReference {
  /** API group; default: the core group. */
  readonly group?: string;
  /** Default `Service`. */
  readonly kind?: string;
  /** Name of the backend. */
  readonly name: string;
  /** Default: the route's. Another one needs a ReferenceGrant. */
  readonly namespace?: string;
  /** Port of the Service, 1..65535; required for Services. */
  readonly port?: number;
  /** Relative share of new flows, 0..1,000,000. Default 1. */
  readonly weight?: number;
}

/** The Gateway that a parentRef names, or undefined when it names something else. */
export function gatewayOfParentRef(ref: ParentReference, routeNamespace: string): NamespacedName | undefined {
  if ((ref.group ?? GATEWAY_API_GROUP) !== GATEWAY_API_GROUP || (ref.kind ?? 'Gateway') !== 'Gateway')
    return undefined;
  return { namespace: ref.namespace ?? routeNamespace, name: ref.name };
}

/** The Gateway that a ListenerSet names, or undefined when it names something else. */
export function gatewayOfListenerSet({ metadata, spec }: ListenerSet): NamespacedName | undefined {
  const { group, kind, namespace, name } = spec.parentRef;
  if ((group ?? GATEWAY_API_GROUP) !== GATEWAY_API_GROUP || (kind ?? 'Gateway') !== 'Gateway')
    return undefined;
  return { namespace: namespace ?? metadata.namespace, name };
}

/** The ListenerSet that a parentRef names, or undefined when it names something else. */
export function listenerSetOfParentRef(
  ref: ParentReference,
  routeNamespace: string,
): NamespacedName | undefined {
  if ((ref.group ?? GATEWAY_API_GROUP) !== GATEWAY_API_GROUP || ref.kind !== 'ListenerSet') return undefined;
  return { namespace: ref.namespace ?? routeNamespace, name: ref.name };
}

/** The Gateway or ListenerSet that a parentRef names, or undefined when it names something else. */
export function parentOfRef(ref: ParentReference, routeNamespace: string): RouteParentName | undefined {
  if ((ref.group ?? GATEWAY_API_GROUP) !== GATEWAY_API_GROUP) return undefined;
  const kind = ref.kind ?? 'Gateway';
  if (kind !== 'Gateway' && kind !== 'ListenerSet') return undefined;
  return { kind, namespace: ref.namespace ?? routeNamespace, name: ref.name };
}

/** Whether both name the same parent. */
export function sameParent(a: RouteParentName, b: RouteParentName): boolean {
  return a.kind === b.kind && a.name === b.name && a.namespace === b.namespace;
}

/** The Gateways that a route names in `spec.parentRefs`, each once. O(parentRefs). */
export function parentGateways(route: Route): NamespacedName[] {
  return unique(
    (route.spec.parentRefs ?? []).map((ref) => gatewayOfParentRef(ref, route.metadata.namespace)),
  );
}

/**
 * The Gateways that a change of the route can touch: those of {@link parentGateways}, and those for which
 * its status still has an entry of ours, which must go. Each once.
 */
export function routeGateways(route: Route, controllerName: string): NamespacedName[] {
  const inStatus = (route.status?.parents ?? [])
    .filter((parent) => parent.controllerName === controllerName)
    .map((parent) => gatewayOfParentRef(parent.parentRef, route.metadata.namespace));
  return unique([...parentGateways(route), ...inStatus]);
}

/** All backendRefs of a route, in order. */
export function backendRefs(route: Route): BackendReference[] {
  const rules: readonly { readonly backendRefs?: readonly BackendReference[] }[] = route.spec.rules ?? [];
  return rules.flatMap((rule) => rule.backendRefs ?? []);
}

/** The Service that a backendRef names, or undefined when it names something else. */
export function serviceOfBackendRef(
  ref: BackendReference,
  routeNamespace: string,
): NamespacedName | undefined {
  if ((ref.group ?? '') !== '' || (ref.kind ?? 'Service') !== 'Service') return undefined;
  return { namespace: ref.namespace ?? routeNamespace, name: ref.name };
}

/** The Services that a route names in its backendRefs, each once. */
export function backendServices(route: Route): NamespacedName[] {
  return unique(backendRefs(route).map((ref) => serviceOfBackendRef(ref, route.metadata.namespace)));
}

/** Namespaces other than the object's own whose ReferenceGrants can touch it, each once. */
export function grantNamespaces(object: Route | Gateway): string[] {
  const refs: readonly { readonly namespace?: string }[] =
    object.kind === 'Gateway'
      ? object.spec.listeners.flatMap(({ tls }) => tls?.certificateRefs ?? [])
      : backendRefs(object);
  const own = object.metadata.namespace;
  return [...new Set(refs.map(({ namespace = own }) => namespace))].filter((namespace) => namespace !== own);
}

/** Label of an EndpointSlice that names its Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** The Service that an EndpointSlice belongs to, or undefined when it has no label that says so. */
export function serviceOfEndpointSlice(slice: EndpointSlice): NamespacedName | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
  return name ? { namespace: slice.metadata.namespace, name } : undefined;
}

/** Whether labels of namespaces decide which routes attach: a Gateway for which Namespaces must be watched. */
export function selectsNamespaces(gateway: Gateway): boolean {
  return gateway.spec.listeners.some((listener) => listener.allowedRoutes?.namespaces?.from === 'Selector');
}

function unique(names: readonly (NamespacedName | undefined)[]): NamespacedName[] {
  const byKey = new Map<string, NamespacedName>();
  for (const name of names) if (name) byKey.set(formatName(name), name);
  return [...byKey.values()];
}
