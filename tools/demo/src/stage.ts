import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buildStandardTopology,
  type HeldConnection,
  Lab,
  LoadClient,
  type LoadJob,
  SERVICE_IPV4,
  SERVICE_IPV6,
  type StandardTopology,
  startBackendServer,
  untilOpen,
} from '@blixt/lab';
import { Blixt } from './blixt.ts';
import { Manifests } from './manifests.ts';

const EXAMPLES = fileURLToPath(new URL('../../../apps/blixt/examples', import.meta.url));

/** Connections that each client holds open. */
const HELD_PER_CLIENT = 20;

/** The service addresses and ports of the examples. */
export const SERVICES = {
  'TCP over IPv4': { protocol: 'tcp', address: SERVICE_IPV4, port: 80 },
  'TCP over IPv6': { protocol: 'tcp', address: SERVICE_IPV6, port: 80 },
  'UDP over IPv4': { protocol: 'udp', address: SERVICE_IPV4, port: 53 },
  'UDP over IPv6': { protocol: 'udp', address: SERVICE_IPV6, port: 53 },
} as const;

/** The weights that the examples give. */
export const EXAMPLE_WEIGHTS = { b1: 50, b2: 30, b3: 20 };

/** Everything that a phase acts on: the network, the clients, the files, `blixt`. */
export interface Stage {
  readonly lab: Lab;
  readonly topology: StandardTopology;
  readonly clients: { readonly c1: LoadClient; readonly c2: LoadClient };
  readonly manifests: Manifests;
  readonly blixt: Blixt;
}

/** Builds the network and starts servers and clients; `blixt` is not running yet. */
export async function buildStage(): Promise<Stage> {
  const lab = new Lab();
  const topology = buildStandardTopology(lab);
  const [c1, c2] = topology.clients;
  if (c1 === undefined || c2 === undefined) throw new Error('the standard topology has no two clients');
  const [first, second] = await Promise.all([
    LoadClient.start(c1.namespace),
    LoadClient.start(c2.namespace),
    ...topology.backends.map(({ namespace }) => startBackendServer(namespace)),
  ]);
  const manifests = new Manifests(EXAMPLES, join(lab.directory, 'manifests'), topology.backends);
  const blixt = new Blixt({
    namespace: topology.loadBalancer,
    source: manifests.folder,
    interfaces: topology.interfaces,
    pinDirectory: lab.pinDirectory,
    statusDirectory: join(lab.directory, 'status'),
  });
  return { lab, topology, clients: { c1: first, c2: second }, manifests, blixt };
}

/** Long-lived connections of both clients, one over IPv4, one over IPv6. */
export class HeldConnections {
  readonly #jobs: readonly LoadJob<readonly HeldConnection[]>[];

  private constructor(jobs: readonly LoadJob<readonly HeldConnection[]>[]) {
    this.#jobs = jobs;
  }

  /** Opens them and waits until each has found its backend. */
  static async open({ clients }: Stage): Promise<HeldConnections> {
    const load = { connections: HELD_PER_CLIENT, intervalMs: 50, durationMs: 120_000 };
    const jobs = [
      clients.c1.hold({ ...SERVICES['TCP over IPv4'], ...load }),
      clients.c2.hold({ ...SERVICES['TCP over IPv6'], ...load }),
    ];
    await Promise.all(jobs.map((job) => untilOpen(job, HELD_PER_CLIENT)));
    return new HeldConnections(jobs);
  }

  /** All of them, as of about 100 ms ago. */
  get current(): readonly HeldConnection[] {
    return this.#jobs.flatMap((job) => job.current);
  }

  /** Those of one backend. */
  of(backend: string): readonly HeldConnection[] {
    return this.current.filter((connection) => connection.backend === backend);
  }

  /** Those that are not of one backend. */
  notOf(backend: string): readonly HeldConnection[] {
    return this.current.filter((connection) => connection.backend !== backend);
  }

  /** Closes them. */
  async close(): Promise<void> {
    await Promise.all(this.#jobs.map((job) => job.stop()));
  }
}
