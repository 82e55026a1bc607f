import type { BlixtInstance } from '@blixt/cluster';
import { readInstance, type ServiceStats } from '@blixt/xdp-lb';

/** Flows that the data plane of a node has given to backends. */
export interface NodeTraffic {
  readonly node: string;
  readonly tcp: number;
  readonly udp: number;
}

/** What is read of a service. */
export type ServiceFlows = Pick<ServiceStats, 'address' | 'port' | 'protocol' | 'flows'>;

/** Adds up the flows of a data plane, over services that come and go: what is counted of a service goes with it. */
export class FlowTotals {
  readonly #last = new Map<string, number>();
  tcp = 0;
  udp = 0;

  /** @param services - those that are loaded now */
  add(services: readonly ServiceFlows[]): void {
    const before = new Map(this.#last);
    this.#last.clear();
    for (const { address, port, protocol, flows } of services) {
      const key = `${protocol} ${address} ${port}`;
      const known = before.get(key) ?? 0;
      // Fewer than before: it is another service, made anew at the same address.
      const more = flows < known ? flows : flows - known;
      if (protocol === 'TCP') this.tcp += more;
      else this.udp += more;
      this.#last.set(key, flows);
    }
  }
}

/** Flows of all nodes since it was made. */
export class TrafficCount {
  readonly #nodes: readonly {
    readonly instance: BlixtInstance;
    readonly totals: FlowTotals;
    readonly tcpBefore: number;
    readonly udpBefore: number;
  }[];

  constructor(instances: readonly BlixtInstance[]) {
    this.#nodes = instances.map((instance) => {
      const totals = new FlowTotals();
      totals.add(readInstance(instance.pinDirectory).services);
      return { instance, totals, tcpBefore: totals.tcp, udpBefore: totals.udp };
    });
  }

  /** Reads the counters: to be called before services go. */
  read(): void {
    for (const { instance, totals } of this.#nodes) totals.add(readInstance(instance.pinDirectory).services);
  }

  /** As of the last time that they were read. */
  get nodes(): readonly NodeTraffic[] {
    return this.#nodes.map(({ instance, totals, tcpBefore, udpBefore }) => ({
      node: instance.node,
      tcp: totals.tcp - tcpBefore,
      udp: totals.udp - udpBefore,
    }));
  }
}

/** One line for people: `flows through the data plane: node1 1200 TCP, 1100 UDP`. */
export const describeTraffic = (nodes: readonly NodeTraffic[]): string =>
  `flows through the data plane: ${nodes.map(({ node, tcp, udp }) => `${node} ${tcp} TCP, ${udp} UDP`).join('; ')}`;

/** Names what was not counted on any node. */
export const missingTraffic = (nodes: readonly NodeTraffic[]): readonly string[] =>
  (['tcp', 'udp'] as const)
    .filter((protocol) => nodes.every((node) => node[protocol] === 0))
    .map((protocol) => `data plane: no flow of ${protocol.toUpperCase()} was counted on any node`);
