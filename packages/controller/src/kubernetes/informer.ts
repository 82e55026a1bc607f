import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, silentLogger } from '../logger.ts';
import type { ApiClient, ApiQuery } from './api-client.ts';
import { ApiError, readStatus, statusError } from './api-error.ts';
import {
  type ApiObject,
  type ApiResource,
  describeResource,
  isApiObject,
  resourcePath,
} from './api-resource.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { type CacheEvent, ObjectCache } from './object-cache.ts';
import { readPages } from './paged-list.ts';
import { describeMissing, servedVersions } from './served-versions.ts';

/** Settings of an {@link Informer}. */
export interface InformerOptions<T extends ApiObject, K> {
  /** What asks the API server; it is not closed with the informer. */
  readonly client: ApiClient;
  /** What to list and watch. */
  readonly resource: ApiResource;
  /** Only objects of this namespace. Default: of all. */
  readonly namespace?: string;
  /** For example `app=web,tier!=test`. */
  readonly labelSelector?: string;
  /** For example `metadata.name=web`; which fields can be selected depends on the resource. */
  readonly fieldSelector?: string;
  /** Ask for PartialObjectMetadata only: `metadata`, nothing else. Default false. */
  readonly metadataOnly?: boolean;
  /**
   * What to keep of an object: the whole by default. Undefined leaves it out. When it throws, the object is
   * left out and the error is logged.
   */
  readonly transform?: (object: T) => K | undefined;
  /** Objects in a page of a list. Default 500. */
  readonly pageSize?: number;
  /**
   * How long the API server is asked to keep a watch open, in seconds; a random time up to half as long is
   * added. Default 300.
   */
  readonly watchTimeoutSeconds?: number;
  /**
   * A watch that brings neither event nor bookmark for so long is cut and resumed, in milliseconds. Default
   * 180,000: an API server sends a bookmark each minute.
   */
  readonly idleTimeoutMs?: number;
  /** Delays between tries that fail. */
  readonly backoff?: BackoffOptions;
  /**
   * How often to look whether a resource that the API server does not serve (a CRD that is not installed) is
   * there, in milliseconds. Default 5,000.
   */
  readonly missingRetryMs?: number;
  /**
   * A resource that the API server does not serve counts as one without objects, so that it does not keep
   * `synced` waiting. Default false.
   */
  readonly optional?: boolean;
  /** Called whenever the phase or the last error changes. Must not throw. */
  readonly onStateChange?: (state: InformerState) => void;
  /** Where problems are told (default: nowhere). */
  readonly logger?: Logger;
  /** Stops the informer. */
  readonly signal?: AbortSignal;
}

/**
 * What an informer is at: `idle` before its start, `listing`, `watching`, `waiting` for the next try after a
 * failure, `missing` while the API server does not serve the resource, `stopped`.
 */
export type InformerPhase = 'idle' | 'listing' | 'watching' | 'waiting' | 'missing' | 'stopped';

/** The state of an informer, for people and metrics. */
export interface InformerState {
  /** What it is at. */
  readonly phase: InformerPhase;
  /** Whether it has had the whole list at least once. */
  readonly hasSynced: boolean;
  /** Up to where its objects are current; undefined before the first list. */
  readonly resourceVersion: string | undefined;
  /** When the last list was complete, in milliseconds since 1970. */
  readonly lastSyncAt: number | undefined;
  /** Lists that were complete. */
  readonly lists: number;
  /** Watches that were opened. */
  readonly watches: number;
  /** Tries that failed, since a watch last did its work. */
  readonly failures: number;
  /** Why the last try failed; undefined once one does not. */
  readonly error: Error | undefined;
  /** Objects that are kept. */
  readonly objects: number;
}

/** Takes changes that came together, in order. When it throws or rejects, the error is logged. */
export type InformerHandler<K> = (events: readonly CacheEvent<K>[]) => void;

interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

/** How a watch ended, when it did not fail. */
type WatchEnd = 'resume' | 'relist';

const DEFAULT_PAGE_SIZE = 500;

/** Objects that are being read beside the watch. */
interface Reread {
  /** What was deleted meanwhile, by uid. */
  readonly deleted: Set<string>;
  /** Lists that were complete when it began. */
  readonly lists: number;
}

