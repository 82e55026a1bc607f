import type { LivingNodes, NodesChange } from './living-nodes.ts';
import { electNode } from './rendezvous.ts';

/** Listens to an {@link AddressElection}. */
export type ElectionListener = (change: {
  /**
   * Others may have answered for our addresses meanwhile: this instance was cut off, or stood still, for longer than
   * its lease. The links are to be told again where the addresses are.
   */
  readonly lapsed: boolean;
}) => void;

/** Which node answers for which address, as all nodes see it. */
export class AddressElection {
  readonly #nodes: LivingNodes;
  readonly #self: string;
  readonly #leaseMs: number;
  readonly #listeners = new Set<ElectionListener>();
  /** What was answered since the nodes changed. */
  readonly #elected = new Map<string, string | undefined>();

  /** @internal Use `NodeGroup.election`. */
  constructor(nodes: LivingNodes, self: string, leaseMs: number) {
    this.#nodes = nodes;
    this.#self = self;
    this.#leaseMs = leaseMs;
    nodes.onChange((change) => this.#take(change));
  }

  /**
   * Whether this instance takes part, and others know. Before, and while it is not known who else does, what is
   * announced should stay as it is.
   */
  get hasJoined(): boolean {
    return this.#nodes.isMember;
  }

  /** Whether this instance takes part no more: it answers for no address. */
  get hasLeft(): boolean {
    return this.#nodes.hasLeft;
  }

  /** The node that answers for an address; undefined when no node answers for any. O(nodes) once, then O(1). */
  electedNode(address: string): string | undefined {
    if (!this.#elected.has(address)) this.#elected.set(address, electNode(address, this.#announcing()));
    return this.#elected.get(address);
  }

  /** Whether this instance answers for an address. */
  isOurs(address: string): boolean {
    return this.hasJoined && this.electedNode(address) === this.#self;
  }

  /**
   * For how long a data plane may go on answering when this process does not, in milliseconds: then others take over.
   * Undefined when there are no others: for ever. While that is not known, it is taken that there are.
   */
  get holdMs(): number | undefined {
    // It is to have ended when the others begin, who count from our last renewal on.
    const holdMs = Math.round(this.#leaseMs * HOLD_SHARE);
    if (!this.hasJoined) return holdMs;
    for (const { name } of this.#announcing()) {
      if (name !== this.#self) return holdMs;
    }
    return undefined;
  }

  /** Calls back whenever the answers may be others. */
  onChange(listener: ElectionListener): void {
    this.#listeners.add(listener);
  }

  *#announcing() {
    for (const { name, links } of this.#nodes.list()) if (links !== undefined) yield { name, links };
  }

  #take({ members, lapsed }: NodesChange): void {
    if (!members) return;
    this.#elected.clear();
    for (const listener of this.#listeners) listener({ lapsed });
  }
}

const HOLD_SHARE = 5 / 6;
