import { hash } from 'node:crypto';
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
  type EndpointKey,
  endpointText,
  PROTOCOL_NUMBERS,
  protocolName,
  serviceKeyText,
} from './service.ts';

/** How long what was given back stays unused: no packet is under way for so long. */
const REST_MILLISECONDS = 100;

/** Numbers of services or of backends' generations that are set aside by one write. */
const NUMBERS_AT_ONCE = 1024;

/** bpf/types.h: MAGLEV_REJECT. */
const REJECT = 0;

/** Of a slot in a Maglev table. */
const SLOT_BYTES = 4;

/** What `LoadBalancer.apply` or `LoadBalancer.change` changed, in services. */
export interface ApplyResult {
  /** Services that were not there before. */
  readonly added: number;
  /** Services that differed from what was loaded. */
  readonly changed: number;
  /** Services that are not wanted any more. */
  readonly removed: number;
  /** Services that were given and loaded as they are wanted. */
  readonly unchanged: number;
}

/** A backend as it is loaded; what else its entry has follows from these and from its service. */
export interface LoadedBackend extends EndpointKey {
  readonly id: number;
  readonly generation: number;
  /** Where packets to it leave from. */
  source: string;
  flags: number;
}

/** A service as it is loaded. */
export interface LoadedService {
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  value: ServiceValue;
  readonly backends: Map<string, LoadedBackend>;
  /** A digest of what its table was made from; undefined where an earlier process made it. */
  tableOf?: string;
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
  for (const [id, { address, port, source, flags, generation, serviceId }] of liveBackends(maps)) {
    const key = endpointText(address, port);
    byId.get(serviceId)?.backends.set(key, { id, key, address, port, generation, source, flags });
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
  readonly #maglevSlots: RangeAllocator;
  readonly #serviceIndexes: RangeAllocator;
  readonly #backendIds: RangeAllocator;
  readonly #regions: NatRegions;
  /** How many services an address has. */
  readonly #addresses = new Map<string, number>();
  readonly #numbers = { nextServiceId: { next: 0, end: 0 }, nextGeneration: { next: 0, end: 0 } };
  /** Backends and services from here on were never there: their counters are zero. */
  #unusedBackend: number;
  #unusedService: number;
  /** Where packets to the backends of a change leave from. */
  #sources: ReadonlyMap<string, string> = new Map();
  #ipv6Services = 0;
  #localBackends = 0;

  /** @param isNew - nothing was ever in the maps */
  constructor(maps: Maps, instance: InstanceMap, options: CheckedOptions, isNew = false) {
    this.#maps = maps;
    this.#instance = instance;
    this.#limits = options.limits;
    this.#maglevSlots = new RangeAllocator(options.limits.maglevSlots, REST_MILLISECONDS);
    this.#serviceIndexes = new RangeAllocator(options.limits.services, REST_MILLISECONDS);
    this.#backendIds = new RangeAllocator(options.limits.backends, REST_MILLISECONDS);
    this.#backendIds.claim(REJECT, 1);
    this.#unusedBackend = isNew ? 0 : options.limits.backends;
    this.#unusedService = isNew ? 0 : options.limits.services;
    this.#regions = new NatRegions(
      maps,
      options.limits.natSlots,
      portRangeLog2(options.portRange),
      REST_MILLISECONDS,
      isNew,
    );
    this.#services = readServices(maps);
    this.#adopt();
  }

