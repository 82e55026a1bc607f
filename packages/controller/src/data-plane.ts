import type { Forwarding, NamespacedName } from '@blixt/gateway-model';

/** The rules of a Gateway. */
export interface GatewayRules extends Forwarding {
  /**
   * How packets get to backends: `snat`, by full NAT, or `local`, by destination NAT to backends of this node.
   * Absent: as the data plane is set up.
   */
  readonly mode?: 'snat' | 'local';
  /**
   * Whether nobody but the data plane says on the links that the services' addresses are there: false for addresses
   * that nodes have, or that others announce.
   */
  readonly announce: boolean;
}

/** A change of what a data plane forwards. */
export interface DataPlaneChange {
  /** Gateways whose rules are new or different, each with all of its rules. No (address, port, protocol) is in two. */
  readonly set: readonly GatewayRules[];
  /** Gateways that have no rules any more. */
  readonly remove: readonly NamespacedName[];
}

/** A Gateway whose rules could not be loaded, and stay as they were. */
export interface DataPlaneFailure {
  /** The Gateway. */
  readonly gateway: NamespacedName;
  /** Why. */
  readonly error: Error;
}

/** What forwards. Small on purpose: anything that can load rules can be driven by the controller. */
export interface DataPlane {
  /**
   * Loads a change, and resolves when it is in force. The first call carries every Gateway there is: whatever
   * else an earlier process left is to go. Calls do not overlap, and are idempotent.
   *
   * @returns the Gateways whose rules could not be loaded; they are tried again
   */
  apply(change: DataPlaneChange): Promise<readonly DataPlaneFailure[]>;
}
