import type { AddressElection, Logger } from '@blixt/controller';
import type { AnnounceResult, LoadBalancer } from '@blixt/xdp-lb';
import type { LoadTarget } from './xdp-data-plane.ts';

/** The part of a {@link LoadBalancer} that is driven here. */
export type AnnounceTarget = LoadTarget & Pick<LoadBalancer, 'extendAnnouncement'>;

/** The part of an {@link AddressElection} that is asked here. */
export type AnnouncingElection = Pick<
  AddressElection,
  'hasJoined' | 'hasLeft' | 'holdMs' | 'isOurs' | 'onChange'
>;

/** How often the data plane is told that this process is there, in milliseconds. */
const EXTEND_EVERY_MS = 1_000;

/**
 * Of the addresses that are to be announced, announces those that this node is elected for.
 *
 * While other nodes could take over, the data plane answers only as long as this process tells it to go on: nodes that
 * take over from a process that was killed are not contradicted by what it left.
 */
export class ElectedAnnouncer implements LoadTarget, Disposable {
  readonly #target: AnnounceTarget;
  readonly #election: AnnouncingElection;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  #wanted: readonly string[] | undefined;
  #isClosed = false;

  constructor(target: AnnounceTarget, election: AnnouncingElection, logger: Logger) {
    this.#target = target;
    this.#election = election;
    this.#logger = logger;
    election.onChange(({ lapsed }) => this.#elect(lapsed));
    // What an earlier process announced goes on until it is known who takes part.
    this.#extend();
    this.#timer = setInterval(() => this.#extend(), EXTEND_EVERY_MS);
  }

  loaded: LoadTarget['loaded'] = () => this.#target.loaded();

  change: LoadTarget['change'] = (change) => this.#target.change(change);

  warnings: LoadTarget['warnings'] = () => this.#target.warnings();

  announce(addresses: readonly string[]): AnnounceResult {
    this.#wanted = addresses;
    return this.#announce();
  }

  /** Leaves what is announced as it is. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  #elect(lapsed: boolean): void {
    if (this.#wanted === undefined || this.#isClosed) return;
    // Others may have said meanwhile that our addresses are theirs: what is announced anew is told anew.
    if (lapsed) this.#target.announce([]);
    const { added, removed } = this.#announce();
    if (added.length > 0 || removed.length > 0)
      this.#logger.info({ added, removed }, 'announced the addresses that this node is elected for');
  }

  #announce(): AnnounceResult {
    const { hasJoined, hasLeft, holdMs } = this.#election;
    if (!hasJoined && !hasLeft) return NOTHING;
    const ours = (this.#wanted ?? []).filter((address) => this.#election.isOurs(address));
    return this.#target.announce(ours, holdMs === undefined ? {} : { forMs: holdMs });
  }

  #extend(): void {
    this.#target.extendAnnouncement(this.#election.holdMs);
  }
}

const NOTHING: AnnounceResult = { added: [], removed: [] };
