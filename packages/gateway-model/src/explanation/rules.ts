/** The catalogue of the rules that decisions follow, with their sources. */

import { gatewayApiVersion } from '../generated/schemas.ts';
import type { SpecificationRule } from './explanation.ts';

/** The API's own text, at the type that it is about. */
const api = (type: string): string =>
  `https://pkg.go.dev/sigs.k8s.io/gateway-api@${gatewayApiVersion}/apis/v1#${type}`;
const suite = (test: string): string => `conformance test ${test}`;
const MODEL = '@blixt/gateway-model';

const rule = (
  id: string,
  level: SpecificationRule['level'],
  source: string,
  text: string,
): SpecificationRule => ({ id, text, source, level });

/** Rules about GatewayClasses. */
export const classRules = {
  controller: rule(
    'gateway-class-controller',
    'standard',
    api('GatewayClassSpec'),
    'A controller acts on the GatewayClasses whose controllerName is its own, and on no other.',
  ),
  accepted: rule(
    'gateway-class-accepted',
    'standard',
    api('GatewayClassConditionType'),
    'A GatewayClass is accepted when its controller manages Gateways of it.',
  ),
  parameters: rule(
    'gateway-class-parameters',
    'standard',
    api('GatewayClassSpec'),
    'A parametersRef to an object that is missing, malformed or of a kind that is not supported makes Accepted False with reason InvalidParameters.',
  ),
  version: rule(
    'gateway-class-supported-version',
    'standard',
    api('GatewayClassConditionType'),
    'SupportedVersion tells whether the installed CRDs are of a bundle version that the controller supports; with others it does its best.',
  ),
  features: rule(
    'gateway-class-supported-features',
    'standard',
    'GEP-2162',
    'status.supportedFeatures lists what is supported, in ascending order.',
  ),
} as const;

/** Rules about Gateways. */
export const gatewayRules = {
  managed: rule(
    'gateway-managed',
    'standard',
    api('GatewaySpec'),
    'A Gateway is reconciled only if its GatewayClass exists, is of this controller and is accepted. Otherwise it is not touched.',
  ),
  accepted: rule(
    'gateway-accepted',
    'standard',
    api('GatewayConditionType'),
    'A Gateway is accepted when it is valid enough to produce some configuration in the data plane.',
  ),
  listeners: rule(
    'gateway-listeners-not-valid',
    'conformance',
    suite('GatewayListenerUnsupportedProtocol'),
    'The reason ListenersNotValid goes with Accepted True while a listener is valid, and with False when none is.',
  ),
  parameters: rule(
    'gateway-parameters',
    'conformance',
    suite('GatewayInvalidParametersRef'),
    'An infrastructure.parametersRef that cannot be resolved makes Accepted False with reason InvalidParameters.',
  ),
  addressType: rule(
    'gateway-address-type',
    'conformance',
    suite('GatewayStaticAddresses'),
    'An address of a type that is not supported makes Accepted False with reason UnsupportedAddress.',
  ),
  addressUsable: rule(
    'gateway-address-usable',
    'conformance',
    suite('GatewayStaticAddresses'),
    'A requested address that cannot be used makes Programmed False with reason AddressNotUsable, and does not appear in the status.',
  ),
  addressAssigned: rule(
    'gateway-address-assigned',
    'standard',
    api('GatewaySpec'),
    'While an address that the Gateway wants, with or without a value, is not assigned, Programmed is False with reason AddressNotAssigned.',
  ),
  addressBound: rule(
    'gateway-address-bound',
    'standard',
    api('GatewayStatus'),
    'status.addresses lists the addresses that are bound for the Gateway, each with its type.',
  ),
  infrastructure: rule(
    'gateway-infrastructure-metadata',
    'standard',
    'GEP-1762',
    'What is created for a Gateway carries its infrastructure.labels and annotations, and the label gateway.networking.k8s.io/gateway-name.',
  ),
  needsAccepted: rule(
    'gateway-programmed-needs-accepted',
    'recommendation',
    'GEP-1364',
    'What is not accepted is not programmed.',
  ),
  dataPlane: rule(
    'gateway-data-plane-loaded',
    'standard',
    api('GatewayConditionType'),
    'Programmed becomes True after the data plane has loaded the rules of the Gateway.',
  ),
  attachedSets: rule(
    'gateway-attached-listener-sets',
    'conformance',
    suite('ListenerSetAllowedNamespaceSame'),
    'status.attachedListenerSets is the number of ListenerSets that are allowed, name the Gateway and are accepted.',
  ),
} as const;

