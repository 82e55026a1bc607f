import { type BlixtParametersSpec, type Gateway, gateway, listener } from '@blixt/gateway-model';
import { describe, expect, it } from 'vitest';
import type { AcceptedPort } from './accepted-ports.ts';
import { type ForwardingNode, wantedObjects } from './wanted-objects.ts';

const WEB: AcceptedPort = { name: 'tcp-80', port: 80, protocol: 'TCP' };
const DNS: AcceptedPort = { name: 'udp-53', port: 53, protocol: 'UDP' };
const BALANCED: BlixtParametersSpec = { addresses: { provider: 'Service' } };

const edge = (spec: Partial<Gateway['spec']> = {}): Gateway =>
  gateway({ listeners: [listener('TCP', 80)], ...spec }, { name: 'edge', uid: 'uid-1' });

function wanted({
  subject = edge(),
  ports = [WEB],
  addresses = [],
  parameters,
  nodes = [],
}: {
  subject?: Gateway;
  ports?: readonly AcceptedPort[];
  addresses?: readonly string[];
  parameters?: BlixtParametersSpec;
  nodes?: readonly ForwardingNode[];
}) {
  const objects = wantedObjects({ gateway: subject, ports, addresses, parameters }, nodes, 'example.com/it');
  const [service, ...slices] = objects ?? [];
  return { service, slices };
}

const asking = (...values: string[]): Gateway =>
  edge({ addresses: values.map((value) => ({ type: 'IPAddress', value })) });

describe('the objects of a Gateway', () => {
  it('belong to it, and carry its labels and annotations, which override none of ours', () => {
    const infrastructure = {
      labels: { team: 'a', 'app.kubernetes.io/managed-by': 'them' },
      annotations: { 'example.com/x': 'y' },
    };
    const { service, slices } = wanted({ subject: edge({ infrastructure }), addresses: ['192.0.2.1'] });
    for (const object of [service, ...slices]) {
      expect(object?.metadata).toMatchObject({
        namespace: 'default',
        labels: {
          team: 'a',
          'app.kubernetes.io/managed-by': 'blixt',
          'gateway.networking.k8s.io/gateway-name': 'edge',
        },
        annotations: { 'example.com/x': 'y', 'blixt.dev/controller-name': 'example.com/it' },
        ownerReferences: [{ kind: 'Gateway', name: 'edge', uid: 'uid-1', controller: true }],
      });
    }
  });
});

describe('with addresses of its own', () => {
  it('a headless Service leads to them, one slice for each family', () => {
    const { service, slices } = wanted({
      ports: [DNS, WEB],
      addresses: ['192.0.2.1', '2001:db8::1', '192.0.2.2', 'lb.example'],
    });
    expect(service).toMatchObject({
      metadata: { name: 'edge-blixt' },
      spec: { type: 'ClusterIP', clusterIP: 'None', ports: [DNS, WEB] },
    });
    expect(slices).toMatchObject([
      {
        metadata: { name: 'edge-blixt-ipv4', labels: { 'kubernetes.io/service-name': 'edge-blixt' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['192.0.2.1'] }, { addresses: ['192.0.2.2'] }],
        ports: [DNS, WEB],
      },
      {
        metadata: { name: 'edge-blixt-ipv6' },
        addressType: 'IPv6',
        endpoints: [{ addresses: ['2001:db8::1'] }],
      },
    ]);
  });

  it('there are no slices without addresses, and the Service may be without ports', () => {
    const { service, slices } = wanted({ ports: [] });
    expect(service).toMatchObject({ spec: { ports: [] } });
    expect(slices).toEqual([]);
  });
});

describe('with addresses that a load balancer gives', () => {
  const parameters = BALANCED;

  it('a Service asks for them, for the class of load balancers that the parameters name', () => {
    const { service } = wanted({
      parameters: {
        addresses: { provider: 'Service', service: { loadBalancerClass: 'example.com/lb' } },
      },
    });
    expect(service).toMatchObject({
      spec: {
        type: 'LoadBalancer',
        loadBalancerClass: 'example.com/lb',
        allocateLoadBalancerNodePorts: false,
        externalTrafficPolicy: 'Local',
        ipFamilyPolicy: 'PreferDualStack',
        ports: [WEB],
      },
    });
  });

  it('kube-proxy is kept from its addresses', () => {
    const label = 'service.kubernetes.io/service-proxy-name';
    expect(wanted({ parameters }).service?.metadata.labels[label]).toBe('blixt');
    expect(wanted({}).service?.metadata.labels).not.toHaveProperty([label]);
  });

  it.each([
    [
      'one',
      ['192.0.2.9'],
      { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], loadBalancerIP: '192.0.2.9' },
    ],
    [
      'one of IPv6',
      ['2001:DB8::9'],
      { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'], loadBalancerIP: '2001:db8::9' },
    ],
    // A Service has one address of each family.
    [
      'two of a family',
      ['192.0.2.9', '192.0.2.10'],
      { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], loadBalancerIP: '192.0.2.9' },
    ],
  ])('asks for %s by the field that every load balancer reads', (_, values, spec) => {
    const { service } = wanted({ subject: asking(...values), parameters });
    expect(service).toMatchObject({ spec });
    expect(service?.metadata.annotations).not.toHaveProperty(['metallb.io/loadBalancerIPs']);
  });

  it('asks for one of each family by the annotation of MetalLB, which refuses it together with the field', () => {
    const { service } = wanted({ subject: asking('192.0.2.9', '2001:db8::9'), parameters });
    expect(service).toMatchObject({
      metadata: { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.9,2001:db8::9' } },
      spec: { ipFamilyPolicy: 'RequireDualStack' },
    });
    expect(service).not.toHaveProperty(['spec', 'loadBalancerIP']);
  });

  it('its endpoints are the nodes that forward', () => {
    const nodes = [
      { nodeName: 'a', addresses: ['192.0.2.101', '2001:db8::101', '192.0.2.201'] },
      { nodeName: 'b', addresses: ['192.0.2.102'] },
    ];
    expect(wanted({ parameters, nodes, addresses: ['203.0.113.1'] }).slices).toMatchObject([
      {
        addressType: 'IPv4',
        endpoints: [
          { nodeName: 'a', addresses: ['192.0.2.101'], conditions: { ready: true } },
          { nodeName: 'b', addresses: ['192.0.2.102'] },
        ],
      },
      { addressType: 'IPv6', endpoints: [{ nodeName: 'a', addresses: ['2001:db8::101'] }] },
    ]);
  });

  it('more than a thousand nodes are in several slices, as the API demands', () => {
    const nodes = Array.from({ length: 1_001 }, (_, index) => ({
      nodeName: `n${index}`,
      addresses: [`10.0.${index >> 8}.${index & 255}`],
    }));
    const { slices } = wanted({ parameters, nodes });
    expect(slices.map(({ metadata }) => metadata.name)).toEqual(['edge-blixt-ipv4', 'edge-blixt-ipv4-2']);
  });

  it('there cannot be a Service without ports', () => {
    expect(wanted({ parameters, ports: [] }).service).toBeUndefined();
  });
});
