import { isDeepStrictEqual } from 'node:util';
import { mergeStatus, type StatusOwner, type StatusUpdate } from '@blixt/gateway-model';
import { BLIXT_CONTROLLER_NAME } from '../controller.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import { type Logger, silentLogger } from '../logger.ts';
import { describeKey, keyOf, type ObjectKey, parseKey } from '../object.ts';
import type { StatusHost, StatusWrite, StatusWriter } from '../status-writer.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { isApiObject, resourcePath } from './api-resource.ts';
import type { BackoffOptions } from './backoff.ts';
import { EventRecorder } from './event-recorder.ts';
import type { KubernetesSource } from './kubernetes-source.ts';
import { modelResources } from './model-resources.ts';
import { isOutage } from './outage-log.ts';
import { statusEvents } from './status-events.ts';

/** Settings of a {@link KubernetesStatusWriter}. */
export interface KubernetesStatusWriterOptions {
  /** Needs update of the `status` of all kinds that have one, and patch of GatewayClasses. */
  readonly client: ApiClient;
  /** Where the objects come from, and their statuses come back. */
  readonly source: KubernetesSource;
  /** As whom statuses are written, and Events told. Default {@link BLIXT_CONTROLLER_NAME}. */
  readonly controllerName?: string;
  /** How many statuses are written in a second. Default 300. */
  readonly writesPerSecond?: number;
  /** How many are written at a time. Default 12, of the 16 requests that a client sends at a time by default. */
  readonly concurrency?: number;
  /** Delays of a status that the API server refuses. Default from 500 ms to 5 min. */
  readonly backoff?: BackoffOptions;
  /** Where refused writes are told (default: nowhere). */
  readonly logger?: Logger;
}

/** The last decision about an object by each parent that decides about it. */
type Decisions = Map<string, StatusUpdate>;

/** Who writes, in managedFields. */
const FIELD_MANAGER = 'blixt';
/** Conflicts in a row after which an object waits like one whose write was refused. */
const MOST_CONFLICTS = 5;
/** Conflicts in a row that are told: somebody changes the object faster than it can be written. */
const TOLD_CONFLICTS = 15;
/** How long nothing is written when the API server cannot be reached or asks for a rest, in milliseconds. */
const PAUSE_MS = 1_000;

/**
 * Writes statuses to the Kubernetes API, while it leads (see {@link KubernetesStatusWriter.lead}), and the
 * finalizer of GatewayClasses.
 *
 * - A status is written with the resourceVersion of the object that it was decided on. On a conflict the object is
 *   read, and the decision put onto it, if it is still of the generation that was decided about; otherwise a new
 *   decision is under way.
 * - Conditions and parents of others stay as they are. A status that is right already is not written.
 * - `write` only takes notes. Of several decisions about an object the last is written, each object by itself, so
 *   that one that is refused (422, 403) holds up no other: it is logged once, told by an Event, and tried again.
 * - While the API server cannot be reached, or asks for a rest (429), nothing is tried but now and then.
 */
export class KubernetesStatusWriter implements StatusWriter, AsyncDisposable {
  readonly #options: KubernetesStatusWriterOptions;
  readonly #controllerName: string;
  readonly #logger: Logger;
  readonly #events: EventRecorder;
  readonly #queue: KeyedQueue<ObjectKey>;
  readonly #decisions = new Map<ObjectKey, Decisions>();
  readonly #conflicts = new Map<ObjectKey, number>();
  /** What was logged of refused writes, by object, or by kind where rights are missing. */
  readonly #refused = new Map<string, string>();
  #host: StatusHost | undefined;
  /** Aborts when we lead no more; undefined when we do not lead. */
  #term: AbortSignal | undefined;
  #isLeader = (): boolean => true;

