import { isDeepStrictEqual } from 'node:util';
import {
  acceptsGateways,
  type BlixtParametersSpec,
  comparePrecedence,
  type FeatureName,
  type Gateway,
  type GatewayClass,
  gatewayClassFinalizers,
  gatewayOfListenerSet,
  isStatusOwner,
  type NamespacedName,
  ObjectIndex,
  type ProgrammedVerdict,
  type Resolution,
  type ResolveContext,
  releaseGateway,
  releaseListenerSet,
  resolveGateway,
  resolveGatewayClass,
  type StatusOwner,
  type StatusUpdate,
  statusKinds,
  type UnavailablePort,
} from '@blixt/gateway-model';
import type { AddressProvider } from './address-provider.ts';
import { ClassParameters, type JudgedParameters } from './class-parameters.ts';
import type { DataPlane, DataPlaneFailure, GatewayRules } from './data-plane.ts';
import type { GatewayInfrastructure } from './gateway-infrastructure.ts';
import { KeyPairCheck } from './key-pair-check.ts';
import type { LoadGate, LoadReport } from './load-gate.ts';
import { type Logger, silentLogger } from './logger.ts';
import { describeKey, gatewayKey, keyOf, nameOf, type ObjectKey, parseKey, rootKeys } from './object.ts';
import { PortClaims, type PortConflict } from './port-claims.ts';
import type { Source, SourceEvent } from './source.ts';
import { StatusPublisher } from './status-publisher.ts';
import type { StatusWriter } from './status-writer.ts';
import { WorkQueue } from './work-queue.ts';

/** `spec.controllerName` of the GatewayClasses that Blixt manages. */
export const BLIXT_CONTROLLER_NAME = 'gateway.networking.k8s.io/blixt';

/** Delays before something that failed is tried again, in milliseconds; each is twice the one before. */
export interface RetryDelay {
  /** The first. */
  readonly base: number;
  /** The longest. */
  readonly max: number;
}

/** What a {@link Controller} is made of. */
export interface ControllerOptions {
  /** Where objects come from. */
  readonly source: Source;
  /** What forwards. */
  readonly dataPlane: DataPlane;
  /** Where statuses go. */
  readonly statusWriter: StatusWriter;
  /** What gives Gateways their addresses. */
  readonly addresses: AddressProvider;
  /** Knows when others have loaded what this instance has (default: there are no others). */
  readonly loadGate?: LoadGate;
  /** Told after each turn, from the first load on, which versions of Gateways of ours are in force now. */
  readonly onLoaded?: (report: LoadReport) => void;
  /** What else there is for Gateways, such as Services (default: nothing). */
  readonly infrastructure?: GatewayInfrastructure;
  /** What GatewayClasses publish as their features (default: `defaultSupportedFeatures` of the model). */
  readonly supportedFeatures?: readonly FeatureName[];
  /** Where the controller tells what it does (default: nowhere). */
  readonly logger?: Logger;
  /** Which GatewayClasses are ours (default {@link BLIXT_CONTROLLER_NAME}). */
  readonly controllerName?: string;
  /** The clock of condition transitions (default: the system's). */
  readonly now?: () => Date;
  /** First and longest delay before something that failed is tried again, in milliseconds (50, 30 000). */
  readonly retryDelay?: RetryDelay;
}

/** What was decided for a Gateway in a turn. */
interface Decision {
  readonly key: ObjectKey;
  /** Undefined when there is nothing of ours to serve: the Gateway is gone, or of another controller. */
  readonly gateway: Gateway | undefined;
  readonly resolution: Resolution;
  readonly context: ResolveContext;
  /** The settings of its class. */
  readonly parameters: BlixtParametersSpec | undefined;
}

/** What is in force of a Gateway. */
type Loaded = Omit<GatewayRules, 'gateway'>;

/**
 * The reconcile loop: keeps what a data plane forwards, and the statuses of the objects, in line with the
 * objects of a source.
 *
 * Level-triggered: a change only tells which Gateways to look at again, and they are resolved from what
 * the index holds then. Turns do not overlap; what changes meanwhile is one turn later. A status says
 * `Programmed` only after the data plane has loaded the rules that belong to it.
 */
