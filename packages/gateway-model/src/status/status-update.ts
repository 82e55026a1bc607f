/** What `resolve` decides about the status of an object. */
import type {
  GatewayClassStatus,
  GatewayStatus,
  ListenerSetStatus,
  RouteStatus,
} from '../generated/types.ts';
import type { RouteKind } from '../objects/kinds.ts';
import type { RouteParentName } from '../resolution/resolution.ts';

/** What the updates of all kinds have. */
export interface StatusUpdateBase {
  /** Version of the object that was judged. */
  readonly apiVersion: string;
  /** Name of the object that was judged. */
  readonly name: string;
  /** UID of the object that was judged, when it has one. */
  readonly uid?: string;
  /** `metadata.generation` of the object that was judged; 0 when it has none. */
  readonly observedGeneration: number;
  /** Our controller name. */
  readonly controllerName: string;
  /**
   * Whether the object that was judged is an old copy: it carries conditions of ours that were judged on a
   * newer generation than it has. Nothing must be written then (`changed` is false). Only objects that have a
   * `resourceVersion` can be copies.
   */
  readonly stale: boolean;
  /** Whether `status` differs from what the judged object carries: if not, nothing need be written. */
  readonly changed: boolean;
}

/** The status of a GatewayClass. */
export interface GatewayClassStatusUpdate extends StatusUpdateBase {
  /** Kind of the object that was judged. */
  readonly kind: 'GatewayClass';
  /** Absent: the kind is of cluster scope. */
  readonly namespace?: undefined;
  /** Complete, merged with what the judged object carries. */
  readonly status: GatewayClassStatus;
}

/** The status of a Gateway. */
export interface GatewayStatusUpdate extends StatusUpdateBase {
  /** Kind of the object that was judged. */
  readonly kind: 'Gateway';
  /** Namespace of the object that was judged. */
  readonly namespace: string;
  /** Complete, merged with what the judged object carries. */
  readonly status: GatewayStatus;
}

/** The status of a ListenerSet, of which its Gateway decides. */
export interface ListenerSetStatusUpdate extends StatusUpdateBase {
  /** Kind of the object that was judged. */
  readonly kind: 'ListenerSet';
  /** Namespace of the object that was judged. */
  readonly namespace: string;
  /** Complete, merged with what the judged object carries. */
  readonly status: ListenerSetStatus;
}

/**
 * The status of a route, as far as one direct parent decides it. A route may name several Gateways and
 * ListenerSets, each of which gives an update: put every update onto the status that the one before left, by
 * `mergeStatus`.
 */
export interface RouteStatusUpdate extends StatusUpdateBase {
  /** Kind of the object that was judged. */
  readonly kind: RouteKind;
  /** Namespace of the object that was judged. */
  readonly namespace: string;
  /** The parent whose entries of `status.parents` this update decides. */
  readonly parent: RouteParentName;
  /** Complete, merged with what the judged object carries. */
  readonly status: RouteStatus;
}

/** The desired status of one object. */
export type StatusUpdate =
  | GatewayClassStatusUpdate
  | GatewayStatusUpdate
  | ListenerSetStatusUpdate
  | RouteStatusUpdate;
