/** An address on a link that no host has: whichever node announces it is where its packets go. */
import { Lab, type LabProcess, LoadClient, type Namespace, startBackendServer, TCP_PORT } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInstance, type Service } from '../../src/index.ts';
import { order, SMALL_LIMITS, startDriver } from '../support/instance.ts';

const ADDRESSES = ['10.9.0.100', 'fd00:9::100'] as const;
const BACKEND = { '10.9.0.100': '10.9.0.20', 'fd00:9::100': 'fd00:9::20' } as const;
const MAC = { first: '02:00:00:09:00:01', second: '02:00:00:09:00:02' } as const;

const services: readonly Service[] = ADDRESSES.map((address) => ({
  address,
  port: 80,
  protocol: 'TCP',
  backends: [{ address: BACKEND[address], port: TCP_PORT, weight: 1 }],
}));

let lab: Lab;
let clientHost: Namespace;
let client: LoadClient;
const nodes: Partial<Record<keyof typeof MAC, LabProcess>> = {};

const pins = (name: keyof typeof MAC): string => `${lab.pinDirectory}/${name}`;

function host(link: Namespace, role: string, number: number, macAddress?: string): Namespace {
  const namespace = lab.namespace(role);
  const end = { namespace, interfaceName: 'eth0', ...(macAddress === undefined ? {} : { macAddress }) };
  lab.connect(end, { namespace: link, interfaceName: role });
  link.ip(`link set ${role} master bridge`);
  namespace.addAddress('eth0', `10.9.0.${number}/24`);
  namespace.addAddress('eth0', `fd00:9::${number}/64`);
  return namespace;
}

async function announceAt(name: keyof typeof MAC, announce: readonly string[]): Promise<void> {
  const node = nodes[name];
  if (node === undefined) throw new Error(`${name} was not started`);
  await order(node, { announce });
}

/** What the client believes: the MAC address of a neighbour. */
function neighbour(address: string): string | undefined {
  const { stdout } = clientHost.run('ip', ['neigh', 'show', address]);
  return /lladdr (\S+)/.exec(stdout)?.[1];
}

async function request(address: string) {
  return await client.requests({ protocol: 'tcp', address, port: 80, requests: 20, timeoutMs: 1000 });
}

const flowsAt = (name: keyof typeof MAC): number =>
  readInstance(pins(name)).services.reduce((sum, { flows }) => sum + Number(flows), 0);

beforeAll(async () => {
  lab = new Lab();
  const link = lab.namespace('link');
  link.ip('link add bridge type bridge', 'link set bridge up');
  clientHost = host(link, 'client', 10);
  await startBackendServer(host(link, 'backend', 20));
  for (const [number, name] of (['first', 'second'] as const).entries()) {
    const node = host(link, name, 30 + number, MAC[name]);
    node.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
    nodes[name] = await startDriver(node, {
      options: { pinDirectory: pins(name), limits: SMALL_LIMITS },
      interfaces: ['eth0'],
      services,
    });
  }
  client = await LoadClient.start(clientHost);
}, 60_000);

afterAll(() => lab.dispose());

describe('an address that no host of the link has', () => {
  it('reaches nobody while no node announces it', async () => {
    for (const address of ADDRESSES) expect((await request(address)).failed).toBe(20);
  });

  it('is at the node that announces it', async () => {
    await announceAt('first', ADDRESSES);
    clientHost.ip('neigh flush dev eth0');
    for (const address of ADDRESSES) {
      expect(await request(address)).toMatchObject({ failed: 0, backends: { backend: 20 } });
      expect(neighbour(address)).toBe(MAC.first);
    }
    // At least: what was asked for above before anybody announced it may come late.
    expect(flowsAt('first')).toBeGreaterThanOrEqual(40);
    expect(flowsAt('second')).toBe(0);
  });

  it('moves to another node, which tells everybody', async () => {
    const before = flowsAt('first');
    await announceAt('first', []);
    await announceAt('second', ADDRESSES);
    for (const address of ADDRESSES) {
      // Linux does not believe a second announcement within a second of the first (arp(7): locktime).
      await expect.poll(() => neighbour(address), { timeout: 5000 }).toBe(MAC.second);
      expect(await request(address)).toMatchObject({ failed: 0, backends: { backend: 20 } });
    }
    expect([flowsAt('first'), flowsAt('second')]).toEqual([before, 40]);
  });

  it('is still answered for when the process of its node was killed', async () => {
    nodes.second?.kill('SIGKILL');
    await nodes.second?.ended();
    clientHost.ip('neigh flush dev eth0');
    for (const address of ADDRESSES) {
      expect(await request(address)).toMatchObject({ failed: 0 });
      expect(neighbour(address)).toBe(MAC.second);
    }
  });
});
