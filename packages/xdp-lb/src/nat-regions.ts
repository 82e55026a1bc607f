import { LoadBalancerError } from './errors.ts';
import { type NatTargetKeyValue, natSlotCodec } from './generated/types.ts';
import type { Maps } from './maps.ts';
import { native } from './native.ts';
import { RangeAllocator } from './range-allocator.ts';
import { type EndpointKey, endpointText, PROTOCOL_NUMBERS, protocolName, type Service } from './service.ts';

/** No region is smaller: 64 flows at once. */
const MIN_LOG2 = 6;
/** A region takes at most this part of what is free, so that later backends find room. */
const FREE_PART = 16;
/** Backends that come together leave as much as they take, about. */
const NEWCOMERS_PART = 2;
/** When regions that linger have to make room, they make this part more of it, so that they seldom have to. */
const MORE_ROOM_PART = 8;

/** The NAT region of one (backend address, port, protocol). */
export interface NatRegion {
  readonly source: string;
  readonly base: number;
  readonly log2: number;
}

/** The maps that regions are kept in. */
export type NatMaps = Pick<Maps, 'natTargets' | 'natSlots'>;

/** There may be a hundred thousand: it has what cannot be told from its key. */
interface Entry extends NatRegion {
  /** None: it lingers. */
  users: number;
}

/** An entry, and whose it is. */
interface OwnedEntry {
  readonly protocol: Protocol;
  readonly backend: EndpointKey;
  readonly entry: Entry;
}

type Protocol = Service['protocol'];

/**
 * Which part of nat_slots belongs to which backend address and port. Services that share a backend share its
 * region, so that their flows never get the same port there.
 *
 * A region that has no user any more lingers: by its slots, clients still get what a removed backend sends them
 * until they send something themselves, and a backend that comes back finds the ports of its old connections taken.
 * It ends when room is wanted, the oldest first.
 */
export class NatRegions {
  readonly #maps: NatMaps;
  readonly #maxLog2: number;
  readonly #maxRegions: number;
  readonly #slots: RangeAllocator;
  /** By {@link EndpointKey.key}; those that linger, too. */
  readonly #entries: Readonly<Record<Protocol, Map<string, Entry>>> = { TCP: new Map(), UDP: new Map() };
  /** Regions without users, in the order in which they lost the last one. */
  readonly #lingering = new Map<Entry, OwnedEntry>();
  /** How many slots they have. */
  #lingeringSlots = 0;
  /** What was in the map at first. */
  #found: readonly NatTargetKeyValue[];
  /** Slots from here on have never belonged to a region. */
  #unused: number;
  /** No new region is larger, in slots. */
  #share = Number.POSITIVE_INFINITY;

  /** @param isNew - nothing was ever in the maps */
  constructor(maps: NatMaps, slots: number, maxLog2: number, restMilliseconds: number, isNew = false) {
    this.#maps = maps;
    this.#unused = isNew ? 0 : slots;
    this.#maxLog2 = maxLog2;
    this.#maxRegions = maps.natTargets.info.maxEntries;
    this.#slots = new RangeAllocator(slots, restMilliseconds);
    const known = [...maps.natTargets.entries()].sort(([, a], [, b]) => a.base - b.base);
    for (const [{ protocol, address, port }, { source, base, log2 }] of known) {
      this.#slots.claim(base, 2 ** log2);
      const entry: Entry = { source, base, log2, users: 0 };
      this.#entries[protocolName(protocol)].set(endpointText(address, port), entry);
    }
    this.#found = known.map(([key]) => key);
  }

  /**
   * So many backends may be new in what comes now: what is free is divided among them, and as many as are known
   * by now may come later.
   */
  expect(newcomers: number): void {
    const used = this.#known - this.#lingering.size;
    this.#share = this.#free / (FREE_PART + used + NEWCOMERS_PART * newcomers);
  }

