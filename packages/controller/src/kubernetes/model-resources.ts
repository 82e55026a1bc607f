import { BLIXT_GROUP, GATEWAY_API_GROUP, type ModelKind } from '@blixt/gateway-model';
import type { ApiResource } from './api-resource.ts';

const gatewayApi = (resource: string): ApiResource => ({ group: GATEWAY_API_GROUP, version: 'v1', resource });

/** Kinds that are read from the API, and where they are there. */
export const modelResources = {
  GatewayClass: gatewayApi('gatewayclasses'),
  Gateway: gatewayApi('gateways'),
  ListenerSet: gatewayApi('listenersets'),
  TCPRoute: gatewayApi('tcproutes'),
  UDPRoute: gatewayApi('udproutes'),
  HTTPRoute: gatewayApi('httproutes'),
  ReferenceGrant: gatewayApi('referencegrants'),
  BlixtParameters: { group: BLIXT_GROUP, version: 'v1alpha1', resource: 'blixtparameters' },
  Service: { group: '', version: 'v1', resource: 'services' },
  Namespace: { group: '', version: 'v1', resource: 'namespaces' },
  EndpointSlice: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
  Secret: { group: '', version: 'v1', resource: 'secrets' },
} as const satisfies Partial<Record<ModelKind, ApiResource>>;

/** CRDs: those of Gateway API name their release. */
export const crdResource: ApiResource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
};