export class Controller {
  /** The objects that are known now. */
  readonly objects: ObjectIndex;
  readonly #source: Source;
  readonly #dataPlane: DataPlane;
  readonly #addresses: AddressProvider;
  readonly #parameters: ClassParameters;
  readonly #loadGate: LoadGate | undefined;
  readonly #onLoaded: (report: LoadReport) => void;
  readonly #infrastructure: GatewayInfrastructure | undefined;
  readonly #supportedFeatures: readonly FeatureName[] | undefined;
  readonly #publisher: StatusPublisher;
  readonly #statusWriter: StatusWriter;
  readonly #logger: Logger;
  readonly #controllerName: string;
  readonly #now: () => Date;
  readonly #claims = new PortClaims();
  readonly #keyPairs = new KeyPairCheck();
  readonly #queue: WorkQueue<ObjectKey>;
  /** What was logged of parameters, by GatewayClass. */
  readonly #parametersProblems = new Map<ObjectKey, string>();
  /** Conflicts that were logged, by Gateway. */
  readonly #conflicts = new Map<ObjectKey, string>();
  /** What is in force, by Gateway; undefined where loading it failed. */
  readonly #loaded = new Map<ObjectKey, Loaded | undefined>();
  readonly #firstLoad = Promise.withResolvers<void>();
  #everLoaded = false;

