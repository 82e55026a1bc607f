import {
  type AddressAssignment,
  type BlixtParametersSpec,
  formatName,
  type Gateway,
  type NamespacedName,
  namespacedName,
  type PoolParameters,
} from '@blixt/gateway-model';
import { AddressLedger } from './address-ledger.ts';
import type { AddressHost, AddressProvider } from './address-provider.ts';
import { AddressRanges } from './address-ranges.ts';
import { addressRequests } from './address-requests.ts';

/** Settings of {@link PoolAddresses}. */
export interface PoolAddressesOptions {
  /**
   * Ranges for Gateways of classes whose parameters name none (see {@link AddressRanges}); these may ask for any
   * address. Default: none.
   */
  readonly ranges?: readonly string[];
  /**
   * Whether this instance gives addresses out. Of several instances that share statuses only the leader does; the
   * others take what the Gateways' statuses say. Default: always.
   */
  readonly isLeading?: () => boolean;
}

/**
 * Addresses from ranges: those of the Gateway's class (`BlixtParameters`, provider `Pool`), or of the settings.
 *
 * - A Gateway without `spec.addresses`, or with an entry without a value, gets the lowest free address of each
 *   family that the ranges have. It keeps it until it is released, also over restarts and changes of the leader,
 *   as its status tells; and as long as it lies in the ranges.
 * - An address that is asked for by value is given to whoever asks, if it lies in the ranges or the parameters
 *   allow any; it is assigned to no other Gateway from then on.
 * - Gateways for which nothing is free wait; what is released goes to one of them.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec (`addresses`)
 */
export class PoolAddresses implements AddressProvider {
  readonly #default: AddressRanges;
  readonly #isLeading: () => boolean;
  readonly #ledger = new AddressLedger();
  readonly #waiting = new Map<string, NamespacedName>();
  /** By the list in the parameters, which is never changed in place. */
  readonly #ranges = new WeakMap<PoolParameters, AddressRanges>();
  #host: AddressHost | undefined;

  /** @throws ControllerError `ERR_POOL_CIDR` when a range cannot be read or two overlap */
  constructor({ ranges = [], isLeading = () => true }: PoolAddressesOptions = {}) {
    this.#default = new AddressRanges(ranges);
    this.#isLeading = isLeading;
  }

  attach(host: AddressHost): void {
    this.#host = host;
  }

  refuse({ addresses }: BlixtParametersSpec): string | undefined {
    try {
      if (addresses?.pool !== undefined) this.#rangesOf(addresses.pool);
      return undefined;
    } catch (error) {
      return `spec.addresses.pool.ranges: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  observe(gateway: Gateway): void {
    const owner = formatName(namespacedName(gateway));
    const { requested } = addressRequests(gateway);
    const given = assignedInStatus(gateway, requested);
    if (this.#isLeading()) this.#ledger.claim(owner, given);
    else this.#ledger.replace(owner, given);
    if (this.#ledger.reserve(owner, requested)) this.#tellWaiting();
  }

  assign(gateway: Gateway): AddressAssignment {
    const name = namespacedName(gateway);
    const owner = formatName(name);
    const pool = this.#host?.parameters(gateway)?.addresses?.pool;
    const ranges = pool === undefined ? this.#default : this.#rangesOf(pool);
    const { requested, unusable, wantsAny } = addressRequests(gateway);
    const isAllowed = (address: string): boolean =>
      pool === undefined || pool.requests === 'Any' || ranges.includes(address);
    const outside = requested.filter((address) => !isAllowed(address));
    const found = wantsAny ? this.#assigned(gateway, owner, requested, ranges) : [];
    const isWaiting = wantsAny && found.length === 0;
    this.#waiting.delete(owner);
    if (isWaiting) this.#waiting.set(owner, name);
    else if (!wantsAny && this.#ledger.release(owner)) this.#tellWaiting();
    return {
      assigned: [...new Set([...requested.filter(isAllowed), ...found])],
      unusable: [
        ...unusable,
        ...outside.map((value) => ({
          value,
          reason: `it is outside of the pool ${ranges}, and the class's parameters allow no other`,
        })),
      ],
      ...(isWaiting ? { pending: noAddressMessage(ranges) } : {}),
    };
  }

  release(gateway: NamespacedName, isGone: boolean): void {
    const owner = formatName(gateway);
    this.#waiting.delete(owner);
    const released = this.#ledger.release(owner);
    const dropped = isGone && this.#ledger.reserve(owner, []);
    if (released || dropped) this.#tellWaiting();
  }

  #assigned(
    gateway: Gateway,
    owner: string,
    requested: readonly string[],
    ranges: AddressRanges,
  ): readonly string[] {
    if (this.#isLeading()) return this.#ledger.assign(owner, ranges);
    return assignedInStatus(gateway, requested);
  }

  #rangesOf(pool: PoolParameters): AddressRanges {
    const ranges = this.#ranges.get(pool) ?? new AddressRanges(pool.ranges);
    this.#ranges.set(pool, ranges);
    return ranges;
  }

  #tellWaiting(): void {
    if (this.#waiting.size > 0) this.#host?.changed([...this.#waiting.values()]);
  }
}

/** What the status says beside what is asked for by value. */
function assignedInStatus({ status }: Gateway, requested: readonly string[]): string[] {
  const given = (status?.addresses ?? []).flatMap(({ type = 'IPAddress', value }) =>
    type === 'IPAddress' ? value : [],
  );
  return given.filter((address) => !requested.includes(address));
}

function noAddressMessage(ranges: AddressRanges): string {
  return ranges.ranges.length === 0
    ? 'There is no address pool: ask for an address in spec.addresses, or give ranges to the class by BlixtParameters.'
    : `No address of the pool ${ranges} is free: ask for one in spec.addresses, enlarge the pool, or delete a Gateway.`;
}
