import { existsSync } from 'node:fs';
import { type AnnounceOptions, type AnnounceResult, Announcer } from './announcer.ts';
import {
  checkForwarding,
  checkPortRange,
  ipv6ForwardingProblem,
  listDevices,
  refreshDevices,
} from './devices.ts';
import { errnoCode, explainLoadFailure, LoadBalancerError } from './errors.ts';
import { type AttachedInterface, type AttachOptions, attachedInterfaces, Interfaces } from './interfaces.ts';
import {
  closeMaps,
  createInstanceMap,
  type InstanceMap,
  layoutNumber,
  MAP_NAMES,
  type Maps,
  mapPath,
  mapSizes,
  openInstanceMap,
  openMaps,
} from './maps.ts';
import { native } from './native.ts';
import {
  type CheckedOptions,
  checkOptions,
  DEFAULT_PIN_DIRECTORY,
  type LoadBalancerOptions,
} from './options.ts';
import { clearPins, isPinned, lockPinDirectory, makePinDirectory, removePins } from './pins.ts';
import { checkPrivileges } from './privileges.ts';
import { closePrograms, loadPrograms, type Programs } from './programs.ts';
import {
  type CheckedService,
  checkCount,
  checkKeys,
  checkServices,
  type Service,
  type ServiceChange,
  type ServiceKey,
} from './service.ts';
import { type ApplyResult, ServiceTable } from './service-table.ts';
import { collectStats, type Stats } from './stats.ts';

/** What {@link readInstance} sees. */
export interface InstanceState extends Stats {
  /** Those that are attached. */
  readonly interfaces: readonly AttachedInterface[];
}

interface Parts {
  readonly options: CheckedOptions;
  readonly lock: number;
  readonly maps: Maps;
  readonly instance: InstanceMap;
  readonly programs: Programs;
  readonly takenOver: boolean;
}

/** The numbers that an instance was made with are those of its maps. */
function limitsOf(maps: Maps): CheckedOptions['limits'] {
  return {
    flows: maps.conntrack.info.maxEntries,
    services: maps.services.info.maxEntries,
    backends: maps.backends.info.maxEntries,
    natSlots: maps.natSlots.info.maxEntries,
    maglevSlots: maps.maglev.info.maxEntries * 16,
    localFlows: maps.localFlows.info.maxEntries,
  };
}

function checkInstance(instance: InstanceMap, options: CheckedOptions): void {
  const record = instance.get(0);
  const { min, max } = options.portRange;
  const remedy = `remove what an earlier process left (blixt detach --pin-dir ${options.pinDirectory})`;
  if (record?.layout !== layoutNumber()) {
    throw new LoadBalancerError(
      'ERR_LB_VERSION_CHANGED',
      `the maps pinned at ${options.pinDirectory} were made by a version with another layout: ${remedy}`,
    );
  }
  if (record.portMin !== min || record.portMax !== max) {
    throw new LoadBalancerError(
      'ERR_LB_SETTINGS_CHANGED',
      `the data plane pinned at ${options.pinDirectory} has the port range ${record.portMin}-${record.portMax}, and its flows hold ports of it; ${min}-${max} was asked for: keep the range, or ${remedy}`,
    );
  }
}

function openPinnedMaps(pinDirectory: string): Maps {
  return openMaps((name) => native().openPinned(mapPath(pinDirectory, name)));
}

function takeOver(options: CheckedOptions, lock: number): Parts {
  const instance = openInstanceMap(options.pinDirectory);
  checkInstance(instance, options);
  const maps = openPinnedMaps(options.pinDirectory);
  const shared = Object.fromEntries(
    MAP_NAMES.map((name) => [name, { fd: native().openPinned(mapPath(options.pinDirectory, name)) }]),
  );
  const { programs, mapFds } = loadPrograms(shared, options);
  for (const { fd } of Object.values(shared)) native().closeFd(fd);
  for (const fd of Object.values(mapFds)) native().closeFd(fd);
  return { options: { ...options, limits: limitsOf(maps) }, lock, maps, instance, programs, takenOver: true };
}

