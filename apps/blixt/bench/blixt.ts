import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BpfMap, ipAddress, port, struct, u8, u32 } from '@blixt/bpf-maps';
import type { LabProcess } from '@blixt/lab';
import type { Contender, EndpointChange } from './contender.ts';
import type { BenchSite } from './site.ts';
import { TARGET_PORT, type Way } from './world.ts';

const COMMAND = join(import.meta.dirname, '..', 'dist', 'main.js');
/** Addresses of Gateways. */
const POOL = '10.112.0.0/16';
const TCP = 6;
const START_MS = 240_000;
/** How often the entries of the maps are counted, in milliseconds. */
const COUNT_EVERY_MS = 200;
/** How often a map is looked at, in milliseconds: the shortest that a timer of Node.js can. */
const LOOK_EVERY_MS = 1;

/** struct service_key and struct service of the data plane (bpf/types.h in @blixt/xdp-lb). */
const serviceKey = struct(
  {
    address: { codec: ipAddress, offset: 0 },
    port: { codec: port, offset: 16 },
    protocol: { codec: u8, offset: 18 },
  },
  { size: 20 },
);
const serviceValue = struct({ id: u32, index: u32, maglevBase: u32, maglevSize: u32, flags: u32 });
/** struct backend: its generation is 0 where there is none. */
const backendValue = struct({ generation: { codec: u32, offset: 36 } }, { size: 52 });
/** Elements of a memory-mapped array begin at multiples of 8 bytes. */
const BACKEND_STRIDE = Math.ceil(backendValue.size / 8) * 8;
/** struct nat_target_key: each backend that is loaded has one, and some that were removed. */
const natTargetKey = serviceKey;
const natTarget = struct(
  {
    source: { codec: ipAddress, offset: 0 },
    base: { codec: u32, offset: 16 },
    log2: { codec: u32, offset: 20 },
  },
  { size: 24 },
);

type ServiceValue = ReturnType<typeof serviceValue.decode>;

/** `blixt run` on a node, seen through its log and its pinned maps. */
export class Blixt implements Contender {
  readonly #site: BenchSite;
  readonly #addresses = new Map<string, string>();
  readonly #limits: readonly string[];
  #process: LabProcess | undefined;
  #services: BpfMap<ReturnType<typeof serviceKey.decode>, ServiceValue> | undefined;
  #natTargets: BpfMap<ReturnType<typeof natTargetKey.decode>, object> | undefined;
  #backends: BpfMap<number, object> | undefined;

  constructor(site: BenchSite, services: number, backends: number) {
    this.#site = site;
    // 64 NAT ports a backend, 1,021 Maglev slots a service of ten equal backends, and room for those that change.
    this.#limits = [
      ...['--max-services', `${Math.ceil(services * 1.2)}`, '--max-backends', `${Math.ceil(backends * 1.2)}`],
      ...['--max-nat-slots', `${Math.max(2 ** 20, backends * 80)}`],
      ...['--max-maglev-slots', `${Math.max(2 ** 20, services * 1200)}`],
    ];
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** What it logged. */
  get log(): string {
    return this.#process?.output ?? '';
  }

  async start(ways: readonly Way[]): Promise<number> {
    const { lab } = this.#site.network;
    const args = [
      ...['run', '--kubeconfig', this.#site.kubeconfig('blixt'), '--lease', 'blixt-system/blixt'],
      ...[
        '--interface',
        'eth0',
        '--pin-dir',
        lab.pinDirectory,
        '--status-dir',
        join(lab.directory, 'status'),
      ],
      ...['--pool', POOL, '--announce', '--keep', ...this.#limits],
    ];
    const started = performance.now();
    const process = this.#site.blixt.namespace.start(COMMAND, args);
    this.#process = process;
    // It has its maps by then, not yet the addresses: only who leads gives these out.
    await process.ready((output) => output.includes('"ready"'), START_MS);
    this.#open(lab.pinDirectory);
    const services = ways.length;
    const backends = services * (ways[0]?.endpoints.length ?? 0);
    for (;;) {
      const found = count(this.#services);
      if (found === services && this.#loadedBackends() === backends) break;
      if (performance.now() - started > START_MS) {
        throw new Error(`${found} of ${services} services are loaded:\n${process.output.slice(-2_000)}`);
      }
      await sleep(COUNT_EVERY_MS);
    }
    return (performance.now() - started) / 1000;
  }

  /** Reads which address each Gateway has; statuses must be written. */
  async readAddresses(): Promise<void> {
    const { body } = await this.#site.control.request('GET', '/apis/gateway.networking.k8s.io/v1/gateways');
    const { items } = body as {
      items: { metadata: { name: string }; status?: { addresses?: { value: string }[] } }[];
    };
    for (const { metadata, status } of items) {
      const address = status?.addresses?.[0]?.value;
      if (address !== undefined) this.#addresses.set(metadata.name, address);
    }
  }

  /**
   * Looked for every millisecond: the backend is loaded, and the service has a table that was made after that. (A
   * backend comes first, then the table, and at last the service's entry, which switches over.)
   */
  async seen({ way, address }: EndpointChange): Promise<number> {
    const gateway = this.#addresses.get(way.gateway);
    if (gateway === undefined) throw new Error(`${way.gateway} has no address`);
    const service = { address: gateway, port: way.port, protocol: TCP };
    const backend = { address, port: TARGET_PORT, protocol: TCP };
    const before = this.#services?.get(service)?.maglevBase;
    for (;;) {
      const isLoaded = this.#natTargets?.get(backend) !== undefined;
      if (isLoaded && this.#services?.get(service)?.maglevBase !== before) return performance.now();
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Resolves when it writes statuses, and has decided about all of them. */
  async leads(): Promise<void> {
    await this.#process?.ready((output) => output.includes('this instance writes statuses now'), START_MS);
  }

  /** Ends it; its data plane goes on. */
  async stop(): Promise<void> {
    await this.#process?.stop(30_000);
  }

  #open(pinDirectory: string): void {
    this.#close();
    const maps = join(pinDirectory, 'maps');
    this.#services = BpfMap.openPinned(join(maps, 'services'), { key: serviceKey, value: serviceValue });
    this.#natTargets = BpfMap.openPinned(join(maps, 'nat_targets'), { key: natTargetKey, value: natTarget });
    this.#backends = BpfMap.openPinned(join(maps, 'backends'), { key: u32, value: backendValue });
  }

  #close(): void {
    this.#services?.close();
    this.#natTargets?.close();
    this.#backends?.close();
  }

  #loadedBackends(): number {
    if (this.#backends === undefined) return 0;
    const view = new DataView(this.#backends.mapMemory());
    let loaded = 0;
    for (let at = 0; at + BACKEND_STRIDE <= view.byteLength; at += BACKEND_STRIDE)
      if (u32.decode(view, at + backendValue.offsets.generation) !== 0) loaded += 1;
    return loaded;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#close();
  }
}

function count(map: { keys(): Iterable<unknown> } | undefined): number {
  let entries = 0;
  for (const _ of map?.keys() ?? []) entries += 1;
  return entries;
}
