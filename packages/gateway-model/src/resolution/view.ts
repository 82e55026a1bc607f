/** What `resolve` reads: the objects, and what the world around the objects says. */
import type { GatewayClass, ListenerSet, ReferenceGrant } from '../generated/types.ts';
import type { Route } from '../objects/kinds.ts';
import type { EndpointSlice, Namespace, Secret, Service } from '../objects/objects.ts';
import type { NamespacedName, TransportProtocol } from './resolution.ts';

/**
 * Read-only look-ups of the objects around a Gateway. Give each look-up an index, so that resolving one
 * Gateway costs in proportion to what it refers to. The order of iteration does not matter.
 */
export interface ObjectView {
  /** The GatewayClass of that name. */
  gatewayClass(name: string): GatewayClass | undefined;
  /** The Namespace of that name. */
  namespace(name: string): Namespace | undefined;
  /**
   * Routes of every supported kind that name the Gateway, or a ListenerSet of {@link listenerSetsOf} it, in a
   * parentRef, and those whose status still has an entry for one of them. Routes that do neither are ignored.
   */
  routesOf(gateway: NamespacedName): Iterable<Route>;
  /**
   * Routes of every supported kind that name the ListenerSet in a parentRef, and those whose status still has
   * an entry for it.
   */
  routesOfListenerSet(listenerSet: NamespacedName): Iterable<Route>;
  /** ListenerSets whose `spec.parentRef` names the Gateway, whether it allows them or not. */
  listenerSetsOf(gateway: NamespacedName): Iterable<ListenerSet>;
  /** The Service that a backendRef names. */
  service(key: NamespacedName): Service | undefined;
  /** EndpointSlices in the Service's namespace whose label `kubernetes.io/service-name` names it. */
  endpointSlicesOf(service: NamespacedName): Iterable<EndpointSlice>;
  /** All ReferenceGrants in a namespace. */
  referenceGrants(namespace: string): Iterable<ReferenceGrant>;
  /** The Secret that a certificateRef names. */
  secret(key: NamespacedName): Secret | undefined;
}

/** An address that a Gateway asks for in `spec.addresses` and cannot get. */
export interface UnusableAddress {
  /** As it stands in `spec.addresses`. */
  readonly value: string;
  /** Sentence for people: why, e.g. `10.0.0.9 is outside of the pool 192.0.2.0/24`. */
  readonly reason: string;
}

/** What the address provider answers to a Gateway's `spec.addresses`. */
export interface AddressAssignment {
  /**
   * Addresses that are bound for this Gateway: IPv4 or IPv6 in text form, or a host name (listed in the
   * status, not forwarded). Empty when there is none yet.
   */
  readonly assigned: readonly string[];
  /** Requested values that cannot be used. Any makes Programmed False with reason AddressNotUsable. */
  readonly unusable?: readonly UnusableAddress[];
  /** Values of `spec.addresses[].type` that the provider understands. Default `['IPAddress']`. */
  readonly supportedTypes?: readonly string[];
  /** Why nothing, or not all that was asked for, is assigned. It goes with reason AddressNotAssigned. */
  readonly pending?: string;
}

/** Whether an object that parameters refer to was found and is right. */
export type ParametersVerdict =
  | {
      /** It was found, and is right. */
      readonly ok: true;
    }
  | {
      /** It was not found, or is wrong. */
      readonly ok: false;
      /** Sentence for people: what is missing or wrong. */
      readonly message: string;
    };

/** Whether a data plane has loaded the rules of the Gateway's current generation. */
export type ProgrammedVerdict =
  | {
      /** It has. */
      readonly ok: true;
    }
  | {
      /** It has not, or not yet. */
      readonly ok: false;
      /** CamelCase, a reason of the condition Programmed, e.g. `NoResources`. */
      readonly reason: string;
      /** Sentence for people. */
      readonly message: string;
    };

/** A port that an older Gateway serves at an address that both have. */
export interface UnavailablePort {
  /** Port number in host order, 1..65535. */
  readonly port: number;
  /** The transport that it is taken for. */
  readonly protocol: TransportProtocol;
  /** Sentence for people: who has it. */
  readonly message: string;
}

/** What judging a GatewayClass needs beside the object. */
export interface GatewayClassContext {
  /** Value of `spec.controllerName` of the classes that are ours, e.g. `gateway.networking.k8s.io/blixt`. */
  readonly controllerName: string;
  /** RFC 3339 in seconds, e.g. `2026-11-22T15:00:00Z`; used for `lastTransitionTime` and nothing else. */
  readonly now: string;
  /** About the class's `spec.parametersRef`; absent: no parameters are understood, and a reference is refused. */
  readonly parameters?: ParametersVerdict;
  /**
   * Values of the annotation `gateway.networking.k8s.io/bundle-version` of the installed Gateway API CRDs
   * (undefined for a CRD without). Absent: there are no CRDs, as when objects come from files.
   */
  readonly bundleVersions?: readonly (string | undefined)[];
  /** Names for `status.supportedFeatures`, in any order. Default: {@link defaultSupportedFeatures}. */
  readonly supportedFeatures?: readonly string[];
}

/** What resolving a Gateway needs beside the objects. The class's fields are about the Gateway's class. */
export interface ResolveContext extends GatewayClassContext {
  /** Which addresses the Gateway has. */
  readonly addresses: AddressAssignment;
  /** Absent: not known yet, so that Programmed is False with reason Pending. */
  readonly programmed?: ProgrammedVerdict;
  /**
   * Ports that another Gateway has. Listeners there are not accepted (reason PortUnavailable), and not
   * forwarded. To find them, resolve without, and compare the services of all Gateways.
   */
  readonly unavailablePorts?: readonly UnavailablePort[];
  /**
   * How many listeners a Gateway and its ListenerSets can have together, at least 64. Listeners of
   * ListenerSets beyond are not accepted (TooManyListeners). Absent: any number.
   */
  readonly maxListeners?: number;
  /** About the Gateway's `spec.infrastructure.parametersRef`; absent: a reference is refused. */
  readonly gatewayParameters?: ParametersVerdict;
  /**
   * Tells why a certificate chain and a private key are no valid pair, or undefined when they are one. Both
   * are texts in PEM (RFC 7468). Absent: only the texts' structure is checked.
   */
  readonly checkKeyPair?: (certificatePem: string, keyPem: string) => string | undefined;
}
