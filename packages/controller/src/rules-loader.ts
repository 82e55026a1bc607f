import { isDeepStrictEqual } from 'node:util';
import type { BlixtParametersSpec, NamespacedName } from '@blixt/gateway-model';
import type { DataPlane, DataPlaneFailure, GatewayRules } from './data-plane.ts';
import type { Decision } from './gateway-decisions.ts';
import type { Logger } from './logger.ts';
import { describeKey, gatewayKey, type ObjectKey } from './object.ts';
import type { PortConflict, SettledPorts } from './port-claims.ts';
import { conflictMessage } from './port-conflicts.ts';

/** What is in force of a Gateway. */
type Loaded = Omit<GatewayRules, 'gateway'>;

/** What came of loading decisions. */
export interface LoadOutcome {
  /** Gateways whose rules are not in force, and why. They are to come again. */
  readonly failures: ReadonlyMap<ObjectKey, Error>;
  /** What older Gateways have of what a Gateway asks for. */
  readonly conflicts: ReadonlyMap<ObjectKey, readonly PortConflict[]>;
  /** Whether the decisions were loaded, or were already; false as long as the first load did not succeed. */
  readonly isLoaded: boolean;
}

/** What {@link RulesLoader} works with. */
export interface RulesLoaderOptions {
  readonly dataPlane: DataPlane;
  /** What may be loaded of a decision. */
  readonly settle: (decision: Decision) => SettledPorts;
  readonly logger: Logger;
}

/** Brings what a data plane forwards in line with decisions: it is told what differs from what it has. */
export class RulesLoader {
  readonly #options: RulesLoaderOptions;
  /** What is in force, by Gateway; undefined where loading it failed. */
  readonly #loaded = new Map<ObjectKey, Loaded | undefined>();
  /** Conflicts that were logged, by Gateway. */
  readonly #conflicts = new Map<ObjectKey, string>();
  #everLoaded = false;

  constructor(options: RulesLoaderOptions) {
    this.#options = options;
  }

  /** Whether the data plane has had everything at least once. */
  get everLoaded(): boolean {
    return this.#everLoaded;
  }

  /**
   * Loads the decisions' rules.
   *
   * @param first - they are about everything there is: whatever else the data plane has goes. Until this has
   *   succeeded once, nothing else is loaded.
   */
  async load(decisions: ReadonlyMap<ObjectKey, Decision>, first: boolean): Promise<LoadOutcome> {
    const set: GatewayRules[] = [];
    const remove: NamespacedName[] = [];
    const conflicts = new Map<ObjectKey, readonly PortConflict[]>();
    for (const [key, decision] of decisions) {
      const settled = this.#options.settle(decision);
      if (settled.conflicts.length > 0) conflicts.set(key, settled.conflicts);
      this.#logConflicts(key, settled.conflicts);
      const { gateway, services } = settled.forwarding;
      const rules: Loaded = { services, ...howToForward(decision.parameters) };
      // Most changes, such as those of statuses, change nothing of what is forwarded.
      if (!first && services.length > 0 && isDeepStrictEqual(rules, this.#loaded.get(key))) continue;
      if (services.length > 0) set.push({ gateway, ...rules });
      else if (this.#loaded.has(key) || first) remove.push(gateway);
    }
    if (!first && !this.#everLoaded) return { failures: new Map(), conflicts, isLoaded: false };
    const isNothing = !first && set.length === 0 && remove.length === 0;
    const failures = isNothing ? new Map<ObjectKey, Error>() : await this.#apply(set, remove);
    return { failures, conflicts, isLoaded: this.#everLoaded };
  }

  async #apply(
    set: readonly GatewayRules[],
    remove: readonly NamespacedName[],
  ): Promise<Map<ObjectKey, Error>> {
    const { dataPlane, logger } = this.#options;
    const failures = new Map<ObjectKey, Error>();
    let failed: readonly DataPlaneFailure[];
    try {
      failed = await dataPlane.apply({ set, remove });
      this.#everLoaded = true;
    } catch (err) {
      const error = err instanceof Error ? err : new Error(String(err));
      logger.error({ err }, `loading the data plane failed and is tried again: ${error.message}`);
      failed = [...set.map((it) => it.gateway), ...remove].map((gateway) => ({ gateway, error }));
    }
    for (const { gateway, error } of failed) {
      const key = gatewayKey(gateway);
      failures.set(key, error);
      if (this.#loaded.has(key)) this.#loaded.set(key, undefined);
      if (!this.#everLoaded) continue;
      const text = `loading ${describeKey(key)} failed and is tried again: ${error.message}`;
      logger.error({ err: error, gateway: key }, text);
    }
    for (const { gateway, ...rules } of set) {
      const key = gatewayKey(gateway);
      if (failures.has(key)) continue;
      this.#loaded.set(key, rules);
      logger.debug({ gateway: key, services: rules.services.length }, `loaded ${describeKey(key)}`);
    }
    for (const gateway of remove)
      if (!failures.has(gatewayKey(gateway))) this.#loaded.delete(gatewayKey(gateway));
    return failures;
  }

  /** Each conflict once, until it is another. */
  #logConflicts(key: ObjectKey, conflicts: readonly PortConflict[]): void {
    const text = conflicts.map(conflictMessage).join(' ');
    if ((this.#conflicts.get(key) ?? '') === text) return;
    if (text === '') {
      this.#conflicts.delete(key);
      return;
    }
    this.#conflicts.set(key, text);
    const fields = { gateway: key, code: 'WARN_PORT_UNAVAILABLE' };
    this.#options.logger.warn(fields, `${describeKey(key)}: ${text}`);
  }
}

/** What parameters say of forwarding. */
export function howToForward({ mode, addresses }: BlixtParametersSpec = {}): Omit<Loaded, 'services'> {
  const announce = (addresses?.provider ?? 'Pool') === 'Pool';
  return { announce, ...(mode === undefined ? {} : { mode }) };
}
