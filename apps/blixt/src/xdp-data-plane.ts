import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { DataPlane, DataPlaneChange, DataPlaneFailure, GatewayRules, Logger } from '@blixt/controller';
import type { NamespacedName } from '@blixt/gateway-model';
import type { ApplyResult, LoadBalancer, Service, ServiceKey } from '@blixt/xdp-lb';
import { AnnouncedAddresses } from './announced-addresses.ts';
import type { Mode } from './options.ts';

/** The part of a {@link LoadBalancer} that is driven here. */
export type LoadTarget = Pick<LoadBalancer, 'announce' | 'change' | 'loaded' | 'warnings'>;

/** Services that are loaded without a pause. */
const PART = 50;

/** How services are loaded. */
export interface XdpDataPlaneOptions {
  readonly mode: Mode;
  /** Says on the links that the services' addresses are here. */
  readonly announce: boolean;
}

interface Outcome {
  /** Undefined where Gateways were loaded one by one. */
  readonly result: ApplyResult | undefined;
  readonly failures: readonly DataPlaneFailure[];
}

/** Drives a {@link LoadBalancer}. What a change costs depends on the Gateways that it names, not on how many there are. */
export class XdpDataPlane implements DataPlane {
  readonly #target: LoadTarget;
  readonly #options: XdpDataPlaneOptions;
  readonly #logger: Logger;
  readonly #warned = new Set<string>();
  readonly #loaded = new Map<string, GatewayRules>();
  readonly #announced = new AnnouncedAddresses();
  #isFirst = true;

  constructor(target: LoadTarget, options: XdpDataPlaneOptions, logger: Logger) {
    this.#target = target;
    this.#options = options;
    this.#logger = logger;
  }

  async apply(change: DataPlaneChange): Promise<readonly DataPlaneFailure[]> {
    const start = performance.now();
    const { failures, result } = await this.#load(change);
    const failed = new Set(failures.map(({ gateway }) => nameOf(gateway)));
    for (const gateway of change.remove) this.#note(nameOf(gateway), undefined);
    for (const rules of change.set) {
      const name = nameOf(rules.gateway);
      if (!failed.has(name)) this.#note(name, rules);
    }
    this.#announce();
    const milliseconds = Math.round((performance.now() - start) * 10) / 10;
    // Backends alone may change a hundred times a second.
    const isRoutine = !this.#isFirst && result !== undefined && result.added + result.removed === 0;
    this.#logger[isRoutine ? 'debug' : 'info']({ ...result, milliseconds }, 'loaded the data plane');
    this.#isFirst = false;
    this.#warn();
    return failures;
  }

  async #load({ set, remove }: DataPlaneChange): Promise<Outcome> {
    const wanted = new Map<string, Service>();
    for (const rules of set)
      for (const service of this.#differing(rules)) wanted.set(keyOf(service), service);
    // The first call has everything: what an earlier process left beside it goes.
    const unwanted = this.#isFirst
      ? this.#target.loaded().filter((service) => !wanted.has(keyOf(service)))
      : this.#unwanted(set, remove);
    try {
      return { result: await this.#change([...wanted.values()], unwanted), failures: [] };
    } catch (error) {
      this.#target.change({ remove: unwanted });
      return { result: undefined, failures: await this.#loadOneByOne(set, toError(error)) };
    }
  }

  /** In parts: leases are renewed, and connections kept, while ten thousand services are loaded. */
  async #change(services: readonly Service[], remove: readonly ServiceKey[]): Promise<ApplyResult> {
    let more = backendsOf(services);
    const total = { added: 0, changed: 0, removed: 0, unchanged: 0 };
    for (let from = 0; from === 0 || from < services.length; from += PART) {
      if (from > 0) await setImmediate();
      const set = services.slice(from, from + PART);
      more -= backendsOf(set);
      const result = this.#target.change({ set, remove: from === 0 ? remove : [], more });
      total.added += result.added;
      total.changed += result.changed;
      total.removed += result.removed;
      total.unchanged += result.unchanged;
    }
    return total;
  }

  /** Something was refused: usually for one Gateway's sake, which then stays as it was. */
  async #loadOneByOne(set: readonly GatewayRules[], reason: Error): Promise<DataPlaneFailure[]> {
    const failures: DataPlaneFailure[] = [];
    for (const rules of set) {
      await setImmediate();
      try {
        this.#target.change({ set: this.#servicesOf(rules) });
      } catch (error) {
        failures.push({ gateway: rules.gateway, error: toError(error) });
        this.#restore(rules, set);
      }
    }
    // It is not about this Gateway or that.
    if (failures.length === set.length) throw reason;
    return failures;
  }

