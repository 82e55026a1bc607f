/** What a Gateway takes of what load balancers of all kinds write into the status of its Service. */
import { type Gateway, gateway, listener, service } from '@blixt/gateway-model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { clusterForTests } from './cluster-for-tests.ts';
import { GatewayWorld, pathOf } from './gateway-world.ts';
import { kubernetesController } from './kubernetes-controller.ts';
import { classWithParameters, parameters } from './parameters.ts';

const cluster = await clusterForTests();
const world = await GatewayWorld.withCrds(cluster);
const SERVICE = pathOf(service('edge-blixt', []));

beforeEach(() => world.apply(parameters({ addresses: { provider: 'Service' } }), classWithParameters()));
afterEach(async () => {
  await world.clear();
  await cluster.request('DELETE', SERVICE);
});

/** The load balancer writes what it has given. */
async function give(...ingress: object[]): Promise<void> {
  await eventually(async () => {
    const { status } = await cluster.request('PATCH', `${SERVICE}/status`, {
      body: { status: { loadBalancer: { ingress } } },
      contentType: 'application/merge-patch+json',
    });
    expect(status).toBe(200);
  });
}

const asking = (...addresses: NonNullable<Gateway['spec']['addresses']>): Gateway =>
  gateway({ listeners: [listener('TCP', 80)], ...(addresses.length > 0 && { addresses }) }, { name: 'edge' });
const ip = (value: string) => ({ type: 'IPAddress', value });

/** A Gateway of a class with provider Service, and the controller that looks after it. */
async function started(subject: Gateway) {
  const { start } = kubernetesController(cluster, { services: {} });
  await world.apply(subject);
  await start();
  /** Waits until its status has these addresses, and its condition Programmed this reason and message. */
  const has = (addresses: object[], reason: string, message = ''): Promise<number> =>
    eventually(async () => {
      const { status } = await world.get(subject);
      const programmed = status?.conditions?.find(({ type }) => type === 'Programmed');
      expect({ addresses: status?.addresses ?? [], ...programmed }).toMatchObject({
        addresses,
        reason,
        message: expect.stringContaining(message),
      });
    });
  return { has };
}

describe('the ingress of a Service', () => {
  it('is what the Gateway waits for', async () => {
    const { has } = await started(asking());
    await has([], 'AddressNotAssigned', 'Service default/edge-blixt has no ingress address yet');
    await give({ ip: '192.0.2.1' }, { ip: '2001:db8::1' });
    await has([ip('192.0.2.1'), ip('2001:db8::1')], 'Programmed');
    await give({ ip: '192.0.2.2' });
    await has([ip('192.0.2.2')], 'Programmed');
    await give();
    await has([], 'AddressNotAssigned');
  });

  it('that is a host name is listed, and nothing is forwarded for it', async () => {
    const { has } = await started(asking());
    await give({ hostname: 'lb.example.com' });
    const hostname = { type: 'Hostname', value: 'lb.example.com' };
    await has([hostname], 'AddressNotAssigned', 'gave a host name and no IP address');
    await give({ hostname: 'lb.example.com' }, { ip: '192.0.2.1' });
    await has([ip('192.0.2.1'), hostname], 'Programmed');
  });

  it('of ipMode Proxy is no address: packets do not come for it', async () => {
    const { has } = await started(asking());
    await give({ ip: '192.0.2.1', ipMode: 'Proxy' });
    await has([], 'AddressNotAssigned', 'sends packets to ports of nodes (ipMode Proxy)');
    await give({ ip: '192.0.2.1', ipMode: 'VIP' });
    await has([ip('192.0.2.1')], 'Programmed');
  });

  it('that is not what was asked for is not taken', async () => {
    const { has } = await started(asking(ip('192.0.2.9')));
    await has([], 'AddressNotAssigned', 'may it give 192.0.2.9?');
    await give({ ip: '192.0.2.1' });
    await has([], 'AddressNotAssigned', 'asks for 192.0.2.9 and has 192.0.2.1');
    await give({ ip: '192.0.2.9' });
    await has([ip('192.0.2.9')], 'Programmed');
  });

  it('has one address of each family: a second that is asked for is not usable', async () => {
    const { has } = await started(asking(ip('192.0.2.9'), ip('192.0.2.10')));
    await give({ ip: '192.0.2.9' });
    await has([ip('192.0.2.9')], 'AddressNotUsable', '192.0.2.10 (a Service has one address of each family)');
  });

  it('cannot be asked for a given address and any other', async () => {
    const { has } = await started(asking(ip('192.0.2.9'), { type: 'IPAddress' }));
    await give({ ip: '192.0.2.9' });
    await has([ip('192.0.2.9')], 'AddressNotAssigned', 'not for both');
  });
});

describe('a Gateway without an accepted listener', () => {
  const invalid = gateway({ listeners: [listener('INVALID', 80)] }, { name: 'edge' });

  it('has no Service of type LoadBalancer, as that needs a port', async () => {
    const { has } = await started(invalid);
    // It is not accepted, which is the first to be said of it.
    await has([], 'Invalid');
    expect((await cluster.request('GET', SERVICE)).status).toBe(404);
  });

  it('keeps the Service that it had, and with it the address', async () => {
    const { has } = await started(asking());
    await give({ ip: '192.0.2.1' });
    await has([ip('192.0.2.1')], 'Programmed');
    const { body } = await cluster.request('GET', SERVICE);
    await world.apply(invalid);
    await has([], 'Invalid');
    expect((await cluster.request('GET', SERVICE)).body).toEqual(body);
    await world.apply(asking());
    await has([ip('192.0.2.1')], 'Programmed');
  });
});
