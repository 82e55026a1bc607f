/** Figures of a profile in a published report. */
export interface PublishedProfile {
  /** Tests that passed. */
  readonly core: number;
  readonly extended: number;
}

/** A report that an implementation published; no test failed or was skipped in any of these. */
export interface PublishedReport {
  readonly implementation: string;
  readonly version: string;
  readonly gatewayApi: string;
  readonly channel: string;
  readonly tcp?: PublishedProfile;
  readonly udp?: PublishedProfile;
  /** Extended features that have to do with layer 4. */
  readonly features: readonly string[];
}

const USUAL = [
  'GatewayAddressEmpty',
  'GatewayInfrastructurePropagation',
  'GatewayPort8080',
  'GatewayStaticAddresses',
  'ListenerSet',
];

/**
 * Every implementation with a report on a layer-4 profile in
 * https://github.com/kubernetes-sigs/gateway-api/tree/main/conformance/reports/v1.6 as of November 2026.
 */
export const publishedReports: readonly PublishedReport[] = [
  {
    implementation: 'Cilium',
    version: 'v1.20.0',
    gatewayApi: 'v1.6.1',
    channel: 'standard, experimental',
    tcp: { core: 19, extended: 10 },
    udp: { core: 20, extended: 10 },
    features: [],
  },
  {
    implementation: 'Istio',
    version: '1.31',
    gatewayApi: 'v1.6.0',
    channel: 'experimental',
    tcp: { core: 19, extended: 10 },
    features: USUAL,
  },
  {
    implementation: 'kgateway',
    version: 'v2.4.5',
    gatewayApi: 'v1.6.1',
    channel: 'experimental',
    tcp: { core: 19, extended: 10 },
    features: USUAL,
  },
  {
    implementation: 'NGINX Gateway Fabric',
    version: 'v2.7.0',
    gatewayApi: 'v1.6.1',
    channel: 'experimental',
    tcp: { core: 19, extended: 10 },
    udp: { core: 20, extended: 10 },
    features: USUAL,
  },
  {
    implementation: 'Kong Operator',
    version: 'v2.3.2',
    gatewayApi: 'v1.6.2',
    channel: 'experimental',
    tcp: { core: 19, extended: 2 },
    udp: { core: 20, extended: 2 },
    features: ['GatewayAddressEmpty', 'GatewayInfrastructurePropagation', 'GatewayPort8080'],
  },
];
