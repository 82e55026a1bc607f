import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadGate, LoadReport } from '../../load-gate.ts';
import { type Logger, silentLogger } from '../../logger.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiError } from '../api-error.ts';
import { resourcePath } from '../api-resource.ts';
import type { ForwardingNodes } from '../node-addresses.ts';
import { AddressElection } from './address-election.ts';
import { LivingNodes } from './living-nodes.ts';
import { LoadProgress } from './load-progress.ts';
import { LEASES } from './node-lease.ts';
import { NodeLoadGate } from './node-load-gate.ts';
import { OwnNodeLease } from './own-node-lease.ts';

/** Settings of a {@link NodeGroup}. */
export interface NodeGroupOptions {
  /**
   * Needs list, watch, create, patch and delete of `leases` in the namespace; with list of `nodes`, a Lease goes with
   * its Node. It is not closed.
   */
  readonly client: ApiClient;
  /** Where the Leases are. */
  readonly namespace: string;
  /** Name of the node that this instance is on; no two instances may be on the same. */
  readonly node: string;
  /**
   * The links that this instance announces addresses on: its own addresses there, as `192.0.2.11/24`. Asked at each
   * renewal. Default: it announces nothing.
   */
  readonly links?: () => readonly string[];
  /** For how long a Lease that is not renewed holds, in milliseconds, at least 1,000 and rounded up to seconds. Default 6,000. */
  readonly leaseDurationMs?: number;
  /** Time between two renewals, in milliseconds; at most a third of the duration. Default 2,000. */
  readonly renewMs?: number;
  /** How long others are waited for before a Gateway is said not to be Programmed, in milliseconds. Default 2,000. */
  readonly loadPatienceMs?: number;
  /** The leader deletes Leases of nodes that were gone for so long, in milliseconds. Default 300,000. */
  readonly forgetAfterMs?: number;
  /** Where changes and problems are told (default: nowhere). */
  readonly logger?: Logger;
}

/**
 * The instances on a cluster's nodes: each keeps a Lease of `coordination.k8s.io`, `blixt-node-<node>`, that tells the
 * links that it announces on and what it has loaded. From the living ones each computes which node answers for which
 * address ({@link NodeGroup.election}), and whoever writes statuses knows what is in force ({@link NodeGroup.loadGate}).
 *
 * While the API server cannot be reached, everything stays as it is.
 */
export class NodeGroup implements ForwardingNodes, AsyncDisposable {
  /** Which node answers for which address. */
  readonly election: AddressElection;
  /** Knows whether the nodes that answer for a Gateway's addresses have loaded its rules. */
  readonly loadGate: LoadGate;
  readonly #options: NodeGroupOptions;
  readonly #logger: Logger;
  readonly #nodes: LivingNodes;
  readonly #lease: OwnNodeLease;
  readonly #gate: NodeLoadGate;
  readonly #progress = new LoadProgress();
  #stopped: Promise<void> | undefined;

  /** @throws RangeError when the times do not follow `1000 <= leaseDurationMs` and `3 * renewMs <= leaseDurationMs` */
  constructor(options: NodeGroupOptions) {
    const { client, namespace, node, links, leaseDurationMs = 6_000, renewMs = 2_000 } = options;
    const { loadPatienceMs = 2_000, logger = silentLogger } = options;
    if (!(leaseDurationMs >= 1_000 && renewMs > 0 && 3 * renewMs <= leaseDurationMs)) {
      throw new RangeError(
        `expected 1000 <= leaseDurationMs and 0 < 3 * renewMs <= leaseDurationMs, got ${leaseDurationMs} and ${renewMs}`,
      );
    }
    this.#options = options;
    this.#logger = logger;
    this.#nodes = new LivingNodes({
      client,
      namespace,
      self: node,
      logger,
      probe: () => this.#lease.renewSoon(),
      onSelfDeleted: () => this.#lease.renewSoon(),
    });
    this.#lease = new OwnNodeLease({
      client,
      namespace,
      node,
      durationMs: leaseDurationMs,
      renewMs,
      logger,
      content: () => ({
        links: links?.(),
        loaded: this.#progress.versions,
        notLoaded: this.#progress.notLoaded,
      }),
      onRenewal: (renewTime) => this.#nodes.renewing(renewTime),
    });
    this.election = new AddressElection(this.#nodes, node, leaseDurationMs);
    this.#gate = new NodeLoadGate(this.#nodes, this.election, node, loadPatienceMs);
    this.loadGate = this.#gate;
  }

  /** Resolves when the other nodes are known. This one does not take part yet: see {@link NodeGroup.loaded}. */
  async start(): Promise<void> {
    await this.#nodes.start();
  }

  /**
   * Tells what this instance has loaded: `onLoaded` of a Controller. With the first call the node takes part, so that
   * it answers for no address of which it has not loaded the rules.
   */
  loaded(report: LoadReport): void {
    if (this.#stopped !== undefined) return;
    const isNews = this.#progress.take(report);
    this.#gate.release(report.released);
    this.#lease.start();
    if (isNews) this.#lease.renewSoon();
  }

  /** Deletes Leases of nodes that do not come back, until the signal aborts: for the leader. */
  async lead(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#forget(signal);
      await sleep(FORGET_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whether the node of that name lives. */
  has(node: string): boolean {
    return this.#nodes.get(node) !== undefined;
  }

  /** Calls back whenever other nodes live than before, or have other links. */
  onChange(listener: () => void): void {
    this.election.onChange(() => listener());
  }

  /**
   * Takes no part any more.
   *
   * @param options - `keep`: leave the Lease until it expires, for a successor on this node; else others take over at
   * once, and until the promise resolves this node's data plane should go on with what still comes to it
   */
  stop(options: { readonly keep?: boolean } = {}): Promise<void> {
    this.#stopped ??= this.#stop(options.keep ?? false);
    return this.#stopped;
  }

  async #stop(keep: boolean): Promise<void> {
    this.#gate.stop();
    const others = [...this.#nodes.list()].filter(({ name }) => name !== this.#options.node);
    const wasMember = this.#nodes.isMember;
    await this.#lease.stop(keep);
    if (!keep && wasMember) {
      this.#nodes.leave();
      if (others.length > 0) await sleep(HAND_OVER_MS);
    }
    await this.#nodes.stop();
  }

  /** Stops it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #forget(signal: AbortSignal): Promise<void> {
    const { client, namespace, forgetAfterMs = 300_000 } = this.#options;
    for (const { metadata, node } of this.#nodes.goneFor(forgetAfterMs)) {
      const { name, uid, resourceVersion } = metadata;
      try {
        await client.request('DELETE', resourcePath(LEASES, { namespace, name }), {
          body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
          signal,
        });
        this.#logger.info({ lease: name }, `deleted the Lease of node ${node.name}, which is gone`);
      } catch (error) {
        if (signal.aborted || (error instanceof ApiError && (error.isNotFound || error.isConflict))) continue;
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn({ err: error, lease: name }, `the Lease of a node that is gone stays: ${reason}`);
      }
    }
  }
}

/** How often Leases of nodes that are gone are looked for, in milliseconds. */
const FORGET_EVERY_MS = 10_000;
/**
 * How long others have to take over, in milliseconds. Their first announcement is not believed by a Linux that was told
 * of the address within a second before (arp(7), locktime): it hears of the next one, a second later.
 */
const HAND_OVER_MS = 2_000;
