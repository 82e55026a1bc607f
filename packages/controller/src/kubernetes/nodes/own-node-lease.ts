import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, silentLogger } from '../../logger.ts';
import { Pause } from '../../pause.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiError } from '../api-error.ts';
import { type ApiObject, type ApiResource, resourcePath } from '../api-resource.ts';
import { LEASES, type LeaseContent, nodeLeaseManifest, nodeLeaseName } from './node-lease.ts';

/** Settings of {@link OwnNodeLease}. */
export interface OwnNodeLeaseOptions {
  /** Creates, patches and deletes the Lease, and lists nodes; it is not closed. */
  readonly client: ApiClient;
  readonly namespace: string;
  readonly node: string;
  readonly durationMs: number;
  readonly renewMs: number;
  /** What else is written, as it is now. */
  readonly content: () => Pick<LeaseContent, 'links' | 'loaded' | 'notLoaded'>;
  /** Called before a renewal is sent, with the time that it carries. */
  readonly onRenewal: (renewTime: string) => void;
  readonly logger?: Logger;
}

const NODES: ApiResource = { group: '', version: 'v1', resource: 'nodes' };
const FIELD_MANAGER = 'blixt-node';
/** Between two writes, in milliseconds, whatever there is to tell: five a second. */
const SHORTEST_PAUSE_MS = 200;
/** Between two tries that fail, in milliseconds. */
const RETRY_MS = 500;

/** Keeps the Lease of a node renewed, by server-side apply: one that somebody deletes comes back. */
export class OwnNodeLease {
  readonly #options: OwnNodeLeaseOptions;
  readonly #logger: Logger;
  readonly #path: string;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #nodeUid: string | undefined;
  #isNodeKnown = false;
  #last: ApiObject['metadata'] | undefined;
  #isFailing = false;
  #isUrgent = false;
  readonly #pause = new Pause(this.#stopping.signal);

  constructor(options: OwnNodeLeaseOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    const { namespace, node } = options;
    this.#path = resourcePath(LEASES, { namespace, name: nodeLeaseName(node) });
  }

  /** Begins to renew. Calling it again does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Has it written soon: what it tells has changed. What comes within 200 ms is written together. */
  renewSoon(): void {
    this.#isUrgent = true;
    this.#pause.end();
  }

  /** Renews no more. @param keep - leave the Lease until it expires; else it is deleted */
  async stop(keep: boolean): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    if (!keep) await this.#delete();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const next = performance.now() + this.#options.renewMs;
      this.#isUrgent = false;
      const isRenewed = await this.#try();
      await sleep(SHORTEST_PAUSE_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (!this.#isUrgent) await this.#pause.wait(isRenewed ? next - performance.now() : RETRY_MS);
    }
  }

  async #try(): Promise<boolean> {
    try {
      await this.#renew();
      if (this.#isFailing)
        this.#logger.info({ lease: this.#path }, 'the Lease of this node is renewed again');
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (!this.#isFailing && !this.#stopping.signal.aborted) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn(
          { err: error, lease: this.#path },
          `the Lease of this node cannot be renewed; what it announces stays as it is: ${reason}`,
        );
      }
      this.#isFailing = true;
      return false;
    }
  }

  async #renew(): Promise<void> {
    const { client, namespace, node, durationMs, renewMs, content, onRenewal } = this.#options;
    if (!this.#isNodeKnown) await this.#readNode();
    const body = nodeLeaseManifest({ namespace, node, durationMs, nodeUid: this.#nodeUid, ...content() });
    onRenewal(body.spec.renewTime);
    const { metadata } = await client.request<ApiObject>('PATCH', this.#path, {
      query: { fieldManager: FIELD_MANAGER, force: true },
      contentType: 'application/apply-patch+yaml',
      body,
      timeoutMs: renewMs,
    });
    this.#last = metadata;
  }

  /** The Lease goes with its Node, if there is one. */
  async #readNode(): Promise<void> {
    const { client, node, renewMs } = this.#options;
    try {
      const { items = [] } = await client.request<{ items?: ApiObject[] }>('GET', resourcePath(NODES), {
        query: { fieldSelector: `metadata.name=${node}` },
        timeoutMs: renewMs,
      });
      this.#nodeUid = items[0]?.metadata.uid;
    } catch (error) {
      // Not allowed: nodes are none of our business then.
      if (!(error instanceof ApiError && error.status !== undefined && error.status.code < 500)) throw error;
    }
    this.#isNodeKnown = true;
  }

  /** Unless somebody else, such as our successor on this node, has written it since. */
  async #delete(): Promise<void> {
    if (this.#last === undefined) return;
    const { uid, resourceVersion } = this.#last;
    try {
      await this.#options.client.request('DELETE', this.#path, {
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
        timeoutMs: this.#options.renewMs,
      });
    } catch (error) {
      if (error instanceof ApiError && (error.isNotFound || error.isConflict)) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn(
        { err: error, lease: this.#path },
        `the Lease was not deleted, it runs out: ${reason}`,
      );
    }
  }
}
