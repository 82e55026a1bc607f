import type { AddressPool, AddressProvider } from './address-pool.ts';

/**
 * A pool of which only the leader gives addresses out, for instances that write one status: the others take what
 * the Gateways' statuses say, also where that is another address than the one that they knew.
 */
export class LedAddresses implements AddressProvider {
  readonly #pool: AddressPool;
  readonly #isLeading: () => boolean;

  /**
   * @param pool - the same blocks in each instance
   * @param isLeading - whether this instance is the leader now
   */
  constructor(pool: AddressPool, isLeading: () => boolean) {
    this.#pool = pool;
    this.#isLeading = isLeading;
  }

  assign(owner: string): readonly string[] {
    return this.#isLeading() ? this.#pool.assign(owner) : this.#pool.assigned(owner);
  }

  release(owner: string): boolean {
    return this.#pool.release(owner);
  }

  recover(owner: string, addresses: readonly string[]): void {
    if (!this.#isLeading()) this.#pool.release(owner);
    this.#pool.recover(owner, addresses);
  }

  reserve(owner: string, addresses: readonly string[]): void {
    this.#pool.reserve(owner, addresses);
  }
}
