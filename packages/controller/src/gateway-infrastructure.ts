import type {
  AddressAssignment,
  BlixtParametersSpec,
  Gateway,
  ListenerSet,
  NamespacedName,
  StatusUpdate,
} from '@blixt/gateway-model';

/** What was decided about a Gateway of ours. */
export interface GatewayDecision {
  /** The version that was decided about. */
  readonly gateway: Gateway;
  /** Those that name it as their parent, allowed or not. */
  readonly listenerSets: readonly ListenerSet[];
  /** The addresses that it has. */
  readonly addresses: AddressAssignment;
  /** The statuses that were decided, of it and of all that hangs on it. */
  readonly statuses: readonly StatusUpdate[];
  /** The settings of its class; undefined when it has none. */
  readonly parameters: BlixtParametersSpec | undefined;
}

/** What {@link GatewayInfrastructure} may ask. */
export interface InfrastructureHost {
  /** The Gateway of that name, if there is one and it is of a class of ours. */
  managedGateway(gateway: NamespacedName): Gateway | undefined;
}

/** Makes what there is for a Gateway beside its rules and its status, such as a Service. */
export interface GatewayInfrastructure {
  /** Called once, before anything else. */
  attach(host: InfrastructureHost): void;
  /** Called after each decision about a Gateway of ours; must not throw. */
  decided(decision: GatewayDecision): void;
  /** A Gateway is gone, or not ours any more. Also called for Gateways that never were; must not throw. */
  released(gateway: NamespacedName): void;
}
