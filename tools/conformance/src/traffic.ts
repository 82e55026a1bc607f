import type { BlixtInstance } from '@blixt/cluster';
import { readInstance } from '@blixt/xdp-lb';

/** Flows that the data plane of a node has given to backends. */
export interface NodeTraffic {
  readonly node: string;
  readonly tcp: number;
  readonly udp: number;
}

/** What is counted of a service is gone with it, so that it is read while the service is there. */
interface Counted {
  readonly protocol: 'TCP' | 'UDP';
  /** As it was read last. */
  flows: number;
  /** Since the beginning, over all services that had this address and port. */
  total: number;
}

/** Adds up what the data planes of all nodes count, over services that come and go. */
export class TrafficCount {
  readonly #instances: readonly BlixtInstance[];
  readonly #counted = new Map<string, Map<string, Counted>>();

  /** What was counted before does not count. */
  constructor(instances: readonly BlixtInstance[]) {
    this.#instances = instances;
    this.read();
    for (const services of this.#counted.values()) for (const service of services.values()) service.total = 0;
  }

  /** Reads the counters: to be called before services go. */
  read(): void {
    for (const { node, pinDirectory } of this.#instances) {
      const before = this.#counted.get(node) ?? new Map<string, Counted>();
      this.#counted.set(node, before);
      const { services } = readInstance(pinDirectory);
      const loaded = new Set<string>();
      for (const { address, port, protocol, flows } of services) {
        const key = `${protocol} ${address} ${port}`;
        loaded.add(key);
        const counted = before.get(key) ?? { protocol, flows: 0, total: 0 };
        // Fewer than before: it is another service, made anew at the same address.
        counted.total += flows < counted.flows ? flows : flows - counted.flows;
        counted.flows = flows;
        before.set(key, counted);
      }
      for (const [key, counted] of before) if (!loaded.has(key)) counted.flows = 0;
    }
  }

  /** Of each node, what was counted since the beginning. */
  get nodes(): readonly NodeTraffic[] {
    return this.#instances.map(({ node }) => {
      const services = [...(this.#counted.get(node)?.values() ?? [])];
      const sum = (wanted: 'TCP' | 'UDP'): number =>
        services.filter(({ protocol }) => protocol === wanted).reduce((all, { total }) => all + total, 0);
      return { node, tcp: sum('TCP'), udp: sum('UDP') };
    });
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
