/** Builders of routes and their parts. */
import type {
  BackendRef,
  GRPCRoute,
  GRPCRouteMatch,
  GRPCRouteRule,
  GRPCRouteSpec,
  HTTPRoute,
  HTTPRouteMatch,
  HTTPRouteRule,
  HTTPRouteSpec,
  ParentReference,
  TCPRoute,
  TLSRoute,
  UDPRoute,
} from '../../generated/types.ts';
import { GATEWAY_API_GROUP } from '../kinds.ts';
import { GATEWAY_API_V1, type Meta, namespacedMeta } from './metadata.ts';

/** A backendRef to a Service's port. */
export function backendRef(name: string, port: number, fields: Partial<BackendRef> = {}): BackendRef {
  return { group: '', kind: 'Service', name, port, weight: 1, ...fields };
}

/** A parentRef to a Gateway. */
export function parentRef(name = 'gateway', fields: Partial<ParentReference> = {}): ParentReference {
  return { group: GATEWAY_API_GROUP, kind: 'Gateway', name, ...fields };
}

/** What a TCPRoute or UDPRoute is built of. */
export interface L4RouteFields {
  /** Default: the Gateway `gateway` in the route's namespace. */
  readonly parentRefs?: readonly ParentReference[];
  /** Of the route's only rule. */
  readonly backendRefs: readonly BackendRef[];
}

/** What a TLSRoute is built of. */
export interface TLSRouteFields extends L4RouteFields {
  /** Server names (SNI) that the route takes: `web.example.com`, `*.example.com`. */
  readonly hostnames: readonly string[];
}

const l4Spec = ({ parentRefs = [parentRef()], backendRefs }: L4RouteFields) => ({
  parentRefs,
  rules: [{ backendRefs }],
});

/** A TCPRoute called `route`. */
export function tcpRoute(fields: L4RouteFields, given: Meta = {}): TCPRoute {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'TCPRoute',
    metadata: namespacedMeta('route', given),
    spec: l4Spec(fields),
  };
}

/** A UDPRoute called `route`. */
export function udpRoute(fields: L4RouteFields, given: Meta = {}): UDPRoute {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'UDPRoute',
    metadata: namespacedMeta('route', given),
    spec: l4Spec(fields),
  };
}

/** A TLSRoute called `route`. */
export function tlsRoute(fields: TLSRouteFields, given: Meta = {}): TLSRoute {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'TLSRoute',
    metadata: namespacedMeta('route', given),
    spec: { ...l4Spec(fields), hostnames: fields.hostnames },
  };
}

/** An HTTPRoute called `route`, to the Gateway `gateway`. */
export function httpRoute(spec: HTTPRouteSpec, given: Meta = {}): HTTPRoute {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'HTTPRoute',
    metadata: namespacedMeta('route', given),
    spec: { parentRefs: [parentRef()], ...spec },
  };
}

/** A rule of an HTTPRoute: `httpRule([backendRef('web', 80)], { matches: [pathMatch('/api')] })`. */
export function httpRule(
  backendRefs: NonNullable<HTTPRouteRule['backendRefs']>,
  fields: Partial<HTTPRouteRule> = {},
): HTTPRouteRule {
  return { backendRefs, ...fields };
}

/**
 * A match of an HTTPRoute's rule on the path.
 *
 * @param value - starts with `/`, unless `type` is `RegularExpression`
 */
export function pathMatch(
  value: string,
  type: 'Exact' | 'PathPrefix' | 'RegularExpression' = 'PathPrefix',
): HTTPRouteMatch {
  return { path: { type, value } };
}

/** A GRPCRoute called `route`, to the Gateway `gateway`. */
export function grpcRoute(spec: GRPCRouteSpec, given: Meta = {}): GRPCRoute {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'GRPCRoute',
    metadata: namespacedMeta('route', given),
    spec: { parentRefs: [parentRef()], ...spec },
  };
}

/** A rule of a GRPCRoute: `grpcRule([backendRef('web', 80)], { matches: [methodMatch('shop.Cart')] })`. */
export function grpcRule(
  backendRefs: NonNullable<GRPCRouteRule['backendRefs']>,
  fields: Partial<GRPCRouteRule> = {},
): GRPCRouteRule {
  return { backendRefs, ...fields };
}

/**
 * A match of a GRPCRoute's rule on the method.
 *
 * @param service - full name: `shop.Cart`
 * @param method - `AddItem`; default: every method of the service
 */
export function methodMatch(service: string, method?: string): GRPCRouteMatch {
  return { method: { type: 'Exact', service, ...(method !== undefined && { method }) } };
}
