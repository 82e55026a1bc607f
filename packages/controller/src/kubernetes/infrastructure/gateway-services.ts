import { isDeepStrictEqual } from 'node:util';
import { formatName, type Gateway, type NamespacedName, namespacedName } from '@blixt/gateway-model';
import { BLIXT_CONTROLLER_NAME } from '../../controller.ts';
import type {
  GatewayDecision,
  GatewayInfrastructure,
  InfrastructureHost,
} from '../../gateway-infrastructure.ts';
import { KeyedQueue } from '../../keyed-queue.ts';
import { type Logger, silentLogger } from '../../logger.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiError } from '../api-error.ts';
import type { BackoffOptions } from '../backoff.ts';
import { EventRecorder } from '../event-recorder.ts';
import { isOutage } from '../outage-log.ts';
import { acceptedPorts } from './accepted-ports.ts';
import {
  type FoundObject,
  gatewayOfObject,
  isAsWanted,
  isMadeFor,
  type Manifest,
  mustBeMadeAnew,
  type ObjectName,
} from './manifest.ts';
import { applyObject, deleteObject, readObject, resourceOf } from './object-writes.ts';
import { OwnedObjects } from './owned-objects.ts';
import { gatewayServiceName } from './service-name.ts';
import { ingressOf, type ServiceState } from './service-state.ts';
import {
  type ForwardingNodeList,
  isBalanced,
  type ServiceIngredients,
  wantedObjects,
} from './wanted-objects.ts';

/** Settings of {@link GatewayServices}. */
export interface GatewayServicesOptions {
  /** Needs list, watch, create, patch and delete of `services`, and of `endpointslices` in `discovery.k8s.io`. */
  readonly client: ApiClient;
  /** Whose Gateways they are. Default {@link BLIXT_CONTROLLER_NAME}. */
  readonly controllerName?: string;
  /** The nodes that forward: endpoints of Services of type LoadBalancer. Default: none. */
  readonly nodes?: ForwardingNodeList;
  /** How many Gateways are looked after in a second. Default 100. */
  readonly gatewaysPerSecond?: number;
  /** Delays of what the API server refuses. Default from 500 ms to 5 min. */
  readonly backoff?: BackoffOptions;
  /** Where refused writes are told (default: nowhere). */
  readonly logger?: Logger;
}

/** How long nothing is written when the API server cannot be reached or asks for a rest, in milliseconds. */
const PAUSE_MS = 1_000;

/** What has to be done for a Gateway. */
interface Plan {
  /** To be deleted. */
  readonly surplus: readonly FoundObject[];
  /** To be made, or mended. */
  readonly lacking: readonly Manifest[];
}

const NOTHING_TO_DO: Plan = { surplus: [], lacking: [] };

/** Another leads. */
const NO_LEAD = new Error('another instance leads');

/** There is an object of the name that ours would have. */
class ForeignObjectError extends Error {}

/**
 * A Service for each Gateway of ours, `<gateway>-blixt` in its namespace, with EndpointSlices, while it leads (see
 * {@link GatewayServices.lead}). They carry the labels and annotations of `spec.infrastructure` (GEP-1867).
 *
 * - Of classes whose addresses come from a pool or from nodes the Service is headless, and its endpoints are the
 *   Gateway's addresses: pods find the Gateway by DNS.
 * - Of classes with provider `Service` it is of type LoadBalancer, with the ports of the accepted listeners, and its
 *   endpoints are the nodes that forward. While there is no accepted listener it stays as it is.
 *
 * They are written by server-side apply, and only when they differ from what is wanted: what others add stays. One
 * that somebody deletes comes back; those of Gateways that are gone, or of no class of ours any more, are deleted. An
 * object of the same name that is not ours is left alone; that, and what the API server refuses, is logged once, told
 * by an Event of the Gateway, and tried again.
 *
 * @see https://gateway-api.sigs.k8s.io/geps/gep-1867/
 */
export class GatewayServices implements GatewayInfrastructure, AsyncDisposable {
  readonly #options: GatewayServicesOptions;
  readonly #controllerName: string;
  readonly #logger: Logger;
  readonly #events: EventRecorder;
  readonly #queue: KeyedQueue<string>;
  readonly #found: OwnedObjects;
  /** By the Gateway's name, as are all that follow. */
  readonly #decided = new Map<string, ServiceIngredients>();
  /** Why the objects of a Gateway are not as they should be. */
  readonly #problems = new Map<string, string>();
  /** Rights that are missing, and were told: `PATCH Service`. */
  readonly #forbidden = new Set<string>();
  readonly #handlers = new Set<(gateways: readonly NamespacedName[]) => void>();
  #host: InfrastructureHost | undefined;
  /** Aborts when we lead no more; undefined when we do not lead. */
  #term: AbortSignal | undefined;
  #isLeader = (): boolean => true;

