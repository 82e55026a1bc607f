/** Addresses from Services of type LoadBalancer, which MetalLB's own controller gives. */

import { type Gateway, gateway, listener } from '@blixt/gateway-model';
import { startMetalLb } from '@blixt/metallb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatewayServiceName } from '../../src/kubernetes/infrastructure/service-name.ts';
import { eventually } from '../eventually.ts';
import { clusterForTests } from './cluster-for-tests.ts';
import { backend, GatewayWorld, routeTo } from './gateway-world.ts';
import { kubernetesController } from './kubernetes-controller.ts';
import { classWithParameters, parameters } from './parameters.ts';

const PATIENCE_MS = 60_000;
const LOAD_BALANCER_CLASS = 'metallb.io/test';

const report = (line: string): void => void process.stderr.write(`metallb: ${line}\n`);
const cluster = await clusterForTests();
const world = await GatewayWorld.withCrds(cluster);
const metalLb = await startMetalLb(cluster, { loadBalancerClass: LOAD_BALANCER_CLASS, report });

beforeEach(async () => {
  await metalLb.setPool('pool', ['203.0.113.0/31', '2001:db8::/127']);
  await world.apply(
    parameters({
      addresses: { provider: 'Service', service: { loadBalancerClass: LOAD_BALANCER_CLASS } },
    }),
    classWithParameters(),
  );
});
afterEach(async () => {
  await world.clear();
  await cluster.request('DELETE', '/api/v1/namespaces/default/services');
  await metalLb.deletePool('pool');
});

const NODES = [
  { nodeName: 'a', addresses: ['192.0.2.101'] },
  { nodeName: 'b', addresses: ['192.0.2.102'] },
];
const nodes = { list: () => NODES, onChange: () => undefined };
const balanced = () => kubernetesController(cluster, { services: { nodes } });

const edge = (name: string, ...addresses: string[]): Gateway =>
  gateway(
    {
      listeners: [listener('TCP', 80), listener('UDP', 53)],
      ...(addresses.length > 0 && {
        addresses: addresses.map((value) => ({ type: 'IPAddress', value })),
      }),
    },
    { name },
  );

/** Addresses in the Gateway's status, and its condition Programmed. */
async function statusOf(subject: Gateway) {
  const { status } = await world.get(subject);
  const programmed = status?.conditions?.find(({ type }) => type === 'Programmed');
  return {
    addresses: (status?.addresses ?? []).map(({ value }) => value).sort(),
    programmed: `${programmed?.status} ${programmed?.reason}`,
    message: programmed?.message ?? '',
  };
}

/** The answer to a request about the Service of a Gateway. */
async function ask(method: string, name: string, path = ''): Promise<unknown> {
  const service = `/api/v1/namespaces/default/services/${gatewayServiceName(name)}`;
  return (await cluster.request(method, service + path)).body;
}

const addressesAre = (subject: Gateway, ...addresses: string[]): Promise<number> =>
  eventually(async () => {
    expect(await statusOf(subject)).toMatchObject({ addresses, programmed: 'True Programmed' });
  }, PATIENCE_MS);