  /** Slots that new regions may have: what lingers makes room for them. */
  get #free(): number {
    return this.#slots.available + this.#lingeringSlots;
  }

  /** Regions in the map. */
  get #known(): number {
    return this.#entries.TCP.size + this.#entries.UDP.size;
  }

  /**
   * The region of a backend, made if there is none; one more user of it. `source` is the address that its
   * flows come from; when that has changed, the region follows.
   *
   * @throws LoadBalancerError `ERR_LB_CAPACITY`
   */
  acquire(protocol: Protocol, { key, address, port }: EndpointKey, source: string): NatRegion {
    const known = this.#entries[protocol].get(key);
    if (known) this.#use(known);
    if (known?.source === source) {
      known.users++;
      return known;
    }
    const { base, log2 } = known ?? this.#create();
    this.#maps.natTargets.set(
      { address, port, protocol: PROTOCOL_NUMBERS[protocol] },
      { source, base, log2 },
    );
    const entry: Entry = { source, base, log2, users: (known?.users ?? 0) + 1 };
    this.#entries[protocol].set(key, entry);
    return entry;
  }

  /**
   * One user less.
   *
   * @param hadFlows - whether the user may have had any: otherwise, the last one does not let the region linger
   */
  release(protocol: Protocol, backend: EndpointKey, hadFlows = true): void {
    const entry = this.#entries[protocol].get(backend.key);
    if (!entry || entry.users === 0) return;
    entry.users--;
    if (entry.users > 0) return;
    if (hadFlows) this.#linger({ protocol, backend, entry });
    else this.#remove({ protocol, backend, entry }, false);
  }

  /** Lets linger what nobody has acquired since the regions were read from the map. */
  releaseUnused(): void {
    for (const { protocol: number, address, port } of this.#found) {
      const protocol = protocolName(number);
      const key = endpointText(address, port);
      const entry = this.#entries[protocol].get(key);
      if (entry?.users === 0) this.#linger({ protocol, backend: { key, address, port }, entry });
    }
    this.#found = [];
  }

  #linger(owned: OwnedEntry): void {
    this.#lingering.set(owned.entry, owned);
    this.#lingeringSlots += 2 ** owned.entry.log2;
    this.#leaveSlots();
  }

  #use(entry: Entry): void {
    if (this.#lingering.delete(entry)) this.#lingeringSlots -= 2 ** entry.log2;
  }

  /** Lets no more slots linger than are free: what is given back rests before anybody can have it. */
  #leaveSlots(): void {
    if (this.#lingeringSlots <= this.#slots.available) return;
    const most = (this.#free / 2) * (1 - 1 / MORE_ROOM_PART);
    this.#endOldest(() => this.#lingeringSlots <= most);
  }

  /** Leaves room for a region more in the map. */
  #leaveEntries(): void {
    if (this.#known < this.#maxRegions) return;
    const most = this.#maxRegions * (1 - 1 / MORE_ROOM_PART);
    this.#endOldest(() => this.#known <= most);
  }

  #endOldest(isEnough: () => boolean): void {
    for (const oldest of this.#lingering.values()) {
      if (isEnough()) return;
      this.#use(oldest.entry);
      this.#remove(oldest, true);
    }
  }

  #remove({ protocol, backend: { key, address, port }, entry }: OwnedEntry, rest: boolean): void {
    this.#maps.natTargets.delete({ address, port, protocol: PROTOCOL_NUMBERS[protocol] });
    this.#slots.release(entry.base, 2 ** entry.log2, rest);
    this.#entries[protocol].delete(key);
  }

  #create(): Pick<NatRegion, 'base' | 'log2'> {
    this.#leaveEntries();
    const part = Math.min(this.#share, this.#free / FREE_PART);
    const wanted = Math.floor(Math.log2(Math.max(1, part)));
    const start = Math.min(this.#maxLog2, Math.max(Math.min(MIN_LOG2, this.#maxLog2), wanted));
    for (let log2 = start; log2 >= Math.min(MIN_LOG2, this.#maxLog2); log2--) {
      const base = this.#slots.allocate(2 ** log2);
      if (base === undefined) continue;
      this.#leaveSlots();
      // An earlier owner's lifetimes mean nothing for this one.
      if (base < this.#unused)
        native().clearArray(this.#maps.natSlots.fd, base * natSlotCodec.size, 2 ** log2 * natSlotCodec.size);
      this.#unused = Math.max(this.#unused, base + 2 ** log2);
      return { base, log2 };
    }
    throw new LoadBalancerError(
      'ERR_LB_CAPACITY',
      `no NAT ports are left for another backend: raise limits.natSlots above ${this.#slots.size}`,
    );
  }
}
