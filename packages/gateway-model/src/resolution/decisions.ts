/** Everything that is decided about one Gateway, before it is written down as rules, statuses and explanations. */

import type { Ruling } from '../explanation/ruling.ts';
import type { Gateway } from '../generated/types.ts';
import { formatName, namespacedName, type Route } from '../objects/kinds.ts';
import { type Attachment, attachRoute } from './attachment.ts';
import { type ResolvedBackend, type RouteBackends, resolveBackends } from './backends.ts';
import { type AttachedRoute, arbitrate, type Contests, explainLosses } from './competition.ts';
import { type BuiltForwarding, buildForwarding } from './forwarding.ts';
import { judgeAddresses } from './gateway-addresses.ts';
import { type GatewayDecision, judgeGateway } from './gateway-conditions.ts';
import { judgeListenerSet, type ListenerSetDecision } from './listener-set-conditions.ts';
import { type JudgedParent, type JudgedParents, judgeParents, ParentIndex } from './parents.ts';
import { sortByPrecedence } from './precedence.ts';
import type { NamespacedName } from './resolution.ts';
import { judgeServed, type ParentRulings } from './served.ts';
import type { ObjectView, ResolveContext } from './view.ts';

/** One parentRef of a route, and what is written to the conditions of its entry, in that order. */
export interface AttachmentDecision {
  readonly attachment: Attachment;
  readonly rulings: readonly Ruling[];
}

/** What was decided about a route. */
export interface RouteDecision {
  readonly route: Route;
  readonly attachments: readonly AttachmentDecision[];
  readonly backends: readonly ResolvedBackend[];
}

/** What was decided about a Gateway and everything around it. */
export interface Decisions {
  readonly context: ResolveContext;
  readonly parents: JudgedParents;
  readonly parentIndex: ParentIndex;
  readonly gateway: GatewayDecision;
  /** In order of precedence. */
  readonly listenerSets: readonly ListenerSetDecision[];
  /** How many ListenerSets are accepted. */
  readonly attachedListenerSets: number;
  readonly contests: Contests;
  /** In order of precedence. */
  readonly routes: readonly RouteDecision[];
  readonly built: BuiltForwarding;
}

/** The routes of a Gateway and its ListenerSets in order of precedence, each once, whatever order the view has. */
export function routesInOrder(gateway: NamespacedName, view: ObjectView): Route[] {
  const byKey = new Map<string, Route>();
  for (const route of view.routesOf(gateway))
    byKey.set(`${route.kind} ${formatName(namespacedName(route))}`, route);
  return sortByPrecedence([...byKey.values()]);
}

function decideRoute(
  { route, attachments }: AttachedRoute,
  { backends, resolvedRefs }: RouteBackends,
  contests: Contests,
  rulingsOf: (parent: JudgedParent) => ParentRulings,
): RouteDecision {
  return {
    route,
    backends,
    attachments: attachments.map((attachment) => {
      const rulings = [explainLosses(route, attachment, contests), resolvedRefs];
      const served = judgeServed(route, attachment, rulingsOf(attachment.parent), backends, contests);
      if (served) rulings.push(served);
      return { attachment, rulings };
    }),
  };
}

/**
 * Decides: judges the listeners, attaches the routes, arbitrates between them, resolves their backends, and
 * builds the forwarding rules.
 */
export function decide(gateway: Gateway, view: ObjectView, context: ResolveContext): Decisions {
  const parents = judgeParents(gateway, view, context);
  const addresses = judgeAddresses(gateway, context.addresses);
  const decision = judgeGateway(gateway, parents.gateway.listeners, addresses, context);
  const listenerSets = parents.listenerSets.map((parent) => judgeListenerSet(parent, gateway, decision));
  const ofSets = new Map<JudgedParent, ParentRulings>(listenerSets.map((set) => [set.parent, set]));
  const rulingsOf = (parent: JudgedParent): ParentRulings => ofSets.get(parent) ?? decision;
  const parentIndex = new ParentIndex(parents);
  const attached = routesInOrder(namespacedName(gateway), view).map((route) => ({
    route,
    attachments: attachRoute(route, parentIndex),
  }));
  const contests = arbitrate(parents.all, attached);
  const backends = new Map<Route, RouteBackends>();
  const backendsOf = (route: Route): RouteBackends => {
    const known = backends.get(route);
    if (known) return known;
    const resolved = resolveBackends(route, view);
    backends.set(route, resolved);
    return resolved;
  };
  const assigned = decision.accepted.status === 'True' ? addresses.bound.map(({ value }) => value) : [];
  return {
    context,
    parents,
    parentIndex,
    gateway: decision,
    listenerSets,
    attachedListenerSets: listenerSets.filter(({ accepted }) => accepted.status === 'True').length,
    contests,
    routes: attached.map((route) => decideRoute(route, backendsOf(route.route), contests, rulingsOf)),
    built: buildForwarding(gateway, assigned, contests, (route) => backendsOf(route).backends, view),
  };
}