  constructor(options: ControllerOptions) {
    this.#controllerName = options.controllerName ?? BLIXT_CONTROLLER_NAME;
    this.objects = new ObjectIndex({ controllerName: this.#controllerName });
    this.#source = options.source;
    this.#dataPlane = options.dataPlane;
    this.#addresses = options.addresses;
    this.#parameters = new ClassParameters(this.objects, (spec) => this.#addresses.refuse?.(spec));
    this.#loadGate = options.loadGate;
    this.#onLoaded = options.onLoaded ?? (() => undefined);
    this.#infrastructure = options.infrastructure;
    this.#supportedFeatures = options.supportedFeatures;
    this.#statusWriter = options.statusWriter;
    this.#logger = options.logger ?? silentLogger;
    this.#publisher = new StatusPublisher(this.objects, options.statusWriter);
    this.#now = options.now ?? (() => new Date());
    this.#statusWriter.attach?.({
      object: (key) => this.#statusOwner(key),
      finalizers: (key) => this.#finalizers(key),
      resync: () => this.resync(),
    });
    const changed = (gateways: Iterable<NamespacedName>): void =>
      this.#queue.add(Array.from(gateways, gatewayKey));
    this.#addresses.attach?.({ changed, parameters: (gateway) => this.#parametersOf(gateway)?.spec });
    this.#loadGate?.attach({ changed });
    this.#infrastructure?.attach({ managedGateway: (name) => this.#managed(name) });
    this.#queue = new WorkQueue<ObjectKey>({
      process: (keys) => this.#reconcile(keys),
      onError: (err, keys) => this.#logger.error({ err, keys }, 'reconciling failed and is tried again'),
      ...(options.retryDelay === undefined
        ? {}
        : { baseDelay: options.retryDelay.base, maxDelay: options.retryDelay.max }),
    });
  }

  /**
   * Starts the source, and resolves when the data plane has loaded what the source had at the start.
   *
   * @throws what the source throws at its start
   */
  async start(): Promise<void> {
    await this.#source.start(
      (events) => this.#take(events),
      () => this.#queue.add(Array.from(this.objects.list('GatewayClass'), keyOf)),
    );
    const owners = new Set<ObjectKey>();
    for (const kind of statusKinds) for (const owner of this.objects.list(kind)) owners.add(keyOf(owner));
    await this.#statusWriter.retain(owners);
    this.#queue.add([START]);
    await this.#firstLoad.promise;
    await this.#queue.idle();
  }

  /** Resolves once everything that is known has had its turn. */
  async idle(): Promise<void> {
    await this.#queue.idle();
  }

  /** Decides about everything again, loads what differs, and writes what differs. */
  resync(): void {
    // What is not loaded yet is decided by the first load.
    if (this.#everLoaded) this.#queue.add(rootKeys(this.objects.roots()));
  }

  /** Stops the source and the loop. The data plane stays as it is. */
  async stop(): Promise<void> {
    await this.#source.stop();
    await this.#queue.stop();
    this.#firstLoad.resolve();
  }

  #take(events: readonly SourceEvent[]): void {
    const affected = new Set<ObjectKey>();
    for (const event of events) {
      const { object } = event;
      const key = keyOf(object);
      const known =
        event.type === 'upsert' ? { ...event, object: this.#publisher.withStatus(object) } : event;
      for (const root of rootKeys(this.objects.apply(known))) affected.add(root);
      if (known.object.kind === 'Gateway' && event.type === 'upsert') this.#addresses.observe(known.object);
      if (object.kind === 'GatewayClass' && event.type === 'delete')
        this.#parameters.forget(object.metadata.name);
      if (event.type === 'delete' && isStatusOwner(object)) {
        this.#publisher.gone(key);
        affected.add(TIDY);
      }
    }
    if (this.#source.synced || this.#everLoaded) this.#queue.add(affected);
  }

  /** One turn: decide, load, tell. Returns the keys that must come again. */
  async #reconcile(batch: readonly ObjectKey[]): Promise<Set<ObjectKey>> {
    const first = batch.includes(START);
    // The first load carries everything there is: whatever it lacks, a data plane takes away.
    const keys = first ? [...new Set([...batch, ...rootKeys(this.objects.roots())])] : batch;
    const again = new Set<ObjectKey>();
    const updates: StatusUpdate[] = [];
    for (const key of keys) {
      const { kind } = parseKey(key);
      if (kind === 'GatewayClass') updates.push(...this.#decideClass(key));
      if (kind === 'ListenerSet') updates.push(...this.#releaseListenerSet(key));
    }
    const decisions = this.#decide(
      keys.filter((key) => parseKey(key).kind === 'Gateway'),
      again,
    );
    const outcome = await this.#load(decisions, first, again);
    this.#tellLoaded(keys, decisions, outcome);
    for (const decision of decisions.values()) this.#tellInfrastructure(decision);
    for (const decision of decisions.values()) updates.push(...this.#statuses(decision, outcome));
    try {
      await this.#publisher.publish(updates);
    } catch (err) {
      this.#logger.error({ err }, `writing statuses failed and is tried again: ${messageOf(err)}`);
      for (const key of keys) again.add(key);
    }
    return again;
  }

  #statusOwner(key: ObjectKey): StatusOwner | undefined {
    const { kind, namespace, name } = parseKey(key);
    const known = statusKinds.find((it) => it === kind);
    return known && this.objects.get(known, namespace, name);
  }

  #finalizers(key: ObjectKey): readonly string[] | undefined {
    const { kind, name } = parseKey(key);
    const gatewayClass = kind === 'GatewayClass' ? this.objects.gatewayClass(name) : undefined;
    if (gatewayClass === undefined) return undefined;
    const inUse = this.objects.gatewaysOfClass(name).size > 0;
    return gatewayClassFinalizers(gatewayClass, inUse, { controllerName: this.#controllerName });
  }

  #decideClass(key: ObjectKey): StatusUpdate[] {
    const gatewayClass = this.objects.gatewayClass(parseKey(key).name);
    if (gatewayClass === undefined) return [];
    const { verdict } = this.#parameters.judge(gatewayClass);
    this.#logParameters(key, verdict.ok ? '' : verdict.message);
    const update = resolveGatewayClass(gatewayClass, { ...this.#classContext(), parameters: verdict });
    return update === undefined ? [] : [update];
  }

  /** Takes our entries for a ListenerSet that is gone, or leads to no Gateway of ours, from its routes. */
  #releaseListenerSet(key: ObjectKey): StatusUpdate[] {
    const name = nameOf(key);
    const listenerSet = this.objects.get('ListenerSet', name.namespace, name.name);
    const parent = listenerSet && gatewayOfListenerSet(listenerSet);
    // It was an orphan, and has a Gateway again, whose turn decides about it.
    if (parent && this.#managed(parent)) return [];
    return releaseListenerSet(name, this.objects, this.#classContext());
  }

  #decide(keys: readonly ObjectKey[], again: Set<ObjectKey>): Map<ObjectKey, Decision> {
    const decisions = new Map<ObjectKey, Decision>();
    const pending = new Set(this.#byPrecedence(keys));
    for (const key of pending) {
      try {
        const decision = this.#decideGateway(key);
        decisions.set(key, decision);
        const rivals = this.#claims.set(key, decision.gateway, decision.resolution.forwarding.services);
        for (const rival of rivals) pending.add(rival);
      } catch (err) {
        again.add(key);
        this.#logger.error({ err, gateway: key }, `resolving ${describeKey(key)} failed and is tried again`);
      }
    }
    return decisions;
  }

  #byPrecedence(keys: readonly ObjectKey[]): ObjectKey[] {
    const known = keys.flatMap((key) => this.objects.gateway(nameOf(key)) ?? []).sort(comparePrecedence);
    return [...new Set([...known.map(keyOf), ...keys])];
  }

  #decideGateway(key: ObjectKey): Decision {
    const name = nameOf(key);
    const gateway = this.#managed(name);
    const base = this.#gatewayContext(this.#classOf(gateway));
    if (gateway === undefined) {
      this.#addresses.release(name, this.objects.gateway(name) === undefined);
      const context = { ...base, addresses: { assigned: [] } };
      const resolution = releaseGateway(name, this.objects, context);
      return { key, gateway: undefined, resolution, context, parameters: undefined };
    }
    const addresses = this.#addresses.assign(gateway);
    const context: ResolveContext = { ...base, addresses, programmed: { ok: true } };
    const resolution = resolveGateway(gateway, this.objects, context);
    return { key, gateway, resolution, context, parameters: this.#parametersOf(gateway)?.spec };
  }

  /** The Gateway, if there is one and it is of a class of ours. */
  #managed(name: NamespacedName): Gateway | undefined {
    const gateway = this.objects.gateway(name);
    const gatewayClass = this.#classOf(gateway);
    return acceptsGateways(gatewayClass, this.#gatewayContext(gatewayClass)) ? gateway : undefined;
  }

  #classOf(gateway: Gateway | undefined): GatewayClass | undefined {
    return gateway && this.objects.gatewayClass(gateway.spec.gatewayClassName);
  }

  #parametersOf(gateway: Gateway): JudgedParameters | undefined {
    const gatewayClass = this.#classOf(gateway);
    return gatewayClass && this.#parameters.judge(gatewayClass);
  }

  /**
   * What may be loaded of a decision, and what older Gateways have of it. Without the listeners that they
   * leave no port, a Gateway or ListenerSet may have no valid one, and then nothing of it is served.
   */
  #settle({ gateway, resolution, context }: Decision): ReturnType<PortClaims['settle']> {
    const settled = this.#claims.settle(resolution.forwarding);
    const { conflicts } = settled;
    if (gateway === undefined || conflicts.length === 0) return settled;
    const around = resolveGateway(gateway, this.objects, {
      ...context,
      unavailablePorts: conflicts.map(unavailablePort),
    });
    return { forwarding: this.#claims.settle(around.forwarding).forwarding, conflicts };
  }

  /** Loads the decisions' rules. The result says which of them are in force. */
  async #load(
    decisions: ReadonlyMap<ObjectKey, Decision>,
    first: boolean,
    again: Set<ObjectKey>,
  ): Promise<Outcome> {
    const set: GatewayRules[] = [];
    const remove: NamespacedName[] = [];
    const conflicts = new Map<ObjectKey, readonly PortConflict[]>();
    for (const [key, decision] of decisions) {
      const settled = this.#settle(decision);
      if (settled.conflicts.length > 0) conflicts.set(key, settled.conflicts);
      this.#logConflicts(key, settled.conflicts);
      const { gateway, services } = settled.forwarding;
      const rules: Loaded = { services, ...howToForward(decision.parameters) };
      // Most changes, such as those of statuses, change nothing of what is forwarded.
      if (!first && services.length > 0 && isDeepStrictEqual(rules, this.#loaded.get(key))) continue;
      if (services.length > 0) set.push({ gateway, ...rules });
      else if (this.#loaded.has(key) || first) remove.push(gateway);
    }
    const failures = new Map<ObjectKey, Error>();
    if (!first && this.#everLoaded && set.length === 0 && remove.length === 0) return { failures, conflicts };
    if (!this.#everLoaded && !first) {
      // The first load is yet to come.
      for (const key of decisions.keys()) again.add(key);
      return { failures, conflicts };
    }
    let failed: readonly DataPlaneFailure[];
    try {
      failed = await this.#dataPlane.apply({ set, remove });
      this.#everLoaded = true;
      this.#firstLoad.resolve();
    } catch (err) {
      const error = err instanceof Error ? err : new Error(String(err));
      this.#logger.error({ err }, `loading the data plane failed and is tried again: ${error.message}`);
      failed = [...set.map((it) => it.gateway), ...remove].map((gateway) => ({ gateway, error }));
      if (first) again.add(START);
    }
    for (const { gateway, error } of failed) {
      const key = gatewayKey(gateway);
      failures.set(key, error);
      if (this.#loaded.has(key)) this.#loaded.set(key, undefined);
      again.add(key);
      if (this.#everLoaded) {
        this.#logger.error(
          { err: error, gateway: key },
          `loading ${describeKey(key)} failed and is tried again: ${error.message}`,
        );
      }
    }
    for (const { gateway, ...rules } of set) {
      const key = gatewayKey(gateway);
      if (failures.has(key)) continue;
      this.#loaded.set(key, rules);
      this.#logger.debug({ gateway: key, services: rules.services.length }, `loaded ${describeKey(key)}`);
    }
    for (const gateway of remove)
      if (!failures.has(gatewayKey(gateway))) this.#loaded.delete(gatewayKey(gateway));
    return { failures, conflicts };
  }

  #logParameters(key: ObjectKey, problem: string): void {
    if ((this.#parametersProblems.get(key) ?? '') === problem) return;
    this.#parametersProblems.set(key, problem);
    if (problem === '') return;
    const text = `${describeKey(key)}: ${problem} Its Gateways go on with the parameters of before, if there were any.`;
    this.#logger.warn({ gatewayClass: key, code: 'WARN_PARAMETERS' }, text);
  }

  #logConflicts(key: ObjectKey, conflicts: readonly PortConflict[]): void {
    const text = conflicts.map(conflictMessage).join(' ');
    if ((this.#conflicts.get(key) ?? '') === text) return;
    if (text === '') {
      this.#conflicts.delete(key);
      return;
    }
    this.#conflicts.set(key, text);
    this.#logger.warn({ gateway: key, code: 'WARN_PORT_UNAVAILABLE' }, `${describeKey(key)}: ${text}`);
  }

  /** Statuses that say what is in force, and not only what was decided. */
  #statuses({ gateway, resolution, context, key }: Decision, outcome: Outcome): readonly StatusUpdate[] {
    if (gateway === undefined) return resolution.statuses;
    const failure = outcome.failures.get(key);
    const conflicts = outcome.conflicts.get(key) ?? [];
    const programmed =
      failure === undefined ? this.#gateVerdict(gateway, context.addresses.assigned) : refusal(failure);
    if (programmed === 'wait') return [];
    if (programmed.ok && conflicts.length === 0) return resolution.statuses;
    const inForce: ResolveContext = {
      ...context,
      programmed,
      unavailablePorts: conflicts.map(unavailablePort),
    };
    return resolveGateway(gateway, this.objects, inForce).statuses;
  }

  /** Whether those who forward the packets have loaded what this instance has. */
  #gateVerdict(gateway: Gateway, assigned: readonly string[]): ProgrammedVerdict | 'wait' {
    const listenerSets = [...this.objects.listenerSetsOf(gateway.metadata)];
    const verdict = this.#loadGate?.verdict(gateway, assigned, listenerSets) ?? { ok: true };
    if (verdict !== 'wait') return verdict;
    // They learn by the status which address it is that they are to load.
    const told = new Set(gateway.status?.addresses?.map(({ value }) => value));
    if (assigned.every((address) => told.has(address))) return 'wait';
    const message = 'The addresses are assigned; the nodes are about to load the rules.';
    return { ok: false, reason: 'Pending', message };
  }

  #tellLoaded(
    keys: readonly ObjectKey[],
    decisions: ReadonlyMap<ObjectKey, Decision>,
    { failures }: Outcome,
  ): void {
    if (!this.#everLoaded) return;
    const undecided = keys.filter((key) => parseKey(key).kind === 'Gateway' && !decisions.has(key));
    const inForce = [...decisions.values()].filter(({ key }) => !failures.has(key));
    this.#onLoaded({
      loaded: inForce.flatMap(({ gateway }) =>
        gateway === undefined
          ? []
          : { gateway, listenerSets: [...this.objects.listenerSetsOf(gateway.metadata)] },
      ),
      failed: [...new Set([...undecided, ...failures.keys()])].map(nameOf),
      released: inForce.flatMap(({ key, gateway }) => (gateway === undefined ? nameOf(key) : [])),
    });
  }

  #tellInfrastructure({ key, gateway, resolution, context }: Decision): void {
    if (gateway === undefined) {
      this.#infrastructure?.released(nameOf(key));
      return;
    }
    this.#infrastructure?.decided({
      gateway,
      listenerSets: [...this.objects.listenerSetsOf(gateway.metadata)],
      addresses: context.addresses,
      statuses: resolution.statuses,
      parameters: this.#parametersOf(gateway)?.spec,
    });
  }

  /** For deciding about a Gateway of the class. */
  #gatewayContext(gatewayClass: GatewayClass | undefined): Omit<ResolveContext, 'addresses'> {
    if (gatewayClass === undefined) return this.#classContext();
    return { ...this.#classContext(), parameters: this.#parameters.judge(gatewayClass).inForce };
  }

  #classContext(): Omit<ResolveContext, 'addresses'> {
    return {
      ...(this.#supportedFeatures && { supportedFeatures: this.#supportedFeatures }),
      controllerName: this.#controllerName,
      now: `${this.#now().toISOString().slice(0, 19)}Z`,
      checkKeyPair: this.#keyPairs.check,
      ...(this.#source.bundleVersions && { bundleVersions: this.#source.bundleVersions }),
    };
  }
}

