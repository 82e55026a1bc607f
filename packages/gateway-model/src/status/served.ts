/** Blixt's own condition. Those of Gateway API are generated. */
import { BLIXT_GROUP } from '../objects/blixt-parameters.ts';

/**
 * Type of the condition that every parent entry of ours in the status of an HTTPRoute carries: whether a
 * balancer that does not read HTTP honours the rules of the route exactly. HTTPRoutes are attached and counted
 * as Gateway API says, whether they are served or not. Routes of other kinds do not have it.
 */
export const SERVED_CONDITION = `${BLIXT_GROUP}/Served`;

/** Values of `Condition.reason` of {@link SERVED_CONDITION}. */
export const ServedReason = {
  /** True: the rules are forwarded. Weights count connections. */
  Served: 'Served',
  /** False: the parent does not accept the route, see Accepted. */
  NotAccepted: 'NotAccepted',
  /** False: the Gateway or ListenerSet is not accepted, see its status. */
  ParentNotAccepted: 'ParentNotAccepted',
  /** False: the Gateway or ListenerSet is not programmed, see its status. */
  ParentNotProgrammed: 'ParentNotProgrammed',
  /** False: the listener is not valid, see its status. */
  ListenerNotValid: 'ListenerNotValid',
  /** False: the listener terminates TLS. Connections are refused. */
  TerminatesTLS: 'TerminatesTLS',
  /** False: listeners of the port are told apart by host name. Connections are refused. */
  SharesPort: 'SharesPort',
  /** False: a route of the listener, or the listener, asks for what needs HTTP to be read. Connections are refused. */
  NeedsLayer7: 'NeedsLayer7',
  /** False: an older route has the traffic of the listener. */
  Superseded: 'Superseded',
  /** False: connections of the share of a backendRef that does not resolve are refused; HTTP has 500 for them. */
  InvalidBackends: 'InvalidBackends',
} as const;

/** A value of {@link ServedReason}. */
export type ServedReason = (typeof ServedReason)[keyof typeof ServedReason];
