import { join } from 'node:path';
import { BpfMap, struct, u16, u32, u64 } from '@blixt/bpf-maps';
import {
  addressKeyCodec,
  announcerCodec,
  backendCodec,
  backendCpuCodec,
  flowCodec,
  flowKeyCodec,
  localFlowCodec,
  localFlowKeyCodec,
  maglevEntryCodec,
  natSlotCodec,
  natTargetCodec,
  natTargetKeyCodec,
  serviceCodec,
  serviceKeyCodec,
  serviceStatsCodec,
} from './generated/types.ts';
import type { CheckedOptions } from './options.ts';

/** What user space alone keeps with an instance: what it was made with, and the numbers that are never used twice. */
const instanceCodec = struct({
  layout: u32,
  portMin: u16,
  portMax: u16,
  nextServiceId: u32,
  nextGeneration: u32,
});

const CODECS = {
  services: { key: serviceKeyCodec, value: serviceCodec },
  addresses: { key: addressKeyCodec, value: u32 },
  backends: { key: u32, value: backendCodec },
  maglev: { key: u32, value: maglevEntryCodec },
  conntrack: { key: flowKeyCodec, value: flowCodec },
  nat_slots: { key: u32, value: natSlotCodec },
  nat_targets: { key: natTargetKeyCodec, value: natTargetCodec },
  local_flows: { key: localFlowKeyCodec, value: localFlowCodec },
  devices: { key: u32, value: u32 },
  announced: { key: addressKeyCodec, value: u32 },
  announcers: { key: u32, value: announcerCodec },
} as const;

const PER_CPU_CODECS = {
  backends_cpu: { key: u32, value: backendCpuCodec, perCpu: true },
  service_stats: { key: u32, value: serviceStatsCodec, perCpu: true },
  drops: { key: u32, value: u64, perCpu: true },
} as const;

const ALL_CODECS = { ...CODECS, ...PER_CPU_CODECS };

/** The names of the maps that the programs share, as bpf/maps.h has them. */
export const MAP_NAMES = Object.keys(ALL_CODECS) as (keyof typeof ALL_CODECS)[];

/** FNV-1a over the sizes and offsets of all keys and values: two versions that agree on it may share maps. */
export function layoutNumber(): number {
  let hash = 0x811c9dc5;
  const text = JSON.stringify(ALL_CODECS);
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** How many entries the loader gives each map that has a size of its own. */
export function mapSizes(options: CheckedOptions): Readonly<Record<string, number>> {
  const { limits } = options;
  return {
    services: limits.services,
    addresses: limits.services,
    service_stats: limits.services,
    backends: limits.backends,
    backends_cpu: limits.backends,
    maglev: Math.ceil(limits.maglevSlots / 16),
    conntrack: limits.flows,
    nat_slots: limits.natSlots,
    nat_targets: limits.backends,
    local_flows: limits.localFlows,
    devices: 16_384,
    announced: limits.services,
    announcers: 1024,
  };
}

/** All maps of an instance, open. */
export type Maps = ReturnType<typeof openMaps>;

/**
 * Opens every map by the file descriptor that `fdOf` gives for its name.
 *
 * @throws BpfUsageError where a map is not what this version expects
 */
export function openMaps(fdOf: (name: string) => number) {
  return {
    services: BpfMap.fromFd(fdOf('services'), CODECS.services),
    addresses: BpfMap.fromFd(fdOf('addresses'), CODECS.addresses),
    backends: BpfMap.fromFd(fdOf('backends'), CODECS.backends),
    maglev: BpfMap.fromFd(fdOf('maglev'), CODECS.maglev),
    conntrack: BpfMap.fromFd(fdOf('conntrack'), CODECS.conntrack),
    natSlots: BpfMap.fromFd(fdOf('nat_slots'), CODECS.nat_slots),
    natTargets: BpfMap.fromFd(fdOf('nat_targets'), CODECS.nat_targets),
    localFlows: BpfMap.fromFd(fdOf('local_flows'), CODECS.local_flows),
    devices: BpfMap.fromFd(fdOf('devices'), CODECS.devices),
    announced: BpfMap.fromFd(fdOf('announced'), CODECS.announced),
    announcers: BpfMap.fromFd(fdOf('announcers'), CODECS.announcers),
    backendsCpu: BpfMap.fromFd(fdOf('backends_cpu'), PER_CPU_CODECS.backends_cpu),
    serviceStats: BpfMap.fromFd(fdOf('service_stats'), PER_CPU_CODECS.service_stats),
    drops: BpfMap.fromFd(fdOf('drops'), PER_CPU_CODECS.drops),
  };
}

export function closeMaps(maps: Maps): void {
  for (const map of Object.values(maps)) map.close();
}

export function mapPath(pinDirectory: string, name: string): string {
  return join(pinDirectory, 'maps', name);
}

/** The instance's own record. */
export type InstanceMap = BpfMap<number, ReturnType<typeof instanceCodec.decode>>;

export function createInstanceMap(): InstanceMap {
  return BpfMap.create({
    type: 'array',
    key: u32,
    value: instanceCodec,
    maxEntries: 1,
    name: 'blixt_instance',
  });
}

export function openInstanceMap(pinDirectory: string): InstanceMap {
  return BpfMap.openPinned(mapPath(pinDirectory, 'instance'), { key: u32, value: instanceCodec });
}
