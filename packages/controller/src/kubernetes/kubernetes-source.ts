import {
  BLIXT_GROUP,
  BUNDLE_VERSION_ANNOTATION,
  type EndpointSlice,
  GATEWAY_API_GROUP,
  isRoute,
  type ModelKind,
  type ModelObject,
  type ObjectOfKind,
  SERVICE_NAME_LABEL,
  type Secret,
} from '@blixt/gateway-model';
import { BLIXT_CONTROLLER_NAME } from '../controller.ts';
import { type Logger, silentLogger } from '../logger.ts';
import type { Source, SourceEvent, SourceHandler } from '../source.ts';
import type { ApiClient } from './api-client.ts';
import { type ApiObject, type ApiResource, describeResource, isApiObject } from './api-resource.ts';
import { BackendSlices, type StoredSlice } from './backend-slices.ts';
import type { BackoffOptions } from './backoff.ts';
import { HeldEvents } from './held-events.ts';
import { Informer, type InformerOptions, type InformerState } from './informer.ts';
import { crdResource, modelResources } from './model-resources.ts';
import { NamedSecrets, type StoredSecret } from './named-secrets.ts';
import type { CacheEvent } from './object-cache.ts';
import { isOutage, OutageLog } from './outage-log.ts';
import {
  trimGrant,
  trimNamespace,
  trimParameters,
  trimSecret,
  trimService,
  trimStatusOwner,
} from './trimmed-objects.ts';

/** Settings of a {@link KubernetesSource}. */
export interface KubernetesSourceOptions {
  /** What asks the API server; it is not closed with the source. */
  readonly client: ApiClient;
  /** Which GatewayClasses are ours: the Secrets of their Gateways are read. Default {@link BLIXT_CONTROLLER_NAME}. */
  readonly controllerName?: string;
  /** Where problems are told (default: nowhere). */
  readonly logger?: Logger;
  /** Delays between tries that fail. */
  readonly backoff?: BackoffOptions;
}

/** An informer of any objects. */
type AnyInformer = Pick<
  Informer<ApiObject, unknown>,
  'state' | 'synced' | 'stop' | 'offer' | 'reread' | 'lookNow'
>;

/** Kinds that are watched as a whole: EndpointSlices and Secrets are watched by name. */
export type WatchedKind =
  | 'BlixtParameters'
  | 'Gateway'
  | 'GatewayClass'
  | 'HTTPRoute'
  | 'ListenerSet'
  | 'Namespace'
  | 'ReferenceGrant'
  | 'Service'
  | 'TCPRoute'
  | 'UDPRoute';

/** A CRD of Gateway API, or of ours. */
interface CrdRelease {
  readonly name: string;
  /** Of its annotation `gateway.networking.k8s.io/bundle-version`. */
  readonly bundleVersion: string | undefined;
}

/** Metadata of a CRD. */
interface CrdMetadata extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly annotations?: Readonly<Record<string, string>> };
}

/** Kinds that CRDs declare. */
const CRD_GROUPS: readonly string[] = [GATEWAY_API_GROUP, BLIXT_GROUP];

/** Only these two are always there: a cluster without the CRD of another has no objects of it. */
const REQUIRED: readonly ModelKind[] = ['GatewayClass', 'Gateway'];

/**
 * Objects from the Kubernetes API, as a {@link Source} of a Controller.
 *
 * - `start` resolves when the objects of all kinds were listed: nothing need be decided on half of them. What
 *   keeps it waiting (missing rights, no CRD of Gateway) is logged once, and tried again for ever.
 * - A kind whose CRD is not installed has no objects until it is.
 * - Objects are cut down to what is read of them. EndpointSlices are kept of Services that a route names.
 *   Secrets are watched one by one, only those that a listener of ours names, so that rights to these are enough.
 * - A route, Gateway or GatewayClass that refers to something for the first time is delivered together with it:
 *   it is held back until the EndpointSlices or Secrets were read.
 * - While the API server cannot be reached nothing changes; that is logged once, after two seconds.
 */
