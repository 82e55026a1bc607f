import {
  type BlixtParametersSpec,
  type Endpoint,
  type Gateway,
  infrastructureMetadata,
  parseAddress,
  SERVICE_NAME_LABEL,
} from '@blixt/gateway-model';
import { addressRequests } from '../../address-requests.ts';
import type { AcceptedPort } from './accepted-ports.ts';
import { MANAGED_BY, type Manifest, sealed } from './manifest.ts';
import { gatewayServiceName } from './service-name.ts';

/** A node that forwards packets. */
export interface ForwardingNode {
  /** Name of the Node. */
  readonly nodeName: string;
  /** Its IP addresses, of either family. */
  readonly addresses: readonly string[];
}

/** The nodes that forward packets. */
export interface ForwardingNodeList {
  /** Those that do now, with their addresses; undefined while it is not known. */
  list(): readonly ForwardingNode[] | undefined;
  /** Calls back whenever another answer is given. */
  onChange(listener: () => void): void;
}

/** What the Service of a Gateway is made of. */
export interface ServiceIngredients {
  /** Whose it is; it must have a uid. */
  readonly gateway: Gateway;
  /** On which it listens. */
  readonly ports: readonly AcceptedPort[];
  /** The addresses that it has. */
  readonly addresses: readonly string[];
  /** The settings of its class. */
  readonly parameters: BlixtParametersSpec | undefined;
}

/** Upper limit of the API, in one slice. */
const MAX_ENDPOINTS = 1_000;
/** What MetalLB takes for `spec.loadBalancerIP` when there are two of them. */
const LOAD_BALANCER_IPS = 'metallb.io/loadBalancerIPs';
const FAMILIES = ['IPv4', 'IPv6'] as const;

/** Whether the class has its Gateways' addresses from Services of type LoadBalancer. */
export const isBalanced = (parameters: BlixtParametersSpec | undefined): boolean =>
  parameters?.addresses?.provider === 'Service';

/** The addresses that a Service can ask a load balancer for: the first of each family that the Gateway asks for. */
export function requestedOfService(gateway: Gateway): string[] {
  const { requested } = addressRequests(gateway);
  const first = new Map(requested.toReversed().map((address) => [parseAddress(address)?.family, address]));
  return requested.filter((address) => first.get(parseAddress(address)?.family) === address);
}

/**
 * What there shall be for a Gateway: a Service without selector, and its EndpointSlices. Where a load balancer gives
 * the addresses, it is of type LoadBalancer, and its endpoints are the nodes that forward; otherwise it is headless,
 * and its endpoints are the Gateway's own addresses, so that pods find the Gateway by DNS.
 *
 * Undefined when there cannot be such a Service now: one of type LoadBalancer has at least one port.
 */
export function wantedObjects(
  ingredients: ServiceIngredients,
  nodes: readonly ForwardingNode[],
  controllerName: string,
): Manifest[] | undefined {
  const { gateway, ports, addresses, parameters } = ingredients;
  const { labels, annotations } = infrastructureMetadata(gateway);
  const { name, namespace, uid = '' } = gateway.metadata;
  const owner = { apiVersion: gateway.apiVersion, kind: gateway.kind, name, uid, controller: true };
  const base = {
    namespace,
    labels: { ...labels, ...MANAGED_BY },
    annotations,
    ownerReferences: [owner],
  };
  const serviceName = gatewayServiceName(name);
  const balanced = isBalanced(parameters);
  if (balanced && ports.length === 0) return undefined;
  const { spec, annotations: ofBalancer } = balanced
    ? balancedService(gateway, parameters?.addresses?.service?.loadBalancerClass)
    : { spec: { type: 'ClusterIP', clusterIP: 'None' }, annotations: {} };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...base,
      name: serviceName,
      // Cluster IPs and load balancers' addresses are not for kube-proxy: it would take packets for them to a port
      // of a node on which nothing listens.
      labels: { ...base.labels, ...(balanced && { 'service.kubernetes.io/service-proxy-name': 'blixt' }) },
      annotations: { ...annotations, ...ofBalancer },
    },
    spec: { ...spec, ports: ports.map((port) => ({ ...port })) },
  } as const;
  const endpoints: Endpoint[] = balanced
    ? nodes.flatMap(({ nodeName, addresses: own }) =>
        firstOfEachFamily(own).map((address) => ({ ...readyAt(address), nodeName })),
      )
    : addresses.map(readyAt);
  const slices = FAMILIES.flatMap((addressType) => {
    const ofFamily = endpoints.filter(({ addresses: [it = ''] }) => parseAddress(it)?.family === addressType);
    return chunks(ofFamily, MAX_ENDPOINTS).map((chunk, index) => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice' as const,
      metadata: {
        ...base,
        name: `${serviceName}-${addressType.toLowerCase()}${index === 0 ? '' : `-${index + 1}`}`,
        labels: {
          ...base.labels,
          [SERVICE_NAME_LABEL]: serviceName,
          'endpointslice.kubernetes.io/managed-by': 'blixt.dev',
        },
      },
      addressType,
      endpoints: chunk,
      ports: ports.map((port) => ({ ...port })),
    }));
  });
  return [service, ...slices].map((object) => sealed(object, controllerName));
}

/** The part of a Service by which a load balancer knows what to do. */
function balancedService(gateway: Gateway, loadBalancerClass: string | undefined) {
  const requested = requestedOfService(gateway);
  const [only = ''] = requested;
  const families = [
    { ipFamilyPolicy: 'PreferDualStack' },
    { ipFamilyPolicy: 'SingleStack', ipFamilies: [parseAddress(only)?.family], loadBalancerIP: only },
    { ipFamilyPolicy: 'RequireDualStack' },
  ][requested.length];
  return {
    spec: {
      type: 'LoadBalancer',
      // Packets come with the load balancer's address, not to a port of a node.
      allocateLoadBalancerNodePorts: false,
      // Only nodes that forward take them.
      externalTrafficPolicy: 'Local',
      ...families,
      ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
    },
    annotations: requested.length > 1 ? { [LOAD_BALANCER_IPS]: requested.join(',') } : {},
  };
}

const readyAt = (address: string): Endpoint => ({ addresses: [address], conditions: { ready: true } });

const firstOfEachFamily = (addresses: readonly string[]): string[] =>
  FAMILIES.flatMap((family) => addresses.find((address) => parseAddress(address)?.family === family) ?? []);

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
