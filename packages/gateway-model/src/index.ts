/**
 * What Gateway API means at layer 4: types, validation, defaults, and the pure function from objects to
 * forwarding rules and statuses. No I/O; runs wherever JavaScript does.
 *
 * @packageDocumentation
 */

export type { AffectedRoots } from './dependencies/affected-roots.ts';
export type { ObjectChange, ObjectIndexOptions } from './dependencies/object-index.ts';
export { ObjectIndex } from './dependencies/object-index.ts';
export { explainGatewayClass } from './explanation/explain.ts';
export type {
  ExplainedCondition,
  Explanation,
  ExplanationCause,
  ExplanationSubject,
  SpecificationRule,
} from './explanation/explanation.ts';
export { specificationRules } from './explanation/rules.ts';
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
  oldestGatewayApiVersion,
  PathMatchType,
  POLICY_LABEL_KEY,
  PolicyConditionReason,
  PolicyConditionType,
  ProtocolType,
  QueryParamMatchType,
  RouteConditionReason,
  RouteConditionType,
  SubjectAltNameType,
  servedVersions,
  TLSModeType,
  WellKnownCACertificatesType,
} from './generated/constants.ts';
export { gatewayApiVersion } from './generated/schemas.ts';
export type {
  AllowedListeners,
  AllowedRoutes,
  BackendObjectReference,
  BackendRef,
  BackendTLSPolicy,
  BackendTLSPolicySpec,
  BackendTLSPolicyValidation,
  Fraction,
  FrontendTLSConfig,
  FrontendTLSValidation,
  Gateway,
  GatewayApiObject,
  GatewayBackendTLS,
  GatewayClass,
  GatewayClassSpec,
  GatewayClassStatus,
  GatewayInfrastructure,
  GatewaySpec,
  GatewaySpecAddress,
  GatewayStatus,
  GatewayStatusAddress,
  GatewayTLSConfig,
  GRPCBackendRef,
  GRPCHeaderMatch,
  GRPCMethodMatch,
  GRPCRoute,
  GRPCRouteFilter,
  GRPCRouteMatch,
  GRPCRouteRule,
  GRPCRouteSpec,
  HTTPBackendRef,
  HTTPCORSFilter,
  HTTPHeader,
  HTTPHeaderFilter,
  HTTPHeaderMatch,
  HTTPPathMatch,
  HTTPPathModifier,
  HTTPQueryParamMatch,
  HTTPRequestMirrorFilter,
  HTTPRequestRedirectFilter,
  HTTPRoute,
  HTTPRouteFilter,
  HTTPRouteMatch,
  HTTPRouteRetry,
  HTTPRouteRule,
  HTTPRouteSpec,
  HTTPRouteTimeouts,
  HTTPURLRewriteFilter,
  Listener,
  ListenerEntry,
  ListenerEntryStatus,
  ListenerNamespaces,
  ListenerSet,
  ListenerSetSpec,
  ListenerSetStatus,
  ListenerStatus,
  ListenerTLSConfig,
  LocalObjectReference,
  LocalParametersReference,
  LocalPolicyTargetReferenceWithSectionName,
  ObjectReference,
  ParametersReference,
  ParentGatewayReference,
  ParentReference,
  PolicyAncestorStatus,
  PolicyStatus,
  ReferenceGrant,
  ReferenceGrantFrom,
  ReferenceGrantSpec,
  ReferenceGrantTo,
  RouteGroupKind,
  RouteNamespaces,
  RouteParentStatus,
  RouteStatus,
  SecretObjectReference,
  SubjectAltName,
  SupportedFeature,
  TCPRoute,
  TCPRouteRule,
  TCPRouteSpec,
  TLSConfig,
  TLSPortConfig,
  TLSRoute,
  TLSRouteRule,
  TLSRouteSpec,
  UDPRoute,
  UDPRouteRule,
  UDPRouteSpec,
} from './generated/types.ts';
export type {
  AddressParameters,
  BlixtParameters,
  BlixtParametersSpec,
  NodeParameters,
  PoolParameters,
  ServiceParameters,
} from './objects/blixt-parameters.ts';
export { BLIXT_GROUP } from './objects/blixt-parameters.ts';
export type {
  EndpointSliceFields,
  KeyPair,
  L4RouteFields,
  Meta,
  TLSRouteFields,
} from './objects/builders.ts';
export {
  backendRef,
  backendTLSPolicy,
  certificateRef,
  endpointSlice,
  gateway,
  gatewayClass,
  grpcRoute,
  grpcRule,
  httpRoute,
  httpRule,
  listener,
  listenerSet,
  methodMatch,
  namespace,
  parentRef,
  pathMatch,
  referenceGrant,
  service,
  tcpRoute,
  terminateTls,
  tlsRoute,
  tlsSecret,
  udpRoute,
} from './objects/builders.ts';
export {
  isBackendTLSPolicy,
  isBlixtParameters,
  isEndpointSlice,
  isGateway,
  isGatewayApiObject,
  isGatewayClass,
  isGRPCRoute,
  isHTTPRoute,
  isKind,
  isListenerSet,
  isModelObject,
  isNamespace,
  isReferenceGrant,
  isSecret,
  isService,
  isTCPRoute,
  isTLSRoute,
  isUDPRoute,
} from './objects/guards.ts';
export type { ModelKind, ModelObject, ObjectOfKind, Route, RouteKind, StatusOwner } from './objects/kinds.ts';
export {
  formatName,
  GATEWAY_API_GROUP,
  isRoute,
  isStatusOwner,
  namespacedName,
  routeKinds,
  sameName,
  statusKinds,
} from './objects/kinds.ts';
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
export type { ReferenceSource, ReferenceTarget } from './resolution/grants.ts';
export { grantPermits } from './resolution/grants.ts';
export type { InfrastructureMetadata } from './resolution/infrastructure.ts';
export { infrastructureMetadata } from './resolution/infrastructure.ts';
export { listView } from './resolution/list-view.ts';
export type { FoundParameters, ParametersView } from './resolution/parameters.ts';
export { findParameters, parametersName } from './resolution/parameters.ts';
export type { Aged } from './resolution/precedence.ts';
export { comparePrecedence } from './resolution/precedence.ts';
export type { BackendReference } from './resolution/references.ts';
export {
  backendRefs,
  gatewayOfListenerSet,
  gatewayOfParentRef,
  listenerSetOfParentRef,
  parentOfRef,
  SERVICE_NAME_LABEL,
  serviceOfBackendRef,
  serviceOfEndpointSlice,
} from './resolution/references.ts';
export type { ReleaseContext } from './resolution/release.ts';
export { releaseGateway, releaseListenerSet } from './resolution/release.ts';
export type {
  Forwarding,
  ForwardingBackend,
  ForwardingService,
  NamespacedName,
  RouteParentName,
  TransportProtocol,
} from './resolution/resolution.ts';
export type { Resolution } from './resolution/resolve.ts';
export { resolveGateway } from './resolution/resolve.ts';
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
} from './status/conditions.ts';
export {
  acceptsGateways,
  defaultSupportedFeatures,
  gatewayClassFinalizers,
  resolveGatewayClass,
} from './status/gateway-class.ts';
export { mergeStatus } from './status/merge-status.ts';
export { SERVED_CONDITION, ServedReason } from './status/served.ts';
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
