/**
 * Short ways to write objects, for tests and examples: what is not given has a plain default, and what they
 * make is valid when what they are given is.
 */
export type { EndpointSliceFields, KeyPair } from './builders/core.ts';
export { endpointSlice, namespace, service, tlsSecret } from './builders/core.ts';
export {
  certificateRef,
  gateway,
  gatewayClass,
  listener,
  listenerSet,
  terminateTls,
} from './builders/gateways.ts';
export type { Meta } from './builders/metadata.ts';
export { backendTLSPolicy, referenceGrant } from './builders/policies.ts';
export type { L4RouteFields, TLSRouteFields } from './builders/routes.ts';
export {
  backendRef,
  grpcRoute,
  grpcRule,
  httpRoute,
  httpRule,
  methodMatch,
  parentRef,
  pathMatch,
  tcpRoute,
  tlsRoute,
  udpRoute,
} from './builders/routes.ts';