/** Rules about listeners, of Gateways and of ListenerSets. */
export const listenerRules = {
  accepted: rule(
    'listener-accepted',
    'standard',
    api('ListenerConditionType'),
    'A listener is accepted when it is valid and everything in it is supported. It needs no route for that.',
  ),
  protocol: rule(
    'listener-protocol',
    'conformance',
    suite('GatewayListenerUnsupportedProtocol'),
    'A listener of a protocol that is not supported is not accepted (UnsupportedProtocol), and no kind of route attaches to it.',
  ),
  kinds: rule(
    'listener-route-kinds',
    'conformance',
    suite('GatewayInvalidRouteKind'),
    'supportedKinds are the kinds that the protocol takes, narrowed by allowedRoutes.kinds. A kind there that the protocol does not take is left out, and makes ResolvedRefs False with reason InvalidRouteKinds.',
  ),
  references: rule(
    'listener-references',
    'standard',
    api('ListenerConditionType'),
    'ResolvedRefs tells whether every reference of the listener could be resolved. Routes and their backends play no part in it.',
  ),
  distinct: rule(
    'listener-distinct',
    'standard',
    api('GatewaySpec'),
    'Every flow belongs to one listener: HTTP, HTTPS and TLS listeners are told apart by port and hostname, TCP and UDP listeners by port. TCP and UDP may share a port.',
  ),
  distinctProtocol: rule(
    'listener-distinct-protocol',
    'standard',
    api('GatewaySpec'),
    'A TCP listener shares its port with no other listener over TCP, HTTP shares none with HTTPS or TLS, and UDP shares none with UDP. Inside one object nobody wins: all of them are conflicted.',
  ),
  distinctHostname: rule(
    'listener-distinct-hostname',
    'standard',
    api('GatewaySpec'),
    'Listeners on one port differ in their hostnames. Inside one object nobody wins: all that have the same are conflicted.',
  ),
  mergeOrder: rule(
    'listener-merge-precedence',
    'conformance',
    `${suite('ListenerSetHostnameConflict')}, ${suite('ListenerSetProtocolConflict')}, GEP-1713`,
    'Listeners of a Gateway and its ListenerSets are one list: the Gateway first, then ListenerSets from old to young, then by namespace and name. Of those in conflict the first stays, and Accepted, Programmed and Conflicted of the later tell the conflict.',
  ),
  tooMany: rule(
    'listener-too-many',
    'standard',
    'GEP-1713',
    'Listeners of ListenerSets beyond what the data plane can carry may be rejected with reason TooManyListeners.',
  ),
  portUnavailable: rule(
    'listener-port-unavailable',
    'recommendation',
    'https://github.com/kubernetes-sigs/gateway-api/issues/1433',
    'A port that an older Gateway serves at the same address is not available to a younger one.',
  ),
  notMerged: rule(
    'listener-not-merged',
    'blixt',
    MODEL,
    'Listeners of a ListenerSet that its Gateway does not allow are not part of the Gateway: they are not accepted, conflict with nothing and take no route.',
  ),
  overlappingTLS: rule(
    'listener-overlapping-tls',
    'standard',
    api('ListenerConditionType'),
    'OverlappingTLSConfig is set on every HTTPS or TLS listener whose hostname intersects with that of another on its port. It is never written as False.',
  ),
  programmed: rule(
    'listener-programmed',
    'standard',
    api('ListenerConditionType'),
    'A listener is programmed once the data plane has loaded its rules. It needs no route for that.',
  ),
  programmedConflict: rule(
    'listener-programmed-conflict',
    'conformance',
    `${suite('ListenerSetHostnameConflict')}, ${suite('ListenerSetProtocolConflict')}`,
    'A conflicted listener is not programmed, with the reason of the conflict.',
  ),
  programmedInvalid: rule(
    'listener-programmed-needs-valid',
    'standard',
    api('ListenerConditionType'),
    'A listener that is not accepted, or that lacks what it refers to, is not programmed.',
  ),
  programmedParent: rule(
    'listener-programmed-needs-parent',
    'recommendation',
    'GEP-1364',
    'A listener of a Gateway or ListenerSet that is not accepted is not programmed.',
  ),
} as const;