  /** Marks as used what was found loaded, and removes what an interrupted change left behind. */
  #adopt(): void {
    const services = [...this.#services.values()];
    for (const { value } of services.toSorted((a, b) => a.value.index - b.value.index))
      this.#serviceIndexes.claim(value.index, 1);
    for (const { value } of services.toSorted((a, b) => a.value.maglevBase - b.value.maglevBase))
      if (value.maglevSize > 0) this.#maglevSlots.claim(value.maglevBase, value.maglevSize);
    const adopted = new Set<number>();
    for (const service of services) {
      this.#countService(service, 1);
      for (const backend of service.backends.values()) {
        adopted.add(backend.id);
        this.#countBackend(backend, 1);
        this.#regions.acquire(service.protocol, backend, backend.source);
      }
    }
    for (const id of [...adopted].sort((a, b) => a - b)) this.#backendIds.claim(id, 1);
    for (const [id] of [...liveBackends(this.#maps)]) {
      if (!adopted.has(id)) this.#maps.backends.set(id, EMPTY_BACKEND);
    }
    this.#regions.releaseUnused();
  }

  /** @returns how many services the address has now */
  #countService({ address }: LoadedService, more: 1 | -1): number {
    const users = (this.#addresses.get(address) ?? 0) + more;
    if (users > 0) this.#addresses.set(address, users);
    else this.#addresses.delete(address);
    if (address.includes(':')) this.#ipv6Services += more;
    return users;
  }

  #countBackend({ flags }: LoadedBackend, more: 1 | -1): void {
    if ((flags & BackendFlag.BACKEND_LOCAL) !== 0) this.#localBackends += more;
  }

  get services(): ReadonlyMap<string, LoadedService> {
    return this.#services;
  }

  /** Does any backend get its packets by destination NAT alone? O(1). */
  get hasLocalBackends(): boolean {
    return this.#localBackends > 0;
  }

  /** Has any service an IPv6 address? O(1). */
  get hasIpv6Services(): boolean {
    return this.#ipv6Services > 0;
  }

  /**
   * Makes the loaded services these, by {@link ServiceTable.change}.
   *
   * @throws LoadBalancerError `ERR_LB_CAPACITY`
   */
  apply(wanted: readonly CheckedService[]): ApplyResult {
    const keys = new Set(wanted.map((service) => service.key));
    return this.change(
      wanted,
      [...this.#services.keys()].filter((key) => !keys.has(key)),
    );
  }

  /**
   * Makes some services what they shall be, and removes others by their keys. Services are changed one by one,
   * each in one step; when one cannot be changed, it stays as it was, the others are changed all the same, and the
   * error is thrown at the end. O(what is given).
   *
   * @param more - backends that further changes are about to bring
   * @throws LoadBalancerError `ERR_LB_CAPACITY`
   */
  change(wanted: readonly CheckedService[], unwanted: readonly string[], more = 0): ApplyResult {
    const failures: LoadBalancerError[] = [];
    let added = 0;
    let changed = 0;
    let removed = 0;
    for (const key of unwanted) {
      const service = this.#services.get(key);
      if (!service) continue;
      this.#removeService(service);
      removed++;
    }
    this.#regions.expect(this.#newcomers(wanted) + more);
    this.#sources = sourcesOf(wanted);
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
    this.#sources = new Map();
    const [first] = failures;
    if (first) {
      const more = failures.length > 1 ? ` (and ${failures.length - 1} more services)` : '';
      throw new LoadBalancerError(first.code, `${first.message}${more}`, { cause: first });
    }
    return { added, changed, removed, unchanged: wanted.length - added - changed };
  }

  /** Backends that are not loaded yet. */
  #newcomers(wanted: readonly CheckedService[]): number {
    let count = 0;
    for (const { key, backends } of wanted) {
      const loaded = this.#services.get(key)?.backends;
      for (const backend of backends) if (loaded?.has(backend.key) !== true) count++;
    }
    return count;
  }

  /** A number that was never used before, also by earlier processes: they are set aside in blocks. */
  #nextNumber(field: 'nextServiceId' | 'nextGeneration'): number {
    const known = this.#numbers[field];
    if (known.next < known.end) return known.next++;
    const record = this.#instance.get(0);
    if (!record) throw new LoadBalancerError('ERR_LB_CLOSED', 'the instance map is gone');
    const first = record[field];
    this.#instance.set(0, { ...record, [field]: first + NUMBERS_AT_ONCE });
    this.#numbers[field] = { next: first + 1, end: first + NUMBERS_AT_ONCE };
    return first;
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
    if (index < this.#unusedService) {
      const counters = this.#maps.serviceStats.get(index) ?? [];
      this.#maps.serviceStats.set(
        index,
        counters.map(() => EMPTY_SERVICE_STATS),
      );
    }
    this.#unusedService = Math.max(this.#unusedService, index + 1);
    try {
      this.#changeService(service, wanted);
    } catch (error) {
      for (const backend of [...service.backends.values()]) this.#removeBackend(service, backend);
      this.#serviceIndexes.release(index, 1, false);
      throw error;
    }
    this.#services.set(key, service);
    if (this.#countService(service, 1) === 1) this.#maps.addresses.set({ address }, 1);
  }

