/** The status of a ListenerSet and of its listeners. */

import type { Ruling } from '../explanation/ruling.ts';
import type { ListenerSetStatus } from '../generated/types.ts';
import type { Contests } from '../resolution/competition.ts';
import type { ListenerSetDecision } from '../resolution/listener-set-conditions.ts';
import type { ResolveContext } from '../resolution/view.ts';
import type { ListenerSetStatusUpdate } from './status-update.ts';
import { carriedByParent, parentStatus, updateOf } from './update-of.ts';

/**
 * Writes the status of a ListenerSet: its conditions, and one entry for each listener of its own spec.
 *
 * @param dataPlane - whether its Gateway's addresses and the data plane are there
 */
export function listenerSetStatusUpdate(
  decision: ListenerSetDecision,
  dataPlane: Ruling,
  contests: Contests,
  { controllerName, now }: ResolveContext,
): ListenerSetStatusUpdate {
  const { object } = decision.parent;
  const status: ListenerSetStatus = {
    ...object.status,
    ...parentStatus(decision.parent, decision, dataPlane, contests, now),
  };
  return {
    ...updateOf(object, carriedByParent(object), status, controllerName),
    kind: 'ListenerSet',
    namespace: object.metadata.namespace,
    status,
  };
}
