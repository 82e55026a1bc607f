/**
 * What `resolve` answers: the forwarding rules of a Gateway, and the statuses of the objects that it judged.
 */

/** Identifies a namespaced object. */
export interface NamespacedName {
  /** The namespace that the object lives in. */
  readonly namespace: string;
  /** Its name. */
  readonly name: string;
}

/** A direct parent of routes. */
export interface RouteParentName extends NamespacedName {
  /** What the parentRef leads to. */
  readonly kind: 'Gateway' | 'ListenerSet';
}

/** The transport protocols that a layer-4 data plane forwards. */
export type TransportProtocol = 'TCP' | 'UDP';

/** One (address, port) that takes a share of a service's new flows. */
export interface ForwardingBackend {
  /** IPv4 or IPv6 address in canonical text form; the same family as its service's address. */
  readonly address: string;
  /** Port number in host order, 1..65535. */
  readonly port: number;
  /**
   * Relative share of new flows: the backendRef's weight divided by the number of its endpoints. Not
   * negative and not necessarily whole; only its ratio to the service's other weights counts.
   */
  readonly weight: number;
  /**
   * The endpoint is not ready any more, mostly because it terminates: established flows stay, new ones do
   * not come (`weight` is 0).
   */
  readonly draining: boolean;
}

/** One (address, port, protocol) that a data plane serves. */
export interface ForwardingService {
  /** IPv4 or IPv6 address in canonical text form. */
  readonly address: string;
  /** Listener port in host order, 1..65535. */
  readonly port: number;
  /** The transport; the same port of TCP and of UDP are two services. */
  readonly protocol: TransportProtocol;
  /** The listener that declares it, for humans and metrics: `namespace/gateway/listener`. */
  readonly name: string;
  /** Ordered by address and port, each (address, port) once. */
  readonly backends: readonly ForwardingBackend[];
  /**
   * Share of new flows to reject (TCP: RST, UDP: drop), on the scale of the backends' weights: the
   * weights of invalid backendRefs and of those without endpoints. When nothing is eligible, all is rejected.
   */
  readonly rejectWeight: number;
}

/** Everything that a data plane forwards for one Gateway. */
export interface Forwarding {
  /** The Gateway that the services are of. */
  readonly gateway: NamespacedName;
  /** One for each address and listener that can be served. */
  readonly services: readonly ForwardingService[];
}