/** Rules about the certificateRefs of HTTPS listeners. */
export const certificateRules = {
  kind: rule(
    'certificate-kind',
    'conformance',
    suite('GatewayInvalidTLSConfiguration'),
    'A certificateRef names a Secret of the core group; anything else is an InvalidCertificateRef.',
  ),
  grant: rule(
    'certificate-grant',
    'conformance',
    `${suite('GatewaySecretMissingReferenceGrant')}, ${suite('ListenerSetReferenceGrant')}, GEP-709`,
    'A certificateRef into another namespace needs a ReferenceGrant there, for the kind of object that makes the reference: a grant for Gateways holds for no ListenerSet, nor the reverse. Without one nothing else is looked at (RefNotPermitted).',
  ),
  exists: rule(
    'certificate-exists',
    'conformance',
    suite('GatewayInvalidTLSConfiguration'),
    'A certificateRef to a Secret that does not exist is an InvalidCertificateRef.',
  ),
  secretType: rule(
    'certificate-secret-type',
    'standard',
    api('ListenerTLSConfig'),
    'A certificate is in a Secret of type kubernetes.io/tls.',
  ),
  keyPair: rule(
    'certificate-key-pair',
    'conformance',
    suite('GatewayInvalidTLSConfiguration'),
    'The Secret holds a certificate in PEM under tls.crt and its private key under tls.key.',
  ),
  required: rule(
    'certificate-required',
    'blixt',
    MODEL,
    'An HTTPS listener needs a certificate: no option that would stand for one is understood.',
  ),
} as const;

/** Rules about ListenerSets. */
export const listenerSetRules = {
  allowed: rule(
    'listener-set-allowed',
    'conformance',
    `${suite('ListenerSetAllowedNamespaceNone')}, ${suite('ListenerSetAllowedNamespaceSame')}, ${suite('ListenerSetAllowedNamespaceSelector')}, ${suite('ListenerSetDefaultNotAllowed')}`,
    "A Gateway's allowedListeners tells from which namespaces ListenerSets attach: None (the default), Same, All, or those that a selector matches. Others are NotAllowed.",
  ),
  parentAccepted: rule(
    'listener-set-parent-accepted',
    'standard',
    'GEP-1713',
    'A ListenerSet whose Gateway is not accepted is not accepted (ParentNotAccepted).',
  ),
  accepted: rule(
    'listener-set-accepted',
    'standard',
    'GEP-1713',
    'A ListenerSet is accepted when its Gateway allows it and a listener of it is valid.',
  ),
  listeners: rule(
    'listener-set-listeners-not-valid',
    'conformance',
    `${suite('ListenerSetProtocolConflict')}, ${suite('ListenerSetReferenceGrant')}`,
    'A listener of a ListenerSet is valid only if it is accepted, not conflicted, and its references are resolved. When none is, Accepted and Programmed are False with reason ListenersNotValid.',
  ),
  parentProgrammed: rule(
    'listener-set-parent-programmed',
    'standard',
    'GEP-1713',
    'A ListenerSet whose Gateway is not programmed is not programmed (ParentNotProgrammed).',
  ),
  ports: rule(
    'listener-set-port-unavailable',
    'standard',
    api('ListenerSetConditionType'),
    'When no port of a ListenerSet is available, Programmed is False with reason PortUnavailable.',
  ),
  programmed: rule(
    'listener-set-programmed',
    'conformance',
    suite('ListenerSetAllowedNamespaceSame'),
    'A ListenerSet is programmed when it is accepted and the data plane has loaded its rules.',
  ),
} as const;

/** Rules about the attachment of routes. */
export const routeRules = {
  directParent: rule(
    'route-direct-parent',
    'standard',
    'GEP-1713',
    'A route attaches to listeners of the object that its parentRef names, and of no other: never from a Gateway to its ListenerSets, or back.',
  ),
  parentNotAllowed: rule(
    'route-parent-not-allowed',
    'blixt',
    MODEL,
    'A ListenerSet that its Gateway does not allow takes no route (NoMatchingParent).',
  ),
  section: rule(
    'route-section-name',
    'standard',
    api('ParentReference'),
    'sectionName and port of a parentRef select listeners by name and by port; both must match if both are set. When none is left, Accepted is False with reason NoMatchingParent.',
  ),
  kind: rule(
    'route-kind',
    'conformance',
    suite('TCPRouteInvalidNonTCPListener'),
    'A listener takes routes of its supportedKinds only; a route that none takes is NotAllowedByListeners.',
  ),
  namespace: rule(
    'route-namespace',
    'standard',
    api('RouteNamespaces'),
    'A listener takes routes from the namespaces of allowedRoutes: Same (the default) is that of the object that declares the listener, All, or those whose labels a selector matches.',
  ),
  hostname: rule(
    'route-hostname',
    'standard',
    api('HTTPRouteSpec'),
    'An HTTPRoute attaches to a listener if one of its hostnames intersects with that of the listener; *.a stands for one label or more before .a.',
  ),
  accepted: rule(
    'route-accepted',
    'standard',
    api('RouteConditionType'),
    'A route is accepted by a parent if one listener takes it. Its backends play no part in it.',
  ),
  precedence: rule(
    'route-precedence',
    'conformance',
    `${suite('TCPRouteMultipleRoutesAttachment')}, ${suite('UDPRouteMultipleRoutesAttachment')}`,
    'Of the routes that attach to a listener the oldest takes all traffic; of those of one age the first by namespace and name. The others stay accepted and counted.',
  ),
  unserved: rule(
    'listener-without-route',
    'recommendation',
    'GEP-2644, GEP-2645',
    'A listener that no route serves refuses connections and drops packets.',
  ),
  layer4: rule(
    'http-at-layer-4',
    'blixt',
    MODEL,
    'An HTTPRoute is served only where a layer-4 balancer honours every HTTPRoute of the listener exactly. Others are attached and counted, and their connections refused.',
  ),
  servedParent: rule(
    'http-served-needs-parent',
    'blixt',
    MODEL,
    'An HTTPRoute is served only while the Gateway or ListenerSet that it names is accepted and programmed.',
  ),
  servedBackends: rule(
    'http-backends',
    'blixt',
    MODEL,
    'HTTP answers the share of a backendRef that does not resolve with status 500. At layer 4 the connections of that share are refused, and the others forwarded: the route is not served exactly.',
  ),
} as const;

