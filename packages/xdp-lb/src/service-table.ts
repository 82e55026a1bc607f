import { u32 } from '@blixt/bpf-maps';
import { LoadBalancerError } from './errors.ts';
import {
  BackendFlag,
  type BackendValue,
  backendCodec,
  ServiceFlag,
  type ServiceKeyValue,
  type ServiceValue,
} from './generated/types.ts';
import { maglevTable } from './maglev.ts';
import type { InstanceMap, Maps } from './maps.ts';
import { NatRegions } from './nat-regions.ts';
import { native } from './native.ts';
import { type CheckedOptions, portRangeLog2 } from './options.ts';
import { RangeAllocator } from './range-allocator.ts';
import {
  type CheckedBackend,
  type CheckedService,
  endpointText,
  PROTOCOL_NUMBERS,
  serviceKeyText,
} from './service.ts';

/** How long what was given back stays unused: no packet is under way for so long. */
const REST_MILLISECONDS = 100;

/** bpf/types.h: MAGLEV_REJECT. */
const REJECT = 0;

/** What `LoadBalancer.apply` changed, in services. */
export interface ApplyResult {
  /** Services that were not there before. */
  readonly added: number;
  /** Services that differed from what was loaded. */
  readonly changed: number;
  /** Services that are not wanted any more. */
  readonly removed: number;
  /** Services that were loaded as they are wanted. */
  readonly unchanged: number;
}

/** A backend as it is loaded. */
export interface LoadedBackend {
  readonly id: number;
  readonly key: string;
  value: BackendValue;
}

/** A service as it is loaded. */
export interface LoadedService {
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  value: ServiceValue;
  readonly backends: Map<string, LoadedBackend>;
  /** What its table was made from; undefined where an earlier process made it. */
  tableOf?: string;
}

function protocolName(number: number): 'TCP' | 'UDP' {
  return number === PROTOCOL_NUMBERS.TCP ? 'TCP' : 'UDP';
}

/** Reads services and their backends out of the maps; for a process that takes over, and for onlookers. */
export function readServices(maps: Maps): Map<string, LoadedService> {
  const services = new Map<string, LoadedService>();
  const byId = new Map<number, LoadedService>();
  for (const [key, value] of maps.services.entries()) {
    const protocol = protocolName(key.protocol);
    const { address, port } = key;
    const text = serviceKeyText(protocol, address, port);
    const service: LoadedService = { key: text, address, port, protocol, value, backends: new Map() };
    services.set(text, service);
    byId.set(value.id, service);
  }
  for (const [id, value] of liveBackends(maps)) {
    const key = endpointText(value.address, value.port);
    byId.get(value.serviceId)?.backends.set(key, { id, key, value });
  }
  return services;
}

/** Elements of a memory-mapped array begin at multiples of 8 bytes. */
const BACKEND_STRIDE = Math.ceil(backendCodec.size / 8) * 8;

/** The backends that are there; the map is large and mostly empty, so it is looked through in memory. */
function* liveBackends(maps: Maps): Generator<[number, BackendValue]> {
  const view = new DataView(maps.backends.mapMemory());
  for (let id = 0; id * BACKEND_STRIDE < view.byteLength; id++) {
    const offset = id * BACKEND_STRIDE;
    if (offset + backendCodec.size > view.byteLength) return;
    if (u32.decode(view, offset + backendCodec.offsets.generation) === 0) continue;
    yield [id, backendCodec.decode(view, offset)];
  }
}

/**
 * Keeps the maps in step with a set of services. What is loaded is always whole: a backend is there before a
 * table names it, a table before its service does, and all goes in the opposite order.
 */
export class ServiceTable {
  readonly #maps: Maps;
  readonly #instance: InstanceMap;
  readonly #limits: CheckedOptions['limits'];
  readonly #services: Map<string, LoadedService>;
  readonly #maglev: Uint32Array;
  readonly #maglevSlots: RangeAllocator;
  readonly #serviceIndexes: RangeAllocator;
  readonly #backendIds: RangeAllocator;
  readonly #regions: NatRegions;
  readonly #addresses: Map<string, number>;