export class KubernetesSource implements Source, AsyncDisposable {
  readonly #client: ApiClient;
  readonly #options: KubernetesSourceOptions;
  readonly #logger: Logger;
  readonly #outages: OutageLog;
  readonly #slices = new BackendSlices();
  readonly #secrets: NamedSecrets;
  readonly #informers = new Map<string, AnyInformer>();
  #held: HeldEvents = new HeldEvents(() => undefined);
  #crds: Informer<CrdMetadata, CrdRelease> | undefined;
  #synced = false;
  #stopped = false;

  constructor(options: KubernetesSourceOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#outages = OutageLog.of(options.client, options.logger ?? silentLogger);
    this.#logger = this.#outages.logger;
    this.#secrets = new NamedSecrets({
      controllerName: options.controllerName ?? BLIXT_CONTROLLER_NAME,
      watch: (namespace, name, refused) => this.#watchSecret(namespace, name, refused),
      forget: (secret) => this.#take([{ type: 'delete', object: secret }]),
    });
  }

  get synced(): boolean {
    return this.#synced;
  }

  /**
   * Values of the annotation `gateway.networking.k8s.io/bundle-version` of the installed CRDs of Gateway API;
   * undefined for a CRD without.
   */
  get bundleVersions(): readonly (string | undefined)[] {
    const releases = [...(this.#crds?.objects() ?? [])];
    const ofGatewayApi = releases.filter(({ name }) => name.endsWith(`.${GATEWAY_API_GROUP}`));
    return ofGatewayApi.map(({ bundleVersion }) => bundleVersion).sort();
  }

  /** What the watch of each resource is at, by its name, for example `tcproutes.gateway.networking.k8s.io`. */
  get states(): ReadonlyMap<string, InformerState> {
    return new Map(Array.from(this.#informers, ([name, { state }]) => [name, state]));
  }

  /**
   * Begins to watch; resolves when all objects were delivered.
   *
   * @throws ApiError `ERR_API_CLOSED` when it is stopped before
   */
  async start(handler: SourceHandler, onReleases: () => void = () => undefined): Promise<void> {
    this.#held = new HeldEvents(handler);
    const crds = this.#watchCrds(onReleases);
    const owners = [
      this.#watchOwner('GatewayClass'),
      this.#watchOwner('Gateway'),
      this.#watchOwner('ListenerSet'),
    ];
    const routes = [
      this.#watchOwner('TCPRoute'),
      this.#watchOwner('UDPRoute'),
      this.#watchOwner('HTTPRoute'),
    ];
    const others = [
      this.#watch('BlixtParameters', { transform: trimParameters }),
      this.#watch('ReferenceGrant', { transform: trimGrant }),
      this.#watch('Service', { transform: trimService }),
      this.#watch('Namespace', { transform: trimNamespace, metadataOnly: true }),
    ];
    await Promise.all([
      ...[crds, ...others].map((informer) => informer.synced()),
      this.#whenSynced(routes, () => this.#watchSlices().synced()),
      this.#whenSynced(owners, () => this.#secrets.start()),
    ]);
    this.#synced = true;
  }

  /** Takes what the API server answered to a write of an object, before the watch brings it. */
  offer(kind: ModelKind, object: unknown): void {
    const resource = Object.entries(modelResources).find(([name]) => name === kind)?.[1];
    const informer = resource && this.#informers.get(describeResource(resource));
    if (isApiObject(object)) informer?.offer(object);
  }

  /**
   * Reads the objects of a kind, or one of them, as they are at this moment; resolves when they were delivered.
   * What was deleted is told by the watch, in its time.
   */
  async refresh(
    kind: WatchedKind,
    one?: { readonly namespace?: string; readonly name: string },
  ): Promise<void> {
    const { namespace, name } = one ?? {};
    await this.#informers.get(describeResource(modelResources[kind]))?.reread({
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }),
    });
  }

  /** Delivers nothing more; resolves when nothing is open any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#held.clear();
    this.#slices.stop();
    this.#outages.stop();
    await Promise.all([
      ...Array.from(this.#informers.values(), (informer) => informer.stop()),
      this.#secrets.stop(),
    ]);
  }

  /** Stops it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #whenSynced(informers: readonly AnyInformer[], then: () => Promise<void>): Promise<void> {
    await Promise.all(informers.map((informer) => informer.synced()));
    if (!this.#stopped) await then();
  }

  #take(events: readonly SourceEvent[]): void {
    if (this.#stopped) return;
    this.#held.take(events, ({ type, object }) => {
      if (!isRoute(object)) return this.#secrets.change(type, object);
      if (type === 'upsert') return this.#slices.set(object);
      this.#slices.delete(object);
      return undefined;
    });
  }

  #watchOwner<K extends 'GatewayClass' | 'Gateway' | 'ListenerSet' | 'TCPRoute' | 'UDPRoute' | 'HTTPRoute'>(
    kind: K,
  ): AnyInformer {
    return this.#watch<K>(kind, { transform: trimStatusOwner });
  }

  #watch<K extends WatchedKind>(
    kind: K,
    options: Pick<
      InformerOptions<ObjectOfKind<K> & ApiObject, ObjectOfKind<K>>,
      'transform' | 'metadataOnly'
    >,
  ): AnyInformer {
    const informer = this.#inform<ObjectOfKind<K> & ApiObject, ObjectOfKind<K>>(modelResources[kind], {
      optional: CRD_GROUPS.includes(modelResources[kind].group) && !REQUIRED.includes(kind),
      ...options,
    });
    informer.subscribe((events) => this.#take(events.map(sourceEvent)));
    return informer.start();
  }

  #watchSlices(): AnyInformer {
    const informer = this.#inform<StoredSlice, EndpointSlice>(modelResources.EndpointSlice, {
      labelSelector: SERVICE_NAME_LABEL,
      transform: this.#slices.trim,
    });
    this.#slices.informer = informer;
    informer.subscribe((events) => this.#take(events.map(sourceEvent)));
    return informer.start();
  }

  #watchSecret(namespace: string, name: string, refused: () => void): Informer<StoredSecret, Secret> {
    const who = `secret ${namespace}/${name}`;
    const informer: Informer<StoredSecret, Secret> = new Informer<StoredSecret, Secret>({
      client: this.#client,
      resource: modelResources.Secret,
      namespace,
      fieldSelector: `metadata.name=${name}`,
      transform: trimSecret,
      logger: this.#logger,
      ...this.#backoff,
      onStateChange: ({ phase, error }) => {
        this.#outages.note(who, phase === 'stopped' ? undefined : error, () => informer.retryNow());
        if (phase === 'waiting' && !isOutage(error)) refused();
      },
    });
    informer.subscribe((events) => this.#take(events.map(sourceEvent)));
    return informer.start();
  }

  #watchCrds(onReleases: () => void): AnyInformer {
    const informer = this.#inform<CrdMetadata, CrdRelease>(crdResource, {
      metadataOnly: true,
      transform: ({ metadata: { name, annotations } }) =>
        CRD_GROUPS.some((group) => name.endsWith(`.${group}`))
          ? { name, bundleVersion: annotations?.[BUNDLE_VERSION_ANNOTATION] }
          : undefined,
    });
    this.#crds = informer;
    let known = '';
    informer.subscribe((events) => {
      for (const { object } of events) this.#informers.get(object.name)?.lookNow();
      const releases = this.bundleVersions.join(' ');
      if (releases !== known && this.#synced) onReleases();
      known = releases;
    });
    return informer.start();
  }

  #inform<T extends ApiObject, K>(
    resource: ApiResource,
    options: Omit<InformerOptions<T, K>, 'client' | 'resource'>,
  ): Informer<T, K> {
    const name = describeResource(resource);
    const informer: Informer<T, K> = new Informer<T, K>({
      client: this.#client,
      resource,
      ...this.#outages.hooks(name, () => informer.retryNow()),
      ...this.#backoff,
      ...options,
    });
    this.#informers.set(name, informer);
    return informer;
  }

  get #backoff(): Pick<KubernetesSourceOptions, 'backoff'> {
    return this.#options.backoff === undefined ? {} : { backoff: this.#options.backoff };
  }
}

function sourceEvent({ type, object, offered = false }: CacheEvent<ModelObject>): SourceEvent {
  return { type: type === 'delete' ? 'delete' : 'upsert', object, isOwnWrite: offered };
}
