import type { Lab } from './lab.ts';
import type { Namespace } from './namespace.ts';

/** A host of the standard lab with one interface, `eth0`, whose other end is in the load balancer's namespace. */
export interface Host {
  /** `c1`, `c2`, `b1`, `b2` or `b3`: its role, and the name of the load balancer's interface towards it. */
  readonly name: string;
  readonly namespace: Namespace;
  readonly ipv4: string;
  readonly ipv6: string;
}

/** The network in which Blixt is shown, tested and measured. */
export interface StandardTopology {
  /** `c1`, `c2`: 10.77.1.11, .12 and fd77:1::11, ::12. */
  readonly clients: readonly Host[];
  /** `b1`, `b2`, `b3`: 10.77.2.11 to .13 and fd77:2::11 to ::13. */
  readonly backends: readonly Host[];
  /** Routes between all of them; 10.77.1.1, fd77:1::1 to clients and 10.77.2.1, fd77:2::1 to backends. */
  readonly loadBalancer: Namespace;
  /** The load balancer's interfaces: `c1`, `c2`, `b1`, `b2`, `b3`. */
  readonly interfaces: readonly string[];
}

/** How the standard lab is built. */
export interface StandardTopologyOptions {
  /** Permanent neighbour entries everywhere, so that no packet waits for ARP or ND. Default false. */
  readonly staticNeighbours?: boolean;
  /** Offloads of the hosts' `eth0`, as `Namespace.setOffloads`. Default: the kernel's. */
  readonly hostOffloads?: Readonly<Record<string, boolean>>;
  /** Offloads of the load balancer's interfaces. Default: the kernel's. */
  readonly loadBalancerOffloads?: Readonly<Record<string, boolean>>;
}

/** Service addresses: routed by the clients to the load balancer, not local to it. */
export const SERVICE_IPV4 = '10.77.100.1';
export const SERVICE_IPV6 = 'fd77:100::1';

const CLIENT_NET = { ipv4: '10.77.1', ipv6: 'fd77:1:' };
const BACKEND_NET = { ipv4: '10.77.2', ipv6: 'fd77:2:' };

/**
 * Two clients, a load balancer and three backends:
 *
 * ```
 * c1 10.77.1.11 ──veth── c1 ┌────┐ b1 ──veth── 10.77.2.11 b1
 *                           │ lb │ b2 ──veth── 10.77.2.12 b2
 * c2 10.77.1.12 ──veth── c2 └────┘ b3 ──veth── 10.77.2.13 b3
 * ```
 *
 * Every host has a default route to the load balancer, which forwards IPv4 and IPv6 (so traffic flows between
 * clients and backends without Blixt, too). Nothing answers at the service addresses until somebody serves them.
 */
export function buildStandardTopology(lab: Lab, options: StandardTopologyOptions = {}): StandardTopology {
  const loadBalancer = lab.namespace('lb');
  loadBalancer.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });

  const addHost = (name: string, net: typeof CLIENT_NET, number: number): Host => {
    const namespace = lab.namespace(name);
    const host = { name, namespace, ipv4: `${net.ipv4}.${number}`, ipv6: `${net.ipv6}:${number}` };
    const gateway = { ipv4: `${net.ipv4}.1`, ipv6: `${net.ipv6}:1` };
    lab.connect({ namespace, interfaceName: 'eth0' }, { namespace: loadBalancer, interfaceName: name });
    // Point-to-point addresses: each host its own link, while all of a side share the gateway's address.
    namespace.addAddress('eth0', host.ipv4, `${gateway.ipv4}/32`);
    namespace.addAddress('eth0', host.ipv6, `${gateway.ipv6}/128`);
    loadBalancer.addAddress(name, gateway.ipv4, `${host.ipv4}/32`);
    loadBalancer.addAddress(name, gateway.ipv6, `${host.ipv6}/128`);
    namespace.addRoute('0.0.0.0/0', { via: gateway.ipv4 });
    namespace.addRoute('::/0', { via: gateway.ipv6 });
    namespace.setOffloads('eth0', options.hostOffloads ?? {});
    loadBalancer.setOffloads(name, options.loadBalancerOffloads ?? {});
    if (options.staticNeighbours === true) {
      const hostMac = namespace.link('eth0').macAddress;
      const gatewayMac = loadBalancer.link(name).macAddress;
      for (const family of ['ipv4', 'ipv6'] as const) {
        namespace.setNeighbour('eth0', gateway[family], gatewayMac);
        loadBalancer.setNeighbour(name, host[family], hostMac);
      }
    }
    return host;
  };

  const clients = [11, 12].map((number, index) => addHost(`c${index + 1}`, CLIENT_NET, number));
  const backends = [11, 12, 13].map((number, index) => addHost(`b${index + 1}`, BACKEND_NET, number));
  return { clients, backends, loadBalancer, interfaces: [...clients, ...backends].map(({ name }) => name) };
}
