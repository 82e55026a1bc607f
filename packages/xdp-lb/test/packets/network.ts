/**
 * The network that the packet tests' load balancer stands in. Nothing is sent in it: it is what the kernel's FIB
 * and neighbour tables answer from.
 *
 *   clients -- router -- front [load balancer] back -- backends
 *                                              narrow -- a backend behind a small MTU
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Lab, type Namespace } from '@blixt/lab';
import { native } from '../../src/native.ts';

export interface Family {
  readonly name: 'IPv4' | 'IPv6';
  readonly version: 4 | 6;
  /** Reached through the router. */
  readonly client: string;
  readonly otherClient: string;
  readonly service: string;
  readonly otherService: string;
  /** Addresses of the load balancer towards clients and backends. */
  readonly front: string;
  readonly back: string;
  /** On the link of `back`, with neighbour entries. */
  readonly backends: readonly [string, string, string];
  /** On the link of `front`, where the clients are. */
  readonly oneArmed: string;
  /** On the link of `back`; nobody has ever answered for it. */
  readonly silent: string;
  /** Routes say: unreachable, prohibited, thrown away. */
  readonly unreachable: string;
  readonly prohibited: string;
  readonly blackholed: string;
  /** Behind an MTU of 1280. */
  readonly narrow: string;
  /** No address of a service, and of nobody here. */
  readonly stranger: string;
}

export const IPV4: Family = {
  name: 'IPv4',
  version: 4,
  client: '203.0.113.7',
  otherClient: '203.0.113.8',
  service: '198.51.100.1',
  otherService: '198.51.100.2',
  front: '10.0.0.1',
  back: '10.1.0.1',
  backends: ['10.1.0.11', '10.1.0.12', '10.1.0.13'],
  oneArmed: '10.0.0.21',
  silent: '10.1.0.99',
  unreachable: '10.9.1.1',
  prohibited: '10.9.2.1',
  blackholed: '10.9.3.1',
  narrow: '10.2.0.11',
  stranger: '192.0.2.55',
};

export const IPV6: Family = {
  name: 'IPv6',
  version: 6,
  client: '2001:db8:c::7',
  otherClient: '2001:db8:c::8',
  service: '2001:db8:5::1',
  otherService: '2001:db8:5::2',
  front: 'fd00:a::1',
  back: 'fd00:b::1',
  backends: ['fd00:b::11', 'fd00:b::12', 'fd00:b::13'],
  oneArmed: 'fd00:a::21',
  silent: 'fd00:b::99',
  unreachable: 'fd00:9:1::1',
  prohibited: 'fd00:9:2::1',
  blackholed: 'fd00:9:3::1',
  narrow: 'fd00:e::11',
  stranger: '2001:db8:f::55',
};

export const FAMILIES = [IPV4, IPV6] as const;

export const MAC = {
  front: '02:00:00:00:0a:01',
  router: '02:00:00:00:0a:fe',
  oneArmed: '02:00:00:00:0a:21',
  back: '02:00:00:00:0b:01',
  backends: ['02:00:00:00:0b:11', '02:00:00:00:0b:12', '02:00:00:00:0b:13'],
  narrow: '02:00:00:00:0e:01',
  narrowBackend: '02:00:00:00:0e:11',
} as const;

export interface Network {
  readonly lab: Lab;
  readonly loadBalancer: Namespace;
  /** Interface indexes. */
  readonly front: number;
  readonly back: number;
  readonly narrow: number;
}

const ROUTER = { 4: '10.0.0.254', 6: 'fd00:a::fe' } as const;

function prefix(address: string): string {
  return address.includes(':') ? `${address}/64` : `${address}/24`;
}

/** The network that an address ending in 1 is in. */
function subnet(address: string): string {
  return prefix(address.replace(/1$/, address.includes(':') ? '' : '0'));
}

function addressCommands(family: Family): string[] {
  const neighbour = (address: string, mac: string, device: string) =>
    `neigh replace ${address} lladdr ${mac} dev ${device} nud permanent`;
  const narrow = family.narrow.replace('11', '1');
  return [
    `addr add ${prefix(family.front)} dev front${family.version === 6 ? ' nodad' : ''}`,
    `addr add ${prefix(family.back)} dev back${family.version === 6 ? ' nodad' : ''}`,
    `addr add ${prefix(narrow)} dev narrow${family.version === 6 ? ' nodad' : ''}`,
    neighbour(ROUTER[family.version], MAC.router, 'front'),
    neighbour(family.oneArmed, MAC.oneArmed, 'front'),
    ...family.backends.map((address, at) => neighbour(address, MAC.backends[at] ?? '', 'back')),
    neighbour(family.narrow, MAC.narrowBackend, 'narrow'),
    `route add default via ${ROUTER[family.version]} dev front`,
    `route add unreachable ${subnet(family.unreachable)}`,
    `route add prohibit ${subnet(family.prohibited)}`,
    `route add blackhole ${subnet(family.blackholed)}`,
  ];
}

/** The per-CPU caches of the data plane make what a packet meets depend on the CPU: stay on one. */
function stayOnOneCpu(): void {
  const cpu = Number(process.env.VITEST_POOL_ID ?? 0) % availableParallelism();
  const result = spawnSync('taskset', ['-cp', String(cpu), String(process.pid)], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`taskset -cp ${cpu}: ${result.stderr}`);
}

/** Makes the network and moves this process's main thread into the load balancer's namespace. */
export function enterNetwork(): Network {
  stayOnOneCpu();
  const lab = new Lab();
  const loadBalancer = lab.namespace('lb');
  const outside = lab.namespace('outside');
  for (const name of ['front', 'back', 'narrow'] as const) {
    lab.connect(
      { namespace: loadBalancer, interfaceName: name, macAddress: MAC[name] },
      { namespace: outside, interfaceName: name },
    );
  }
  loadBalancer.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
  loadBalancer.ip('link set narrow mtu 1280', ...FAMILIES.flatMap(addressCommands));
  native().enterNamespace(loadBalancer.path);
  const index = (name: string) => loadBalancer.link(name).index;
  return { lab, loadBalancer, front: index('front'), back: index('back'), narrow: index('narrow') };
}
