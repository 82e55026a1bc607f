/** `status.parents` of a route: whose entries are whose, and how ours are put in. */

import type { ParentReference, RouteParentStatus, RouteStatus } from '../generated/types.ts';
import { sameJson } from '../objects/json.ts';
import type { Route } from '../objects/kinds.ts';
import { defaultedParentRef } from '../resolution/attachment.ts';
import { parentOfRef, sameParent } from '../resolution/references.ts';
import type { RouteParentName } from '../resolution/resolution.ts';
import { mergeConditions, SERVED_CONDITION, type Verdict } from './conditions.ts';
import type { RouteStatusUpdate } from './status-update.ts';

/** Upper limit of `status.parents` in the CRDs. */
const MAX_PARENTS = 32;

/** What was decided about one parentRef. */
export interface ParentVerdict {
  readonly parentRef: ParentReference;
  readonly verdicts: readonly Verdict[];
}

/** Whether two parentRefs are the same reference, defaults filled in. */
export function sameParentRef(a: ParentReference, b: ParentReference): boolean {
  return sameJson(defaultedParentRef(a), defaultedParentRef(b));
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
export function routeStatusUpdate(
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
  return {
    apiVersion: route.apiVersion,
    kind: route.kind,
    namespace: metadata.namespace,
    name: metadata.name,
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    observedGeneration,
    controllerName,
    parent,
    changed: !sameJson(status, current) && !(current === undefined && status.parents.length === 0),
    status,
  };
}
