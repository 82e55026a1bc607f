import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Logger, silentLogger } from '../logger.ts';
import { Pause } from '../pause.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { type ApiObject, microTime, resourcePath } from './api-resource.ts';
import { Informer } from './informer.ts';

/** Settings of a {@link LeaderElector}. */
export interface LeaderElectorOptions {
  /** Needs get, create and update of `leases`; with list and watch, a release is seen at once. */
  readonly client: ApiClient;
  /** Where the Lease is. It is made when it is missing. */
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Of this candidate; no two may have the same. Default: the host's name and a random UUID. */
  readonly identity?: string;
  /**
   * For how long others keep off a Lease that is not renewed, in milliseconds, at least 1,000 and rounded up to
   * seconds. Default 15,000.
   */
  readonly leaseDurationMs?: number;
  /**
   * A leader that could not renew for so long stops, in milliseconds. What remains to `leaseDurationMs` is the
   * time that its last writes have to arrive. Default 10,000.
   */
  readonly renewDeadlineMs?: number;
  /** Time between two tries to get or to renew the Lease, in milliseconds. Default 2,000. */
  readonly retryPeriodMs?: number;
  /**
   * Called when this candidate becomes the leader. The signal aborts when it is the leader no more: nothing may
   * be written from then on. `isLeader` tells the same, also when nothing could run since the time was over. The
   * Lease is released, and a next term begins, only when the promise has settled.
   */
  readonly lead: (signal: AbortSignal, isLeader: () => boolean) => Promise<void> | void;
  /** Called with the identity of each new leader, also with our own; empty when nobody is. Must not throw. */
  readonly onLeader?: (identity: string) => void;
  /** Where problems and changes are told (default: nowhere). */
  readonly logger?: Logger;
}

/** Of `coordination.k8s.io/v1`. */
interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease extends ApiObject {
  readonly spec?: LeaseSpec;
}

const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };

/**
 * Elects one leader among processes by a Lease of `coordination.k8s.io`, as client-go does.
 *
 * Times are measured by each process's own monotonic clock, from before a renewal is sent and from when a
 * renewal of another is seen: clocks need not agree, only run at the same rate. A leader that cannot renew stops
 * after `renewDeadlineMs`; others take over `leaseDurationMs` after they saw its last renewal, or at once when
 * it released the Lease.
 */
export class LeaderElector implements AsyncDisposable {
  /** Of this candidate. */
  readonly identity: string;
  readonly #options: LeaderElectorOptions;
  readonly #logger: Logger;
  readonly #leaseSeconds: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** Ends the time as leader; undefined when we are not. */
  #term: AbortController | undefined;
  /** The work of the last term. */
  #work: Promise<void> = Promise.resolve();
  #isBusy = false;
  #deadline: NodeJS.Timeout | undefined;
  /** When our last renewal that arrived was sent. */
  #renewedAt = Number.NEGATIVE_INFINITY;
  /** The Lease as it was last seen or written; undefined when it has to be read. */
  #lease: Lease | undefined;
  /** Holder and times of the Lease, and since when they are known. */
  #observed = '';
  #observedAt = 0;
  #lastSpec: LeaseSpec | undefined;
  #leader = '';
  #failing = false;
  readonly #pause = new Pause(this.#stopping.signal);

  /** @throws RangeError when the times do not follow `retryPeriodMs < renewDeadlineMs < leaseDurationMs` */
  constructor(options: LeaderElectorOptions) {
    const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
    if (!(leaseDurationMs >= 1_000 && retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs)) {
      throw new RangeError(
        `expected retryPeriodMs < renewDeadlineMs < leaseDurationMs and 1000 <= leaseDurationMs, got ${retryPeriodMs}, ${renewDeadlineMs} and ${leaseDurationMs}`,
      );
    }
    this.#options = options;
    this.identity = options.identity ?? `${hostname()}_${randomUUID()}`;
    this.#logger = options.logger ?? silentLogger;
    this.#leaseSeconds = Math.ceil(leaseDurationMs / 1_000);
    this.#renewDeadlineMs = renewDeadlineMs;
    this.#retryPeriodMs = retryPeriodMs;
  }

  /** Begins to stand for election. Returns at once; calling it again does nothing. */
  start(): this {
    this.#running ??= this.#run();
    return this;
  }

  /**
   * Ends the term, waits for the leader's work to end, and releases the Lease, so that another takes over at
   * once. It cannot be started again.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Stops it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Whether this candidate is the leader; false as soon as its time is over, even if nothing could run since. */
  get isLeader(): boolean {
    return this.#term !== undefined && performance.now() < this.#renewedAt + this.#renewDeadlineMs;
  }

  /** The identity of the leader as last seen; empty when nobody is, or it is not known yet. */
  get leader(): string {
    return this.#leader;
  }

