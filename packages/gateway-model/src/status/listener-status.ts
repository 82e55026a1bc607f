/** The status of a listener, of a Gateway or of a ListenerSet. */

import type { Ruling } from '../explanation/ruling.ts';
import { ListenerConditionType } from '../generated/constants.ts';
import type { ListenerStatus, RouteGroupKind } from '../generated/types.ts';
import { GATEWAY_API_GROUP, type RouteKind } from '../objects/kinds.ts';
import type { Condition } from '../objects/objects.ts';
import type { Contests } from '../resolution/competition.ts';
import { judgeListenerProgrammed } from '../resolution/listener-programmed.ts';
import type { JudgedListener } from '../resolution/listeners.ts';
import { mergeConditions } from './conditions.ts';

/** What a listener's status says beside what was decided about the listener itself. */
export interface ListenerSurroundings {
  /** Accepted of the Gateway or ListenerSet that declares it. */
  readonly ownerAccepted: Ruling;
  /** Whether the Gateway's addresses and the data plane are there. */
  readonly dataPlane: Ruling;
  readonly contests: Contests;
}

/** Everything that is written to a listener's conditions, in that order. */
export function listenerRulings(
  judged: JudgedListener,
  { ownerAccepted, dataPlane }: ListenerSurroundings,
): Ruling[] {
  const programmed = judgeListenerProgrammed(judged, ownerAccepted, dataPlane);
  const rulings = [judged.accepted, programmed, judged.resolvedRefs, judged.conflicted];
  if (judged.overlappingTLS) rulings.push(judged.overlappingTLS);
  return rulings;
}

const groupKinds: Readonly<Record<RouteKind, RouteGroupKind>> = {
  TCPRoute: { group: GATEWAY_API_GROUP, kind: 'TCPRoute' },
  UDPRoute: { group: GATEWAY_API_GROUP, kind: 'UDPRoute' },
  HTTPRoute: { group: GATEWAY_API_GROUP, kind: 'HTTPRoute' },
};

const unlessOverlapping = [ListenerConditionType.OverlappingTLSConfig];

/**
 * Writes the statuses of listeners, one for each of the spec and no other.
 *
 * @param current - what the object carries; foreign conditions there are kept
 */
export function listenerStatuses(
  listeners: readonly JudgedListener[],
  surroundings: ListenerSurroundings,
  current: readonly { readonly name: string; readonly conditions?: readonly Condition[] }[] | undefined,
  observedGeneration: number,
  now: string,
): ListenerStatus[] {
  const before = new Map((current ?? []).map(({ name, conditions }) => [name, conditions]));
  return listeners.map((judged) => {
    const { name } = judged.listener;
    const remove = judged.overlappingTLS ? [] : unlessOverlapping;
    return {
      name,
      supportedKinds: judged.supportedKinds.map((kind) => groupKinds[kind]),
      attachedRoutes: surroundings.contests.get(judged)?.routes.length ?? 0,
      conditions: mergeConditions(
        before.get(name),
        listenerRulings(judged, surroundings),
        observedGeneration,
        now,
        remove,
      ),
    };
  });
}
