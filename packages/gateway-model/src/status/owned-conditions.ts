/** Which conditions are the model's own, by place, and what an old copy of an object looks like. */

import {
  GatewayClassConditionType,
  GatewayConditionType,
  ListenerConditionType,
  ListenerSetConditionType,
  RouteConditionType,
} from '../generated/constants.ts';
import type { Condition, ObjectMeta } from '../objects/objects.ts';
import { SERVED_CONDITION } from './served.ts';

/** Where conditions are: on an object, on a listener, or on a route's parent. */
export type ConditionPlace = 'GatewayClass' | 'Gateway' | 'ListenerSet' | 'listener' | 'parent';

/** Types of conditions that the model writes, by place. All others are somebody else's. */
export const ownedConditions: Readonly<Record<ConditionPlace, readonly string[]>> = {
  GatewayClass: [GatewayClassConditionType.Accepted, GatewayClassConditionType.SupportedVersion],
  Gateway: [GatewayConditionType.Accepted, GatewayConditionType.Programmed],
  ListenerSet: [ListenerSetConditionType.Accepted, ListenerSetConditionType.Programmed],
  listener: [
    ListenerConditionType.Accepted,
    ListenerConditionType.Programmed,
    ListenerConditionType.ResolvedRefs,
    ListenerConditionType.Conflicted,
    ListenerConditionType.OverlappingTLSConfig,
  ],
  parent: [RouteConditionType.Accepted, RouteConditionType.ResolvedRefs, SERVED_CONDITION],
};

/** Conditions of one place. */
export interface PlacedConditions {
  readonly place: ConditionPlace;
  readonly conditions: readonly Condition[] | undefined;
}

/**
 * Whether an object's own conditions were judged on a newer generation than the object has: then it is an old
 * copy, and nothing must be written (GEP-1364). Objects that have no `resourceVersion` are no copies of
 * anything, such as those that are read from files; their generations may start anew.
 */
export function isOldCopy(metadata: ObjectMeta, all: Iterable<PlacedConditions>): boolean {
  if (metadata.resourceVersion === undefined) return false;
  const generation = metadata.generation ?? 0;
  for (const { place, conditions = [] } of all) {
    for (const { type, observedGeneration = 0 } of conditions)
      if (observedGeneration > generation && ownedConditions[place].includes(type)) return true;
  }
  return false;
}