/** Rules about backends and how traffic is shared among them. */
export const backendRules = {
  kind: rule(
    'backend-kind',
    'standard',
    api('BackendRef'),
    'A backendRef names a Service of the core group; other kinds are refused (InvalidKind).',
  ),
  grant: rule(
    'backend-grant',
    'conformance',
    `${suite('TCPRouteInvalidCrossNamespaceBackendRef')}, ${suite('UDPRouteInvalidCrossNamespaceBackendRef')}, GEP-709`,
    'A backendRef into another namespace needs a ReferenceGrant there. Without one nothing else is looked at (RefNotPermitted).',
  ),
  exists: rule(
    'backend-exists',
    'conformance',
    `${suite('TCPRouteInvalidBackendRefNonexistent')}, ${suite('UDPRouteInvalidBackendRefNonexistent')}`,
    'A backendRef to a Service that does not exist makes ResolvedRefs False with reason BackendNotFound; Accepted stays True.',
  ),
  externalName: rule(
    'backend-external-name',
    'standard',
    api('BackendRef'),
    'A Service of type ExternalName is no backend (InvalidKind): it has no endpoints.',
  ),
  port: rule(
    'backend-port',
    'recommendation',
    'GEP-2644, GEP-2645',
    'The port of a backendRef is a port number of the Service, of the transport protocol of the route (BackendNotFound).',
  ),
  resolved: rule(
    'backend-resolved',
    'standard',
    api('RouteConditionType'),
    'ResolvedRefs of a route is True when every backendRef resolves, whatever its weight and however many endpoints there are.',
  ),
  ready: rule(
    'endpoints-ready',
    'standard',
    'https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/',
    "Endpoints come from all EndpointSlices of the Service, in the family of the address, at the port that has the name of the Service's port. Those that are ready take new flows.",
  ),
  terminating: rule(
    'endpoints-terminating',
    'recommendation',
    'KEP-1669',
    'When no endpoint is ready, those that terminate but still serve take new flows.',
  ),
  empty: rule(
    'endpoints-none',
    'standard',
    'GEP-2644, GEP-2645',
    'A backendRef without endpoints keeps its share of new flows, which is rejected.',
  ),
  share: rule(
    'weight-share',
    'conformance',
    `${suite('TCPRouteWeightedRouting')}, ${suite('UDPRouteWeightedRouting')}`,
    'The share of a backendRef is its weight over the sum of all weights, spread evenly over its endpoints.',
  ),
  rejected: rule(
    'weight-rejected',
    'standard',
    'GEP-2644, GEP-2645',
    'The share of backendRefs that are invalid or have no endpoints is rejected (TCP) or dropped (UDP), not given to others.',
  ),
  zero: rule(
    'weight-zero',
    'standard',
    api('BackendRef'),
    'A backendRef of weight 0 gets nothing; when all are 0, everything is rejected.',
  ),
} as const;

/** Every rule that the model's decisions may name, each once. */
export const specificationRules: readonly SpecificationRule[] = [
  classRules,
  gatewayRules,
  listenerRules,
  certificateRules,
  listenerSetRules,
  routeRules,
  backendRules,
].flatMap((group): SpecificationRule[] => Object.values(group));
