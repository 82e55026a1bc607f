import type { AddressAssignment, BlixtParametersSpec, Gateway, NamespacedName } from '@blixt/gateway-model';

/** What an {@link AddressProvider} may ask for, and tell. */
export interface AddressHost {
  /** What the provider answers for these Gateways may be another now: they are decided about again. */
  changed(gateways: Iterable<NamespacedName>): void;
  /** The parameters of a Gateway's class; undefined when it has none. */
  parameters(gateway: Gateway): BlixtParametersSpec | undefined;
}

/** Gives Gateways their addresses. */
export interface AddressProvider {
  /** Called once, before anything else. */
  attach?(host: AddressHost): void;
  /** Why parameters cannot be used: a sentence that begins with the field's path. Undefined when they can. */
  refuse?(parameters: BlixtParametersSpec): string | undefined;
  /**
   * Sees each version of each Gateway, of whatever controller: its status tells which addresses it has, also from
   * before a restart.
   */
  observe(gateway: Gateway): void;
  /** Answers `spec.addresses` of a Gateway of ours. Called at each decision. */
  assign(gateway: Gateway): AddressAssignment;
  /**
   * A Gateway is gone, or not ours any more.
   *
   * @param isGone - there is no such Gateway
   */
  release(gateway: NamespacedName, isGone: boolean): void;
}
