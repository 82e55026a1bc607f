/** The status of a ListenerSet and of its listeners. */

import type { Ruling } from '../explanation/ruling.ts';
import type { ListenerSetStatus } from '../generated/types.ts';
import { sameJson } from '../objects/json.ts';
import type { Contests } from '../resolution/competition.ts';
import type { ListenerSetDecision } from '../resolution/listener-set-conditions.ts';
import type { ResolveContext } from '../resolution/view.ts';
import { mergeConditions } from './conditions.ts';
import { listenerStatuses } from './listener-status.ts';
import { isOldCopy, type PlacedConditions } from './owned-conditions.ts';
import type { ListenerSetStatusUpdate } from './status-update.ts';

function* conditionsOf(status: ListenerSetStatus | undefined): Iterable<PlacedConditions> {
  yield { place: 'ListenerSet', conditions: status?.conditions };
  for (const { conditions } of status?.listeners ?? []) yield { place: 'listener', conditions };
}

/**
 * Writes the status of a ListenerSet: its conditions, and one entry for each listener of its own spec.
 *
 * @param dataPlane - whether its Gateway's addresses and the data plane are there
 */
export function listenerSetStatusUpdate(
  { parent, accepted, programmed }: ListenerSetDecision,
  dataPlane: Ruling,
  contests: Contests,
  { controllerName, now }: ResolveContext,
): ListenerSetStatusUpdate {
  const { object, listeners } = parent;
  const { metadata, status: current } = object;
  const observedGeneration = metadata.generation ?? 0;
  const status: ListenerSetStatus = {
    ...current,
    conditions: mergeConditions(current?.conditions, [accepted, programmed], observedGeneration, now),
    listeners: listenerStatuses(
      listeners,
      { ownerAccepted: accepted, dataPlane, contests },
      current?.listeners,
      observedGeneration,
      now,
    ),
  };
  const stale = isOldCopy(metadata, conditionsOf(current));
  return {
    apiVersion: object.apiVersion,
    kind: 'ListenerSet',
    namespace: metadata.namespace,
    name: metadata.name,
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    observedGeneration,
    controllerName,
    stale,
    changed: !stale && !sameJson(status, current),
    status,
  };
}
