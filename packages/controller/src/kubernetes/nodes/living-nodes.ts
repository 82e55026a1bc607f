import { type Logger, silentLogger } from '../../logger.ts';
import type { ApiClient } from '../api-client.ts';
import type { BackoffOptions } from '../backoff.ts';
import { Informer } from '../informer.ts';
import type { CacheEvent } from '../object-cache.ts';
import { OutageLog } from '../outage-log.ts';
import {
  type KnownLease,
  LEASES,
  type LeaseObject,
  NODE_LEASE_LABEL,
  type NodeState,
  nodeLeaseName,
  readNodeLease,
} from './node-lease.ts';

/** Settings of {@link LivingNodes}. */
export interface LivingNodesOptions {
  /** Lists and watches the Leases; it is not closed. */
  readonly client: ApiClient;
  /** Where the Leases are. */
  readonly namespace: string;
  /** The node of this instance. */
  readonly self: string;
  /** Renews the Lease of this instance at once, so that its arrival tells that nothing that came before was missed. */
  readonly probe: () => void;
  /** The Lease of this instance was deleted by somebody. */
  readonly onSelfDeleted: () => void;
  readonly logger?: Logger;
}

/** What changed of the nodes. */
export interface NodesChange {
  /** Others live, or announce on other links. */
  readonly members: boolean;
  /** For longer than a lease this instance did not hear of the others: they may have taken it for gone. */
  readonly lapsed: boolean;
}

interface Entry {
  lease: KnownLease;
  /** When a change was seen last, by this process's monotonic clock. */
  seenAt: number;
  isLiving: boolean;
}

const BACKOFF: BackoffOptions = { baseMs: 200, maxMs: 2_000 };

/**
 * The nodes whose Leases are renewed.
 *
 * A node is gone when its Lease is deleted, or when no renewal was seen for its duration: counted by the clock of this
 * process, as client-go does, never by times that others write. That this instance would have seen one is proved by
 * its own Lease: renewed after that time, and seen by the same watch, which is in order. While the API server cannot be
 * reached nobody is taken for gone; afterwards all get the time of a lease to come back.
 */
export class LivingNodes {
  readonly #options: LivingNodesOptions;
  readonly #logger: Logger;
  readonly #informer: Informer<LeaseObject, KnownLease>;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(change: NodesChange) => void>();
  #timer: NodeJS.Timeout | undefined;
  /** Our last renewal: its time as it was written, and when it was sent. */
  #sent = { renewTime: '', at: 0 };
  /** When the renewal was sent that the watch brought last. */
  #confirmedAt: number | undefined;
  #hasLeft = false;

