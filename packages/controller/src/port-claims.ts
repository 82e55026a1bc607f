import { type Aged, comparePrecedence, type Forwarding, type ForwardingService } from '@blixt/gateway-model';
import { gatewayKey, type ObjectKey } from './object.ts';

/** A service that a Gateway may not serve, as an older one does. */
export interface PortConflict {
  /** What is asked for. */
  readonly service: ForwardingService;
  /** The Gateway that serves it. */
  readonly owner: ObjectKey;
}

/** A Gateway's rules, after a look at who else asks for the same. */
export interface SettledPorts {
  /** What the Gateway serves. */
  readonly forwarding: Forwarding;
  /** What an older Gateway serves. */
  readonly conflicts: readonly PortConflict[];
}

/**
 * Which Gateway serves an (address, port, protocol) when several ask for it: the oldest, and of equally old
 * ones the first by namespace and name. O(services of the Gateway) for each operation.
 */
export class PortClaims {
  readonly #claims = new Map<string, Map<ObjectKey, Aged>>();
  readonly #byGateway = new Map<ObjectKey, readonly string[]>();

  /**
   * Replaces what a Gateway asks for.
   *
   * @returns other Gateways that ask for the same, before or after: their share may have changed
   */
  set(
    gateway: ObjectKey,
    claimant: Aged | undefined,
    services: readonly ForwardingService[],
  ): Set<ObjectKey> {
    const rivals = new Set<ObjectKey>();
    for (const claim of this.#byGateway.get(gateway) ?? []) {
      const claimants = this.#claims.get(claim);
      claimants?.delete(gateway);
      if (claimants?.size === 0) this.#claims.delete(claim);
      for (const rival of claimants?.keys() ?? []) rivals.add(rival);
    }
    const claims = claimant === undefined ? [] : services.map(claimOf);
    if (claims.length === 0 || claimant === undefined) {
      this.#byGateway.delete(gateway);
      return rivals;
    }
    this.#byGateway.set(gateway, claims);
    for (const claim of claims) {
      const claimants = this.#claims.get(claim) ?? new Map<ObjectKey, Aged>();
      for (const rival of claimants.keys()) rivals.add(rival);
      claimants.set(gateway, claimant);
      this.#claims.set(claim, claimants);
    }
    rivals.delete(gateway);
    return rivals;
  }

  /** Splits a Gateway's rules into those that it serves and those that an older Gateway serves. */
  settle(forwarding: Forwarding): SettledPorts {
    const self = gatewayKey(forwarding.gateway);
    const conflicts: PortConflict[] = [];
    const services = forwarding.services.filter((service) => {
      const owner = this.#owner(claimOf(service));
      if (owner === undefined || owner === self) return true;
      conflicts.push({ service, owner });
      return false;
    });
    return { forwarding: { gateway: forwarding.gateway, services }, conflicts };
  }

  #owner(claim: string): ObjectKey | undefined {
    let owner: [ObjectKey, Aged] | undefined;
    for (const entry of this.#claims.get(claim) ?? []) {
      if (owner === undefined || comparePrecedence(entry[1], owner[1]) < 0) owner = entry;
    }
    return owner?.[0];
  }
}

function claimOf(service: ForwardingService): string {
  return `${service.protocol} ${service.address} ${service.port}`;
}