  constructor(options: GatewayServicesOptions) {
    const { client, backoff, gatewaysPerSecond = 100 } = options;
    this.#options = options;
    this.#controllerName = options.controllerName ?? BLIXT_CONTROLLER_NAME;
    this.#logger = options.logger ?? silentLogger;
    const common = { client, controllerName: this.#controllerName, logger: this.#logger };
    this.#events = new EventRecorder(common);
    this.#queue = new KeyedQueue({
      process: (key) => this.#process(key),
      onError: (error, key) => this.#noteFailure(error, key),
      // Statuses, which people wait for, take turns with these.
      concurrency: 2,
      ratePerSecond: gatewaysPerSecond,
      backoff: backoff ?? { baseMs: 500, maxMs: 300_000 },
    });
    options.nodes?.onChange(() => {
      for (const [key, { parameters }] of this.#decided) if (isBalanced(parameters)) this.#enqueue(key);
    });
    this.#found = new OwnedObjects({
      ...common,
      onChange: (gateways) => {
        for (const gateway of gateways) this.#enqueue(formatName(gateway));
        this.#tell(gateways);
      },
      ...(backoff === undefined ? {} : { backoff }),
    });
  }

  /** Begins to watch, and resolves when all Services and EndpointSlices that are ours are known. */
  async start(): Promise<void> {
    await this.#found.start();
  }

  /**
   * Writes until the signal aborts: what a LeaderElector's `lead` calls, after the controller has decided about all
   * Gateways once. Resolves when nothing is written any more.
   *
   * @param isLeader - asked before each write: a process that stood still learns late that its time is over
   */
  async lead(signal: AbortSignal, isLeader: () => boolean = () => true): Promise<void> {
    if (signal.aborted) return;
    this.#term = signal;
    this.#isLeader = isLeader;
    for (const key of new Set([...this.#decided.keys(), ...this.#found.gateways()])) this.#enqueue(key);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    this.#term = undefined;
    this.#queue.clear();
    await this.#queue.idle();
  }

  attach(host: InfrastructureHost): void {
    this.#host = host;
  }

  decided(decision: GatewayDecision): void {
    const { gateway, addresses, parameters } = decision;
    const key = formatName(namespacedName(gateway));
    const ports = acceptedPorts(decision);
    const ingredients = { gateway, ports, addresses: addresses.assigned, parameters };
    const before = this.#decided.get(key);
    this.#decided.set(key, ingredients);
    if (before === undefined || !isDeepStrictEqual(essence(before), essence(ingredients))) this.#enqueue(key);
  }

  released(gateway: NamespacedName): void {
    const key = formatName(gateway);
    this.#decided.delete(key);
    this.#problems.delete(key);
    this.#enqueue(key);
  }

  /** What is known of the Service of a Gateway. */
  state(gateway: Gateway): ServiceState {
    const key = formatName(namespacedName(gateway));
    const name = gatewayServiceName(gateway.metadata.name);
    const service = this.#found.of(key).get(`Service/${name}`);
    const exists = service !== undefined && isMadeFor(service, gateway, this.#controllerName);
    const problem = this.#problems.get(key);
    return {
      name,
      exists,
      ingress: exists ? ingressOf(service) : [],
      ...(problem === undefined ? {} : { problem }),
    };
  }

  /**
   * Has a handler told of Gateways of which {@link GatewayServices.state} may be another now.
   *
   * @returns ends it
   */
  subscribe(handler: (gateways: readonly NamespacedName[]) => void): () => void {
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** Resolves when all that can be written by now is. */
  async idle(): Promise<void> {
    await this.#queue.idle();
    await this.#events.idle();
  }

  /** Watches and writes nothing more. What was made stays. */
  async stop(): Promise<void> {
    await this.#queue.stop();
    await Promise.all([this.#found.stop(), this.#events.stop()]);
  }

  /** Stops it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #enqueue(key: string): void {
    if (this.#term === undefined) return;
    const { surplus, lacking } = this.#plan(key);
    if (surplus.length > 0 || lacking.length > 0 || this.#problems.has(key)) this.#queue.add(key);
  }

  #tell(gateways: readonly NamespacedName[]): void {
    if (gateways.length > 0) for (const handler of this.#handlers) handler(gateways);
  }

  /** What has to be done for a Gateway, by what is known now. */
  #plan(key: string): Plan {
    const decided = this.#decided.get(key);
    const host = this.#host;
    // A Gateway about which nothing could be decided keeps what it has.
    if (decided === undefined && (host === undefined || host.managedGateway(parseName(key)) !== undefined))
      return NOTHING_TO_DO;
    const { nodes: source } = this.#options;
    const nodes = source !== undefined && isBalanced(decided?.parameters) ? source.list() : [];
    // Endpoints that there may be stay until it is known whether they are right.
    if (nodes === undefined) return NOTHING_TO_DO;
    const wanted = decided && wantedObjects(decided, nodes, this.#controllerName);
    const manifests = new Map((wanted ?? []).map((it) => [nameOf(it), it]));
    const surplus: FoundObject[] = [];
    for (const [name, object] of this.#found.of(key)) {
      const isOfIt = decided !== undefined && isMadeFor(object, decided.gateway, this.#controllerName);
      const manifest = manifests.get(name);
      const isKept =
        isOfIt && (wanted === undefined || (manifest !== undefined && !mustBeMadeAnew(object, manifest)));
      const isGoing = object.metadata.deletionTimestamp !== undefined;
      if (!isKept && !isGoing) surplus.push(object);
      // What takes its place is made when the watch tells that it is gone.
      if (!isKept || isGoing || (manifest && isAsWanted(object, manifest))) manifests.delete(name);
    }
    return { surplus, lacking: [...manifests.values()] };
  }

  async #process(key: string): Promise<void> {
    const term = this.#term;
    if (term === undefined) return;
    const { surplus, lacking } = this.#plan(key);
    try {
      for (const object of surplus) await this.#delete(key, object, term);
      for (const manifest of lacking) await this.#write(key, manifest, term);
    } catch (error) {
      if (error === NO_LEAD || term.aborted) return;
      throw error;
    }
    if (this.#problems.delete(key)) this.#tell([parseName(key)]);
  }

  /** Whoever writes next leads, for all that it knows. @throws {@link NO_LEAD} */
  #demandLead(signal: AbortSignal): void {
    if (signal.aborted || !this.#isLeader()) throw NO_LEAD;
  }

  async #delete(key: string, object: FoundObject, signal: AbortSignal): Promise<void> {
    this.#demandLead(signal);
    await deleteObject(this.#options.client, object, signal);
    this.#forbidden.delete(`delete ${resourceOf(object)}`);
    const name = `${object.kind} ${object.metadata.name}`;
    this.#logger.info({ gateway: key, object: name }, `deleted ${name} of Gateway ${key}`);
  }

  async #write(key: string, manifest: Manifest, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    if (!this.#found.of(key).has(nameOf(manifest))) {
      const found = await readObject(client, manifest, signal);
      const owner = found && gatewayOfObject(found, this.#controllerName);
      const [{ uid } = {}] = manifest.metadata.ownerReferences;
      if (found !== undefined && owner?.uid !== uid) throw new ForeignObjectError(foreignMessage(manifest));
    }
    this.#demandLead(signal);
    await applyObject(client, manifest, signal);
    for (const verb of ['create', 'patch']) this.#forbidden.delete(`${verb} ${resourceOf(manifest)}`);
    const name = `${manifest.kind} ${manifest.metadata.name}`;
    this.#logger.debug({ gateway: key, object: name }, `wrote ${name} of Gateway ${key}`);
  }

  #noteFailure(error: unknown, key: string): void {
    const message = error instanceof Error ? error.message : String(error);
    if (isOutage(error)) {
      this.#queue.pause((error instanceof ApiError ? error.retryAfterMs : undefined) ?? PAUSE_MS);
      this.#logger.debug({ err: error, gateway: key }, `writing Services rests for a while: ${message}`);
      return;
    }
    if (isGoingNamespace(error)) {
      this.#logger.debug(
        { err: error, gateway: key },
        `the namespace of Gateway ${key} is going: ${message}`,
      );
      return;
    }
    const right = missingRight(error);
    const isNews = this.#problems.get(key) !== message;
    const isTold = !isNews || (right !== undefined && this.#forbidden.has(right));
    if (right !== undefined) this.#forbidden.add(right);
    this.#logger[isTold ? 'debug' : 'error'](
      { err: error, gateway: key },
      `the Service of Gateway ${key} could not be written and is tried again: ${message}`,
    );
    if (!isNews) return;
    this.#problems.set(key, message);
    const { gateway } = this.#decided.get(key) ?? {};
    if (gateway !== undefined) {
      this.#events.record(gateway, {
        type: 'Warning',
        reason: error instanceof ForeignObjectError ? 'ServiceConflict' : 'ServiceRefused',
        action: 'WriteService',
        note: message,
      });
    }
    this.#tell([parseName(key)]);
  }
}

const nameOf = ({ kind, metadata }: Manifest): ObjectName => `${kind}/${metadata.name}`;

/** What of a decision the objects are made of, so that a new version that changes nothing of it is none. */
function essence({ gateway, ...rest }: ServiceIngredients) {
  const { apiVersion, metadata, spec } = gateway;
  const { gatewayClassName, infrastructure, addresses } = spec;
  return { apiVersion, uid: metadata.uid, gatewayClassName, infrastructure, requested: addresses, rest };
}

const foreignMessage = ({ kind, metadata }: Manifest): string =>
  `${kind} ${metadata.namespace}/${metadata.name} is there and was not made for this Gateway: it is left alone; delete it, or give the Gateway another name.`;

/** Whether nothing can be made because the whole namespace is being deleted, the Gateway with it. */
function isGoingNamespace(error: unknown): boolean {
  const details = error instanceof ApiError ? error.status?.details : undefined;
  if (typeof details !== 'object' || details === null || !('causes' in details)) return false;
  const { causes } = details;
  return Array.isArray(causes) && causes.some((cause) => cause?.reason === 'NamespaceTerminating');
}

/** The right that the API server found missing: `patch services`. */
function missingRight(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.status?.code !== 403) return undefined;
  const [, verb, resource] = /cannot (\w+) resource "([^"]+)"/.exec(error.status.message) ?? [];
  return verb === undefined ? error.status.message : `${verb} ${resource}`;
}

function parseName(key: string): NamespacedName {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}