  constructor(options: LivingNodesOptions) {
    const { client, namespace, logger = silentLogger } = options;
    this.#options = options;
    this.#logger = logger;
    this.#informer = new Informer<LeaseObject, KnownLease>({
      client,
      namespace,
      resource: LEASES,
      labelSelector: `${NODE_LEASE_LABEL.name}=${NODE_LEASE_LABEL.value}`,
      transform: readNodeLease,
      backoff: BACKOFF,
      ...OutageLog.of(client, logger).hooks('Leases of nodes', () => this.#informer.retryNow()),
    });
    this.#informer.subscribe((events) => this.#take(events));
  }

  /** Resolves when the Leases that there are are known. */
  async start(): Promise<void> {
    await this.#informer.start().synced();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#informer.stop();
  }

  /** Whether this instance is one of them: its Lease was renewed, and everybody can see that. */
  get isMember(): boolean {
    return this.#confirmedAt !== undefined && !this.#hasLeft;
  }

  /** Whether this instance is a member no more, by its own will. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** This instance is to go: it is no member from now on. */
  leave(): void {
    this.#hasLeft = true;
    this.#tell({ members: true, lapsed: false });
  }

  /** Those that live, in the order of their names. */
  *list(): Generator<NodeState> {
    for (const { lease, isLiving } of this.#sorted()) if (isLiving) yield lease.node;
  }

  get(node: string): NodeState | undefined {
    const entry = this.#entries.get(nodeLeaseName(node));
    return entry?.isLiving ? entry.lease.node : undefined;
  }

  /** Leases of nodes that were gone for so long, in milliseconds. */
  goneFor(ms: number): KnownLease[] {
    const before = performance.now() - ms;
    return [...this.#entries.values()].flatMap(({ lease, seenAt, isLiving }) =>
      isLiving || seenAt + lease.durationMs > before ? [] : lease,
    );
  }

  onChange(listener: (change: NodesChange) => void): void {
    this.#listeners.add(listener);
  }

  /** Our Lease is being renewed: `renewTime` is what is written. */
  renewing(renewTime: string): void {
    this.#sent = { renewTime, at: performance.now() };
  }

  #sorted(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => (a.lease.node.name < b.lease.node.name ? -1 : 1));
  }

  #take(events: readonly CacheEvent<KnownLease>[]): void {
    let members = false;
    let isNews = false;
    for (const event of events) {
      const { name } = event.object.metadata;
      const known = this.#entries.get(name);
      if (event.type === 'delete') {
        this.#entries.delete(name);
        if (known?.isLiving) this.#say(event.object, 'is gone: its Lease was deleted');
        members ||= known?.isLiving ?? false;
        if (this.#isSelf(event.object) && !this.#hasLeft) this.#options.onSelfDeleted();
        continue;
      }
      const lease = event.object;
      // Changes of what is not written at a renewal tell nothing of the node.
      const isRenewal = known?.lease.renewTime !== lease.renewTime;
      if (known === undefined || (isRenewal && !known.isLiving)) {
        this.#say(lease, known === undefined ? 'takes part' : 'is back');
        members = true;
      } else if (known.lease.fingerprint !== lease.fingerprint) {
        isNews = true;
        members ||= JSON.stringify(linksOf(known.lease)) !== JSON.stringify(linksOf(lease));
      }
      this.#entries.set(name, {
        lease,
        seenAt: isRenewal ? performance.now() : (known?.seenAt ?? performance.now()),
        isLiving: isRenewal || (known?.isLiving ?? true),
      });
    }
    const own = events.findLast((event) => event.type !== 'delete' && this.#isSelf(event.object));
    const { joined, lapsed } = own === undefined ? NO_NEWS : this.#confirm(own.object);
    if (this.#judge()) members = true;
    if (members || isNews || joined || lapsed) this.#tell({ members: members || joined || lapsed, lapsed });
  }

  /** The watch has brought our Lease: whatever was written before, it has brought as well. */
  #confirm({ renewTime }: KnownLease): { readonly joined: boolean; readonly lapsed: boolean } {
    if (renewTime !== this.#sent.renewTime || this.#hasLeft) return NO_NEWS;
    const before = this.#confirmedAt;
    this.#confirmedAt = this.#sent.at;
    if (before === undefined) return { joined: true, lapsed: false };
    const { durationMs } = this.#entries.get(nodeLeaseName(this.#options.self))?.lease ?? { durationMs: 0 };
    const gap = this.#confirmedAt - before;
    if (gap <= durationMs / 2) return NO_NEWS;
    // Others may have been cut off as we were.
    for (const entry of this.#entries.values()) if (entry.isLiving) entry.seenAt = performance.now();
    return { joined: false, lapsed: gap >= durationMs };
  }

  /** Takes those for gone that are; returns whether there were any. */
  #judge(): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.isMember) return false;
    let someoneWent = false;
    let next = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (const entry of this.#entries.values()) {
      if (!entry.isLiving || this.#isSelf(entry.lease)) continue;
      const endsAt = entry.seenAt + entry.lease.durationMs;
      if ((this.#confirmedAt ?? 0) >= endsAt) {
        entry.isLiving = false;
        someoneWent = true;
        this.#say(
          entry.lease,
          `is taken for gone: it did not renew its Lease for ${entry.lease.durationMs} ms`,
        );
      } else next = Math.min(next, Math.max(endsAt - now, this.#sent.at >= endsAt ? PROBE_AGAIN_MS : 0));
    }
    if (next !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#suspect(), next + 1);
    return someoneWent;
  }

  /** Somebody's time is over: have our Lease renewed, and judge when that is seen. */
  #suspect(): void {
    this.#options.probe();
    this.#timer = setTimeout(() => this.#suspect(), PROBE_AGAIN_MS);
  }

  #isSelf({ node }: KnownLease): boolean {
    return node.name === this.#options.self;
  }

  #say({ node, metadata }: KnownLease, what: string): void {
    this.#logger.info({ node: node.name, lease: metadata.name }, `node ${node.name} ${what}`);
  }

  #tell(change: NodesChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** While a probe has no answer, another is sent, in milliseconds. */
const PROBE_AGAIN_MS = 1_000;
const NO_NEWS = { joined: false, lapsed: false } as const;

const linksOf = ({ node: { links } }: KnownLease): string[] | undefined =>
  links?.map(({ address, first, last }) => `${address} ${first} ${last}`);
