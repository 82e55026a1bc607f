/** `status.parents` of a route: whose entries are whose, and how ours are put in. */

import type { ParentReference, RouteParentStatus, RouteStatus } from '../generated/types.ts';
import { GATEWAY_API_GROUP, type Route } from '../objects/kinds.ts';
import type { RouteDecision } from '../resolution/decisions.ts';
import type { ParentIndex } from '../resolution/parents.ts';
import { parentOfRef, sameParent } from '../resolution/references.ts';
import type { RouteParentName } from '../resolution/resolution.ts';
import { mergeConditions, type Verdict } from './conditions.ts';
import type { PlacedConditions } from './owned-conditions.ts';
import { SERVED_CONDITION } from './served.ts';
import type { RouteStatusUpdate } from './status-update.ts';
import { updateOf } from './update-of.ts';

/** Upper limit of `status.parents` in the CRDs. */
const MAX_PARENTS = 32;

/** What was decided about one parentRef. */
interface ParentVerdict {
  readonly parentRef: ParentReference;
  readonly verdicts: readonly Verdict[];
}

/** Whether two parentRefs are the same reference, defaults filled in. */
export function sameParentRef(a: ParentReference, b: ParentReference): boolean {
  return (
    a.name === b.name &&
    a.namespace === b.namespace &&
    a.sectionName === b.sectionName &&
    a.port === b.port &&
    (a.kind ?? 'Gateway') === (b.kind ?? 'Gateway') &&
    (a.group ?? GATEWAY_API_GROUP) === (b.group ?? GATEWAY_API_GROUP)
  );
}

/**
 * Merges our entries for one parent into `status.parents`.
 *
 * Entries of other controllers stay byte for byte, where they are. Ours for `decided` are replaced by
 * `entries`; ours whose parentRef is no longer in the spec go; ours for other parents stay. New entries
 * follow at the end, as long as the list is not full (32).
 */
export function mergeParents(
  route: Route,
  decided: RouteParentName,
  controllerName: string,
  entries: readonly RouteParentStatus[],
): RouteParentStatus[] {
  const { namespace } = route.metadata;
  const pending = [...entries];
  const merged: RouteParentStatus[] = [];
  for (const parent of route.status?.parents ?? []) {
    if (parent.controllerName !== controllerName) {
      merged.push(parent);
      continue;
    }
    const index = pending.findIndex((entry) => sameParentRef(entry.parentRef, parent.parentRef));
    const [replacement] = index < 0 ? [] : pending.splice(index, 1);
    if (replacement) {
      merged.push(replacement);
      continue;
    }
    const named = parentOfRef(parent.parentRef, namespace);
    const inSpec = (route.spec.parentRefs ?? []).some((ref) => sameParentRef(ref, parent.parentRef));
    if (inSpec && !(named && sameParent(named, decided))) merged.push(parent);
  }
  return [...merged, ...pending.slice(0, Math.max(0, MAX_PARENTS - merged.length))];
}

/** Decides the status of a route, as far as one parent goes; without `parents`, our entries for it are removed. */
function routeStatusUpdate(
  route: Route,
  parent: RouteParentName,
  parents: readonly ParentVerdict[],
  { controllerName, now }: { readonly controllerName: string; readonly now: string },
): RouteStatusUpdate {
  const { metadata, status: current } = route;
  const observedGeneration = metadata.generation ?? 0;
  const entries: RouteParentStatus[] = [];
  for (const { parentRef, verdicts } of parents) {
    if (entries.some((entry) => sameParentRef(entry.parentRef, parentRef))) continue;
    const own = (current?.parents ?? []).find(
      (entry) => entry.controllerName === controllerName && sameParentRef(entry.parentRef, parentRef),
    );
    const remove = verdicts.some(({ type }) => type === SERVED_CONDITION) ? [] : [SERVED_CONDITION];
    const conditions = mergeConditions(own?.conditions, verdicts, observedGeneration, now, remove);
    entries.push({ parentRef, controllerName, conditions });
  }
  const status: RouteStatus = { ...current, parents: mergeParents(route, parent, controllerName, entries) };
  const carried = (current?.parents ?? [])
    .filter((entry) => entry.controllerName === controllerName)
    .map(({ conditions }): PlacedConditions => ({ place: 'parent', conditions }));
  const update = updateOf(route, carried, status, controllerName);
  const nothing = current === undefined && status.parents.length === 0;
  return {
    ...update,
    kind: route.kind,
    namespace: metadata.namespace,
    parent,
    changed: update.changed && !nothing,
    status,
  };
}

/** The parents that our entries in a route's status are about, each once. */
function parentsInStatus({ status, metadata }: Route, controllerName: string): RouteParentName[] {
  const names: RouteParentName[] = [];
  for (const entry of status?.parents ?? []) {
    if (entry.controllerName !== controllerName) continue;
    const name = parentOfRef(entry.parentRef, metadata.namespace);
    if (name && !names.some((known) => sameParent(known, name))) names.push(name);
  }
  return names;
}

/** What is left of a route's status when parents are gone: one update for each that we have entries for. */
export function releasedEntries(
  route: Route,
  isGone: (parent: RouteParentName) => boolean,
  context: { readonly controllerName: string; readonly now: string },
): RouteStatusUpdate[] {
  return parentsInStatus(route, context.controllerName)
    .filter(isGone)
    .map((parent) => routeStatusUpdate(route, parent, [], context))
    .filter(({ changed }) => changed);
}

/**
 * Writes the status of a route: one update for each parent that it names, in the order of its parentRefs,
 * then one for each that it does not name any more and still has an entry of ours for.
 *
 * @param parents - those that are decided about: entries for others are left to whoever decides about them
 */
export function routeStatusUpdates(
  { route, attachments }: RouteDecision,
  parents: ParentIndex,
  context: { readonly controllerName: string; readonly now: string },
): RouteStatusUpdate[] {
  const byParent = new Map<RouteParentName, ParentVerdict[]>();
  for (const { attachment, rulings } of attachments) {
    const { name } = attachment.parent;
    const verdicts = byParent.get(name) ?? [];
    byParent.set(name, verdicts);
    verdicts.push({ parentRef: attachment.parentRef, verdicts: rulings });
  }
  for (const name of parentsInStatus(route, context.controllerName)) {
    const parent = parents.get(name);
    if (parent && !byParent.has(parent.name)) byParent.set(parent.name, []);
  }
  return [...byParent].map(([parent, verdicts]) => routeStatusUpdate(route, parent, verdicts, context));
}
