import { LoadBalancerError } from './errors.ts';
import { natSlotCodec } from './generated/types.ts';
import type { Maps } from './maps.ts';
import { native } from './native.ts';
import { RangeAllocator } from './range-allocator.ts';
import { endpointText, PROTOCOL_NUMBERS } from './service.ts';

/** No region is smaller: 64 flows at once. */
const MIN_LOG2 = 6;
/** A region takes at most this part of what is free, so that later backends find room. */
const FREE_PART = 16;
/** Backends that come together leave as much as they take, about. */
const NEWCOMERS_PART = 2;

/** The NAT region of one (backend address, port, protocol). */
export interface NatRegion {
  readonly source: string;
  readonly base: number;
  readonly log2: number;
}

/** The maps that regions are kept in. */
export type NatMaps = Pick<Maps, 'natTargets' | 'natSlots'>;

interface Entry extends NatRegion {
  readonly key: { address: string; port: number; protocol: number };
  users: number;
}

/**
 * Which part of nat_slots belongs to which backend address and port. Services that share a backend share its
 * region, so that their flows never get the same port there.
 */
export class NatRegions {
  readonly #maps: NatMaps;
  readonly #maxLog2: number;
  readonly #slots: RangeAllocator;
  readonly #entries = new Map<string, Entry>();
  /** Slots from here on have never belonged to a region. */
  #unused: number;
  /** No new region is larger, in slots. */
  #share = Number.POSITIVE_INFINITY;

  /** @param isNew - nothing was ever in the maps */
  constructor(maps: NatMaps, slots: number, maxLog2: number, restMilliseconds: number, isNew = false) {
    this.#maps = maps;
    this.#unused = isNew ? 0 : slots;
    this.#maxLog2 = maxLog2;
    this.#slots = new RangeAllocator(slots, restMilliseconds);
    const known = [...maps.natTargets.entries()].sort(([, a], [, b]) => a.base - b.base);
    for (const [key, target] of known) {
      this.#slots.claim(target.base, 2 ** target.log2);
      this.#entries.set(this.#name(key.protocol, key.address, key.port), { ...target, key, users: 0 });
    }
  }

  #name(protocol: number, address: string, port: number): string {
    return `${protocol} ${endpointText(address, port)}`;
  }

  /**
   * So many backends may be new in what comes now: what is free is divided among them, and as many as are known
   * by now may come later.
   */
  expect(newcomers: number): void {
    const parts = FREE_PART + this.#entries.size + NEWCOMERS_PART * newcomers;
    this.#share = this.#slots.available / parts;
  }

  /**
   * The region of a backend, made if there is none; one more user of it. `source` is the address that its
   * flows come from; when that has changed, the region follows.
   *
   * @throws LoadBalancerError `ERR_LB_CAPACITY`
   */
  acquire(
    protocol: 'TCP' | 'UDP',
    backend: { readonly address: string; readonly port: number },
    source: string,
  ): NatRegion {
    const number = PROTOCOL_NUMBERS[protocol];
    const name = this.#name(number, backend.address, backend.port);
    const known = this.#entries.get(name);
    if (known && known.source === source) {
      known.users++;
      return known;
    }
    const key = { address: backend.address, port: backend.port, protocol: number };
    const entry: Entry = known
      ? { ...known, source, users: known.users + 1 }
      : { ...this.#create(source), key, users: 1 };
    this.#maps.natTargets.set(key, { source, base: entry.base, log2: entry.log2 });
    this.#entries.set(name, entry);
    return entry;
  }

  /** One user less; the last one gives the region back. */
  release(protocolNumber: number, address: string, port: number, rest = true): void {
    const name = this.#name(protocolNumber, address, port);
    const entry = this.#entries.get(name);
    if (!entry) return;
    entry.users--;
    if (entry.users <= 0) this.#remove(name, entry, rest);
  }

  /** Gives back what nobody has acquired since the regions were read from the map. */
  releaseUnused(): void {
    for (const [name, entry] of this.#entries) if (entry.users <= 0) this.#remove(name, entry);
  }

  #remove(name: string, entry: Entry, rest = true): void {
    this.#maps.natTargets.delete(entry.key);
    this.#slots.release(entry.base, 2 ** entry.log2, rest);
    this.#entries.delete(name);
  }

  #create(source: string): NatRegion {
    const part = Math.min(this.#share, this.#slots.available / FREE_PART);
    const wanted = Math.floor(Math.log2(Math.max(1, part)));
    const start = Math.min(this.#maxLog2, Math.max(Math.min(MIN_LOG2, this.#maxLog2), wanted));
    for (let log2 = start; log2 >= Math.min(MIN_LOG2, this.#maxLog2); log2--) {
      const base = this.#slots.allocate(2 ** log2);
      if (base === undefined) continue;
      // An earlier owner's lifetimes mean nothing for this one.
      if (base < this.#unused)
        native().clearArray(this.#maps.natSlots.fd, base * natSlotCodec.size, 2 ** log2 * natSlotCodec.size);
      this.#unused = Math.max(this.#unused, base + 2 ** log2);
      return { source, base, log2 };
    }
    throw new LoadBalancerError(
      'ERR_LB_CAPACITY',
      `no NAT ports are left for another backend: raise limits.natSlots above ${this.#slots.size}`,
    );
  }
}
