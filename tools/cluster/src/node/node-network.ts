import { writeFileSync } from 'node:fs';
import { Lab, LabError, type Namespace, runCommand } from '@blixt/lab';

/** An IPv4 and an IPv6 address or range. */
export interface DualStack {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Where a node is in the network. */
export interface NodeSite {
  readonly name: string;
  readonly namespace: Namespace;
  readonly address: DualStack;
  /** What its pods' addresses are taken from. */
  readonly podRange: DualStack;
}

/** The interface of a node that its pods are behind. */
export const POD_BRIDGE = 'cni0';

/** Ranges that all pods of a cluster are in. */
export const POD_RANGES = { ipv4: '10.244.0.0/16', ipv6: 'fd00:10:244::/56' } as const satisfies DualStack;

const INTERFACE = 'eth0';
const BRIDGE = 'bridge';
const UPLINK = 'uplink';
const FIRST_NODE = 11;
const NETWORKS = 256;

/** The interface of this machine by which it reaches a cluster's nodes. */
const interfaceOf = (network: number): string => `blixtcluster${network}`;
const ipv4Of = (network: number, host: number): string => `172.30.${network}.${host}`;
const ipv6Of = (network: number, host: number): string =>
  `fd00:30:${network.toString(16)}::${host.toString(16)}`;

/**
 * The network of a cluster: a bridge in a namespace of its own, to which each node is joined by a veth pair, and
 * this machine, which is where the API server and clients outside of the cluster are. Every node has a range of
 * addresses for its pods, and a route to those of the others.
 *
 * It is a {@link Lab}: it takes itself down.
 */
export class NodeNetwork implements Disposable {
  readonly lab = new Lab();
  /** Of this machine. */
  readonly address: DualStack;
  readonly nodes: readonly NodeSite[];
  readonly #network: number;
  readonly #bridge: Namespace;

  /** @throws LabError `LAB_COMMAND_FAILED` */
  constructor(nodeNames: readonly string[]) {
    this.#bridge = this.lab.namespace('bridge');
    this.#bridge.ip(`link add ${BRIDGE} type bridge`, `link set ${BRIDGE} up`);
    this.#network = this.#joinThisMachine();
    this.address = this.addressOf(1);
    this.nodes = nodeNames.map((name, index) => this.#addNode(name, index));
    for (const node of this.nodes) {
      for (const other of this.nodes.filter((site) => site !== node)) {
        node.namespace.addRoute(other.podRange.ipv4, { via: other.address.ipv4 });
        node.namespace.addRoute(other.podRange.ipv6, { via: other.address.ipv6 });
      }
    }
  }

  /** Ranges of the network that no host has: for addresses of services. Hosts are to be below .64, or from .128. */
  get freeRanges(): readonly string[] {
    return [`${ipv4Of(this.#network, 64)}/26`, `${ipv6Of(this.#network, 0x100)}/120`];
  }

  /** An address at the bridge, of a host that is there or not. */
  addressOf(host: number): DualStack {
    return { ipv4: ipv4Of(this.#network, host), ipv6: ipv6Of(this.#network, host) };
  }

  /** Joins another namespace to the bridge, as a host outside of the cluster, with the next free address. */
  join(role: string, host: number): { readonly namespace: Namespace; readonly address: DualStack } {
    const namespace = this.lab.namespace(role);
    const address = this.addressOf(host);
    this.lab.connect(
      { namespace, interfaceName: INTERFACE },
      { namespace: this.#bridge, interfaceName: role },
    );
    this.#bridge.ip(`link set ${role} master ${BRIDGE}`);
    namespace.addAddress(INTERFACE, `${address.ipv4}/24`);
    namespace.addAddress(INTERFACE, `${address.ipv6}/64`);
    return { namespace, address };
  }

  /**
   * Makes this machine a host at the bridge. Clusters next to each other have networks of their own: who makes the
   * interface of that name first has the network.
   */
  #joinThisMachine(): number {
    for (let network = 1; ; network += 1) {
      const name = interfaceOf(network);
      try {
        const peer = `peer name ${name} netns ${process.pid}`;
        this.#bridge.ip(`link add ${UPLINK} type veth ${peer}`);
      } catch (error) {
        if (!(error instanceof LabError) || !/exists/i.test(error.message) || network + 1 === NETWORKS)
          throw error;
        continue;
      }
      this.#bridge.ip(`link set ${UPLINK} master ${BRIDGE}`, `link set ${UPLINK} up`);
      for (const [setting, value] of [
        ['disable_ipv6', 0],
        ['accept_dad', 0],
      ]) {
        writeFileSync(`/proc/sys/net/ipv6/conf/${name}/${setting}`, `${value}`);
      }
      runCommand('ip', ['addr', 'add', `${ipv4Of(network, 1)}/24`, 'dev', name]);
      runCommand('ip', ['addr', 'add', `${ipv6Of(network, 1)}/64`, 'dev', name, 'nodad']);
      runCommand('ip', ['link', 'set', name, 'up']);
      return network;
    }
  }

  /** Takes the network down, and kills every process in its namespaces. */
  [Symbol.dispose](): void {
    this.lab.dispose();
  }

  #addNode(name: string, index: number): NodeSite {
    const { namespace, address } = this.join(name, FIRST_NODE + index);
    namespace.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
    // The plugin of the pod network would make it with the first pod; programs can be attached before that.
    namespace.ip(`link add ${POD_BRIDGE} type bridge`, `link set ${POD_BRIDGE} up`);
    namespace.addRoute('default', { via: this.address.ipv4 });
    namespace.addRoute('default', { via: this.address.ipv6 });
    const podRange = {
      ipv4: `10.244.${index + 1}.0/24`,
      ipv6: `fd00:10:244:${(index + 1).toString(16)}::/64`,
    };
    return { name, namespace, address, podRange };
  }
}
