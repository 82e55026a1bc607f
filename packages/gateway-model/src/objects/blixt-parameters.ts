/**
 * Settings of GatewayClasses: Blixt's own kind, which `spec.parametersRef` of a GatewayClass names. Its schema is
 * `crds/blixt.dev_blixtparameters.yaml`.
 */
import type { ObjectMeta } from './objects.ts';

/** The API group of Blixt's own kinds. */
export const BLIXT_GROUP = 'blixt.dev';

/** Settings of the Gateways of those GatewayClasses that name it in `spec.parametersRef`. Of cluster scope. */
export interface BlixtParameters {
  /** `blixt.dev/v1alpha1`. */
  readonly apiVersion: 'blixt.dev/v1alpha1';
  /** `BlixtParameters`. */
  readonly kind: 'BlixtParameters';
  /** Name, labels and so on. */
  readonly metadata: ObjectMeta;
  /** What is set. */
  readonly spec: BlixtParametersSpec;
}

/** See {@link BlixtParameters}. */
export interface BlixtParametersSpec {
  /**
   * How packets get to backends: `snat` (full NAT; backends see the address of the node) or `local` (destination
   * NAT on the node of the backend, which sees the client's address). Default `snat`.
   */
  readonly mode?: 'snat' | 'local';
  /** Where addresses of Gateways come from. Absent: from the pool that the controller was started with. */
  readonly addresses?: AddressParameters;
}

/** Where addresses of Gateways come from. */
export interface AddressParameters {
  /**
   * `Pool`: addresses of {@link PoolParameters.ranges}; `Node`: those of the nodes themselves; `Service`: those
   * that something else gives to a Service of type LoadBalancer, one for each Gateway. Default `Pool`.
   */
  readonly provider?: 'Pool' | 'Node' | 'Service';
  /** Of provider `Pool`, which cannot do without. */
  readonly pool?: PoolParameters;
  /** Of provider `Node`. */
  readonly node?: NodeParameters;
  /** Of provider `Service`. */
  readonly service?: ServiceParameters;
}

/** Addresses that are given out. */
export interface PoolParameters {
  /**
   * CIDR blocks, single addresses, and `first-last`, of IPv4 or IPv6; no two overlap. A Gateway gets one address
   * of each family that there is.
   */
  readonly ranges: readonly string[];
  /** Which addresses Gateways may ask for by value: those of the ranges, or any. Default `Pool`. */
  readonly requests?: 'Pool' | 'Any';
}

/** Addresses of the nodes themselves. */
export interface NodeParameters {
  /** Which of a node's addresses: `status.addresses[].type` of Node. Default `InternalIP`. */
  readonly type?: 'InternalIP' | 'ExternalIP';
}

/** Addresses that a Service of type LoadBalancer gets. */
export interface ServiceParameters {
  /** `spec.loadBalancerClass` of the Services. Absent: the cluster's default. */
  readonly loadBalancerClass?: string;
}
