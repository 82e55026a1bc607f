/** Short ways to write objects, for tests and examples: what is not given has a plain default. */
import type {
  BackendRef,
  Gateway,
  GatewayClass,
  GatewayClassSpec,
  GatewaySpec,
  HTTPRoute,
  HTTPRouteSpec,
  Listener,
  ParentReference,
  ReferenceGrant,
  ReferenceGrantSpec,
  TCPRoute,
  UDPRoute,
} from '../generated/types.ts';
import { SERVICE_NAME_LABEL } from '../resolution/references.ts';
import type {
  Endpoint,
  EndpointSlice,
  Namespace,
  NamespacedObjectMeta,
  ObjectMeta,
  Service,
  ServicePort,
  ServiceSpec,
} from './objects.ts';

/** Metadata that a builder takes beside the object's own fields; `namespace` is `default` when absent. */
export type Meta = Partial<NamespacedObjectMeta>;

const GATEWAY_API_V1 = 'gateway.networking.k8s.io/v1';

const clusterMeta = (name: string, { namespace: _, ...meta }: Meta): ObjectMeta => ({
  generation: 1,
  name,
  ...meta,
});
const meta = (name: string, given: Meta): NamespacedObjectMeta => ({
  generation: 1,
  name,
  namespace: 'default',
  ...given,
});

/** A GatewayClass called `blixt`, of the controller `gateway.networking.k8s.io/blixt`. */
export function gatewayClass(spec: Partial<GatewayClassSpec> = {}, given: Meta = {}): GatewayClass {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'GatewayClass',
    metadata: clusterMeta('blixt', given),
    spec: { controllerName: 'gateway.networking.k8s.io/blixt', ...spec },
  };
}

/** A listener called after its protocol and port: `listener('TCP', 80)` is `tcp-80`. */
export function listener(protocol: string, port: number, fields: Partial<Listener> = {}): Listener {
  return { name: `${protocol.toLowerCase()}-${port}`, protocol, port, ...fields };
}

/** A Gateway called `gateway`, of the class `blixt`. */
export function gateway(
  spec: Partial<GatewaySpec> & Pick<GatewaySpec, 'listeners'>,
  given: Meta = {},
): Gateway {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'Gateway',
    metadata: meta('gateway', given),
    spec: { gatewayClassName: 'blixt', ...spec },
  };
}

/** A backendRef to a Service's port. */
export function backendRef(name: string, port: number, fields: Partial<BackendRef> = {}): BackendRef {
  return { group: '', kind: 'Service', name, port, weight: 1, ...fields };
}

/** A parentRef to a Gateway. */
export function parentRef(name = 'gateway', fields: Partial<ParentReference> = {}): ParentReference {
  return { group: 'gateway.networking.k8s.io', kind: 'Gateway', name, ...fields };
}

/** What a TCPRoute or UDPRoute is built of. */
export interface L4RouteFields {
  /** Default: the Gateway `gateway` in the route's namespace. */
  readonly parentRefs?: readonly ParentReference[];
  readonly backendRefs: readonly BackendRef[];
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
    metadata: meta('route', given),
    spec: l4Spec(fields),
  };
}

/** A UDPRoute called `route`. */
export function udpRoute(fields: L4RouteFields, given: Meta = {}): UDPRoute {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'UDPRoute',
    metadata: meta('route', given),
    spec: l4Spec(fields),
  };
}

/** An HTTPRoute called `route`, to the Gateway `gateway`. */
export function httpRoute(spec: HTTPRouteSpec, given: Meta = {}): HTTPRoute {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'HTTPRoute',
    metadata: meta('route', given),
    spec: { parentRefs: [parentRef()], ...spec },
  };
}

/** A ReferenceGrant called `grant`. */
export function referenceGrant(spec: ReferenceGrantSpec, given: Meta = {}): ReferenceGrant {
  return { apiVersion: GATEWAY_API_V1, kind: 'ReferenceGrant', metadata: meta('grant', given), spec };
}

/** A Service; ports given as numbers are TCP ports without a name. */
export function service(
  name: string,
  ports: readonly (number | ServicePort)[],
  given: Meta = {},
  spec: Partial<ServiceSpec> = {},
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(name, given),
    spec: {
      ports: ports.map((port) => (typeof port === 'number' ? { port, protocol: 'TCP' } : port)),
      ...spec,
    },
  };
}

/** What an EndpointSlice is built of. */
export interface EndpointSliceFields {
  /** Name of the Service. */
  readonly service: string;
  /** A text is the address of a ready endpoint. */
  readonly endpoints: readonly (string | Endpoint)[];
  readonly ports: NonNullable<EndpointSlice['ports']>;
  /** Default IPv4. */
  readonly addressType?: EndpointSlice['addressType'];
}

/** An EndpointSlice of a Service, called after it and its address type: `web-ipv4`. */
export function endpointSlice(fields: EndpointSliceFields, given: Meta = {}): EndpointSlice {
  const { addressType = 'IPv4', endpoints, ports } = fields;
  const labels = { [SERVICE_NAME_LABEL]: fields.service, ...given.labels };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: meta(`${fields.service}-${addressType.toLowerCase()}`, { ...given, labels }),
    addressType,
    endpoints: endpoints.map((endpoint) =>
      typeof endpoint === 'string' ? { addresses: [endpoint] } : endpoint,
    ),
    ports,
  };
}

/** A Namespace. */
export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}
