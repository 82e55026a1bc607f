/** Addresses of services, each with how many services of Gateways have it. */
export class AnnouncedAddresses {
  readonly #users = new Map<string, number>();
  #isChanged = true;

  /** Services with these addresses are gone. */
  remove(addresses: Iterable<string>): void {
    for (const address of addresses) {
      const users = (this.#users.get(address) ?? 0) - 1;
      if (users > 0) {
        this.#users.set(address, users);
        continue;
      }
      this.#users.delete(address);
      this.#isChanged = true;
    }
  }

  /** Services with these addresses are there. */
  add(addresses: Iterable<string>): void {
    for (const address of addresses) {
      const users = this.#users.get(address) ?? 0;
      this.#users.set(address, users + 1);
      if (users === 0) this.#isChanged = true;
    }
  }

  /** The addresses, when they may be others than when this was asked last. */
  takeChanged(): string[] | undefined {
    if (!this.#isChanged) return undefined;
    this.#isChanged = false;
    return [...this.#users.keys()];
  }
}
