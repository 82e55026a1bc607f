/** What Gateways and ListenerSets leave behind that are gone, or not ours any more. */

import { namespacedName } from '../objects/kinds.ts';
import { releasedEntries } from '../status/route-status.ts';
import type { RouteStatusUpdate } from '../status/status-update.ts';
import { routesInOrder } from './decisions.ts';
import { sortByPrecedence } from './precedence.ts';
import { sameParent } from './references.ts';
import type { NamespacedName, RouteParentName } from './resolution.ts';
import type { Resolution } from './resolve.ts';
import type { ObjectView } from './view.ts';

/** What releasing needs beside the objects. */
export interface ReleaseContext {
  /** Whose entries in the statuses of routes go. */
  readonly controllerName: string;
  /** RFC 3339 in seconds. */
  readonly now: string;
}

/**
 * Decides what a Gateway that is gone, or not ours, leaves behind: nothing is forwarded, and our entries for
 * it and for its ListenerSets go from the status of their routes (only routes that have any are listed).
 */
export function releaseGateway(
  { namespace, name }: NamespacedName,
  view: ObjectView,
  context: ReleaseContext,
): Resolution {
  const gateway = { namespace, name };
  const gone: RouteParentName[] = [{ kind: 'Gateway', ...gateway }];
  for (const set of view.listenerSetsOf(gateway)) gone.push({ kind: 'ListenerSet', ...namespacedName(set) });
  const statuses = routesInOrder(gateway, view).flatMap((route) =>
    releasedEntries(route, (parent) => gone.some((one) => sameParent(one, parent)), context),
  );
  return { forwarding: { gateway, services: [] }, statuses, explain: () => [] };
}

/**
 * Decides what a ListenerSet that is gone, or leads to no Gateway of ours, leaves behind: our entries for it
 * go from the status of its routes (only routes that have any are listed).
 */
export function releaseListenerSet(
  { namespace, name }: NamespacedName,
  view: ObjectView,
  context: ReleaseContext,
): RouteStatusUpdate[] {
  const gone: RouteParentName = { kind: 'ListenerSet', namespace, name };
  return sortByPrecedence([...view.routesOfListenerSet({ namespace, name })]).flatMap((route) =>
    releasedEntries(route, (parent) => sameParent(gone, parent), context),
  );
}
