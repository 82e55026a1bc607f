/** What has to be looked at again after a change. */
import type { NamespacedName } from '../resolution/resolution.ts';
import { NameMap } from './name-map.ts';

/** The objects about which something has to be decided again, each once, in no order. */
export interface AffectedRoots {
  /**
   * Gateways to resolve, or to release (`releaseGateway`) when they are gone or of another controller; so they
   * need not exist.
   */
  readonly gateways: readonly NamespacedName[];
  /** Names of GatewayClasses to resolve; they need not exist. */
  readonly gatewayClasses: readonly string[];
  /**
   * ListenerSets that are gone or lead to no Gateway of ours, although routes name them: our entries for them
   * have to go from the routes' statuses (`releaseListenerSet`).
   */
  readonly listenerSets: readonly NamespacedName[];
}

const nothing: AffectedRoots = Object.freeze({
  gateways: Object.freeze([]),
  gatewayClasses: Object.freeze([]),
  listenerSets: Object.freeze([]),
});

/** Collects roots, each once. Makes nothing as long as nothing is collected. */
export class RootCollector {
  #gateways: NameMap<NamespacedName> | undefined;
  #listenerSets: NameMap<NamespacedName> | undefined;
  #classes: Set<string> | undefined;

  addGateway({ namespace, name }: NamespacedName): void {
    this.#gateways ??= new NameMap();
    this.#gateways.set(namespace, name, { namespace, name });
  }

  addListenerSet({ namespace, name }: NamespacedName): void {
    this.#listenerSets ??= new NameMap();
    this.#listenerSets.set(namespace, name, { namespace, name });
  }

  addClass(name: string): void {
    this.#classes ??= new Set();
    this.#classes.add(name);
  }

  /** What was collected. */
  result(): AffectedRoots {
    if (!this.#gateways && !this.#listenerSets && !this.#classes) return nothing;
    return {
      gateways: [...(this.#gateways?.values() ?? [])],
      gatewayClasses: [...(this.#classes ?? [])],
      listenerSets: [...(this.#listenerSets?.values() ?? [])],
    };
  }
}