  constructor(options: KubernetesStatusWriterOptions) {
    this.#options = options;
    this.#controllerName = options.controllerName ?? BLIXT_CONTROLLER_NAME;
    this.#logger = options.logger ?? silentLogger;
    this.#events = new EventRecorder({
      client: options.client,
      controllerName: this.#controllerName,
      logger: this.#logger,
    });
    this.#queue = new KeyedQueue<ObjectKey>({
      process: (key) => this.#process(key),
      onError: (error, key) => this.#noteFailure(error, key),
      concurrency: options.concurrency ?? 12,
      ratePerSecond: options.writesPerSecond ?? 300,
      backoff: options.backoff ?? { baseMs: 500, maxMs: 300_000 },
    });
  }

  /** Whether statuses are written. */
  get isLeading(): boolean {
    return this.#term !== undefined && !this.#term.aborted && this.#isLeader();
  }

  /**
   * Writes statuses until the signal aborts: what a LeaderElector's `lead` calls. First the Gateways are read as
   * they are now, as their statuses hold the addresses that are taken. Resolves when nothing is written any more.
   *
   * @param isLeader - asked before each write: a process that stood still learns late that its time is over
   */
  async lead(signal: AbortSignal, isLeader: () => boolean = () => true): Promise<void> {
    await settledOrAborted(this.#options.source.refresh('Gateway'), signal);
    if (signal.aborted) return;
    this.#term = signal;
    this.#isLeader = isLeader;
    this.#logger.info({}, 'this instance writes statuses now');
    this.#host?.resync();
    await settledOrAborted(new Promise(() => undefined), signal);
    this.#term = undefined;
    this.#decisions.clear();
    this.#conflicts.clear();
    this.#queue.clear();
    await this.#queue.idle();
    this.#logger.info({}, 'this instance writes statuses no more');
    // What was decided and not written gives way to what the statuses say.
    this.#host?.resync();
  }

  attach(host: StatusHost): void {
    this.#host = host;
  }

  /** Undefined: statuses come with the objects. */
  current(): undefined {
    return undefined;
  }

  /** Takes note of decisions; while somebody else leads, they are dropped. */
  async write(writes: readonly StatusWrite[]): Promise<void> {
    if (!this.isLeading) return;
    for (const { object, updates } of writes) {
      const key = keyOf(object);
      const known = this.#decisions.get(key);
      const isNews = updates.some(({ changed }) => changed);
      // The finalizer of a class depends on what else there is.
      if (!isNews && known === undefined && object.kind !== 'GatewayClass') continue;
      const decisions: Decisions = known ?? new Map();
      for (const update of updates) decisions.set(deciderOf(update), update);
      this.#decisions.set(key, decisions);
      this.#queue.add(key);
    }
  }

  /** Nothing: the status goes with the object. */
  async remove(): Promise<void> {}

  /** Nothing: see {@link KubernetesStatusWriter.remove}. */
  async retain(): Promise<void> {}

  /** Statuses that are not written yet. */
  get pending(): number {
    return this.#decisions.size;
  }

  /** Resolves when all that can be written by now is. */
  async idle(): Promise<void> {
    await this.#queue.idle();
    await this.#events.idle();
  }

  /** Writes nothing more. */
  async stop(): Promise<void> {
    await this.#queue.stop();
    await this.#events.stop();
  }

  /** Stops it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #process(key: ObjectKey): Promise<void> {
    const term = this.#term;
    if (term === undefined || !this.isLeading) return;
    try {
      await this.#writeFinalizers(key, term);
      await this.#writeStatus(key, term);
      this.#conflicts.delete(key);
      this.#refused.delete(key);
      this.#refused.delete(forbiddenKind(key));
    } catch (error) {
      if (term.aborted) return;
      if (error instanceof ApiError && error.isNotFound) this.#decisions.delete(key);
      else if (error instanceof ApiError && error.isConflict) await this.#readAnew(error, key, term);
      else throw error;
    }
  }

  async #writeFinalizers(key: ObjectKey, signal: AbortSignal): Promise<void> {
    const finalizers = this.#host?.finalizers(key);
    const object = this.#host?.object(key);
    if (finalizers === undefined || object === undefined) return;
    const { uid, resourceVersion } = object.metadata;
    const answer = await this.#options.client.request('PATCH', pathOf(key), {
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/merge-patch+json',
      body: { metadata: { uid, resourceVersion, finalizers } },
      signal,
    });
    this.#offer(key, answer);
  }

  async #writeStatus(key: ObjectKey, signal: AbortSignal): Promise<void> {
    const decisions = this.#decisions.get(key);
    const object = this.#host?.object(key);
    if (decisions === undefined || object === undefined) {
      this.#decisions.delete(key);
      return;
    }
    const updates = [...decisions];
    const decided = withDecisions(object, decisions.values());
    if (!isDeepStrictEqual(plain(decided.status), plain(object.status))) {
      const { namespace, name, uid, resourceVersion } = object.metadata;
      const { apiVersion, kind } = object;
      const answer = await this.#options.client.request('PUT', pathOf(key, 'status'), {
        query: { fieldManager: FIELD_MANAGER },
        body: {
          apiVersion,
          kind,
          metadata: { namespace, name, uid, resourceVersion },
          status: decided.status,
        },
        signal,
      });
      this.#offer(key, answer);
      this.#logger.debug(
        { object: key, resourceVersion: versionOf(answer) },
        `wrote the status of ${describeKey(key)}`,
      );
      for (const event of statusEvents(object, decided, this.#controllerName)) {
        this.#events.record(object, event);
      }
    }
    // What was decided meanwhile stays to be written.
    for (const [decider, update] of updates) if (decisions.get(decider) === update) decisions.delete(decider);
    if (decisions.size === 0 && this.#decisions.get(key) === decisions) this.#decisions.delete(key);
  }

  /** After a conflict: the object as it is now, onto which the decision is put, unless it is another by now. */
  async #readAnew(conflict: ApiError, key: ObjectKey, signal: AbortSignal): Promise<void> {
    const conflicts = (this.#conflicts.get(key) ?? 0) + 1;
    this.#conflicts.set(key, conflicts);
    const { kind, namespace, name } = parseKey(key);
    if (!isWritten(kind)) return;
    const refreshed = this.#options.source.refresh(kind, {
      name,
      ...(namespace === '' ? {} : { namespace }),
    });
    await settledOrAborted(refreshed, signal);
    if (conflicts > MOST_CONFLICTS) throw conflict;
    this.#queue.add(key);
  }

  #offer(key: ObjectKey, answer: unknown): void {
    const { kind } = parseKey(key);
    if (isWritten(kind)) this.#options.source.offer(kind, answer);
  }

  #noteFailure(error: unknown, key: ObjectKey): void {
    const message = error instanceof Error ? error.message : String(error);
    if (isOutage(error)) {
      const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
      this.#queue.pause(asked ?? PAUSE_MS);
      this.#logger.debug({ err: error, object: key }, `writing statuses rests for a while: ${message}`);
      return;
    }
    if (error instanceof ApiError && error.isConflict && (this.#conflicts.get(key) ?? 0) < TOLD_CONFLICTS) {
      this.#logger.debug({ err: error, object: key }, `${describeKey(key)} changes all the time: ${message}`);
      return;
    }
    // Where rights are missing, they are for all objects of the kind.
    const isForbidden = error instanceof ApiError && error.status?.code === 403;
    const subject = isForbidden ? forbiddenKind(key) : key;
    const told = isForbidden ? '403' : message;
    const isKnown = this.#refused.get(subject) === told;
    this.#refused.set(subject, told);
    this.#logger[isKnown ? 'debug' : 'error'](
      { err: error, object: key },
      `the status of ${describeKey(key)} could not be written and is tried again: ${message}`,
    );
    const object = this.#host?.object(key);
    if (isKnown || object === undefined) return;
    this.#events.record(object, {
      type: 'Warning',
      reason: 'StatusRefused',
      action: 'WriteStatus',
      note: `The status could not be written: ${message}`,
    });
  }
}

