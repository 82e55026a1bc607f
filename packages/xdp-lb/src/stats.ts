import { BackendFlag, DropReason } from './generated/types.ts';
import type { Maps } from './maps.ts';
import type { ForwardingMode } from './service.ts';
import { type LoadedService, readServices, shareOf } from './service-table.ts';

/** Counters since the backend was added. */
export interface BackendStats {
  /** In canonical form (IPv6: RFC 5952). */
  readonly address: string;
  /** Host order. */
  readonly port: number;
  /** How it is reached. */
  readonly mode: ForwardingMode;
  /** The part of the service's new flows that its Maglev table gives it, 0 to 1; 0 while draining. */
  readonly share: number;
  /** Both directions. */
  readonly packets: number;
  /** Frame lengths, both directions. */
  readonly bytes: number;
  /** Flows that it was chosen for. */
  readonly flows: number;
}

/** Counters since the service was added. */
export interface ServiceStats {
  /** In canonical form (IPv6: RFC 5952). */
  readonly address: string;
  /** Host order. */
  readonly port: number;
  /** The transport. */
  readonly protocol: 'TCP' | 'UDP';
  /** Both directions. */
  readonly packets: number;
  /** Frame lengths, both directions. */
  readonly bytes: number;
  /** New flows that got a backend. */
  readonly flows: number;
  /** TCP connections, and UDP packets, that met a reject slot. */
  readonly rejects: number;
  /** The part of new flows that is rejected, 0 to 1. */
  readonly rejectShare: number;
  /** Its backends, draining ones included. */
  readonly backends: readonly BackendStats[];
}

/** Why packets were dropped: packets by reason, the names of bpf/types.h in lower case without `DROP_`. */
export type DropStats = Readonly<Record<string, number>>;

/** @see LoadBalancer.stats */
export interface Stats {
  /** All services, sorted by protocol and address as text. */
  readonly services: readonly ServiceStats[];
  /** Since the instance was made. */
  readonly drops: DropStats;
}

function sum(perCpu: readonly bigint[]): number {
  return Number(perCpu.reduce((total, value) => total + value, 0n));
}

function serviceStats(maps: Maps, maglev: Uint32Array, service: LoadedService): ServiceStats {
  const { maglevBase, maglevSize, index } = service.value;
  const table = maglev.subarray(maglevBase, maglevBase + maglevSize);
  const counters = maps.serviceStats.get(index) ?? [];
  const backends = [...service.backends.values()].map(({ id, address, port, flags }): BackendStats => {
    const cpus = maps.backendsCpu.get(id) ?? [];
    return {
      address,
      port,
      mode: (flags & BackendFlag.BACKEND_LOCAL) !== 0 ? 'local' : 'snat',
      share: shareOf(table, id),
      packets: sum(cpus.map((cpu) => cpu.packets)),
      bytes: sum(cpus.map((cpu) => cpu.bytes)),
      flows: sum(cpus.map((cpu) => cpu.flows)),
    };
  });
  return {
    address: service.address,
    port: service.port,
    protocol: service.protocol,
    packets: sum(counters.map((cpu) => cpu.packets)),
    bytes: sum(counters.map((cpu) => cpu.bytes)),
    flows: sum(counters.map((cpu) => cpu.flows)),
    rejects: sum(counters.map((cpu) => cpu.rejects)),
    rejectShare: shareOf(table, 0),
    backends,
  };
}

/** Adds up all CPUs' counters of an instance. O(services + backends) system calls. */
export function collectStats(
  maps: Maps,
  services: ReadonlyMap<string, LoadedService> = readServices(maps),
): Stats {
  const maglev = new Uint32Array(maps.maglev.mapMemory());
  const drops: Record<string, number> = {};
  for (const [name, index] of Object.entries(DropReason)) {
    if (index === DropReason.DROP_REASONS) continue;
    drops[name.replace(/^DROP_/, '').toLowerCase()] = sum(maps.drops.get(index) ?? []);
  }
  return {
    services: [...services.values()]
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .map((service) => serviceStats(maps, maglev, service)),
    drops,
  };
}
