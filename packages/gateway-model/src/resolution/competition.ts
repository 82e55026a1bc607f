/** Which of the routes that attach to a listener gets its traffic. */

import type { Ruling } from '../explanation/ruling.ts';
import { formatName, namespacedName, type Route } from '../objects/kinds.ts';
import type { Attachment } from './attachment.ts';
import { type HttpObstacle, httpObstacle } from './layer-seven.ts';
import type { JudgedListener } from './listeners.ts';
import type { JudgedParent } from './parents.ts';

/** A route and its judged parentRefs to the Gateway and its ListenerSets. */
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
  /** Why HTTPRoutes are not served here. */
  readonly obstacle: HttpObstacle | undefined;
}

/** What was decided about each listener, in the order of the merged list. */
export type Contests = ReadonlyMap<JudgedListener, ContestedListener>;

/** How many accepted listeners over TCP each port has. One that lost its port to another does not count. */
function countByPort(listeners: readonly JudgedListener[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { transport, listener, accepted } of listeners)
    if (transport === 'TCP' && accepted.status === 'True')
      counts.set(listener.port, (counts.get(listener.port) ?? 0) + 1);
  return counts;
}

/**
 * Arbitrates every listener: the oldest route wins it. HTTPRoutes win a listener only if layer 4 honours
 * every route on it exactly. O(listeners + attachments).
 *
 * @param routes in order of precedence.
 */
export function arbitrate(parents: readonly JudgedParent[], routes: readonly AttachedRoute[]): Contests {
  const attached = new Map<JudgedListener, Route[]>();
  for (const { route, attachments } of routes) {
    for (const { listeners } of attachments) {
      for (const judged of listeners) {
        const taken = attached.get(judged);
        if (!taken) attached.set(judged, [route]);
        else if (taken.at(-1) !== route) taken.push(route);
      }
    }
  }
  const listeners = parents.filter(({ admitted }) => admitted).flatMap((parent) => parent.listeners);
  const onPort = countByPort(listeners);
  const contests = new Map<JudgedListener, ContestedListener>();
  for (const judged of listeners) {
    const taken = attached.get(judged) ?? NO_ROUTES;
    const [oldest] = taken;
    const sharesPort = (onPort.get(judged.listener.port) ?? 0) > 1;
    const obstacle = oldest?.kind === 'HTTPRoute' ? httpObstacle(judged, taken, sharesPort) : undefined;
    const winner = judged.servable && obstacle === undefined ? oldest : undefined;
    contests.set(judged, { judged, routes: taken, winner, obstacle });
  }
  return contests;
}

const NO_ROUTES: readonly Route[] = [];

/** `TCPRoute default/web`. */
export const describeRoute = (route: Route): string => `${route.kind} ${formatName(namespacedName(route))}`;

/** Tells in the message of Accepted which listeners go to an older route: there is no standard reason for it. */
export function explainLosses(route: Route, attachment: Attachment, contests: Contests): Ruling {
  const losses: string[] = [];
  for (const judged of attachment.listeners) {
    const winner = contests.get(judged)?.winner;
    if (winner && winner !== route) losses.push(`${judged.listener.name} (to ${describeRoute(winner)})`);
  }
  if (losses.length === 0) return attachment.accepted;
  const message = `${attachment.accepted.message} An older route takes all traffic of listener ${losses.join(', ')}.`;
  return { ...attachment.accepted, message };
}
