/**
 * The names of the types that the CRDs' schemas nest: those of the Go types of Gateway API. A path that is
 * not listed stays an inline type. Kinds that share a Go type share the TypeScript type.
 */

const listener = (name: string, path: string): Record<string, string> => ({
  [path]: name,
  [`${path}.allowedRoutes`]: 'AllowedRoutes',
  [`${path}.allowedRoutes.namespaces`]: 'RouteNamespaces',
  [`${path}.allowedRoutes.namespaces.selector`]: 'LabelSelector',
  [`${path}.allowedRoutes.namespaces.selector.matchExpressions[]`]: 'LabelSelectorRequirement',
  [`${path}.allowedRoutes.kinds[]`]: 'RouteGroupKind',
  [`${path}.tls`]: 'ListenerTLSConfig',
  [`${path}.tls.certificateRefs[]`]: 'SecretObjectReference',
});

const route = (kind: string): Record<string, string> => ({
  spec: `${kind}Spec`,
  status: 'RouteStatus',
  'spec.parentRefs[]': 'ParentReference',
  'status.parents[]': 'RouteParentStatus',
  'status.parents[].parentRef': 'ParentReference',
  'status.parents[].conditions[]': 'Condition',
});

/** kind -> path in its schema -> type name. */
export const typeNames: Record<string, Record<string, string>> = {
  GatewayClass: {
    spec: 'GatewayClassSpec',
    'spec.parametersRef': 'ParametersReference',
    status: 'GatewayClassStatus',
    'status.supportedFeatures[]': 'SupportedFeature',
    'status.conditions[]': 'Condition',
  },
  Gateway: {
    spec: 'GatewaySpec',
    'spec.addresses[]': 'GatewaySpecAddress',
    'spec.allowedListeners': 'AllowedListeners',
    'spec.allowedListeners.namespaces.selector': 'LabelSelector',
    'spec.infrastructure': 'GatewayInfrastructure',
    'spec.infrastructure.parametersRef': 'LocalParametersReference',
    ...listener('Listener', 'spec.listeners[]'),
    status: 'GatewayStatus',
    'status.addresses[]': 'GatewayStatusAddress',
    'status.conditions[]': 'Condition',
    'status.listeners[]': 'ListenerStatus',
    'status.listeners[].conditions[]': 'Condition',
    'status.listeners[].supportedKinds[]': 'RouteGroupKind',
  },
  ListenerSet: {
    spec: 'ListenerSetSpec',
    'spec.parentRef': 'ParentGatewayReference',
    ...listener('ListenerEntry', 'spec.listeners[]'),
    status: 'ListenerSetStatus',
    'status.conditions[]': 'Condition',
    'status.listeners[]': 'ListenerEntryStatus',
    'status.listeners[].conditions[]': 'Condition',
    'status.listeners[].supportedKinds[]': 'RouteGroupKind',
  },
  TCPRoute: {
    ...route('TCPRoute'),
    'spec.rules[]': 'TCPRouteRule',
    'spec.rules[].backendRefs[]': 'BackendRef',
  },
  UDPRoute: {
    ...route('UDPRoute'),
    'spec.rules[]': 'UDPRouteRule',
    'spec.rules[].backendRefs[]': 'BackendRef',
  },
  HTTPRoute: {
    ...route('HTTPRoute'),
    'spec.rules[]': 'HTTPRouteRule',
    'spec.rules[].matches[]': 'HTTPRouteMatch',
    'spec.rules[].filters[]': 'HTTPRouteFilter',
    'spec.rules[].backendRefs[]': 'HTTPBackendRef',
  },
  GRPCRoute: {
    ...route('GRPCRoute'),
    'spec.rules[]': 'GRPCRouteRule',
    'spec.rules[].matches[]': 'GRPCRouteMatch',
    'spec.rules[].filters[]': 'GRPCRouteFilter',
    'spec.rules[].backendRefs[]': 'GRPCBackendRef',
    'spec.rules[].backendRefs[].filters[]': 'GRPCRouteFilter',
  },
  TLSRoute: {
    ...route('TLSRoute'),
    'spec.rules[]': 'TLSRouteRule',
    'spec.rules[].backendRefs[]': 'BackendRef',
  },
  BackendTLSPolicy: {
    spec: 'BackendTLSPolicySpec',
    'spec.targetRefs[]': 'LocalPolicyTargetReferenceWithSectionName',
    'spec.validation': 'BackendTLSPolicyValidation',
    'spec.validation.caCertificateRefs[]': 'LocalObjectReference',
    'spec.validation.subjectAltNames[]': 'SubjectAltName',
    status: 'PolicyStatus',
    'status.ancestors[]': 'PolicyAncestorStatus',
    'status.ancestors[].ancestorRef': 'ParentReference',
    'status.ancestors[].conditions[]': 'Condition',
  },
  ReferenceGrant: {
    spec: 'ReferenceGrantSpec',
    'spec.from[]': 'ReferenceGrantFrom',
    'spec.to[]': 'ReferenceGrantTo',
  },
};
