import type { BpfMap } from '@blixt/bpf-maps';
import { announcementFrame } from './announcement-frame.ts';
import { type Device, listDevices } from './devices.ts';
import { errnoCode, LoadBalancerError } from './errors.ts';
import type { AddressKeyValue, AnnouncerValue } from './generated/types.ts';
import { native } from './native.ts';
import { plainAddress } from './plain-address.ts';

/**
 * When a new announcement is told to the link, in milliseconds: at once, and again for who missed it (RFC 5227,
 * section 1.1: ANNOUNCE_NUM 2, ANNOUNCE_INTERVAL 2 s).
 */
const TELL_AT = [0, 1000, 3000];

/** What a link refuses though nothing is wrong with us: it is down, or gone. */
const NOT_NOW = new Set(['ENETDOWN', 'ENXIO', 'ENODEV', 'ENOBUFS']);

/** Settings of `LoadBalancer.announce`. */
export interface AnnounceOptions {
  /**
   * For how long the programs go on answering, in milliseconds, unless this is called again or
   * `LoadBalancer.extendAnnouncement` is: where another machine takes over the addresses of one whose process is
   * gone. Default: for ever.
   */
  readonly forMs?: number;
}

/** What `LoadBalancer.announce` changed. */
export interface AnnounceResult {
  /** Addresses that were not announced before, or whose time was over. */
  readonly added: readonly string[];
  /** Addresses that no longer are. */
  readonly removed: readonly string[];
}

interface AnnouncerMaps {
  readonly announced: BpfMap<AddressKeyValue, number>;
  readonly announcers: BpfMap<number, AnnouncerValue>;
}

/** @throws LoadBalancerError `ERR_LB_OPTION`, naming the element */
function checkAddresses(addresses: readonly string[]): Set<string> {
  if (!Array.isArray(addresses)) {
    throw new LoadBalancerError(
      'ERR_LB_OPTION',
      `addresses: expected an array, got ${JSON.stringify(addresses)}`,
    );
  }
  return new Set(
    addresses.map((value: unknown, index) => {
      const address = plainAddress(value);
      if (address !== undefined) return address;
      const got = JSON.stringify(value);
      throw new LoadBalancerError(
        'ERR_LB_OPTION',
        `addresses[${index}]: expected an IPv4 or IPv6 address without a zone, got ${got}`,
      );
    }),
  );
}

/** The clock of `bpf_ktime_get_ns`, from now on, in nanoseconds; 0 is never. @throws LoadBalancerError `ERR_LB_OPTION` */
function deadlineOf(forMs: number | undefined): bigint {
  if (forMs === undefined) return 0n;
  if (!(Number.isFinite(forMs) && forMs > 0)) {
    throw new LoadBalancerError(
      'ERR_LB_OPTION',
      `forMs: expected a number of milliseconds above 0, got ${JSON.stringify(forMs)}`,
    );
  }
  return process.hrtime.bigint() + BigInt(Math.round(forMs * 1e6));
}

/** Says on the links that it is attached to where addresses are; the programs answer who asks. */
export class Announcer {
  readonly #maps: AnnouncerMaps;
  readonly #interfaces: () => ReadonlySet<number>;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** When the programs stop to answer; 0 is never. */
  #until: bigint;

  /** @param interfaces - ifindexes of those that are attached */
  constructor(maps: AnnouncerMaps, interfaces: () => ReadonlySet<number>) {
    this.#maps = maps;
    this.#interfaces = interfaces;
    // What an earlier process said.
    this.#until = [...maps.announcers.values()].reduce(
      (latest, { until }) => (until > latest ? until : latest),
      0n,
    );
  }

  /** Whether the programs answer: false when the time is over for which they were told to. */
  get isInForce(): boolean {
    return this.#until === 0n || process.hrtime.bigint() < this.#until;
  }

  /** What is announced. */
  get addresses(): string[] {
    return [...this.#maps.announced.keys()].map(({ address }) => address).toSorted();
  }

  /** Brings the interfaces' MAC addresses up to date with the devices that are there. */
  refresh(devices: readonly Device[]): void {
    const attached = this.#interfaces();
    const wanted = new Map(
      devices.flatMap(({ ifindex, macAddress, loopback }) =>
        macAddress !== undefined && !loopback && attached.has(ifindex) ? [[ifindex, macAddress]] : [],
      ),
    );
    for (const ifindex of [...this.#maps.announcers.keys()]) {
      if (!wanted.has(ifindex)) this.#maps.announcers.delete(ifindex);
    }
    for (const [ifindex, mac] of wanted) this.#maps.announcers.set(ifindex, { mac, until: this.#until });
  }

  /** Has the programs answer for longer, if they still do; never for shorter. Returns whether they do. */
  extend(forMs: number | undefined): boolean {
    const until = deadlineOf(forMs);
    if (!this.isInForce) return false;
    if (this.#until === 0n || (until !== 0n && until <= this.#until)) return true;
    this.#until = until;
    for (const [ifindex, { mac }] of [...this.#maps.announcers])
      this.#maps.announcers.set(ifindex, { mac, until });
    return true;
  }

  /** Makes the announced addresses exactly these; tells the links about those that are new. */
  announce(addresses: readonly string[], { forMs }: AnnounceOptions = {}): AnnounceResult {
    const wanted = checkAddresses(addresses);
    const until = deadlineOf(forMs);
    const loaded = new Set(this.addresses);
    const answered = this.isInForce ? loaded : new Set<string>();
    const removed = [...loaded].filter((address) => !wanted.has(address));
    const added = [...wanted].filter((address) => !answered.has(address));
    for (const address of removed) this.#maps.announced.delete({ address });
    this.#until = until;
    this.refresh(listDevices());
    for (const address of added) if (!loaded.has(address)) this.#add(address);
    for (const delay of added.length === 0 ? [] : TELL_AT) this.#tellAfter(delay, added);
    return { added, removed };
  }

  /** No longer tells anybody; the programs go on answering. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #add(address: string): void {
    try {
      this.#maps.announced.set({ address }, 1);
    } catch (error) {
      if (errnoCode(error) !== 'E2BIG') throw error;
      const { maxEntries } = this.#maps.announced.info;
      throw new LoadBalancerError(
        'ERR_LB_CAPACITY',
        `${address} cannot be announced: limits.services (${maxEntries}) is reached`,
        { cause: error },
      );
    }
  }

  #tellAfter(delay: number, addresses: readonly string[]): void {
    if (delay === 0) {
      this.#tell(addresses);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const announced = new Set(this.addresses);
      this.#tell(addresses.filter((address) => announced.has(address)));
    }, delay);
    timer.unref();
    this.#timers.add(timer);
  }

  #tell(addresses: readonly string[]): void {
    for (const [ifindex, { mac }] of this.#maps.announcers) {
      const frames = addresses.map((address) => announcementFrame(address, mac));
      try {
        native().sendFrames(ifindex, frames);
      } catch (error) {
        if (!NOT_NOW.has(errnoCode(error) ?? '')) throw error;
      }
    }
  }
}
