/** The function that decides: objects in, forwarding rules and statuses out. */

import type { Gateway } from '../generated/types.ts';
import { formatName, namespacedName, type Route } from '../objects/kinds.ts';
import type { Verdict } from '../status/conditions.ts';
import { acceptsGateways } from '../status/gateway-class.ts';
import { gatewayStatusUpdate, judgeAccepted } from '../status/gateway-status.ts';
import { routeStatusUpdate } from '../status/route-status.ts';
import type { RouteStatusUpdate, StatusUpdate } from '../status/status-update.ts';
import { attachRoute } from './attachment.ts';
import { type ResolvedBackend, resolveBackends } from './backends.ts';
import {
  type AttachedRoute,
  arbitrate,
  type ContestedListener,
  explainLosses,
  judgeServed,
} from './competition.ts';
import type { Explanation } from './explanation.ts';
import { buildForwarding } from './forwarding.ts';
import { judgeListeners } from './listeners.ts';
import { comparePrecedence } from './precedence.ts';
import type { Forwarding, NamespacedName } from './resolution.ts';
import type { ObjectView, ResolveContext } from './view.ts';

/** What was decided about one Gateway. */
export interface Resolution {
  /** What to forward; no services for a Gateway that is not ours, or not accepted. */
  readonly forwarding: Forwarding;
  /** The Gateway's first, then one for each route that names it, in order of precedence. */
  readonly statuses: readonly StatusUpdate[];
  /** Tells why, decision by decision, in a stable order. Computed when it is called. */
  explain(): Explanation[];
}

/** The Gateway's routes in order of precedence, each once, whatever order the view has. */
function routesInOrder(gateway: NamespacedName, view: ObjectView): Route[] {
  const byKey = new Map<string, Route>();
  for (const route of view.routesOf(gateway))
    byKey.set(`${route.kind} ${formatName(namespacedName(route))}`, route);
  return [...byKey.values()].sort((a, b) => comparePrecedence(a, b) || (a.kind < b.kind ? -1 : 1));
}

function routeUpdates(
  gateway: NamespacedName,
  routes: readonly AttachedRoute[],
  contested: readonly ContestedListener[],
  resolvedRefs: (route: Route) => Verdict,
  context: ResolveContext,
): RouteStatusUpdate[] {
  return routes.map(({ route, attachments }) => {
    const parents = attachments.map((attachment) => {
      const served = judgeServed(route, attachment, contested);
      const verdicts = [explainLosses(route, attachment, contested), resolvedRefs(route)];
      return { parentRef: attachment.parentRef, verdicts: served ? [...verdicts, served] : verdicts };
    });
    return routeStatusUpdate(route, { kind: 'Gateway', ...gateway }, parents, context);
  });
}

/**
 * Decides what a Gateway that is gone, or not ours, leaves behind: nothing is forwarded, and our entries for
 * it go from the status of its routes (only routes that have any are listed).
 */
export function releaseGateway(
  gateway: NamespacedName,
  view: ObjectView,
  context: { readonly controllerName: string; readonly now: string },
): Resolution {
  const statuses = routesInOrder(gateway, view)
    .map((route) => routeStatusUpdate(route, { kind: 'Gateway', ...gateway }, [], context))
    .filter(({ changed }) => changed);
  return {
    forwarding: { gateway: { namespace: gateway.namespace, name: gateway.name }, services: [] },
    statuses,
    explain: () => [],
  };
}

/**
 * Decides what a ListenerSet that is gone, or leads to no Gateway of ours, leaves behind: our entries for it
 * go from the status of its routes (only routes that have any are listed).
 */
export function releaseListenerSet(
  listenerSet: NamespacedName,
  view: ObjectView,
  context: { readonly controllerName: string; readonly now: string },
): RouteStatusUpdate[] {
  const { namespace, name } = listenerSet;
  return [...view.routesOfListenerSet(listenerSet)]
    .sort(comparePrecedence)
    .map((route) => routeStatusUpdate(route, { kind: 'ListenerSet', namespace, name }, [], context))
    .filter(({ changed }) => changed);
}

/**
 * Decides everything about one Gateway: what the data plane forwards for it, its status, and its entries in
 * the status of each of its routes. Pure: the same input gives the same output, whatever order the view
 * iterates in. Never throws on objects that `validate` passes.
 *
 * A Gateway whose class is missing, another controller's, or not accepted is released
 * ({@link releaseGateway}); its own status stays as it is.
 *
 * Cost: O(routes x listeners + backendRefs + the endpoints of the Services that get traffic).
 */
export function resolveGateway(gateway: Gateway, view: ObjectView, context: ResolveContext): Resolution {
  const name = namespacedName(gateway);
  if (!acceptsGateways(view.gatewayClass(gateway.spec.gatewayClassName), context))
    return releaseGateway(name, view, context);
  const listeners = judgeListeners(gateway, view, context.unavailablePorts);
  const routes = routesInOrder(name, view).map((route) => ({
    route,
    attachments: attachRoute(route, gateway, listeners, view),
  }));
  const contested = arbitrate(listeners, routes);
  const resolved = new Map(routes.map(({ route }) => [route, resolveBackends(route, view)]));
  const accepted = judgeAccepted(gateway, listeners, context);
  const backendsOf = (route: Route): readonly ResolvedBackend[] => resolved.get(route)?.backends ?? [];
  const resolvedRefs = (route: Route): Verdict =>
    (resolved.get(route) ?? resolveBackends(route, view)).resolvedRefs;
  const assigned = accepted.status === 'True' ? context.addresses.assigned : [];
  return {
    forwarding: buildForwarding(gateway, assigned, contested, backendsOf, view),
    statuses: [
      gatewayStatusUpdate(gateway, accepted, contested, context),
      ...routeUpdates(name, routes, contested, resolvedRefs, context),
    ],
    explain: () => [],
  };
}
