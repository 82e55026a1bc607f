import {
  acceptsGateways,
  type BlixtParametersSpec,
  comparePrecedence,
  type Gateway,
  type GatewayClass,
  type NamespacedName,
  type ObjectIndex,
  type ParametersVerdict,
  type ProgrammedVerdict,
  type Resolution,
  type ResolveContext,
  releaseGateway,
  resolveGateway,
  type StatusUpdate,
} from '@blixt/gateway-model';
import type { AddressProvider } from './address-provider.ts';
import { ClassParameters, type JudgedParameters } from './class-parameters.ts';
import type { Logger } from './logger.ts';
import { describeKey, keyOf, nameOf, type ObjectKey } from './object.ts';
import { PortClaims, type PortConflict, type SettledPorts } from './port-claims.ts';
import { unavailablePort } from './port-conflicts.ts';

/** What was decided for a Gateway in a turn. */
export interface Decision {
  readonly key: ObjectKey;
  /** Undefined when there is nothing of ours to serve: the Gateway is gone, or of another controller. */
  readonly gateway: Gateway | undefined;
  readonly resolution: Resolution;
  readonly context: ResolveContext;
  /** The settings of its class. */
  readonly parameters: BlixtParametersSpec | undefined;
}

/** What {@link GatewayDecisions} are made from. */
export interface GatewayDecisionsOptions {
  readonly objects: ObjectIndex;
  readonly addresses: AddressProvider;
  /** What all decisions start from at this moment. */
  readonly context: () => Omit<ResolveContext, 'addresses'>;
  readonly logger: Logger;
}

/** Decides about Gateways, one by one, and about ports that several of them ask for. */
export class GatewayDecisions {
  readonly #options: GatewayDecisionsOptions;
  readonly #parameters: ClassParameters;
  readonly #claims = new PortClaims();

  constructor(options: GatewayDecisionsOptions) {
    this.#options = options;
    this.#parameters = new ClassParameters(options.objects, (spec) => options.addresses.refuse?.(spec));
  }

  /** What the parameters of a class are worth. */
  judgeParameters(gatewayClass: GatewayClass): ParametersVerdict {
    return this.#parameters.judge(gatewayClass).verdict;
  }

  /** The settings that are in force for a Gateway; undefined when its class has none. */
  parametersOf(gateway: Gateway): BlixtParametersSpec | undefined {
    return this.#judgedFor(gateway)?.spec;
  }

  /** A GatewayClass is gone. */
  forgetClass(name: string): void {
    this.#parameters.forget(name);
  }

  /** The Gateway, if there is one and it is of a class of ours. */
  managed(name: NamespacedName): Gateway | undefined {
    const gateway = this.#options.objects.gateway(name);
    const gatewayClass = gateway && this.#classOf(gateway);
    return gateway && acceptsGateways(gatewayClass, this.#contextFor(gateway)) ? gateway : undefined;
  }

  /**
   * Decides about Gateways, and those with which they have ports in common, the oldest first.
   *
   * @param failed - takes those about which nothing could be decided
   */
  decide(keys: readonly ObjectKey[], failed: Set<ObjectKey>): Map<ObjectKey, Decision> {
    const decisions = new Map<ObjectKey, Decision>();
    const pending = new Set(this.#byPrecedence(keys));
    for (const key of pending) {
      try {
        const decision = this.#decideOne(key);
        decisions.set(key, decision);
        const rivals = this.#claims.set(key, decision.gateway, decision.resolution.forwarding.services);
        for (const rival of rivals) pending.add(rival);
      } catch (err) {
        failed.add(key);
        const text = `resolving ${describeKey(key)} failed and is tried again`;
        this.#options.logger.error({ err, gateway: key }, text);
      }
    }
    return decisions;
  }

  /**
   * What may be loaded of a decision, and what older Gateways have of it. Without the listeners that they
   * leave no port, a Gateway or ListenerSet may have no valid one, and then nothing of it is served.
   */
  settle({ gateway, resolution, context }: Decision): SettledPorts {
    const settled = this.#claims.settle(resolution.forwarding);
    const { conflicts } = settled;
    if (gateway === undefined || conflicts.length === 0) return settled;
    const around = resolveGateway(gateway, this.#options.objects, {
      ...context,
      unavailablePorts: conflicts.map(unavailablePort),
    });
    return { forwarding: this.#claims.settle(around.forwarding).forwarding, conflicts };
  }

  /** The statuses that a decision comes to when it is known what is in force of it. */
  statuses(
    { gateway, resolution, context }: Decision,
    programmed: ProgrammedVerdict,
    conflicts: readonly PortConflict[],
  ): readonly StatusUpdate[] {
    if (gateway === undefined || (programmed.ok && conflicts.length === 0)) return resolution.statuses;
    const unavailablePorts = conflicts.map(unavailablePort);
    const inForce: ResolveContext = { ...context, programmed, unavailablePorts };
    return resolveGateway(gateway, this.#options.objects, inForce).statuses;
  }

  #decideOne(key: ObjectKey): Decision {
    const { addresses: provider, context: contextNow, objects } = this.#options;
    const name = nameOf(key);
    const gateway = this.managed(name);
    if (gateway === undefined) {
      provider.release(name, objects.gateway(name) === undefined);
      const context = { ...contextNow(), addresses: { assigned: [] } };
      const resolution = releaseGateway(name, objects, context);
      return { key, gateway, resolution, context, parameters: undefined };
    }
    const addresses = provider.assign(gateway);
    const context: ResolveContext = { ...this.#contextFor(gateway), addresses, programmed: { ok: true } };
    const resolution = resolveGateway(gateway, objects, context);
    return { key, gateway, resolution, context, parameters: this.parametersOf(gateway) };
  }

  #byPrecedence(keys: readonly ObjectKey[]): ObjectKey[] {
    const { objects } = this.#options;
    const known = keys.flatMap((key) => objects.gateway(nameOf(key)) ?? []).sort(comparePrecedence);
    return [...new Set([...known.map(keyOf), ...keys])];
  }

  #classOf({ spec }: Gateway): GatewayClass | undefined {
    return this.#options.objects.gatewayClass(spec.gatewayClassName);
  }

  #judgedFor(gateway: Gateway): JudgedParameters | undefined {
    const gatewayClass = this.#classOf(gateway);
    return gatewayClass && this.#parameters.judge(gatewayClass);
  }

  #contextFor(gateway: Gateway): Omit<ResolveContext, 'addresses'> {
    const judged = this.#judgedFor(gateway);
    return { ...this.#options.context(), ...(judged && { parameters: judged.inForce }) };
  }
}