/** See {@link Informer.reread}. */
export interface RereadSelection {
  /** Only objects of this namespace. Default: the informer's own, or all. */
  readonly namespace?: string;
  /** Instead of the informer's own; it must select nothing that the informer's own does not. */
  readonly labelSelector?: string;
  /** As {@link RereadSelection.labelSelector}; `metadata.name=web` reads one object. */
  readonly fieldSelector?: string;
}

/** A resource that may be there by now is looked for after this time at first, in milliseconds. */
const EAGER_RETRY_MS = 100;
/** A watch that ends sooner, without an event, is not a success: it would be opened again at once, for ever. */
const SHORT_WATCH_MS = 1_000;

/**
 * Keeps the objects of a resource as they are in the API server, and tells what changes: a list, page by page,
 * then a watch that is resumed where it ended. It never gives up: what fails is tried again after an
 * exponential backoff with jitter; a resourceVersion that is forgotten (410) makes it list anew and tell the
 * difference, by uid.
 *
 * @typeParam T - the objects of the resource
 * @typeParam K - what is kept of them, see {@link InformerOptions.transform}
 */
export class Informer<T extends ApiObject, K = T> implements AsyncDisposable {
  readonly #options: InformerOptions<T, K>;
  readonly #name: string;
  readonly #path: string;
  readonly #query: ApiQuery;
  readonly #logger: Logger;
  readonly #cache: ObjectCache<K>;
  readonly #backoff: Backoff;
  readonly #handlers = new Set<InformerHandler<K>>();
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  readonly #synced = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #phase: InformerPhase = 'idle';
  #error: Error | undefined;
  #hasSynced = false;
  /** Where to watch from; undefined when a list is needed. */
  #resumeAt: string | undefined;
  #resourceVersion: string | undefined;
  #lastSyncAt: number | undefined;
  #lists = 0;
  #watches = 0;
  /** Lists in a row that found the resource not served. */
  #missing = 0;
  #missingTold: string | undefined;
  /** Looks for a resource that is missing, since somebody said that it may be there. */
  #eagerLooks = Number.POSITIVE_INFINITY;
  #wake = new AbortController();
  readonly #rereads = new Set<Reread>();
  /** Resolves with the next list that is complete, or when it stops. */
  #nextList = Promise.withResolvers<void>();

  constructor(options: InformerOptions<T, K>) {
    const { resource, namespace, labelSelector, fieldSelector, signal } = options;
    this.#options = options;
    this.#name = describeResource(resource);
    this.#path = resourcePath(resource, namespace === undefined ? {} : { namespace });
    this.#query = { labelSelector, fieldSelector };
    this.#logger = options.logger ?? silentLogger;
    this.#backoff = new Backoff(options.backoff);
    this.#cache = new ObjectCache((object) => this.#transform(object));
    this.#signal =
      signal === undefined ? this.#stopping.signal : AbortSignal.any([signal, this.#stopping.signal]);
    // Who does not wait for the first list need not hear that there will be none.
    this.#synced.promise.catch(() => undefined);
  }

  /** Begins to list and watch. Returns at once; calling it again does nothing. */
  start(): this {
    this.#running ??= this.#run();
    return this;
  }

  /**
   * Ends at any moment, without a further event; resolves when nothing is open any more. It cannot be started
   * again. `synced` rejects if it was not synced.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#running ??= this.#run();
    await this.#running;
  }

  /** Stops it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** True once the whole list was there. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves when the whole list was there and told. @throws when it is stopped before: `ERR_API_CLOSED` */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** What it is at, now. */
  get state(): InformerState {
    return {
      phase: this.#phase,
      hasSynced: this.#hasSynced,
      resourceVersion: this.#resourceVersion,
      lastSyncAt: this.#lastSyncAt,
      lists: this.#lists,
      watches: this.#watches,
      failures: this.#backoff.failures,
      error: this.#error,
      objects: this.#cache.size,
    };
  }

  /** What is kept of an object; undefined when it is not there. */
  get(name: string, namespace?: string): K | undefined {
    return this.#cache.get(namespace === undefined ? name : `${namespace}/${name}`);
  }

  /** What is kept of all objects, in no particular order. */
  objects(): Iterable<K> {
    return this.#cache.objects();
  }

  /**
   * Tells a handler what there is, as `add` events, and then what changes.
   *
   * @returns ends it
   */
  subscribe(handler: InformerHandler<K>): () => void {
    const own: InformerHandler<K> = (events) => handler(events);
    this.#handlers.add(own);
    if (this.#cache.size > 0) {
      this.#call(
        own,
        Array.from(this.#cache.objects(), (object) => ({ type: 'add', object })),
      );
    }
    return () => {
      this.#handlers.delete(own);
    };
  }

