/** What keeps HTTPRoutes from being served by a balancer that does not read HTTP. */

import { ProtocolType } from '../generated/constants.ts';
import type { HTTPRoute } from '../generated/types.ts';
import { formatName, namespacedName, type Route } from '../objects/kinds.ts';
import { ServedReason } from '../status/served.ts';
import type { JudgedListener } from './listeners.ts';

/** Why no HTTPRoute of a listener is served. */
export interface HttpObstacle {
  readonly reason: ServedReason;
  /** Part of a sentence, such as `listener web terminates TLS`. */
  readonly message: string;
  /** What to do about it: a sentence without its period. */
  readonly remedy: string;
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
  if (backendRefs.every(({ weight }) => weight === 0))
    return 'all its weights are 0, which HTTP answers with an error';
  const unknown = Object.keys(others).filter((field) => field !== 'name');
  return unknown.length > 0 ? `it sets ${unknown.join(', ')}` : undefined;
}

/**
 * Why the routes of an HTTP(S) listener cannot be served at layer 4, or undefined when the oldest can: the
 * others would get none of the traffic at layer 7 either.
 *
 * @param sharesPort - whether another listener over TCP has the same port
 */
export function httpObstacle(
  { listener }: JudgedListener,
  routes: readonly Route[],
  sharesPort: boolean,
): HttpObstacle | undefined {
  const { name, port, hostname } = listener;
  if (listener.protocol === ProtocolType.HTTPS) {
    return {
      reason: ServedReason.TerminatesTLS,
      message: `listener ${name} terminates TLS`,
      remedy: 'To pass TLS through to the backends, use a TCP listener and a TCPRoute',
    };
  }
  if (sharesPort) {
    return {
      reason: ServedReason.SharesPort,
      message: `listener ${name} shares port ${port}, where listeners are told apart by host name`,
      remedy: 'Give the listener a port of its own and no hostname',
    };
  }
  if (hostname) {
    return {
      reason: ServedReason.NeedsLayer7,
      message: `listener ${name} takes requests for host name ${hostname} only`,
      remedy: 'Leave hostname out of the listener',
    };
  }
  for (const route of routes) {
    const need = route.kind === 'HTTPRoute' ? needsLayer7(route) : undefined;
    if (need === undefined) continue;
    return {
      reason: ServedReason.NeedsLayer7,
      message: `${route.kind} ${formatName(namespacedName(route))} needs layer 7: ${need}`,
      remedy: 'Change that, use a TCP listener and a TCPRoute, or a Gateway of a controller that reads HTTP',
    };
  }
  return undefined;
}
