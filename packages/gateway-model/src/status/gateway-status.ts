/** The status of a Gateway and of its listeners. */

import type { Gateway, GatewayStatus } from '../generated/types.ts';
import type { Contests } from '../resolution/competition.ts';
import type { GatewayDecision } from '../resolution/gateway-conditions.ts';
import type { JudgedParent } from '../resolution/parents.ts';
import type { ResolveContext } from '../resolution/view.ts';
import type { GatewayStatusUpdate } from './status-update.ts';
import { carriedByParent, parentStatus, updateOf } from './update-of.ts';

/** Upper limit of `status.addresses` in the CRD. */
const MAX_ADDRESSES = 16;

/**
 * Writes the status of a Gateway: addresses, conditions, and one entry for each listener of the spec.
 *
 * @param attachedListenerSets - how many ListenerSets are accepted
 */
export function gatewayStatusUpdate(
  parent: JudgedParent<Gateway>,
  decision: GatewayDecision,
  attachedListenerSets: number,
  contests: Contests,
  { controllerName, now }: ResolveContext,
): GatewayStatusUpdate {
  const { object: gateway } = parent;
  const { accepted, dataPlane, addresses } = decision;
  const status: GatewayStatus = {
    ...gateway.status,
    addresses: accepted.status === 'True' ? addresses.bound.slice(0, MAX_ADDRESSES) : [],
    attachedListenerSets,
    ...parentStatus(parent, decision, dataPlane, contests, now),
  };
  return {
    ...updateOf(gateway, carriedByParent(gateway), status, controllerName),
    kind: 'Gateway',
    namespace: gateway.metadata.namespace,
    status,
  };
}