  /**
   * Takes a version of an object that is known from elsewhere, such as the answer to a write. It is told as an
   * update that is `offered`, unless the informer knows that version or a newer one, or does not know the object.
   */
  offer(object: ApiObject): void {
    const { namespace, name } = object.metadata;
    const known = this.#cache.entry(namespace === undefined ? name : `${namespace}/${name}`);
    if (known?.uid !== object.metadata.uid || this.#signal.aborted) return;
    this.#tell(this.#cache.upsert(object).map((event) => ({ ...event, offered: true })));
  }

  /**
   * Reads objects again: for a `transform` that keeps from now on what it left out before, or to know what is
   * there at this moment. What is new is told before it resolves; deletions come by the watch. It is tried again
   * until it works.
   *
   * @throws ApiError `ERR_API_CLOSED` when the informer is stopped
   */
  async reread(selection: RereadSelection = {}): Promise<void> {
    const backoff = new Backoff(this.#options.backoff);
    for (;;) {
      // A list that is being read may have left out what is wanted now.
      while (this.#resumeAt === undefined && !this.#signal.aborted) await this.#nextList.promise;
      if (this.#signal.aborted) {
        throw new ApiError('ERR_API_CLOSED', `The informer of ${this.#name} was stopped.`);
      }
      try {
        await this.#reread(selection);
        return;
      } catch (error) {
        if (this.#signal.aborted) continue;
        if (backoff.failures === 0) {
          const reason = error instanceof Error ? error.message : String(error);
          this.#logger.warn(
            { err: error, resource: this.#name },
            `reading ${this.#name} failed and is tried again: ${reason}`,
          );
        }
        await this.#pause(backoff.next());
      }
    }
  }

  async #reread(selection: RereadSelection): Promise<void> {
    const { namespace = this.#options.namespace, labelSelector, fieldSelector } = selection;
    const reread: Reread = { deleted: new Set(), lists: this.#lists };
    this.#rereads.add(reread);
    try {
      const { listing } = await readPages(
        this.#options.client,
        {
          path: resourcePath(this.#options.resource, namespace === undefined ? {} : { namespace }),
          query: {
            ...this.#query,
            ...(labelSelector === undefined ? {} : { labelSelector }),
            ...(fieldSelector === undefined ? {} : { fieldSelector }),
          },
          accept: this.#accept('List'),
          pageSize: this.#options.pageSize ?? DEFAULT_PAGE_SIZE,
          signal: this.#signal,
        },
        () => {
          const objects: ApiObject[] = [];
          return { objects, add: (object: ApiObject) => objects.push(object) };
        },
      );
      // A whole list that was read since then has it all.
      if (this.#lists !== reread.lists || this.#signal.aborted) return;
      const present = listing.objects.filter(({ metadata }) => !reread.deleted.has(metadata.uid));
      this.#tell(present.flatMap((object) => this.#cache.upsert(object)));
    } finally {
      this.#rereads.delete(reread);
    }
  }

  /** Takes out objects that are not wanted any more, which `transform` has to leave out from now on. */
  evict(isUnwanted: (object: K) => boolean): void {
    this.#tell(this.#cache.evict(isUnwanted));
  }

  /** Looks at once, and then more often for a while, whether a resource that is `missing` is there. */
  lookNow(): void {
    if (this.#phase !== 'missing') return;
    this.#eagerLooks = 0;
    this.#wake.abort();
  }

  /** Tries at once what waits to be tried again: the API server can be reached, as somebody else found. */
  retryNow(): void {
    if (this.#phase === 'waiting') this.#wake.abort();
  }

  async #run(): Promise<void> {
    while (!this.#signal.aborted) {
      const isListing = this.#resumeAt === undefined;
      try {
        await this.#step();
      } catch (error) {
        if (this.#signal.aborted) break;
        await this.#recover(error, isListing);
      }
    }
    this.#nextList.resolve();
    this.#synced.reject(new ApiError('ERR_API_CLOSED', `The informer of ${this.#name} was stopped.`));
    this.#enter('stopped', this.#error);
  }

  /** A list, or a watch. */
  async #step(): Promise<void> {
    if (this.#resumeAt === undefined) {
      await this.#list();
      return;
    }
    const end = await this.#watch(this.#resumeAt);
    if (end === 'resume') return;
    this.#resumeAt = undefined;
    // What was listed just now is forgotten already: not again at once.
    if (Date.now() - (this.#lastSyncAt ?? 0) < SHORT_WATCH_MS) await this.#pause(this.#backoff.next());
  }

  async #list(): Promise<void> {
    this.#enter('listing', this.#error);
    const { resourceVersion, listing } = await readPages(
      this.#options.client,
      {
        path: this.#path,
        query: this.#query,
        accept: this.#accept('List'),
        pageSize: this.#options.pageSize ?? DEFAULT_PAGE_SIZE,
        signal: this.#signal,
      },
      () => this.#cache.listing(),
    );
    this.#signal.throwIfAborted();
    this.#missing = 0;
    this.#missingTold = undefined;
    this.#error = undefined;
    this.#resumeAt = resourceVersion;
    this.#resourceVersion = resourceVersion;
    this.#lastSyncAt = Date.now();
    this.#lists += 1;
    this.#tell(this.#cache.replace(listing));
    this.#settle();
    this.#nextList.resolve();
    this.#nextList = Promise.withResolvers();
  }

  async #watch(from: string): Promise<WatchEnd> {
    const opened = performance.now();
    let isOpen = false;
    const seconds = this.#options.watchTimeoutSeconds ?? 300;
    const stream = this.#options.client.stream<WatchEvent>(this.#path, {
      query: {
        ...this.#query,
        watch: true,
        resourceVersion: from,
        allowWatchBookmarks: true,
        timeoutSeconds: Math.ceil(seconds * (1 + Math.random() / 2)),
      },
      accept: this.#accept(''),
      signal: this.#signal,
      idleTimeoutMs: this.#options.idleTimeoutMs ?? 180_000,
    });
    let hadEvents = false;
    const isProven = (): boolean => hadEvents || performance.now() - opened >= SHORT_WATCH_MS;
    try {
      for await (const batch of stream) {
        this.#signal.throwIfAborted();
        if (!isOpen) {
          isOpen = true;
          this.#watches += 1;
          this.#enter('watching', undefined);
        }
        if (this.#take(batch)) return 'relist';
        if (batch.length === 0 || hadEvents) continue;
        hadEvents = true;
        this.#backoff.reset();
      }
    } catch (error) {
      if (error instanceof ApiError && error.isGone) return this.#gone(error);
      if (isOpen && isProven()) this.#backoff.reset();
      throw error;
    }
    if (!isProven()) {
      throw new ApiError('ERR_API_RESPONSE', `WATCH ${this.#path}: the API server ended it at once`);
    }
    this.#backoff.reset();
    return 'resume';
  }

  /** @returns whether a list is needed */
  #take(batch: readonly WatchEvent[]): boolean {
    const changes: CacheEvent<K>[] = [];
    try {
      for (const { type, object } of batch) {
        if (type === 'ERROR') {
          const error = statusError(`WATCH ${this.#path}`, readStatus(object, 500));
          if (!error.isGone) throw error;
          this.#gone(error);
          return true;
        }
        const version = resourceVersionOf(object);
        if (type !== 'BOOKMARK' && isApiObject(object)) {
          if (type === 'DELETED') for (const { deleted } of this.#rereads) deleted.add(object.metadata.uid);
          changes.push(...(type === 'DELETED' ? this.#cache.remove(object) : this.#cache.upsert(object)));
        }
        if (version === undefined) continue;
        this.#resumeAt = version;
        this.#resourceVersion = version;
      }
      return false;
    } finally {
      this.#tell(changes);
    }
  }

  /** The API server no longer knows the version to resume from: no failure, but a new list. */
  #gone(error: ApiError): WatchEnd {
    this.#logger.debug({ err: error, resource: this.#name }, `listing ${this.#name} anew: ${error.message}`);
    return 'relist';
  }

  async #recover(error: unknown, isListing: boolean): Promise<void> {
    const failure = error instanceof Error ? error : new Error(String(error));
    const isMissing = failure instanceof ApiError && failure.isNotFound;
    // A watch that finds the resource gone is followed by a list.
    if (isMissing) this.#resumeAt = undefined;
    const delay = this.#backoff.next();
    if (isMissing && isListing) {
      this.#missing += 1;
      await this.#waitForResource(failure, delay);
      return;
    }
    if (this.#backoff.failures === 1 || this.#error?.message !== failure.message) {
      this.#logger.warn(
        { err: failure, resource: this.#name },
        `listing and watching ${this.#name} failed and is tried again: ${failure.message}`,
      );
    }
    this.#wake = new AbortController();
    this.#enter('waiting', failure);
    const asked = failure instanceof ApiError ? failure.retryAfterMs : undefined;
    await (asked === undefined ? this.#pause(delay, this.#wake.signal) : this.#pause(Math.max(delay, asked)));
  }

  /** One answer that the resource is not served does not take away what is known; two do. */
  async #waitForResource(failure: Error, delay: number): Promise<void> {
    if (this.#cache.size > 0 && this.#missing < 2) {
      this.#enter('waiting', failure);
      await this.#pause(delay);
      return;
    }
    await this.#tellMissing();
    this.#tell(this.#cache.replace(this.#cache.listing()));
    if (this.#options.optional === true) this.#settle();
    this.#enter('missing', failure);
    const every = Math.min(this.#options.missingRetryMs ?? 5_000, EAGER_RETRY_MS * 2 ** this.#eagerLooks);
    this.#eagerLooks += 1;
    this.#wake = new AbortController();
    await this.#pause(every * (0.75 + Math.random() / 2), this.#wake.signal);
  }

  /** Once, and again when something else is missing: a CRD that serves other versions has come, or gone. */
  async #tellMissing(): Promise<void> {
    const { client, resource } = this.#options;
    const served = await servedVersions(client, resource, this.#signal);
    // It came, or goes, just now; or nobody knows.
    if (served === undefined || served.includes(resource.version)) return;
    const message = describeMissing(resource, served);
    if (message === this.#missingTold || this.#signal.aborted) return;
    this.#missingTold = message;
    this.#logger.warn({ resource: this.#name }, message);
  }

  async #pause(milliseconds: number, wake?: AbortSignal): Promise<void> {
    const signal = wake === undefined ? this.#signal : AbortSignal.any([this.#signal, wake]);
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }

  #settle(): void {
    if (this.#hasSynced) return;
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #enter(phase: InformerPhase, error: Error | undefined): void {
    // A list that only looks whether the resource is there by now is nothing to tell.
    if (phase === 'listing' && this.#phase === 'missing') return;
    const isNews = phase !== this.#phase || error?.message !== this.#error?.message;
    this.#phase = phase;
    this.#error = error;
    if (!isNews || this.#options.onStateChange === undefined) return;
    try {
      this.#options.onStateChange(this.state);
    } catch (thrown) {
      this.#logger.error({ err: thrown, resource: this.#name }, 'a state callback of an informer threw');
    }
  }

  #tell(events: readonly CacheEvent<K>[]): void {
    if (events.length === 0) return;
    for (const handler of [...this.#handlers]) {
      if (this.#handlers.has(handler)) this.#call(handler, events);
    }
  }

  #call(handler: InformerHandler<K>, events: readonly CacheEvent<K>[]): void {
    const failed = (error: unknown): void => {
      this.#logger.error({ err: error, resource: this.#name }, `a handler of ${this.#name} threw`);
    };
    try {
      // An async function is taken for a handler by TypeScript: its rejection must not end the process.
      Promise.resolve<unknown>(handler(events)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #transform(object: ApiObject): K | undefined {
    const { transform } = this.#options;
    // The API server validates what it stores; this does not check it again.
    const whole = object as T;
    // Without a transform, K is T.
    const isKept = (value: T): value is T & K => transform === undefined;
    if (isKept(whole)) return whole;
    try {
      return transform?.(whole);
    } catch (error) {
      const { namespace, name } = object.metadata;
      this.#logger.error(
        { err: error, resource: this.#name, namespace, name },
        'a transform of an informer threw',
      );
      return undefined;
    }
  }

  #accept(suffix: 'List' | ''): string {
    if (this.#options.metadataOnly !== true) return 'application/json';
    return `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1`;
  }
}

function resourceVersionOf(object: unknown): string | undefined {
  if (typeof object !== 'object' || object === null || !('metadata' in object)) return undefined;
  const { metadata } = object;
  if (typeof metadata !== 'object' || metadata === null || !('resourceVersion' in metadata)) return undefined;
  const { resourceVersion } = metadata;
  return typeof resourceVersion === 'string' && resourceVersion !== '' ? resourceVersion : undefined;
}
