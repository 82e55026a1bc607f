/** The status of a Gateway and of its listeners. */

import type { Gateway, GatewayStatus } from '../generated/types.ts';
import { sameJson } from '../objects/json.ts';
import type { Contests } from '../resolution/competition.ts';
import type { GatewayDecision } from '../resolution/gateway-conditions.ts';
import type { JudgedParent } from '../resolution/parents.ts';
import type { ResolveContext } from '../resolution/view.ts';
import { mergeConditions } from './conditions.ts';
import { listenerStatuses } from './listener-status.ts';
import { isOldCopy, type PlacedConditions } from './owned-conditions.ts';
import type { GatewayStatusUpdate } from './status-update.ts';

/** Upper limit of `status.addresses` in the CRD. */
const MAX_ADDRESSES = 16;

function* conditionsOf(status: GatewayStatus | undefined): Iterable<PlacedConditions> {
  yield { place: 'Gateway', conditions: status?.conditions };
  for (const { conditions } of status?.listeners ?? []) yield { place: 'listener', conditions };
}

/**
 * Writes the status of a Gateway: addresses, conditions, and one entry for each listener of the spec.
 *
 * @param attachedListenerSets - how many ListenerSets are accepted
 */
export function gatewayStatusUpdate(
  { object: gateway, listeners }: JudgedParent<Gateway>,
  { accepted, programmed, dataPlane, addresses }: GatewayDecision,
  attachedListenerSets: number,
  contests: Contests,
  { controllerName, now }: ResolveContext,
): GatewayStatusUpdate {
  const { metadata, status: current } = gateway;
  const observedGeneration = metadata.generation ?? 0;
  const status: GatewayStatus = {
    ...current,
    addresses: accepted.status === 'True' ? addresses.bound.slice(0, MAX_ADDRESSES) : [],
    attachedListenerSets,
    conditions: mergeConditions(current?.conditions, [accepted, programmed], observedGeneration, now),
    listeners: listenerStatuses(
      listeners,
      { ownerAccepted: accepted, dataPlane, contests },
      current?.listeners,
      observedGeneration,
      now,
    ),
  };
  const stale = isOldCopy(metadata, conditionsOf(current));
  return {
    apiVersion: gateway.apiVersion,
    kind: 'Gateway',
    namespace: metadata.namespace,
    name: metadata.name,
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    observedGeneration,
    controllerName,
    stale,
    changed: !stale && !sameJson(status, current),
    status,
  };
}
