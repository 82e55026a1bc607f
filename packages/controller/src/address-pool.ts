import ipaddr from 'ipaddr.js';
import { ControllerError } from './errors.ts';

/** Gives Gateways the addresses that they did not ask for by value. */
export interface AddressProvider {
  /**
   * The addresses of an owner: those that it has, or new ones, one of each family that is asked for and that
   * the provider can give. Empty when there are none left.
   *
   * @param owner - stable name of the owner, `namespace/name`
   */
  assign(owner: string): readonly string[];
  /**
   * Gives the owner's assigned addresses back; what it reserved stays reserved.
   *
   * @returns whether it had any, so that others may get them now
   */
  release(owner: string): boolean;
  /**
   * Tells of addresses that an owner had before a restart. Those that lie outside the pool or belong to
   * somebody else are not taken.
   */
  recover(owner: string, addresses: readonly string[]): void;
  /**
   * Replaces the addresses that an owner uses by request: they are not assigned to anybody. An empty list
   * gives them back.
   */
  reserve(owner: string, addresses: readonly string[]): void;
}

interface Range {
  readonly cidr: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * A pool of CIDR blocks, IPv4 and IPv6. When it has both families, every owner gets one address of each.
 *
 * Assignment is deterministic: the lowest free address of the first block of its family that has one. The
 * network and broadcast addresses of IPv4 blocks of /30 or larger, and the subnet-router anycast address
 * (RFC 4291, section 2.6.1) of IPv6 blocks of /126 or larger, are left out. Each block has a cursor below
 * which nothing is free, so that filling a pool is linear in its size.
 */
export class AddressPool implements AddressProvider {
  readonly #ranges: readonly Range[];
  readonly #owners = new Map<string, Map<'ipv4' | 'ipv6', string>>();
  readonly #taken = new Map<string, string>();
  readonly #reserved = new Map<string, Set<string>>();
  readonly #reservations = new Map<string, readonly string[]>();
  readonly #cursors = new Map<Range, bigint>();

  /**
   * @param cidrs - blocks such as `203.0.113.0/28` or `2001:db8::/112`; a single address is a block of one
   * @throws {@link ControllerError} `ERR_POOL_CIDR` when a block cannot be read or two overlap
   */
  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map(parseRange);
    for (const [index, range] of this.#ranges.entries()) {
      const other = this.#ranges
        .slice(0, index)
        .find((it) => it.family === range.family && it.first <= range.last && range.first <= it.last);
      if (other !== undefined) {
        throw new ControllerError(
          'ERR_POOL_CIDR',
          `Pool blocks ${other.cidr} and ${range.cidr} overlap; give blocks that have no address in common.`,
        );
      }
    }
  }

  assign(owner: string): readonly string[] {
    let owned = this.#owners.get(owner);
    if (owned === undefined) {
      owned = new Map();
      this.#owners.set(owner, owned);
    }
    for (const family of ['ipv4', 'ipv6'] as const) {
      if (owned.has(family)) continue;
      const address = this.#lowestFree(family);
      if (address === undefined) continue;
      owned.set(family, address);
      this.#taken.set(address, owner);
    }
    return [...owned.values()];
  }

