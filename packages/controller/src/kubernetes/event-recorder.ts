import { hostname } from 'node:os';
import type { KubernetesObject } from '@blixt/gateway-model';
import { KeyedQueue } from '../keyed-queue.ts';
import { type Logger, silentLogger } from '../logger.ts';
import type { ApiClient } from './api-client.ts';
import { microTime, resourcePath } from './api-resource.ts';
import { isOutage } from './outage-log.ts';

/** Settings of an {@link EventRecorder}. */
export interface EventRecorderOptions {
  /** Needs create of `events` in `events.k8s.io`. */
  readonly client: ApiClient;
  /** `reportingController` of the Events, for example `gateway.networking.k8s.io/blixt`. */
  readonly controllerName: string;
  /** `reportingInstance` of the Events: who of several. Default: the host's name. */
  readonly instance?: string;
  /** Where it is told that Events cannot be written (default: nowhere). */
  readonly logger?: Logger;
}

/** What happened to an object. */
export interface ObjectEvent {
  /** `Warning` for what somebody has to do something about. */
  readonly type: 'Normal' | 'Warning';
  /** Why, a word in CamelCase. */
  readonly reason: string;
  /** What was done when it happened, a word in CamelCase. */
  readonly action: string;
  /** A sentence for people; what is beyond 1,024 characters is cut. */
  readonly note: string;
}

interface Recorded extends ObjectEvent {
  readonly regarding: object;
  readonly namespace: string;
  /** How often it happened. */
  count: number;
  toldAt: number;
}

const EVENTS = { group: 'events.k8s.io', version: 'v1', resource: 'events' };
/** An event that happens again is told again after this time, in milliseconds. */
const REPEAT_MS = 5 * 60_000;
/** Events that are remembered, and that may wait. */
const MOST_EVENTS = 1_000;
const MAX_NOTE_LENGTH = 1_024;

/**
 * Writes Events of `events.k8s.io/v1`, which `kubectl describe` shows with an object. The same event of an object
 * is told again after five minutes at the earliest, with how often it happened. They are told as far as that is possible: at most 20 a second, and one that
 * cannot be written is dropped.
 */
export class EventRecorder implements AsyncDisposable {
  readonly #options: EventRecorderOptions;
  readonly #logger: Logger;
  readonly #instance: string;
  readonly #recorded = new Map<string, Recorded>();
  readonly #queue: KeyedQueue<string>;
  #isFailing = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#instance = options.instance ?? hostname();
    this.#queue = new KeyedQueue<string>({
      process: (key) => this.#write(key),
      ratePerSecond: 20,
      burst: 100,
    });
  }

  /** Something happened to an object. */
  record({ apiVersion, kind, metadata }: KubernetesObject, event: ObjectEvent): void {
    const { namespace, name, uid } = metadata;
    const note = event.note.slice(0, MAX_NOTE_LENGTH);
    const key = JSON.stringify([kind, namespace, name, uid, event.reason, note]);
    const known = this.#recorded.get(key);
    if (known !== undefined) {
      known.count += 1;
      if (performance.now() - known.toldAt >= REPEAT_MS) this.#queue.add(key);
      return;
    }
    if (this.#queue.size >= MOST_EVENTS) return;
    const [oldest] = this.#recorded.keys();
    if (this.#recorded.size >= MOST_EVENTS && oldest !== undefined) this.#recorded.delete(oldest);
    this.#recorded.set(key, {
      ...event,
      note,
      regarding: { apiVersion, kind, name, ...(namespace && { namespace }), ...(uid && { uid }) },
      // Events about objects of cluster scope are in this one.
      namespace: namespace ?? 'default',
      count: 1,
      toldAt: performance.now(),
    });
    this.#queue.add(key);
  }

  /** Resolves when all that was recorded is written or dropped. */
  async idle(): Promise<void> {
    await this.#queue.idle();
  }

  /** Writes nothing more. */
  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  /** Stops it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #write(key: string): Promise<void> {
    const event = this.#recorded.get(key);
    if (event === undefined) return;
    event.toldAt = performance.now();
    try {
      await this.#create(event);
      this.#isFailing = false;
    } catch (error) {
      this.#recorded.delete(key);
      const reason = error instanceof Error ? error.message : String(error);
      const level = this.#isFailing || isOutage(error) ? 'debug' : 'warn';
      this.#isFailing ||= !isOutage(error);
      this.#logger[level]({ err: error }, `an Event could not be written: ${reason}`);
    }
  }

  async #create(event: Recorded): Promise<void> {
    const { namespace, regarding, type, reason, action, note, count } = event;
    await this.#options.client.request('POST', resourcePath(EVENTS, { namespace }), {
      body: {
        metadata: { generateName: 'blixt-', namespace },
        eventTime: microTime(),
        reportingController: this.#options.controllerName,
        reportingInstance: this.#instance,
        regarding,
        type,
        reason,
        action,
        note,
        ...(count > 1 && { series: { count, lastObservedTime: microTime() } }),
      },
    });
  }
}
