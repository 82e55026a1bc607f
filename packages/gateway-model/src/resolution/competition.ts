/** Which of the routes that attach to a listener gets its traffic. */

import type { HTTPRoute } from '../generated/types.ts';
import { formatName, namespacedName, type Route } from '../objects/kinds.ts';
import { SERVED_CONDITION, ServedReason, type Verdict } from '../status/conditions.ts';
import type { Attachment } from './attachment.ts';
import type { JudgedListener } from './listeners.ts';

/** A route and its judged parentRefs to the Gateway. */
export interface AttachedRoute {
  readonly route: Route;
  readonly attachments: readonly Attachment[];
}

/** A listener and the routes that attach to it, in order of precedence, each once. */
export interface ContestedListener {
  readonly judged: JudgedListener;
  readonly routes: readonly Route[];
  /** The route that all traffic goes to. */
  readonly winner: Route | undefined;
}

/** What an HTTPRoute wants that a layer-4 balancer cannot do, or undefined when there is nothing. */
function needsLayer7(route: HTTPRoute): string | undefined {
  const rules = route.spec.rules ?? [];
  const [rule] = rules;
  if (route.spec.hostnames?.length) return 'it selects host names';
  if (!rule || rules.length > 1) return `it has ${rules.length} rules, not one`;
  const { matches = [], filters = [], backendRefs = [], ...others } = rule;
  const everything = matches.every(
    ({ path, headers, queryParams, method }) =>
      (path?.type ?? 'PathPrefix') === 'PathPrefix' &&
      (path?.value ?? '/') === '/' &&
      !headers?.length &&
      !queryParams?.length &&
      !method,
  );
  if (!everything) return 'it matches on parts of the request';
  if (filters.length > 0 || backendRefs.some((ref) => ref.filters?.length)) return 'it has filters';
  if (backendRefs.length === 0) return 'it has no backendRefs, which HTTP answers with an error';
  const unknown = Object.keys(others).filter((field) => field !== 'name');
  return unknown.length > 0 ? `it sets ${unknown.join(', ')}` : undefined;
}

/** Why the routes of an HTTP(S) listener cannot be served at layer 4, or undefined when the oldest can. */
function httpObstacle(
  contested: JudgedListener,
  routes: readonly Route[],
  all: readonly JudgedListener[],
): string | undefined {
  const { listener } = contested;
  if (listener.protocol === 'HTTPS') return `listener ${listener.name} terminates TLS`;
  const sharesPort = all.some(
    (other) => other !== contested && other.transport === 'TCP' && other.listener.port === listener.port,
  );
  if (listener.hostname || sharesPort) return `listener ${listener.name} is told apart by its host name`;
  for (const route of routes) {
    const need = route.kind === 'HTTPRoute' ? needsLayer7(route) : undefined;
    if (need) return `${route.kind} ${formatName(namespacedName(route))} needs layer 7: ${need}`;
  }
  return undefined;
}

/**
 * Arbitrates every listener: the oldest route wins it. HTTPRoutes win a listener only if layer 4 honours
 * every route on it exactly.
 *
 * @param routes in order of precedence.
 */
export function arbitrate(
  listeners: readonly JudgedListener[],
  routes: readonly AttachedRoute[],
): ContestedListener[] {
  return listeners.map((judged) => {
    const attached = routes
      .filter(({ attachments }) => attachments.some((attachment) => attachment.listeners.includes(judged)))
      .map(({ route }) => route);
    const [oldest] = attached;
    const servable =
      judged.servable && (oldest?.kind !== 'HTTPRoute' || !httpObstacle(judged, attached, listeners));
    return { judged, routes: attached, winner: servable ? oldest : undefined };
  });
}

/** Tells in the message of Accepted which listeners go to an older route: there is no standard reason for it. */
export function explainLosses(
  route: Route,
  attachment: Attachment,
  contested: readonly ContestedListener[],
): Verdict {
  const losses = contested.flatMap(({ judged, winner }) =>
    winner && winner !== route && attachment.listeners.includes(judged)
      ? [`${judged.listener.name} (to ${winner.kind} ${formatName(namespacedName(winner))})`]
      : [],
  );
  if (losses.length === 0) return attachment.accepted;
  const message = `${attachment.accepted.message} An older route takes all traffic of listener ${losses.join(', ')}.`;
  return { ...attachment.accepted, message };
}

/** The condition {@link SERVED_CONDITION} of an HTTPRoute, or undefined for other kinds and refused parentRefs. */
export function judgeServed(
  route: Route,
  attachment: Attachment,
  contested: readonly ContestedListener[],
): Verdict | undefined {
  if (route.kind !== 'HTTPRoute' || attachment.listeners.length === 0) return undefined;
  const type = SERVED_CONDITION;
  const mine = contested.filter(({ judged }) => attachment.listeners.includes(judged));
  const all = contested.map(({ judged }) => judged);
  for (const { judged, routes, winner } of mine) {
    if (winner === route) continue;
    const { name } = judged.listener;
    if (winner) {
      const message = `${winner.kind} ${formatName(namespacedName(winner))} is older and takes all traffic of listener ${name}.`;
      return { type, status: 'False', reason: ServedReason.Superseded, message };
    }
    const obstacle = judged.servable ? httpObstacle(judged, routes, all) : `listener ${name} is not valid`;
    return {
      type,
      status: 'False',
      reason: ServedReason.NeedsLayer7,
      message: `Not served: ${obstacle}. Connections are refused.`,
    };
  }
  return {
    type,
    status: 'True',
    reason: ServedReason.Served,
    message: 'Served at layer 4: each connection goes to one backend.',
  };
}