  #removeService(service: LoadedService): void {
    this.#maps.services.delete(mapKeyOf(service));
    this.#services.delete(service.key);
    for (const backend of [...service.backends.values()]) this.#removeBackend(service, backend);
    this.#maglevSlots.release(service.value.maglevBase, service.value.maglevSize);
    this.#serviceIndexes.release(service.value.index, 1);
    if (this.#countService(service, -1) === 0) this.#maps.addresses.delete({ address: service.address });
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
    const tableOf = hash('sha256', JSON.stringify([members, wanted.rejectWeight]), 'base64');
    if (service.tableOf === tableOf) return false;
    const table = maglevTable([...members, { name: 'reject', weight: wanted.rejectWeight }]).map(
      (member) => ids[member] ?? REJECT,
    );
    const rejectsAll = table.every((id) => id === REJECT);
    const slots = rejectsAll ? new Uint32Array(0) : table;
    const flags = rejectsAll ? ServiceFlag.SERVICE_REJECT_ALL : 0;
    const { maglevBase, maglevSize } = service.value;
    const isLoaded = this.#services.has(service.key) && service.value.flags === flags;
    if (isLoaded && maglevSize === slots.length && this.#holds(maglevBase, slots)) {
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
    native().writeArray(this.#maps.maglev.fd, base * SLOT_BYTES, bytesOf(slots));
    const value = { ...service.value, maglevBase: base, maglevSize: slots.length, flags };
    this.#maps.services.set(mapKeyOf(service), value);
    this.#maglevSlots.release(maglevBase, maglevSize);
    service.value = value;
    service.tableOf = tableOf;
    return true;
  }

  /** Is this table in the map? */
  #holds(base: number, slots: Uint32Array): boolean {
    const bytes = bytesOf(slots);
    return native()
      .readArray(this.#maps.maglev.fd, base * SLOT_BYTES, bytes.length)
      .equals(bytes);
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
      const { key, address, port } = backend;
      const generation = this.#nextNumber('nextGeneration');
      const loaded = {
        id,
        key,
        address,
        port,
        generation,
        source: this.#sourceOf(backend),
        flags: flagsOf(backend),
      };
      const value = this.#backendValue(service, loaded);
      if (id < this.#unusedBackend) {
        const counters = this.#maps.backendsCpu.get(id) ?? [];
        this.#maps.backendsCpu.set(
          id,
          counters.map(() => EMPTY_BACKEND_CPU),
        );
      }
      this.#unusedBackend = Math.max(this.#unusedBackend, id + 1);
      this.#maps.backends.set(id, value);
      this.#countBackend(loaded, 1);
      service.backends.set(key, loaded);
      return loaded;
    } catch (error) {
      this.#backendIds.release(id, 1, false);
      throw error;
    }
  }

  /** Where packets to a backend of this change leave from. */
  #sourceOf({ address }: CheckedBackend): string {
    return this.#sources.get(address) ?? (address.includes(':') ? '::' : '0.0.0.0');
  }

  /** The entry of a backend, which becomes one more user of its region. */
  #backendValue({ protocol, value }: LoadedService, backend: LoadedBackend): BackendValue {
    const { address, port, source, flags, generation } = backend;
    const { log2: natLog2, base: natBase } = this.#regions.acquire(protocol, backend, source);
    const { id: serviceId, index: serviceIndex } = value;
    return { address, source, port, flags, natLog2, generation, natBase, serviceId, serviceIndex };
  }

  #updateBackend(service: LoadedService, loaded: LoadedBackend, backend: CheckedBackend): boolean {
    const source = this.#sourceOf(backend);
    const flags = flagsOf(backend);
    if (flags === loaded.flags && source === loaded.source) return false;
    const changed = { ...loaded, source, flags };
    this.#maps.backends.set(loaded.id, this.#backendValue(service, changed));
    this.#countBackend(loaded, -1);
    this.#countBackend(changed, 1);
    loaded.source = source;
    loaded.flags = flags;
    // It was a user of the region before.
    this.#regions.release(service.protocol, loaded);
    return true;
  }

  /** Without its generation in the map, the flows of a backend have nothing to go to: they are reset or chosen anew. */
  #removeBackend(service: LoadedService, backend: LoadedBackend, rest = true): void {
    this.#maps.backends.set(backend.id, EMPTY_BACKEND);
    this.#countBackend(backend, -1);
    service.backends.delete(backend.key);
    this.#regions.release(service.protocol, backend, rest);
    this.#backendIds.release(backend.id, 1, rest);
  }
}

function mapKeyOf({ address, port, protocol }: LoadedService): ServiceKeyValue {
  return { address, port, protocol: PROTOCOL_NUMBERS[protocol] };
}

const flagsOf = ({ mode }: CheckedBackend): number => (mode === 'local' ? BackendFlag.BACKEND_LOCAL : 0);

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

const EMPTY_SERVICE_STATS = { packets: 0n, bytes: 0n, flows: 0n, rejects: 0n };

const NO_MAC = '00:00:00:00:00:00';
const EMPTY_BACKEND_CPU = {
  nextHop: { ifindex: 0, dstMac: NO_MAC, srcMac: NO_MAC, device: 0, resolved: 0, asked: 0 },
  natCursor: 0,
  packets: 0n,
  bytes: 0n,
  flows: 0n,
};

/** By the address of a backend, where packets to it leave from; those without a route are left out. */
function sourcesOf(services: readonly CheckedService[]): Map<string, string> {
  const addresses = [...new Set(services.flatMap(({ backends }) => backends.map(({ address }) => address)))];
  const sources = new Map<string, string>();
  let last = '';
  for (const [index, source] of native().routeSources(addresses).entries()) {
    const address = addresses[index];
    if (address === undefined || source === undefined) continue;
    // Most are equal: one string for them.
    if (source !== last) last = source;
    sources.set(address, last);
  }
  return sources;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** The part of a table's slots that hold `id`; 0 to 1. */
export function shareOf(table: Uint32Array, id: number): number {
  let count = 0;
  for (const slot of table) if (slot === id) count++;
  return table.length === 0 ? (id === REJECT ? 1 : 0) : count / table.length;
}