function create(options: CheckedOptions, lock: number): Parts {
  const { pinDirectory, portRange } = options;
  const sizes = Object.entries(mapSizes(options)).map(
    ([name, maxEntries]) => [name, { maxEntries }] as const,
  );
  const { programs, mapFds } = loadPrograms(Object.fromEntries(sizes), options);
  for (const [name, fd] of Object.entries(mapFds)) native().pin(fd, mapPath(pinDirectory, name));
  const maps = openMaps((name) => mapFds[name] ?? -1);
  const instance = createInstanceMap();
  instance.set(0, {
    layout: layoutNumber(),
    portMin: portRange.min,
    portMax: portRange.max,
    nextServiceId: 1,
    nextGeneration: 1,
  });
  // Last: an instance whose creation was cut short is made anew.
  instance.pin(mapPath(pinDirectory, 'instance'));
  return { options, lock, maps, instance, programs, takenOver: false };
}

/**
 * A layer-4 load balancer in the kernel, and the hold on it.
 *
 * The data plane lives in its pin directory, not in this object: after {@link LoadBalancer.close}, or when the
 * process dies, it goes on, and the next {@link LoadBalancer.open} takes it over without losing a flow.
 * Everything is synchronous; interfaces are those of the caller's network namespace.
 */
export class LoadBalancer implements Disposable {
  readonly #parts: Parts;
  readonly #interfaces: Interfaces;
  readonly #table: ServiceTable;
  readonly #announcer: Announcer;
  #closed = false;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#interfaces = new Interfaces(parts.options.pinDirectory, parts.programs);
    this.#table = new ServiceTable(parts.maps, parts.instance, parts.options, !parts.takenOver);
    this.#announcer = new Announcer(parts.maps, () => this.#interfaces.attached());
    if (parts.takenOver) {
      this.#interfaces.takeOver();
      this.#refresh();
    }
  }

  /**
   * Loads the data plane, or takes over what an earlier process left in the pin directory: its flows, its
   * services and its interfaces. `limits` of what is taken over stay as they were.
   *
   * @throws LoadBalancerError `ERR_LB_PLATFORM`, `ERR_LB_PRIVILEGE`, `ERR_LB_KERNEL`, `ERR_LB_BPFFS`,
   *   `ERR_LB_BUSY` (another process drives it), `ERR_LB_OPTION`, `ERR_LB_PORT_RANGE`,
   *   `ERR_LB_SETTINGS_CHANGED`, `ERR_LB_VERSION_CHANGED`
   */
  static open(options: LoadBalancerOptions = {}): LoadBalancer {
    const checked = checkOptions(options);
    native();
    checkPrivileges();
    checkPortRange(checked.portRange.min, checked.portRange.max);
    makePinDirectory(checked.pinDirectory);
    const lock = lockPinDirectory(checked.pinDirectory);
    const pinned = isPinned(checked.pinDirectory);
    try {
      if (pinned) return new LoadBalancer(takeOver(checked, lock));
      // What an earlier process did not finish.
      clearPins(checked.pinDirectory);
      makePinDirectory(checked.pinDirectory);
      return new LoadBalancer(create(checked, lock));
    } catch (error) {
      // What was running before goes on; what was only half made goes.
      if (!pinned) removePins(checked.pinDirectory);
      native().closeFd(lock);
      throw errnoCode(error) === 'EPERM' ? explainLoadFailure(error) : error;
    }
  }

  /** Whether an earlier process's data plane was taken over. */
  get takenOver(): boolean {
    return this.#parts.takenOver;
  }

  #check(): Parts {
    if (this.#closed) {
      throw new LoadBalancerError('ERR_LB_CLOSED', 'this LoadBalancer is closed: open another to go on');
    }
    return this.#parts;
  }

  /**
   * Balances the packets that come in by an interface. For snat, replies of backends must come in by an
   * attached interface too. Does nothing where that is done already.
   *
   * @throws LoadBalancerError `ERR_LB_INTERFACE`, `ERR_LB_INTERFACE_BUSY`, `ERR_LB_XDP_BUSY`,
   *   `ERR_LB_FORWARDING`, `ERR_LB_KERNEL`
   */
  attach(interfaceName: string, options: AttachOptions = {}): AttachedInterface {
    this.#check();
    const choice = options.hook ?? 'auto';
    if (!['auto', 'xdp', 'xdp-generic', 'tcx'].includes(choice)) {
      throw new LoadBalancerError(
        'ERR_LB_OPTION',
        `hook: expected auto, xdp, xdp-generic or tcx, got ${JSON.stringify(choice)}`,
      );
    }
    checkForwarding();
    const attached = this.#interfaces.attach(interfaceName, choice);
    if (this.#table.hasLocalBackends) this.#interfaces.attachEgress();
    this.#refresh();
    return attached;
  }

  /**
   * Lets go of one interface, by its {@link AttachedInterface.ifindex}: its packets go to the kernel again.
   * Does nothing where it is not attached.
   */
  detachInterface(ifindex: number): void {
    this.#check();
    this.#interfaces.detach(ifindex);
    this.#refresh();
  }

  /** The interfaces that are attached. */
  interfaces(): AttachedInterface[] {
    this.#check();
    return this.#interfaces.list();
  }

  /** Sentences about what keeps packets from flowing though every call succeeds; empty when all is well. */
  warnings(): string[] {
    this.#check();
    const problem = this.#table.hasIpv6Services ? ipv6ForwardingProblem() : undefined;
    return problem === undefined ? [] : [problem];
  }

  /**
   * Makes the balanced services exactly these. Idempotent; changes only what differs, each service in one
   * step. Flows stay on their backends; those of a backend that is gone are reset (TCP) or chosen anew (UDP).
   *
   * @throws LoadBalancerError `ERR_LB_SERVICE` (nothing was changed), `ERR_LB_CAPACITY` (all others were)
   */
  apply(services: readonly Service[]): ApplyResult {
    this.#check();
    const checked = checkServices('services', services);
    this.#prepare(checked);
    return this.#table.apply(checked);
  }

  /**
   * Changes some of the balanced services and leaves the others as they are, with the guarantees of
   * {@link LoadBalancer.apply}: the services are afterwards what `apply` of all of them would make them. O(what is
   * given), however many services there are.
   *
   * Unlike `apply` it does not look whether packets to the backends of other services now leave from another
   * address of this machine.
   *
   * @throws LoadBalancerError `ERR_LB_SERVICE` (nothing was changed), `ERR_LB_CAPACITY` (all others were)
   */
  change({ set = [], remove = [], more = 0 }: ServiceChange): ApplyResult {
    this.#check();
    checkCount('more', more);
    const checked = checkServices('set', set);
    const unwanted = checkKeys(remove, new Set(checked.map(({ key }) => key)));
    this.#prepare(checked);
    return this.#table.change(checked, unwanted, more);
  }

  /** What tells the services that are balanced apart, also those that an earlier process left. O(services). */
  loaded(): ServiceKey[] {
    this.#check();
    return Array.from(this.#table.services.values(), ({ address, port, protocol }) => ({
      address,
      port,
      protocol,
    }));
  }

  /** What services need is there before they are. */
  #prepare(services: readonly CheckedService[]): void {
    this.#refresh();
    const hasLocal = services.some(({ backends }) => backends.some(({ mode }) => mode === 'local'));
    if (hasLocal) this.#interfaces.attachEgress();
  }

  /**
   * Says on the links of the attached interfaces that exactly these addresses are here: answers ARP requests (RFC
   * 826) and neighbour solicitations (RFC 4861) for them, whether the kernel has them or not, also while no process
   * drives it (for `forMs`); and tells the links about those that are new, so that an address that was elsewhere moves at once.
   * Only one machine of a link may announce an address. Idempotent; no address is announced at first.
   *
   * @throws LoadBalancerError `ERR_LB_OPTION` (nothing was changed), `ERR_LB_CAPACITY`
   */
  announce(addresses: readonly string[], options: AnnounceOptions = {}): AnnounceResult {
    this.#check();
    return this.#announcer.announce(addresses, options);
  }

  /**
   * Lets what is announced be answered for so long from now on, in milliseconds, or for ever; never for shorter than
   * it would be. Also what an earlier process announced. O(interfaces), whatever is announced.
   *
   * @returns false when the time was over before: only {@link LoadBalancer.announce} begins anew
   * @throws LoadBalancerError `ERR_LB_OPTION`
   */
  extendAnnouncement(forMs?: number): boolean {
    this.#check();
    return this.#announcer.extend(forMs);
  }

  /** The addresses that are announced. */
  announced(): string[] {
    this.#check();
    return this.#announcer.addresses;
  }

  /** What the programs know of interfaces is as they are now. */
  #refresh(): void {
    const devices = listDevices();
    refreshDevices(this.#parts.maps.devices, devices, this.#interfaces.nativeXdp());
    this.#announcer.refresh(devices);
  }

  /** Counters of all services and backends, and of drops. */
  stats(): Stats {
    return collectStats(this.#check().maps, this.#table.services);
  }

  /** Takes the data plane down: programs, flows and pins are gone, and this object is closed. */
  detach(): void {
    const { options } = this.#check();
    removePins(options.pinDirectory);
    this.close();
  }

  /** Lets go of the data plane, which goes on as it is. Calling it again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#announcer.close();
    closeMaps(this.#parts.maps);
    this.#parts.instance.close();
    closePrograms(this.#parts.programs);
    native().closeFd(this.#parts.lock);
  }

  /** @see LoadBalancer.close */
  [Symbol.dispose](): void {
    this.close();
  }
}