/** Stands for the first load, which has to be made even when there is no Gateway. */
const START: ObjectKey = 'Start//';

/** Stands for statuses to remove, so that there is a turn even when no Gateway is touched. */
const TIDY: ObjectKey = 'Tidy//';

interface Outcome {
  readonly failures: ReadonlyMap<ObjectKey, Error>;
  readonly conflicts: ReadonlyMap<ObjectKey, readonly PortConflict[]>;
}

/** What parameters say of forwarding. */
function howToForward({ mode, addresses }: BlixtParametersSpec = {}): Omit<Loaded, 'services'> {
  const announce = (addresses?.provider ?? 'Pool') === 'Pool';
  return { announce, ...(mode === undefined ? {} : { mode }) };
}

function refusal(failure: Error): ProgrammedVerdict {
  return {
    ok: false,
    reason: 'NoResources',
    message: `The data plane refused the rules: ${failure.message}`,
  };
}

function unavailablePort(conflict: PortConflict): UnavailablePort {
  const { port, protocol } = conflict.service;
  return { port, protocol, message: conflictMessage(conflict) };
}

function conflictMessage({ service, owner }: PortConflict): string {
  const { address, port, protocol, name } = service;
  // `namespace/gateway/listener`, or `namespace/gateway/namespace/listenerset/listener`.
  const parts = name.split('/');
  const listener = parts.at(-1) ?? name;
  const owned = parts.length > 3 ? `${listener} of ListenerSet ${parts.slice(2, -1).join('/')}` : listener;
  return `Listener ${owned} is not served at ${address} port ${port}/${protocol}: ${describeKey(owner)} is older and has it.`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