  async #run(): Promise<void> {
    const { client, namespace, name } = this.#options;
    await using watcher = new Informer<Lease>({
      client,
      resource: LEASES,
      namespace,
      fieldSelector: `metadata.name=${name}`,
    });
    watcher.subscribe((events) => {
      if (events.some(({ type, object }) => type === 'delete' || !object.spec?.holderIdentity))
        this.#pause.end();
    });
    watcher.start();
    while (!this.#stopping.signal.aborted) {
      const retry = await this.#try();
      const jitter = 0.8 + Math.random() * 0.4;
      if (!retry) await this.#pause.wait(this.#retryPeriodMs * jitter);
    }
    this.#endTerm();
    await this.#work;
    await this.#release();
  }

  /** @returns whether to try again at once */
  async #try(): Promise<boolean> {
    try {
      await this.#getOrRenew();
      if (this.#failing) this.#logger.info({ lease: this.#options.name }, 'the Lease can be reached again');
      this.#failing = false;
      return false;
    } catch (error) {
      const known = this.#lease !== undefined;
      this.#lease = undefined;
      if (error instanceof ApiError && error.isConflict) return known;
      if (!this.#failing && !this.#stopping.signal.aborted) {
        const { namespace, name } = this.#options;
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn(
          { err: error, namespace, lease: name },
          `leader election is not possible: ${reason}`,
        );
      }
      this.#failing = true;
      return false;
    }
  }

  async #getOrRenew(): Promise<void> {
    const known = this.#term === undefined ? undefined : this.#lease;
    const lease = known ?? (await this.#read());
    if (known === undefined && lease !== undefined) this.#observe(lease);
    if (!this.#mayTake(lease?.spec ?? this.#lastSpec)) {
      if (this.#term !== undefined) this.#endTerm();
      return;
    }
    const renews = this.#term !== undefined;
    // The former term's work may still write: there is no next term before it has ended.
    if (!renews && this.#isBusy) return;
    const sentAt = performance.now();
    this.#lease = lease;
    this.#lease = await this.#write(lease);
    this.#renewedAt = sentAt;
    this.#observe(this.#lease);
    clearTimeout(this.#deadline);
    const left = sentAt + this.#renewDeadlineMs - performance.now();
    // The answer came too late: the term is over, or must not begin.
    if (left <= 0 || renews !== (this.#term !== undefined) || this.#stopping.signal.aborted) {
      this.#endTerm();
      return;
    }
    this.#deadline = setTimeout(() => this.#endTerm(), left);
    if (!renews) this.#beginTerm();
  }

  async #read(): Promise<Lease | undefined> {
    const { namespace, name } = this.#options;
    try {
      return await this.#request('GET', resourcePath(LEASES, { namespace, name }), undefined);
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return undefined;
      throw error;
    }
  }

  /** Writes the Lease with us as its holder, if it is still as it was read. */
  async #write(lease: Lease | undefined): Promise<Lease> {
    const { namespace, name } = this.#options;
    const now = microTime();
    const before = lease?.spec;
    const isOurs = before?.holderIdentity === this.identity && this.#term !== undefined;
    const spec: LeaseSpec = {
      ...before,
      holderIdentity: this.identity,
      leaseDurationSeconds: this.#leaseSeconds,
      acquireTime: isOurs ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (lease === undefined || isOurs ? 0 : 1),
    };
    const body = lease === undefined ? { metadata: { name, namespace }, spec } : { ...lease, spec };
    return lease === undefined
      ? await this.#request('POST', resourcePath(LEASES, { namespace }), body)
      : await this.#request('PUT', resourcePath(LEASES, { namespace, name }), body);
  }

  #request(method: 'GET' | 'POST' | 'PUT', path: string, body: object | undefined): Promise<Lease> {
    const timeoutMs = Math.ceil(this.#renewDeadlineMs / 2);
    return this.#options.client.request<Lease>(method, path, {
      timeoutMs,
      ...(body === undefined ? {} : { body }),
    });
  }

  #observe({ spec }: Lease): void {
    const observed = JSON.stringify([spec?.holderIdentity, spec?.acquireTime, spec?.renewTime]);
    if (observed !== this.#observed) {
      this.#observed = observed;
      this.#observedAt = performance.now();
    }
    this.#lastSpec = spec;
    const leader = spec?.holderIdentity ?? '';
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#logger.info(
      { lease: this.#options.name, leader },
      `the leader is ${leader === '' ? 'nobody' : leader}`,
    );
    this.#options.onLeader?.(leader);
  }

  /** @param spec - of the Lease, or as it was before somebody deleted it: its holder may not know yet */
  #mayTake(spec: LeaseSpec | undefined): boolean {
    const holder = spec?.holderIdentity ?? '';
    if (holder === '' || holder === this.identity) return true;
    // The holder's own duration, not ours, is what it counts on.
    const durationMs = (spec?.leaseDurationSeconds ?? this.#leaseSeconds) * 1_000;
    return performance.now() >= this.#observedAt + durationMs;
  }

  #beginTerm(): void {
    const end = new AbortController();
    this.#term = end;
    this.#isBusy = true;
    this.#work = (async () => {
      try {
        await this.#options.lead(end.signal, () => !end.signal.aborted && this.isLeader);
      } catch (error) {
        this.#logger.error({ err: error, lease: this.#options.name }, 'the work of the leader failed');
      } finally {
        this.#isBusy = false;
      }
    })();
  }

  #endTerm(): void {
    clearTimeout(this.#deadline);
    const term = this.#term;
    this.#term = undefined;
    term?.abort();
  }

  /** Gives the Lease back, if it is ours. */
  async #release(): Promise<void> {
    if (this.#leader !== this.identity) return;
    const { namespace, name } = this.#options;
    try {
      const lease = await this.#read();
      if (lease?.spec?.holderIdentity !== this.identity) return;
      const now = microTime();
      const spec = {
        ...lease.spec,
        holderIdentity: '',
        leaseDurationSeconds: 1,
        acquireTime: now,
        renewTime: now,
      };
      await this.#request('PUT', resourcePath(LEASES, { namespace, name }), { ...lease, spec });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn({ err: error, lease: name }, `the Lease was not released, it runs out: ${reason}`);
    }
  }
}