/** Resolves when the promise has settled, or the signal aborts. */
async function settledOrAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const finish = (): void => resolve();
  if (signal.aborted) finish();
  signal.addEventListener('abort', finish);
  promise.then(finish, finish);
  await end;
  signal.removeEventListener('abort', finish);
}

type WrittenKind = StatusOwner['kind'];

const isWritten = (kind: string): kind is WrittenKind => Object.hasOwn(modelResources, kind);

/** Under what is noted that rights for the kind are missing. */
const forbiddenKind = (key: ObjectKey): string => `403 ${parseKey(key).kind}`;

function pathOf(key: ObjectKey, subresource?: 'status'): string {
  const { kind, namespace, name } = parseKey(key);
  if (!isWritten(kind)) throw new TypeError(`expected a kind with a status, got ${kind}`);
  return resourcePath(modelResources[kind], {
    ...(namespace === '' ? {} : { namespace }),
    name,
    ...(subresource === undefined ? {} : { subresource }),
  });
}

/** Who decides what an update says: for a route one of its parents. */
function deciderOf(update: StatusUpdate): string {
  if (!('parent' in update)) return '';
  const { kind, namespace, name } = update.parent;
  return `${kind}/${namespace}/${name}`;
}

/** The object with the decisions that fit it; those about another generation of it are left out. */
function withDecisions(object: StatusOwner, updates: Iterable<StatusUpdate>): StatusOwner {
  let decided = object;
  for (const update of updates) {
    const status = mergeStatus(update, decided);
    if (status !== undefined) decided = { ...decided, status } as StatusOwner;
  }
  return decided;
}

/** The resourceVersion of what the API server answered. */
const versionOf = (answer: unknown): string =>
  isApiObject(answer) ? answer.metadata.resourceVersion : 'unknown';

/** As JSON has it: without fields that are undefined. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));