  constructor(maps: Maps, instance: InstanceMap, options: CheckedOptions) {
    this.#maps = maps;
    this.#instance = instance;
    this.#limits = options.limits;
    this.#maglev = new Uint32Array(maps.maglev.mapMemory());
    this.#maglevSlots = new RangeAllocator(options.limits.maglevSlots, REST_MILLISECONDS);
    this.#serviceIndexes = new RangeAllocator(options.limits.services, REST_MILLISECONDS);
    this.#backendIds = new RangeAllocator(options.limits.backends, REST_MILLISECONDS);
    this.#backendIds.claim(REJECT, 1);
    this.#addresses = new Map();
    this.#regions = new NatRegions(
      maps,
      options.limits.natSlots,
      portRangeLog2(options.portRange),
      REST_MILLISECONDS,
    );
    this.#services = readServices(maps);
    this.#adopt();
  }

  /** Marks as used what was found loaded, and removes what an interrupted change left behind. */
  #adopt(): void {
    for (const service of this.#services.values()) {
      this.#serviceIndexes.claim(service.value.index, 1);
      if (service.value.maglevSize > 0)
        this.#maglevSlots.claim(service.value.maglevBase, service.value.maglevSize);
      this.#addresses.set(service.address, (this.#addresses.get(service.address) ?? 0) + 1);
      for (const { id, value } of service.backends.values()) {
        this.#backendIds.claim(id, 1);
        this.#regions.acquire(service.protocol, value, value.source);
      }
    }
    const adopted = new Set(
      [...this.#services.values()].flatMap((service) => [...service.backends.values()].map((b) => b.id)),
    );
    for (const [id] of [...liveBackends(this.#maps)]) {
      if (!adopted.has(id)) this.#maps.backends.set(id, EMPTY_BACKEND);
    }
    this.#regions.releaseUnused();
  }

  get services(): ReadonlyMap<string, LoadedService> {
    return this.#services;
  }

  /** Does any backend get its packets by destination NAT alone? */
  get hasLocalBackends(): boolean {
    return [...this.#services.values()].some((service) =>
      [...service.backends.values()].some(({ value }) => (value.flags & BackendFlag.BACKEND_LOCAL) !== 0),
    );
  }

  /**
   * Makes the loaded services these. Services are changed one by one, each in one step; when one cannot be
   * changed, it stays as it was, the others are changed all the same, and the error is thrown at the end.
   *
   * @throws LoadBalancerError `ERR_LB_CAPACITY`
   */
  apply(wanted: readonly CheckedService[]): ApplyResult {
    const failures: LoadBalancerError[] = [];
    let added = 0;
    let changed = 0;
    let removed = 0;
    const keys = new Set(wanted.map((service) => service.key));
    for (const service of [...this.#services.values()]) {
      if (keys.has(service.key)) continue;
      this.#removeService(service);
      removed++;
    }
    for (const service of wanted) {
      try {
        const known = this.#services.get(service.key);
        if (!known) {
          this.#addService(service);
          added++;
        } else if (this.#changeService(known, service)) {
          changed++;
        }
      } catch (error) {
        if (!(error instanceof LoadBalancerError)) throw error;
        failures.push(error);
      }
    }
    const [first] = failures;
    if (first) {
      const more = failures.length > 1 ? ` (and ${failures.length - 1} more services)` : '';
      throw new LoadBalancerError(first.code, `${first.message}${more}`, { cause: first });
    }
    return { added, changed, removed, unchanged: wanted.length - added - changed };
  }

  #nextNumber(field: 'nextServiceId' | 'nextGeneration'): number {
    const record = this.#instance.get(0);
    if (!record) throw new LoadBalancerError('ERR_LB_CLOSED', 'the instance map is gone');
    const number = record[field];
    this.#instance.set(0, { ...record, [field]: number + 1 });
    return number;
  }

  #addService(wanted: CheckedService): void {
    const index = this.#serviceIndexes.allocate(1);
    if (index === undefined) {
      throw new LoadBalancerError(
        'ERR_LB_CAPACITY',
        `${wanted.key}: limits.services is ${this.#limits.services} and reached`,
      );
    }
    const { key, address, port, protocol } = wanted;
    const value = { id: this.#nextNumber('nextServiceId'), index, maglevBase: 0, maglevSize: 0, flags: 0 };
    const service: LoadedService = { key, address, port, protocol, value, backends: new Map() };
    const zero = { packets: 0n, bytes: 0n, flows: 0n, rejects: 0n };
    this.#maps.serviceStats.set(
      index,
      (this.#maps.serviceStats.get(index) ?? []).map(() => zero),
    );
    try {
      this.#changeService(service, wanted);
    } catch (error) {
      for (const backend of [...service.backends.values()]) this.#removeBackend(service, backend);
      this.#serviceIndexes.release(index, 1, false);
      throw error;
    }
    this.#services.set(key, service);
    const users = this.#addresses.get(address) ?? 0;
    this.#addresses.set(address, users + 1);
    if (users === 0) this.#maps.addresses.set({ address }, 1);
  }

  #removeService(service: LoadedService): void {
    this.#maps.services.delete(mapKeyOf(service));
    this.#services.delete(service.key);
    for (const backend of [...service.backends.values()]) this.#removeBackend(service, backend);
    this.#maglevSlots.release(service.value.maglevBase, service.value.maglevSize);
    this.#serviceIndexes.release(service.value.index, 1);
    const users = (this.#addresses.get(service.address) ?? 1) - 1;
    this.#addresses.set(service.address, users);
    if (users === 0) {
      this.#addresses.delete(service.address);
      this.#maps.addresses.delete({ address: service.address });
    }
  }

  /** Returns whether anything differed. */
  #changeService(service: LoadedService, wanted: CheckedService): boolean {
    let differs = false;
    const added: LoadedBackend[] = [];
    const ids: number[] = [];
    try {
      for (const backend of wanted.backends) {
        const known = service.backends.get(backend.key);
        if (known) {
          differs = this.#updateBackend(service, known, backend) || differs;
          ids.push(known.id);
        } else {
          const fresh = this.#addBackend(service, backend);
          added.push(fresh);
          ids.push(fresh.id);
        }
      }
      differs = this.#replaceTable(service, wanted, ids) || differs || added.length > 0;
    } catch (error) {
      // No table has named them yet.
      for (const backend of added) this.#removeBackend(service, backend, false);
      throw error;
    }
    const keys = new Set(wanted.backends.map((backend) => backend.key));
    for (const backend of [...service.backends.values()]) {
      if (keys.has(backend.key)) continue;
      this.#removeBackend(service, backend);
      differs = true;
    }
    return differs;
  }

  /** Writes the service's table beside the old one and switches over, if they differ. */
  #replaceTable(service: LoadedService, wanted: CheckedService, ids: readonly number[]): boolean {
    const members = wanted.backends.map((backend) => ({ name: backend.key, weight: backend.weight }));
    // Making a table costs much more than knowing that it would be the same one.
    const tableOf = JSON.stringify([members, wanted.rejectWeight]);
    if (service.tableOf === tableOf) return false;
    const table = maglevTable([...members, { name: 'reject', weight: wanted.rejectWeight }]).map(
      (member) => ids[member] ?? REJECT,
    );
    const rejectsAll = table.every((id) => id === REJECT);
    const slots = rejectsAll ? new Uint32Array(0) : table;
    const flags = rejectsAll ? ServiceFlag.SERVICE_REJECT_ALL : 0;
    const { maglevBase, maglevSize } = service.value;
    const loaded = this.#maglev.subarray(maglevBase, maglevBase + maglevSize);
    const isLoaded = this.#services.has(service.key);
    if (isLoaded && service.value.flags === flags && equal(loaded, slots)) {
      service.tableOf = tableOf;
      return false;
    }

    const base = slots.length > 0 ? this.#maglevSlots.allocate(slots.length) : 0;
    if (base === undefined) {
      throw new LoadBalancerError(
        'ERR_LB_CAPACITY',
        `${wanted.key}: no room for a Maglev table of ${slots.length} slots: raise limits.maglevSlots above ${this.#limits.maglevSlots}`,
      );
    }
    this.#maglev.set(slots, base);
    const value = { ...service.value, maglevBase: base, maglevSize: slots.length, flags };
    this.#maps.services.set(mapKeyOf(service), value);
    this.#maglevSlots.release(maglevBase, maglevSize);
    service.value = value;
    service.tableOf = tableOf;
    return true;
  }

  #addBackend(service: LoadedService, backend: CheckedBackend): LoadedBackend {
    const id = this.#backendIds.allocate(1);
    if (id === undefined) {
      throw new LoadBalancerError(
        'ERR_LB_CAPACITY',
        `${service.key}: limits.backends is ${this.#limits.backends} and reached`,
      );
    }
    try {
      const value = this.#backendValue(service, backend, this.#nextNumber('nextGeneration'));
      const loaded = { id, key: backend.key, value };
      this.#maps.backendsCpu.set(
        id,
        (this.#maps.backendsCpu.get(id) ?? []).map(() => EMPTY_BACKEND_CPU),
      );
      this.#maps.backends.set(id, value);
      service.backends.set(backend.key, loaded);
      return loaded;
    } catch (error) {
      this.#backendIds.release(id, 1, false);
      throw error;
    }
  }

  #backendValue(service: LoadedService, backend: CheckedBackend, generation: number): BackendValue {
    const { address, port } = backend;
    const source = native().routeSource(address) ?? (address.includes(':') ? '::' : '0.0.0.0');
    const region = this.#regions.acquire(service.protocol, backend, source);
    const flags = backend.mode === 'local' ? BackendFlag.BACKEND_LOCAL : 0;
    const { id: serviceId, index: serviceIndex } = service.value;
    return {
      address,
      source,
      port,
      flags,
      natLog2: region.log2,
      generation,
      natBase: region.base,
      serviceId,
      serviceIndex,
    };
  }

  #updateBackend(service: LoadedService, loaded: LoadedBackend, backend: CheckedBackend): boolean {
    const value = this.#backendValue(service, backend, loaded.value.generation);
    // #backendValue acquired the region once more.
    this.#regions.release(PROTOCOL_NUMBERS[service.protocol], backend.address, backend.port);
    if (value.flags === loaded.value.flags && value.source === loaded.value.source) return false;
    this.#maps.backends.set(loaded.id, value);
    loaded.value = value;
    return true;
  }

  /** Without its generation in the map, the flows of a backend have nothing to go to: they are reset or chosen anew. */
  #removeBackend(service: LoadedService, backend: LoadedBackend, rest = true): void {
    this.#maps.backends.set(backend.id, EMPTY_BACKEND);
    service.backends.delete(backend.key);
    const { address, port } = backend.value;
    this.#regions.release(PROTOCOL_NUMBERS[service.protocol], address, port, rest);
    this.#backendIds.release(backend.id, 1, rest);
  }
}

function mapKeyOf({ address, port, protocol }: LoadedService): ServiceKeyValue {
  return { address, port, protocol: PROTOCOL_NUMBERS[protocol] };
}

const EMPTY_BACKEND: BackendValue = {
  address: '::',
  source: '::',
  port: 0,
  flags: 0,
  natLog2: 0,
  generation: 0,
  natBase: 0,
  serviceId: 0,
  serviceIndex: 0,
};

const NO_MAC = '00:00:00:00:00:00';
const EMPTY_BACKEND_CPU = {
  nextHop: { ifindex: 0, dstMac: NO_MAC, srcMac: NO_MAC, device: 0, resolved: 0, asked: 0 },
  natCursor: 0,
  packets: 0n,
  bytes: 0n,
  flows: 0n,
};

function equal(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** The part of a table's slots that hold `id`; 0 to 1. */
export function shareOf(table: Uint32Array, id: number): number {
  let count = 0;
  for (const slot of table) if (slot === id) count++;
  return table.length === 0 ? (id === REJECT ? 1 : 0) : count / table.length;
}
