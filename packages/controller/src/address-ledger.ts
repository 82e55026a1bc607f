import {
  type AddressRange,
  type AddressRanges,
  formatIpAddress,
  type IpFamily,
  parseIpAddress,
} from './address-ranges.ts';

const FAMILIES: readonly IpFamily[] = ['ipv4', 'ipv6'];

/**
 * Who has which address. An owner is assigned at most one address of each family, and no address is assigned to
 * two; beside these, owners reserve addresses that they ask for by value, which nobody is assigned.
 *
 * Assignment is deterministic: the lowest free address of the first range of its family that has one. Each range
 * has a cursor below which nothing is free, so that filling a range is linear in its size.
 */
export class AddressLedger {
  readonly #owners = new Map<string, Map<IpFamily, string>>();
  readonly #assigned = new Map<string, string>();
  /** How many owners reserve an address. */
  readonly #reserved = new Map<string, number>();
  readonly #reservations = new Map<string, readonly string[]>();
  readonly #cursors = new Map<AddressRange, bigint>();

  /**
   * Gives an owner one address of each family that the ranges have. It keeps those that it has and that lie in
   * the ranges; others are taken back.
   *
   * @returns what it has then: empty when nothing is free
   */
  assign(owner: string, ranges: AddressRanges): readonly string[] {
    for (const address of this.assigned(owner)) if (!ranges.includes(address)) this.#take(address);
    for (const family of FAMILIES) {
      if (this.#owners.get(owner)?.has(family)) continue;
      const address = this.#lowestFree(family, ranges);
      if (address !== undefined) this.#give(owner, family, address);
    }
    return this.assigned(owner);
  }

  /** The addresses that an owner was assigned. */
  assigned(owner: string): readonly string[] {
    return [...(this.#owners.get(owner)?.values() ?? [])];
  }

  /** Notes addresses that an owner was assigned earlier, one of each family, unless somebody has them. */
  claim(owner: string, addresses: readonly string[]): void {
    for (const text of addresses) {
      const address = parseIpAddress(text);
      if (address === undefined || this.#assigned.has(address.text)) continue;
      if (!this.#owners.get(owner)?.has(address.family)) this.#give(owner, address.family, address.text);
    }
  }

  /** What somebody else assigned to an owner: whatever is noted otherwise gives way. */
  replace(owner: string, addresses: readonly string[]): void {
    this.release(owner);
    for (const text of addresses) {
      const address = parseIpAddress(text);
      if (address !== undefined) this.#take(address.text);
    }
    this.claim(owner, addresses);
  }

  /**
   * Takes the owner's assigned addresses back; what it reserves stays reserved.
   *
   * @returns whether it had any
   */
  release(owner: string): boolean {
    const addresses = this.assigned(owner);
    for (const address of addresses) this.#take(address);
    return addresses.length > 0;
  }

  /**
   * Replaces the addresses that an owner reserves.
   *
   * @returns whether one is reserved no more
   */
  reserve(owner: string, addresses: readonly string[]): boolean {
    const before = this.#reservations.get(owner) ?? [];
    const after = [...new Set(addresses.flatMap((text) => parseIpAddress(text)?.text ?? []))];
    const dropped = before.filter((address) => !after.includes(address));
    for (const address of after)
      if (!before.includes(address)) this.#reserved.set(address, (this.#reserved.get(address) ?? 0) + 1);
    for (const address of dropped) {
      const count = (this.#reserved.get(address) ?? 1) - 1;
      if (count === 0) this.#reserved.delete(address);
      else this.#reserved.set(address, count);
    }
    if (after.length > 0) this.#reservations.set(owner, after);
    else this.#reservations.delete(owner);
    if (dropped.length > 0) this.#cursors.clear();
    return dropped.length > 0;
  }

  #give(owner: string, family: IpFamily, address: string): void {
    const owned = this.#owners.get(owner) ?? new Map<IpFamily, string>();
    owned.set(family, address);
    this.#owners.set(owner, owned);
    this.#assigned.set(address, owner);
  }

  #take(address: string): void {
    const owner = this.#assigned.get(address);
    if (owner === undefined) return;
    this.#assigned.delete(address);
    this.#cursors.clear();
    const owned = this.#owners.get(owner);
    for (const [family, text] of owned ?? []) if (text === address) owned?.delete(family);
    if (owned?.size === 0) this.#owners.delete(owner);
  }

  #lowestFree(family: IpFamily, { ranges }: AddressRanges): string | undefined {
    for (const range of ranges) {
      if (range.family !== family) continue;
      let value = this.#cursors.get(range) ?? range.first;
      // At most as many addresses are passed over as are assigned or reserved.
      while (value <= range.last && this.#isTaken(formatIpAddress(family, value))) value += 1n;
      this.#cursors.set(range, value);
      if (value <= range.last) return formatIpAddress(family, value);
    }
    return undefined;
  }

  #isTaken(address: string): boolean {
    return this.#assigned.has(address) || this.#reserved.has(address);
  }
}
