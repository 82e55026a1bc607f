/** Puts a decided status onto a newer copy of its object: after a conflict, or after another update. */

import type {
  Gateway,
  GatewayClassStatus,
  GatewayStatus,
  ListenerEntryStatus,
  ListenerSet,
  ListenerSetStatus,
  ListenerStatus,
  RouteParentStatus,
  RouteStatus,
} from '../generated/types.ts';
import { isRoute, type Route, type StatusOwner } from '../objects/kinds.ts';
import type { Condition } from '../objects/objects.ts';
import { parentOfRef, sameParent } from '../resolution/references.ts';
import { mergeConditions } from './conditions.ts';
import { type ConditionPlace, ownedConditions } from './owned-conditions.ts';
import { mergeParents, sameParentRef } from './route-status.ts';
import type {
  GatewayStatusUpdate,
  ListenerSetStatusUpdate,
  RouteStatusUpdate,
  StatusUpdate,
} from './status-update.ts';

/** Our conditions as decided; foreign ones, and the transition times of unchanged ones, as in the newer object. */
function rebase(
  place: ConditionPlace,
  decided: readonly Condition[] | undefined,
  current: readonly Condition[] | undefined,
  generation: number,
): readonly Condition[] {
  const types = ownedConditions[place];
  const ours = (decided ?? []).filter(({ type }) => types.includes(type));
  const absent = types.filter((type) => !ours.some((condition) => condition.type === type));
  const kept = mergeConditions(current, [], generation, '', absent);
  return ours.reduce<readonly Condition[]>(
    (merged, condition) => mergeConditions(merged, [condition], generation, condition.lastTransitionTime),
    kept,
  );
}

function mergeRoute(update: RouteStatusUpdate, current: Route): RouteStatus {
  const { controllerName, observedGeneration } = update;
  const entries: RouteParentStatus[] = [];
  for (const parent of update.status.parents) {
    const named = parentOfRef(parent.parentRef, update.namespace);
    if (parent.controllerName !== controllerName || !named || !sameParent(named, update.parent)) continue;
    const known = (current.status?.parents ?? []).find(
      (other) => other.controllerName === controllerName && sameParentRef(other.parentRef, parent.parentRef),
    );
    entries.push({
      ...parent,
      conditions: rebase('parent', parent.conditions, known?.conditions, observedGeneration),
    });
  }
  return { ...current.status, parents: mergeParents(current, update.parent, controllerName, entries) };
}

function rebaseListeners<Status extends ListenerStatus | ListenerEntryStatus>(
  decided: readonly Status[] | undefined,
  current: readonly Status[] | undefined,
  generation: number,
): Status[] {
  return (decided ?? []).map((listener) => {
    const known = current?.find(({ name }) => name === listener.name);
    return {
      ...listener,
      conditions: rebase('listener', listener.conditions, known?.conditions, generation),
    };
  });
}

function mergeListenerSet(
  { status, observedGeneration }: ListenerSetStatusUpdate,
  current: ListenerSet,
): ListenerSetStatus {
  return {
    ...current.status,
    ...status,
    conditions: rebase('ListenerSet', status.conditions, current.status?.conditions, observedGeneration),
    listeners: rebaseListeners(status.listeners, current.status?.listeners, observedGeneration),
  };
}

function mergeGateway({ status, observedGeneration }: GatewayStatusUpdate, current: Gateway): GatewayStatus {
  const listeners = rebaseListeners(status.listeners, current.status?.listeners, observedGeneration);
  return {
    ...current.status,
    ...status,
    conditions: rebase('Gateway', status.conditions, current.status?.conditions, observedGeneration),
    listeners,
  };
}

/**
 * Merges a decided status with what a newer copy of its object carries, by the same rules as `resolve`:
 * foreign conditions, foreign parents and our entries for other parents are those of `current`.
 *
 * @returns undefined when the decision does not fit `current`: another kind, name or uid, or another
 * generation than the one that was judged, or the decision was made on an old copy. Resolve again then.
 */
export function mergeStatus(
  update: StatusUpdate,
  current: StatusOwner,
): GatewayClassStatus | GatewayStatus | ListenerSetStatus | RouteStatus | undefined {
  const { metadata } = current;
  const fits =
    !update.stale &&
    update.name === metadata.name &&
    (update.namespace ?? '') === (metadata.namespace ?? '') &&
    (update.uid === undefined || update.uid === metadata.uid) &&
    update.observedGeneration === (metadata.generation ?? 0);
  if (!fits) return undefined;
  if (update.kind === 'GatewayClass') {
    if (current.kind !== 'GatewayClass') return undefined;
    const { status, observedGeneration } = update;
    const conditions = rebase(
      'GatewayClass',
      status.conditions,
      current.status?.conditions,
      observedGeneration,
    );
    return { ...current.status, ...status, conditions };
  }
  if (update.kind === 'Gateway')
    return current.kind === 'Gateway' ? mergeGateway(update, current) : undefined;
  if (update.kind === 'ListenerSet')
    return current.kind === 'ListenerSet' ? mergeListenerSet(update, current) : undefined;
  return isRoute(current) && current.kind === update.kind ? mergeRoute(update, current) : undefined;
}