describe('a Gateway whose address MetalLB gives', { timeout: 180_000 }, () => {
  it('has one of each family, and is served there', async () => {
    const { start, dataPlane } = balanced();
    const subject = edge('edge');
    await world.apply(subject, ...backend('web', '10.0.0.1'), routeTo('web', 'edge', 'web'));
    await start();
    await addressesAre(subject, '2001:db8::', '203.0.113.0');
    expect(Object.keys(dataPlane.served()).sort()).toEqual(
      ['TCP 203.0.113.0:80', 'TCP [2001:db8::]:80', 'UDP 203.0.113.0:53', 'UDP [2001:db8::]:53']
        .map((it) => it.replace(/[[\]]/g, ''))
        .sort(),
    );
    expect(await ask('GET', 'edge')).toMatchObject({
      spec: {
        type: 'LoadBalancer',
        loadBalancerClass: LOAD_BALANCER_CLASS,
        ports: [
          { name: 'udp-53', port: 53, protocol: 'UDP' },
          { name: 'tcp-80', port: 80, protocol: 'TCP' },
        ],
      },
    });
    // What a speaker goes by: nodes that take the packets.
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/edge-blixt-ipv4';
    expect((await cluster.request('GET', slices)).body).toMatchObject({
      endpoints: NODES.map(({ nodeName, addresses }) => ({ nodeName, addresses })),
    });
  });

  it('has the address that it asks for', async () => {
    const { start } = balanced();
    const [one, both] = [edge('one', '203.0.113.1'), edge('both', '2001:db8::1', '203.0.113.0')];
    await world.apply(one, both);
    await start();
    await addressesAre(one, '203.0.113.1');
    await addressesAre(both, '2001:db8::1', '203.0.113.0');
    // Another wish: the Service changes, or is made anew where the API server has it no other way.
    await world.delete(both);
    await world.apply(edge('one', '2001:db8::1'));
    await addressesAre(one, '2001:db8::1');
  });

  it('that asks for an address that MetalLB does not have waits for it', async () => {
    const { start } = balanced();
    const subject = edge('edge', '198.51.100.1');
    await world.apply(subject);
    await start();
    await eventually(async () => {
      expect(await statusOf(subject)).toMatchObject({
        addresses: [],
        programmed: 'False AddressNotAssigned',
        message: expect.stringContaining('may it give 198.51.100.1'),
      });
    }, PATIENCE_MS);
    await metalLb.setPool('pool', ['203.0.113.0/31', '198.51.100.1/32']);
    await addressesAre(subject, '198.51.100.1');
  });

  it('waits while the pool is used up, and has the next one that is free', async () => {
    await metalLb.setPool('pool', ['203.0.113.7/32']);
    const { start } = balanced();
    const [first, second] = [edge('first'), edge('second')];
    await world.apply(first);
    await start();
    await addressesAre(first, '203.0.113.7');
    await world.apply(second);
    await eventually(async () => {
      expect(await statusOf(second)).toMatchObject({
        addresses: [],
        programmed: 'False AddressNotAssigned',
        message: expect.stringContaining('Service default/second-blixt has no ingress address yet'),
      });
    }, PATIENCE_MS);
    await world.delete(first);
    await addressesAre(second, '203.0.113.7');
  });

  it('keeps it while nobody watches, and writes nothing afterwards', async () => {
    const first = balanced();
    const subject = edge('edge', '203.0.113.1');
    await world.apply(subject);
    await first.start();
    await addressesAre(subject, '203.0.113.1');
    await first.settled();
    await first.stop();
    const before = await ask('GET', 'edge');
    const second = balanced();
    await second.start();
    await second.settled();
    expect(await ask('GET', 'edge')).toEqual(before);
    expect(await statusOf(subject)).toMatchObject({
      addresses: ['203.0.113.1'],
      programmed: 'True Programmed',
    });
  });

  it('has the Service back that somebody deletes, and the Service goes with it', async () => {
    const { start } = balanced();
    const subject = edge('edge');
    await world.apply(subject);
    await start();
    await addressesAre(subject, '2001:db8::', '203.0.113.0');
    const { metadata } = (await ask('DELETE', 'edge')) as { metadata: { uid: string } };
    await eventually(async () => {
      expect(await ask('GET', 'edge')).toMatchObject({
        metadata: { uid: expect.not.stringMatching(metadata.uid) },
        status: { loadBalancer: { ingress: [{}, {}] } },
      });
    }, PATIENCE_MS);
    await addressesAre(subject, '2001:db8::', '203.0.113.0');
    await world.delete(subject);
    await eventually(async () => {
      expect(await ask('GET', 'edge')).toMatchObject({ code: 404 });
    }, PATIENCE_MS);
  });
});
