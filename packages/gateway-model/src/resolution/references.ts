/** Which objects an object refers to. */
import type { ListenerSet, ParentReference } from '../generated/types.ts';
import { GATEWAY_API_GROUP, type Route } from '../objects/kinds.ts';
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

/** Label of an EndpointSlice that names its Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** The Service that an EndpointSlice belongs to, or undefined when it has no label that says so. */
export function serviceOfEndpointSlice(slice: EndpointSlice): NamespacedName | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
  return name ? { namespace: slice.metadata.namespace, name } : undefined;
}
