/**
 * What Gateway API means at layer 4: types, validation, defaults, and the pure function from objects to
 * forwarding rules and statuses. No I/O; runs wherever JavaScript does.
 *
 * @packageDocumentation
 */

export type { AffectedRoots } from './dependencies/affected-roots.ts';
export type { ObjectChange, ObjectIndexOptions } from './dependencies/object-index.ts';
export { ObjectIndex } from './dependencies/object-index.ts';
export {
  AddressType,
  BUNDLE_VERSION_ANNOTATION,
  CHANNEL_ANNOTATION,
  FeatureName,
  FromNamespaces,
  FrontendValidationModeType,
  GATEWAY_CLASS_FINALIZER_GATEWAYS_EXIST,
  GATEWAY_CLASS_NAME_LABEL_KEY,
  GATEWAY_NAME_LABEL_KEY,
  GatewayApiKind,
  GatewayClassConditionReason,
  GatewayClassConditionType,
  GatewayConditionReason,
  GatewayConditionType,
  GRPCHeaderMatchType,
  GRPCMethodMatchType,
  GRPCRouteFilterType,
  HeaderMatchType,
  HTTPMethod,
  HTTPPathModifierType,
  HTTPRouteFilterType,
  ListenerConditionReason,
  ListenerConditionType,
  ListenerEntryConditionReason,
  ListenerEntryConditionType,
  ListenerSetConditionReason,
  ListenerSetConditionType,
  PathMatchType,
  POLICY_LABEL_KEY,
  PolicyConditionReason,
  PolicyConditionType,
  ProtocolType,
  QueryParamMatchType,
  RouteConditionReason,
  RouteConditionType,
  SubjectAltNameType,
  TLSModeType,
  WellKnownCACertificatesType,
} from './generated/constants.ts';
export { gatewayApiVersion } from './generated/schemas.ts';
export type * from './generated/types.ts';
export type { EndpointSliceFields, L4RouteFields, Meta } from './objects/builders.ts';
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
} from './objects/builders.ts';
export type { ModelKind, ModelObject, ObjectOfKind, Route, RouteKind, StatusOwner } from './objects/kinds.ts';
export { formatName, GATEWAY_API_GROUP, isRoute, namespacedName, sameName } from './objects/kinds.ts';
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
  Secret,
  Service,
  ServicePort,
  ServiceSpec,
} from './objects/objects.ts';
export type { AddressFamily, CanonicalAddress } from './resolution/addresses.ts';
export { parseAddress } from './resolution/addresses.ts';
export type {
  ExplainedCondition,
  Explanation,
  ExplanationCause,
  ExplanationSubject,
  SpecificationRule,
} from './resolution/explanation.ts';
export type { ReferenceSource, ReferenceTarget } from './resolution/grants.ts';
export { grantPermits } from './resolution/grants.ts';
export { listView } from './resolution/list-view.ts';
export { comparePrecedence } from './resolution/precedence.ts';
export type { BackendReference } from './resolution/references.ts';
export {
  backendRefs,
  backendServices,
  gatewayOfListenerSet,
  gatewayOfParentRef,
  grantNamespaces,
  listenerSetOfParentRef,
  parentGateways,
  parentOfRef,
  routeGateways,
  SERVICE_NAME_LABEL,
  selectsNamespaces,
  serviceOfBackendRef,
  serviceOfEndpointSlice,
} from './resolution/references.ts';
export type {
  Forwarding,
  ForwardingBackend,
  ForwardingService,
  NamespacedName,
  RouteParentName,
  TransportProtocol,
} from './resolution/resolution.ts';
export type { Resolution } from './resolution/resolve.ts';
export { releaseGateway, releaseListenerSet, resolveGateway } from './resolution/resolve.ts';
export { matchesSelector } from './resolution/selectors.ts';
export type {
  AddressAssignment,
  GatewayClassContext,
  ObjectView,
  ParametersVerdict,
  ProgrammedVerdict,
  ResolveContext,
  UnavailablePort,
  UnusableAddress,
} from './resolution/view.ts';
export type { Verdict } from './status/conditions.ts';
export {
  findCondition,
  isConditionTrue,
  mergeConditions,
  SERVED_CONDITION,
  ServedReason,
} from './status/conditions.ts';
export { acceptsGateways, defaultSupportedFeatures, resolveGatewayClass } from './status/gateway-class.ts';
export { mergeStatus } from './status/merge-status.ts';
export type {
  GatewayClassStatusUpdate,
  GatewayStatusUpdate,
  ListenerSetStatusUpdate,
  RouteStatusUpdate,
  StatusUpdate,
} from './status/status-update.ts';
export { withDefaults } from './validation/defaults.ts';
export type { FieldError, FieldErrorCode } from './validation/field-error.ts';
export type { KindInfo } from './validation/kind-info.ts';
export { modelKinds } from './validation/kind-info.ts';
export type { ParseOptions, ParseResult } from './validation/validate.ts';
export { parseObject, validate } from './validation/validate.ts';
