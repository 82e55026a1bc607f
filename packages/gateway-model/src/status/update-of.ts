/** What the update of any object has, and what those of Gateways and ListenerSets have in common beyond that. */

import type { Ruling } from '../explanation/ruling.ts';
import type { Gateway, GatewayStatus, ListenerSet } from '../generated/types.ts';
import { sameJson } from '../objects/json.ts';
import type { StatusOwner } from '../objects/kinds.ts';
import type { Contests } from '../resolution/competition.ts';
import type { JudgedParent } from '../resolution/parents.ts';
import { mergeConditions } from './conditions.ts';
import { listenerStatuses } from './listener-status.ts';
import { isOldCopy, type PlacedConditions } from './owned-conditions.ts';
import type { StatusUpdateBase } from './status-update.ts';

/**
 * What an update of any kind says beside the kind, the namespace and the status.
 *
 * @param carried - our conditions that the object carries
 * @param status - what was decided
 */
export function updateOf<Owner extends StatusOwner>(
  { apiVersion, metadata, status: current }: Owner,
  carried: Iterable<PlacedConditions>,
  status: NonNullable<Owner['status']>,
  controllerName: string,
): StatusUpdateBase {
  const stale = isOldCopy(metadata, carried);
  return {
    apiVersion,
    name: metadata.name,
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    observedGeneration: metadata.generation ?? 0,
    controllerName,
    stale,
    changed: !stale && !sameJson(status, current),
  };
}

/** The conditions that a Gateway or a ListenerSet carries, those of its listeners among them. */
export function* carriedByParent({ kind, status }: Gateway | ListenerSet): Iterable<PlacedConditions> {
  yield { place: kind, conditions: status?.conditions };
  for (const { conditions } of status?.listeners ?? []) yield { place: 'listener', conditions };
}

/** Conditions of a Gateway or a ListenerSet, and one entry for each listener of its own spec. */
export function parentStatus(
  { object: { metadata, status: current }, listeners }: JudgedParent,
  { accepted, programmed }: { readonly accepted: Ruling; readonly programmed: Ruling },
  dataPlane: Ruling,
  contests: Contests,
  now: string,
): Required<Pick<GatewayStatus, 'conditions' | 'listeners'>> {
  const observedGeneration = metadata.generation ?? 0;
  return {
    conditions: mergeConditions(current?.conditions, [accepted, programmed], observedGeneration, now),
    listeners: listenerStatuses(
      listeners,
      { ownerAccepted: accepted, dataPlane, contests },
      current?.listeners,
      observedGeneration,
      now,
    ),
  };
}
