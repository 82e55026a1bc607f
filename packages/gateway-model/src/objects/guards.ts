/**
 * Type guards: they look at `apiVersion` and `kind` only, which is O(1), and trust that the rest is as the
 * kind says. What comes from outside is checked with `parseObject`. None throws.
 */
import { GatewayApiKind, servedVersions } from '../generated/constants.ts';
import type {
  BackendTLSPolicy,
  Gateway,
  GatewayApiObject,
  GatewayClass,
  GRPCRoute,
  HTTPRoute,
  ListenerSet,
  ReferenceGrant,
  TCPRoute,
  TLSRoute,
  UDPRoute,
} from '../generated/types.ts';
import type { BlixtParameters } from './blixt-parameters.ts';
import type { ModelKind, ModelObject, ObjectOfKind } from './kinds.ts';
import type { EndpointSlice, Namespace, Secret, Service } from './objects.ts';

const apiVersions: Readonly<Record<ModelKind, readonly string[]>> = {
  ...servedVersions,
  BlixtParameters: ['blixt.dev/v1alpha1'],
  Service: ['v1'],
  EndpointSlice: ['discovery.k8s.io/v1'],
  Namespace: ['v1'],
  Secret: ['v1'],
};

/** The kind that the value says it is, in a version that is served; undefined where it is none of the model's. */
function kindOf(value: unknown): ModelKind | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    const { apiVersion, kind }: { apiVersion?: unknown; kind?: unknown } = value;
    if (typeof kind !== 'string' || !isModelKind(kind)) return undefined;
    return apiVersions[kind].some((version) => version === apiVersion) ? kind : undefined;
  } catch {
    // A getter or a proxy that throws: no plain data.
    return undefined;
  }
}

function isModelKind(kind: string): kind is ModelKind {
  return Object.hasOwn(apiVersions, kind);
}

/**
 * Whether the value says that it is an object of a kind, in a version that is served: by `apiVersion` and
 * `kind` only.
 */
export function isKind<K extends ModelKind>(value: unknown, kind: K): value is ObjectOfKind<K> {
  return kindOf(value) === kind;
}

/** Whether the value says that it is an object that the model reads: by `apiVersion` and `kind` only. */
export function isModelObject(value: unknown): value is ModelObject {
  return kindOf(value) !== undefined;
}

/** Whether the value says that it is an object of Gateway API: by `apiVersion` and `kind` only. */
export function isGatewayApiObject(value: unknown): value is GatewayApiObject {
  const kind = kindOf(value);
  return kind !== undefined && Object.hasOwn(GatewayApiKind, kind);
}

/** Whether the value says that it is a GatewayClass: by `apiVersion` and `kind` only. */
export function isGatewayClass(value: unknown): value is GatewayClass {
  return isKind(value, 'GatewayClass');
}

/** Whether the value says that it is a Gateway: by `apiVersion` and `kind` only. */
export function isGateway(value: unknown): value is Gateway {
  return isKind(value, 'Gateway');
}

/** Whether the value says that it is a ListenerSet: by `apiVersion` and `kind` only. */
export function isListenerSet(value: unknown): value is ListenerSet {
  return isKind(value, 'ListenerSet');
}

/** Whether the value says that it is an HTTPRoute: by `apiVersion` and `kind` only. */
export function isHTTPRoute(value: unknown): value is HTTPRoute {
  return isKind(value, 'HTTPRoute');
}

/** Whether the value says that it is a GRPCRoute: by `apiVersion` and `kind` only. */
export function isGRPCRoute(value: unknown): value is GRPCRoute {
  return isKind(value, 'GRPCRoute');
}

/** Whether the value says that it is a TLSRoute: by `apiVersion` and `kind` only. */
export function isTLSRoute(value: unknown): value is TLSRoute {
  return isKind(value, 'TLSRoute');
}

/** Whether the value says that it is a TCPRoute: by `apiVersion` and `kind` only. */
export function isTCPRoute(value: unknown): value is TCPRoute {
  return isKind(value, 'TCPRoute');
}

/** Whether the value says that it is a UDPRoute: by `apiVersion` and `kind` only. */
export function isUDPRoute(value: unknown): value is UDPRoute {
  return isKind(value, 'UDPRoute');
}

/** Whether the value says that it is a ReferenceGrant: by `apiVersion` and `kind` only. */
export function isReferenceGrant(value: unknown): value is ReferenceGrant {
  return isKind(value, 'ReferenceGrant');
}

/** Whether the value says that it is a BackendTLSPolicy: by `apiVersion` and `kind` only. */
export function isBackendTLSPolicy(value: unknown): value is BackendTLSPolicy {
  return isKind(value, 'BackendTLSPolicy');
}

/** Whether the value says that it is a BlixtParameters: by `apiVersion` and `kind` only. */
export function isBlixtParameters(value: unknown): value is BlixtParameters {
  return isKind(value, 'BlixtParameters');
}

/** Whether the value says that it is a Service: by `apiVersion` and `kind` only. */
export function isService(value: unknown): value is Service {
  return isKind(value, 'Service');
}

/** Whether the value says that it is an EndpointSlice: by `apiVersion` and `kind` only. */
export function isEndpointSlice(value: unknown): value is EndpointSlice {
  return isKind(value, 'EndpointSlice');
}

/** Whether the value says that it is a Namespace: by `apiVersion` and `kind` only. */
export function isNamespace(value: unknown): value is Namespace {
  return isKind(value, 'Namespace');
}

/** Whether the value says that it is a Secret: by `apiVersion` and `kind` only. */
export function isSecret(value: unknown): value is Secret {
  return isKind(value, 'Secret');
}
