import {
  type FeatureName,
  type Gateway,
  gatewayClassFinalizers,
  gatewayOfListenerSet,
  isRoute,
  isStatusOwner,
  type NamespacedName,
  ObjectIndex,
  type ProgrammedVerdict,
  type ResolveContext,
  releaseListenerSet,
  resolveGatewayClass,
  type StatusOwner,
  type StatusUpdate,
  statusKinds,
} from '@blixt/gateway-model';
import type { AddressProvider } from './address-provider.ts';
import type { DataPlane } from './data-plane.ts';
import { type Decision, GatewayDecisions } from './gateway-decisions.ts';
import type { GatewayInfrastructure } from './gateway-infrastructure.ts';
import { KeyPairCheck } from './key-pair-check.ts';
import type { BoundAddresses, LoadGate, LoadReport } from './load-gate.ts';
import { type Logger, silentLogger } from './logger.ts';
import { describeKey, gatewayKey, keyOf, nameOf, type ObjectKey, parseKey, rootKeys } from './object.ts';
import { howToForward, type LoadOutcome, RulesLoader } from './rules-loader.ts';
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
  readonly #addresses: AddressProvider;
  readonly #decisions: GatewayDecisions;
  readonly #loader: RulesLoader;
  readonly #loadGate: LoadGate | undefined;
  readonly #onLoaded: (report: LoadReport) => void;
  readonly #infrastructure: GatewayInfrastructure | undefined;
  readonly #supportedFeatures: readonly FeatureName[] | undefined;
  readonly #publisher: StatusPublisher;
  readonly #statusWriter: StatusWriter;
  readonly #logger: Logger;
  readonly #controllerName: string;
  readonly #now: () => Date;
  readonly #keyPairs = new KeyPairCheck();
  readonly #queue: WorkQueue<ObjectKey>;
  /** What was logged of parameters, by GatewayClass. */
  readonly #parametersProblems = new Map<ObjectKey, string>();
  readonly #firstLoad = Promise.withResolvers<void>();

  constructor(options: ControllerOptions) {
    this.#controllerName = options.controllerName ?? BLIXT_CONTROLLER_NAME;
    this.objects = new ObjectIndex({ controllerName: this.#controllerName });
    this.#source = options.source;
    this.#addresses = options.addresses;
    this.#loadGate = options.loadGate;
    this.#onLoaded = options.onLoaded ?? (() => undefined);
    this.#infrastructure = options.infrastructure;
    this.#supportedFeatures = options.supportedFeatures;
    this.#statusWriter = options.statusWriter;
    this.#logger = options.logger ?? silentLogger;
    this.#decisions = new GatewayDecisions({
      objects: this.objects,
      addresses: options.addresses,
      context: () => this.#context(),
      logger: this.#logger,
    });
    this.#loader = new RulesLoader({
      dataPlane: options.dataPlane,
      settle: (decision) => this.#decisions.settle(decision),
      logger: this.#logger,
    });
    this.#publisher = new StatusPublisher(this.objects, options.statusWriter);
    this.#now = options.now ?? (() => new Date());
    this.#statusWriter.attach?.({
      object: (key) => this.#statusOwner(key),
      finalizers: (key) => this.#finalizers(key),
      resync: () => this.resync(),
    });
    const changed = (gateways: Iterable<NamespacedName>): void =>
      this.#queue.add(Array.from(gateways, gatewayKey));
    this.#addresses.attach?.({ changed, parameters: (gateway) => this.#decisions.parametersOf(gateway) });
    this.#loadGate?.attach({ changed });
    this.#infrastructure?.attach({ managedGateway: (name) => this.#decisions.managed(name) });
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
    if (this.#loader.everLoaded) this.#queue.add(rootKeys(this.objects.roots()));
  }

  /** Stops the source and the loop. The data plane stays as it is. */
  async stop(): Promise<void> {
    // From now on nothing is decided any more, also not as this instance ceases to lead.
    await Promise.all([this.#source.stop(), this.#queue.stop()]);
    this.#firstLoad.resolve();
  }

  #take(events: readonly SourceEvent[]): void {
    const affected = new Set<ObjectKey>();
    for (const event of events) {
      const { object } = event;
      const key = keyOf(object);
      const known =
        event.type === 'upsert' ? { ...event, object: this.#publisher.withStatus(object) } : event;
      const roots = this.objects.apply(known);
      // What was just decided is no reason to decide again. (Others may wait for the status of a Gateway.)
      if (event.isOwnWrite !== true || !isRoute(object))
        for (const root of rootKeys(roots)) affected.add(root);
      if (known.object.kind === 'Gateway' && event.type === 'upsert') this.#addresses.observe(known.object);
      if (object.kind === 'GatewayClass' && event.type === 'delete')
        this.#decisions.forgetClass(object.metadata.name);
      if (event.type === 'delete' && isStatusOwner(object)) {
        this.#publisher.gone(key);
        affected.add(TIDY);
      }
    }
    if (this.#source.synced || this.#loader.everLoaded) this.#queue.add(affected);
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
    const decisions = this.#decisions.decide(
      keys.filter((key) => parseKey(key).kind === 'Gateway'),
      again,
    );
    const outcome = await this.#loader.load(decisions, first);
    if (outcome.isLoaded) this.#firstLoad.resolve();
    // What is not loaded comes again: after the first load, where that is yet to come.
    else for (const key of first ? [START] : decisions.keys()) again.add(key);
    for (const key of outcome.failures.keys()) again.add(key);
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
    const verdict = this.#decisions.judgeParameters(gatewayClass);
    this.#logParameters(key, verdict.ok ? '' : verdict.message);
    const update = resolveGatewayClass(gatewayClass, { ...this.#context(), parameters: verdict });
    return update === undefined ? [] : [update];
  }

  /** Takes our entries for a ListenerSet that is gone, or leads to no Gateway of ours, from its routes. */
  #releaseListenerSet(key: ObjectKey): StatusUpdate[] {
    const name = nameOf(key);
    const listenerSet = this.objects.get('ListenerSet', name.namespace, name.name);
    const parent = listenerSet && gatewayOfListenerSet(listenerSet);
    // It was an orphan, and has a Gateway again, whose turn decides about it.
    if (parent && this.#decisions.managed(parent)) return [];
    return releaseListenerSet(name, this.objects, this.#context());
  }

  /** Statuses that say what is in force, and not only what was decided. */
  #statuses(decision: Decision, { failures, conflicts }: LoadOutcome): readonly StatusUpdate[] {
    const { gateway, resolution, context, key } = decision;
    if (gateway === undefined) return resolution.statuses;
    const failure = failures.get(key);
    const programmed =
      failure === undefined
        ? this.#gateVerdict(gateway, {
            addresses: context.addresses.assigned,
            announce: howToForward(decision.parameters).announce,
          })
        : refusal(failure);
    if (programmed === 'wait') return [];
    return this.#decisions.statuses(decision, programmed, conflicts.get(key) ?? []);
  }

  /** Whether those who forward the packets have loaded what this instance has. */
  #gateVerdict(gateway: Gateway, bound: BoundAddresses): ProgrammedVerdict | 'wait' {
    const listenerSets = [...this.objects.listenerSetsOf(gateway.metadata)];
    const verdict = this.#loadGate?.verdict(gateway, bound, listenerSets) ?? { ok: true };
    if (verdict !== 'wait') return verdict;
    // They learn by the status which address it is that they are to load.
    const told = new Set(gateway.status?.addresses?.map(({ value }) => value));
    if (bound.addresses.every((address) => told.has(address))) return 'wait';
    const message = 'The addresses are assigned; the nodes are about to load the rules.';
    return { ok: false, reason: 'Pending', message };
  }

  #tellLoaded(
    keys: readonly ObjectKey[],
    decisions: ReadonlyMap<ObjectKey, Decision>,
    { failures, isLoaded }: LoadOutcome,
  ): void {
    if (!isLoaded) return;
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

  #tellInfrastructure({ key, gateway, resolution, context, parameters }: Decision): void {
    if (gateway === undefined) {
      this.#infrastructure?.released(nameOf(key));
      return;
    }
    this.#infrastructure?.decided({
      gateway,
      listenerSets: [...this.objects.listenerSetsOf(gateway.metadata)],
      addresses: context.addresses,
      statuses: resolution.statuses,
      parameters,
    });
  }

  #logParameters(key: ObjectKey, problem: string): void {
    if ((this.#parametersProblems.get(key) ?? '') === problem) return;
    this.#parametersProblems.set(key, problem);
    if (problem === '') return;
    const text = `${describeKey(key)}: ${problem} Its Gateways go on with the parameters of before, if there were any.`;
    this.#logger.warn({ gatewayClass: key, code: 'WARN_PARAMETERS' }, text);
  }

  #context(): Omit<ResolveContext, 'addresses'> {
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

function refusal(failure: Error): ProgrammedVerdict {
  return {
    ok: false,
    reason: 'NoResources',
    message: `The data plane refused the rules: ${failure.message}`,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
