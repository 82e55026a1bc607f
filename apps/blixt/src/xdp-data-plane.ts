import type { DataPlane, DataPlaneChange, DataPlaneFailure, GatewayRules, Logger } from '@blixt/controller';
import type { NamespacedName } from '@blixt/gateway-model';
import type { LoadBalancer, Service } from '@blixt/xdp-lb';
import type { Mode } from './options.ts';

/** The part of a {@link LoadBalancer} that is driven here. */
export type LoadTarget = Pick<LoadBalancer, 'announce' | 'apply' | 'warnings'>;

/** How services are loaded. */
export interface XdpDataPlaneOptions {
  readonly mode: Mode;
  /** Says on the links that the services' addresses are here. */
  readonly announce: boolean;
}

/** Drives a {@link LoadBalancer}, which takes the whole set of services, Gateway by Gateway. */
export class XdpDataPlane implements DataPlane {
  readonly #target: LoadTarget;
  readonly #options: XdpDataPlaneOptions;
  readonly #logger: Logger;
  readonly #warned = new Set<string>();
  #loaded: ReadonlyMap<string, readonly Service[]> = new Map();

  constructor(target: LoadTarget, options: XdpDataPlaneOptions, logger: Logger) {
    this.#target = target;
    this.#options = options;
    this.#logger = logger;
  }

  async apply(change: DataPlaneChange): Promise<readonly DataPlaneFailure[]> {
    const next = new Map(this.#loaded);
    for (const gateway of change.remove) next.delete(nameOf(gateway));
    for (const forwarding of change.set) next.set(nameOf(forwarding.gateway), this.#services(forwarding));
    try {
      this.#load(next);
      return [];
    } catch (error) {
      return this.#loadWithoutOffender(change, next, toError(error));
    }
  }

  /** Everything was refused: usually for one Gateway's sake, which then stays as it was. */
  #loadWithoutOffender(
    change: DataPlaneChange,
    next: ReadonlyMap<string, readonly Service[]>,
    reason: Error,
  ): DataPlaneFailure[] {
    for (const { gateway } of change.set.length > 1 ? change.set : []) {
      const name = nameOf(gateway);
      const others = new Map(next);
      const before = this.#loaded.get(name);
      if (before === undefined) others.delete(name);
      else others.set(name, before);
      try {
        this.#load(others);
        return [{ gateway, error: reason }];
      } catch {
        // Not this one's fault alone; `reason` tells what was wrong at first.
      }
    }
    throw reason;
  }

  #load(services: ReadonlyMap<string, readonly Service[]>): void {
    const start = performance.now();
    const all = [...services.values()].flat();
    const result = this.#target.apply(all);
    this.#loaded = services;
    this.#announce(all);
    const milliseconds = Math.round((performance.now() - start) * 10) / 10;
    this.#logger.info({ ...result, milliseconds }, 'loaded the data plane');
    this.#warn();
  }

  /** After they are loaded: what the first packets meet is there. */
  #announce(services: readonly Service[]): void {
    const addresses = this.#options.announce ? services.map(({ address }) => address) : [];
    const { added, removed } = this.#target.announce([...new Set(addresses)]);
    if (added.length > 0 || removed.length > 0) this.#logger.info({ added, removed }, 'announced addresses');
  }

  /** Each warning once, until it is no longer true. */
  #warn(): void {
    const warnings = this.#target.warnings();
    for (const warning of warnings) {
      if (!this.#warned.has(warning)) this.#logger.warn({ code: 'WARN_DATA_PLANE' }, warning);
    }
    this.#warned.clear();
    for (const warning of warnings) this.#warned.add(warning);
  }

  #services({ services, mode = this.#options.mode }: GatewayRules): Service[] {
    return services.map(({ address, port, protocol, name, backends, rejectWeight }) => ({
      address,
      port,
      protocol,
      name,
      rejectWeight,
      backends: backends.map((backend) => ({ ...backend, mode })),
    }));
  }
}

function nameOf({ namespace, name }: NamespacedName): string {
  return `${namespace}/${name}`;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
