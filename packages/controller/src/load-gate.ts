import type { Gateway, ListenerSet, NamespacedName, ProgrammedVerdict } from '@blixt/gateway-model';

/** A Gateway whose rules are in force. */
export interface LoadedGateway {
  /** The version that they were made of. */
  readonly gateway: Gateway;
  /** Those that name it as their parent, allowed or not, in the versions that they were made of. */
  readonly listenerSets: readonly ListenerSet[];
}

/** What one turn of a controller has loaded. */
export interface LoadReport {
  /** Gateways that are in force now as they are. */
  readonly loaded: readonly LoadedGateway[];
  /** Gateways that are not, but as they were before, or not at all; they are tried again. */
  readonly failed: readonly NamespacedName[];
  /** Gateways that are gone, or not ours any more. */
  readonly released: readonly NamespacedName[];
}

/** What a {@link LoadGate} may tell. */
export interface LoadGateHost {
  /** The verdicts on these Gateways may be others now. */
  changed(gateways: Iterable<NamespacedName>): void;
}

/** Where a Gateway is reached. */
export interface BoundAddresses {
  /** Those that it has. */
  readonly addresses: readonly string[];
  /**
   * Whether data planes announce them, so that one node answers for each; otherwise packets may come to any node, as
   * with addresses of the nodes, or of a balancer before them.
   */
  readonly announce: boolean;
}

/** Knows whether those who forward a Gateway's packets have loaded its rules, where that is not this instance alone. */
export interface LoadGate {
  /** Called once, before anything else. */
  attach(host: LoadGateHost): void;
  /**
   * Whether the condition Programmed may be True. `wait`: its status is not written now; {@link LoadGateHost.changed}
   * is called when there is a verdict, at the latest after some seconds.
   *
   * @param gateway - the version of which this instance has loaded the rules
   * @param bound - where it is reached
   * @param listenerSets - those that name it as their parent, in the versions that are loaded here
   */
  verdict(
    gateway: Gateway,
    bound: BoundAddresses,
    listenerSets: readonly ListenerSet[],
  ): ProgrammedVerdict | 'wait';
}
