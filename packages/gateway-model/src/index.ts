/**
 * What Gateway API means at layer 4: types, validation, defaults, and the pure function from objects to
 * forwarding rules and statuses. No I/O; runs wherever JavaScript does.
 *
 * @packageDocumentation
 */
export type { AddressFamily, CanonicalAddress } from './addresses.ts';
export { parseAddress } from './addresses.ts';
export type { EndpointSliceFields, L4RouteFields, Meta } from './builders.ts';
export {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  httpRoute,
  listener,
  namespace,
  parentRef,
  referenceGrant,
  service,
  tcpRoute,
  udpRoute,
} from './builders.ts';
export type { Verdict } from './conditions.ts';
export {
  ConditionType,
  findCondition,
  GatewayClassReason,
  GatewayReason,
  isConditionTrue,
  ListenerReason,
  mergeConditions,
  RouteReason,
} from './conditions.ts';
export { withDefaults } from './defaults.ts';
export type { FieldError, FieldErrorCode } from './field-error.ts';
export { acceptsGateways, defaultSupportedFeatures, resolveGatewayClass } from './gateway-class.ts';
export { gatewayApiVersion } from './generated/schemas.ts';
export type * from './generated/types.ts';
export type { ReferenceSource, ReferenceTarget } from './grants.ts';
export { grantPermits } from './grants.ts';
export type { ModelKind, ModelObject, ObjectOfKind, Route, RouteKind, StatusOwner } from './kinds.ts';
export { formatName, GATEWAY_API_GROUP, isRoute, namespacedName, sameName } from './kinds.ts';
export { listView } from './list-view.ts';
export { mergeStatus } from './merge-status.ts';
export type {
  Condition,
  Endpoint,
  EndpointConditions,
  EndpointPort,
  EndpointSlice,
  KubernetesObject,
  LabelSelector,
  LabelSelectorRequirement,
  Namespace,
  NamespacedObjectMeta,
  ObjectMeta,
  Service,
  ServicePort,
  ServiceSpec,
} from './objects.ts';
export { comparePrecedence } from './precedence.ts';
export type { BackendReference } from './references.ts';
export {
  backendRefs,
  backendServices,
  gatewayOfParentRef,
  grantNamespaces,
  parentGateways,
  routeGateways,
  SERVICE_NAME_LABEL,
  selectsNamespaces,
  serviceOfBackendRef,
  serviceOfEndpointSlice,
} from './references.ts';
export type {
  Forwarding,
  ForwardingBackend,
  ForwardingService,
  NamespacedName,
  TransportProtocol,
} from './resolution.ts';
export type { Resolution } from './resolve.ts';
export { releaseGateway, resolveGateway } from './resolve.ts';
export { matchesSelector } from './selectors.ts';
export type {
  GatewayClassStatusUpdate,
  GatewayStatusUpdate,
  RouteStatusUpdate,
  StatusUpdate,
} from './status-update.ts';
export type { ParseOptions, ParseResult } from './validate.ts';
export { parseObject, validate } from './validate.ts';
export type {
  AddressAssignment,
  GatewayClassContext,
  ObjectView,
  ParametersVerdict,
  ProgrammedVerdict,
  ResolveContext,
  UnavailablePort,
  UnusableAddress,
} from './view.ts';
