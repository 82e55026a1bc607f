import type { Gateway, NamespacedName, ProgrammedVerdict } from '@blixt/gateway-model';

/** What a {@link LoadGate} may tell. */
export interface LoadGateHost {
  /** The verdicts on these Gateways may be others now. */
  changed(gateways: Iterable<NamespacedName>): void;
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
   * @param addresses - those that it has
   */
  verdict(gateway: Gateway, addresses: readonly string[]): ProgrammedVerdict | 'wait';
}