  /** Brings back what was loaded of a Gateway, as far as no other has it now. */
  #restore(refused: GatewayRules, set: readonly GatewayRules[]): void {
    const name = nameOf(refused.gateway);
    const before = this.#loaded.get(name);
    const taken = new Set(set.flatMap((rules) => (rules === refused ? [] : rules.services.map(keyOf))));
    const services = before?.services.filter((service) => !taken.has(keyOf(service))) ?? [];
    const kept = new Set([...services.map(keyOf), ...taken]);
    const remove = refused.services.filter((service) => !kept.has(keyOf(service)));
    const rules = before && { ...before, services };
    this.#note(name, rules);
    try {
      this.#target.change({ set: rules === undefined ? [] : this.#servicesOf(rules), remove });
    } catch (err) {
      this.#logger.error({ err, gateway: name }, 'rules that were loaded before cannot be loaded again');
    }
  }

  /** Services of Gateways that are changed or removed, and that none of those that are changed has any more. */
  #unwanted(set: readonly GatewayRules[], remove: readonly NamespacedName[]): ServiceKey[] {
    const wanted = new Set(set.flatMap(({ services }) => services.map(keyOf)));
    const touched = [...set.map(({ gateway }) => gateway), ...remove].map(nameOf);
    return touched
      .flatMap((name) => this.#loaded.get(name)?.services ?? [])
      .filter((service) => !wanted.has(keyOf(service)))
      .map(({ address, port, protocol }) => ({ address, port, protocol }));
  }

  /** Services of a Gateway that are not loaded as they are wanted. */
  #differing(rules: GatewayRules): Service[] {
    const before = this.#loaded.get(nameOf(rules.gateway));
    if (before === undefined || before.mode !== rules.mode) return this.#servicesOf(rules);
    const known = new Map(before.services.map((service) => [keyOf(service), service]));
    const services = rules.services.filter(
      (service) => !isDeepStrictEqual(service, known.get(keyOf(service))),
    );
    return this.#servicesOf({ ...rules, services });
  }

  #note(name: string, rules: GatewayRules | undefined): void {
    const before = this.#loaded.get(name);
    if (rules !== undefined) this.#announced.add(this.#announcedBy(rules));
    if (before !== undefined) this.#announced.remove(this.#announcedBy(before));
    if (rules === undefined) this.#loaded.delete(name);
    else this.#loaded.set(name, rules);
  }

  #announcedBy({ announce, services }: GatewayRules): string[] {
    return announce && this.#options.announce ? services.map(({ address }) => address) : [];
  }

  /** After they are loaded: what the first packets meet is there. */
  #announce(): void {
    const addresses = this.#announced.takeChanged();
    if (addresses === undefined) return;
    const { added, removed } = this.#target.announce(addresses);
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

  #servicesOf({ services, mode = this.#options.mode }: GatewayRules): Service[] {
    return services.map(({ address, port, protocol, backends, rejectWeight }) => ({
      address,
      port,
      protocol,
      rejectWeight,
      backends: backends.map((backend) => ({ ...backend, mode })),
    }));
  }
}

const backendsOf = (services: readonly Service[]): number =>
  services.reduce((sum, { backends }) => sum + backends.length, 0);

const keyOf = ({ protocol, address, port }: ServiceKey): string => `${protocol} ${address} ${port}`;

function nameOf({ namespace, name }: NamespacedName): string {
  return `${namespace}/${name}`;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
