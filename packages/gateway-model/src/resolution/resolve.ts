/** The function that decides: objects in, forwarding rules and statuses out. */

import { explainDecisions, explainUnmanaged } from '../explanation/explain.ts';
import type { Explanation } from '../explanation/explanation.ts';
import type { Gateway } from '../generated/types.ts';
import { namespacedName } from '../objects/kinds.ts';
import { acceptsGateways } from '../status/gateway-class.ts';
import { gatewayStatusUpdate } from '../status/gateway-status.ts';
import { listenerSetStatusUpdate } from '../status/listener-set-status.ts';
import { routeStatusUpdates } from '../status/route-status.ts';
import type { StatusUpdate } from '../status/status-update.ts';
import { type Decisions, decide } from './decisions.ts';
import { releaseGateway } from './release.ts';
import type { Forwarding } from './resolution.ts';
import type { ObjectView, ResolveContext } from './view.ts';

/** What was decided about one Gateway. */
export interface Resolution {
  /** What to forward; no services for a Gateway that is not ours, or not accepted. */
  readonly forwarding: Forwarding;
  /**
   * The Gateway's first, then those of its ListenerSets, then for each route, in order of precedence, one for
   * each of its parents here.
   */
  readonly statuses: readonly StatusUpdate[];
  /** Tells why, decision by decision, in a stable order. Computed when it is called. */
  explain(): Explanation[];
}

function writeStatuses(decisions: Decisions): StatusUpdate[] {
  const { parents, parentIndex, gateway, listenerSets, attachedListenerSets, contests, routes, context } =
    decisions;
  return [
    gatewayStatusUpdate(parents.gateway, gateway, attachedListenerSets, contests, context),
    ...listenerSets.map((set) => listenerSetStatusUpdate(set, gateway.dataPlane, contests, context)),
    ...routes.flatMap((route) => routeStatusUpdates(route, parentIndex, context)),
  ];
}

/**
 * Decides everything about one Gateway: what the data plane forwards for it, its status, the statuses of its
 * ListenerSets, and the entries for them in the status of each of their routes. Pure: the same input gives
 * the same output, whatever order the view iterates in. Never throws on objects
 * that `parseObject` gives, or that an API server stores; `validate` lets a status pass that follows no schema,
 * as the server ignores it.
 *
 * A Gateway whose class is missing, another controller's, or not accepted is released
 * ({@link releaseGateway}); its own status and those of its ListenerSets stay as they are.
 *
 * Cost: O(listeners + parentRefs x the listeners that they select + backendRefs + the endpoints of the
 * Services that get traffic).
 */
export function resolveGateway(gateway: Gateway, view: ObjectView, context: ResolveContext): Resolution {
  const gatewayClass = view.gatewayClass(gateway.spec.gatewayClassName);
  if (!acceptsGateways(gatewayClass, context)) {
    return {
      ...releaseGateway(namespacedName(gateway), view, context),
      explain: () => [explainUnmanaged(gateway, gatewayClass)],
    };
  }
  const decisions = decide(gateway, view, context);
  return {
    forwarding: decisions.built.forwarding,
    statuses: writeStatuses(decisions),
    explain: () => explainDecisions(decisions),
  };
}