  /** The addresses that an owner has, without giving it any. */
  assigned(owner: string): readonly string[] {
    return [...(this.#owners.get(owner)?.values() ?? [])];
  }

  release(owner: string): boolean {
    const owned = this.#owners.get(owner);
    this.#owners.delete(owner);
    if (owned === undefined || owned.size === 0) return false;
    for (const address of owned.values()) this.#taken.delete(address);
    this.#cursors.clear();
    return true;
  }

  recover(owner: string, addresses: readonly string[]): void {
    for (const text of addresses) {
      const parsed = parseAddress(text);
      if (parsed === undefined) continue;
      const inPool = this.#ranges.some(
        (range) =>
          range.family === parsed.family && range.first <= parsed.value && parsed.value <= range.last,
      );
      const owned = this.#owners.get(owner) ?? new Map<'ipv4' | 'ipv6', string>();
      if (!inPool || this.#taken.has(parsed.text) || owned.has(parsed.family)) continue;
      owned.set(parsed.family, parsed.text);
      this.#owners.set(owner, owned);
      this.#taken.set(parsed.text, owner);
    }
  }

  reserve(owner: string, addresses: readonly string[]): void {
    this.#dropReservations(owner);
    const canonical = addresses.flatMap((text) => parseAddress(text)?.text ?? []);
    if (canonical.length === 0) return;
    this.#reservations.set(owner, canonical);
    for (const address of canonical) {
      const owners = this.#reserved.get(address) ?? new Set();
      owners.add(owner);
      this.#reserved.set(address, owners);
    }
  }

  #dropReservations(owner: string): void {
    for (const address of this.#reservations.get(owner) ?? []) {
      const owners = this.#reserved.get(address);
      owners?.delete(owner);
      if (owners?.size === 0) this.#reserved.delete(address);
    }
    this.#reservations.delete(owner);
    this.#cursors.clear();
  }

  #lowestFree(family: 'ipv4' | 'ipv6'): string | undefined {
    for (const range of this.#ranges) {
      if (range.family !== family) continue;
      let value = this.#cursors.get(range) ?? range.first;
      // At most as many addresses are passed over as are taken or reserved.
      while (value <= range.last) {
        const address = formatAddress(family, value);
        if (!this.#taken.has(address) && !this.#reserved.has(address)) break;
        value += 1n;
      }
      this.#cursors.set(range, value);
      if (value <= range.last) return formatAddress(family, value);
    }
    return undefined;
  }
}

/**
 * Canonical text form of an IP address (RFC 5952 for IPv6), or undefined when it is none. Only the full
 * dotted form of IPv4 is taken; zones are not.
 */
export function canonicalAddress(text: string): string | undefined {
  return parseAddress(text)?.text;
}

function parseAddress(text: string): { family: 'ipv4' | 'ipv6'; value: bigint; text: string } | undefined {
  const dotted = ipaddr.IPv4.isValidFourPartDecimal(text);
  if (!dotted && (!ipaddr.IPv6.isValid(text) || text.includes('%'))) return undefined;
  const address = ipaddr.parse(text);
  const family = address.kind();
  return {
    family,
    value: toBigInt(address.toByteArray()),
    text: formatAddress(family, toBigInt(address.toByteArray())),
  };
}

function parseRange(cidr: string): Range {
  const bad = (reason: string): ControllerError =>
    new ControllerError(
      'ERR_POOL_CIDR',
      `Pool block "${cidr}" ${reason}; write an address and a prefix length, for example 203.0.113.0/28 or 2001:db8::/112.`,
    );
  const [addressText = '', lengthText, ...rest] = cidr.split('/');
  const address = parseAddress(addressText);
  if (address === undefined || rest.length > 0) throw bad('is not a CIDR block');
  const bits = address.family === 'ipv4' ? 32 : 128;
  const length = lengthText === undefined ? bits : /^\d{1,3}$/.test(lengthText) ? Number(lengthText) : -1;
  if (length < 0 || length > bits) throw bad(`has a prefix length that is not between 0 and ${bits}`);
  const size = 1n << BigInt(bits - length);
  const base = address.value - (address.value % size);
  if (base !== address.value) {
    throw bad(`has host bits set (the block begins at ${formatAddress(address.family, base)})`);
  }
  const special = address.family === 'ipv4' ? ipaddr.parse(addressText).range() : 'unicast';
  if (special === 'multicast' || special === 'broadcast') throw bad('is no unicast block');
  const hostBits = bits - length;
  const skipFirst = hostBits >= 2 ? 1n : 0n;
  const skipLast = address.family === 'ipv4' && hostBits >= 2 ? 1n : 0n;
  return { cidr, family: address.family, first: base + skipFirst, last: base + size - 1n - skipLast };
}

function toBigInt(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function formatAddress(family: 'ipv4' | 'ipv6', value: bigint): string {
  const length = family === 'ipv4' ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) =>
    Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  const address = ipaddr.fromByteArray(bytes);
  return address.kind() === 'ipv6' ? new ipaddr.IPv6(bytes).toRFC5952String() : address.toString();
}