function refuseMissing(pinDirectory: string): void {
  if (!isPinned(pinDirectory)) {
    throw new LoadBalancerError('ERR_LB_NOT_RUNNING', `no data plane is pinned at ${pinDirectory}`);
  }
}

/**
 * What an instance does, seen from outside: works while another process drives it, and while none does.
 *
 * @throws LoadBalancerError `ERR_LB_NOT_RUNNING`, `ERR_LB_PRIVILEGE`, `ERR_LB_VERSION_CHANGED`
 */
export function readInstance(pinDirectory: string = DEFAULT_PIN_DIRECTORY): InstanceState {
  refuseMissing(pinDirectory);
  using instance = openInstanceMap(pinDirectory);
  if (instance.get(0)?.layout !== layoutNumber()) {
    throw new LoadBalancerError(
      'ERR_LB_VERSION_CHANGED',
      `the maps pinned at ${pinDirectory} were made by a version with another layout`,
    );
  }
  const maps = openPinnedMaps(pinDirectory);
  try {
    return { ...collectStats(maps), interfaces: attachedInterfaces(pinDirectory) };
  } finally {
    closeMaps(maps);
  }
}

/**
 * Removes everything that an instance left on this machine, whoever made it and with whatever version.
 *
 * @returns the paths of the pins that were removed; empty if there were none
 * @throws LoadBalancerError `ERR_LB_BUSY` while a process drives it, `ERR_LB_PRIVILEGE`
 */
export function detachInstance(pinDirectory: string = DEFAULT_PIN_DIRECTORY): string[] {
  if (!existsSync(pinDirectory)) return [];
  const lock = lockPinDirectory(pinDirectory);
  try {
    return removePins(pinDirectory);
  } finally {
    native().closeFd(lock);
  }
}
