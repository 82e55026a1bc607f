/** The conditions Accepted and Programmed of a ListenerSet. Their messages tell nothing of its Gateway's or siblings' details. */

import { listenerSetRules } from '../explanation/rules.ts';
import { causeOf, type Ruling, ruling } from '../explanation/ruling.ts';
import {
  ListenerConditionReason,
  ListenerSetConditionReason,
  ListenerSetConditionType,
} from '../generated/constants.ts';
import type { Gateway, ListenerSet } from '../generated/types.ts';
import type { GatewayDecision } from './gateway-conditions.ts';
import type { JudgedParent } from './parents.ts';

/** What was decided about a ListenerSet. */
export interface ListenerSetDecision {
  readonly parent: JudgedParent<ListenerSet>;
  readonly accepted: Ruling;
  readonly programmed: Ruling;
}

const { Accepted, Programmed } = ListenerSetConditionType;
const Reason = ListenerSetConditionReason;
/** The API names it in its text only. */
const PARENT_NOT_PROGRAMMED = 'ParentNotProgrammed';
const { PortUnavailable } = ListenerConditionReason;

const noneValid = 'No listener of the ListenerSet is valid.';

function judgeAccepted(
  { admission, listeners }: JudgedParent<ListenerSet>,
  gateway: Gateway,
  decision: GatewayDecision,
): Ruling {
  if (admission && admission.status !== 'True') return admission;
  if (decision.accepted.status !== 'True') {
    const message = 'The Gateway is not accepted.';
    const because = [causeOf(gateway)];
    const { ParentNotAccepted } = Reason;
    return ruling(listenerSetRules.parentAccepted, Accepted, 'False', ParentNotAccepted, message, because);
  }
  const invalid = listeners.filter(({ valid }) => !valid).map(({ listener }) => listener.name);
  if (invalid.length === 0) {
    const message = 'The ListenerSet is accepted.';
    return ruling(listenerSetRules.accepted, Accepted, 'True', Reason.Accepted, message);
  }
  const none = invalid.length === listeners.length;
  const message = none ? noneValid : `Not every listener is valid: ${invalid.join(', ')}.`;
  const status = none ? 'False' : 'True';
  return ruling(listenerSetRules.listeners, Accepted, status, Reason.ListenersNotValid, message);
}

function judgeProgrammed(
  { listeners }: JudgedParent<ListenerSet>,
  accepted: Ruling,
  gateway: Gateway,
  decision: GatewayDecision,
): Ruling {
  if (accepted.reason === Reason.NotAllowed) return { ...accepted, type: Programmed };
  if (decision.programmed.status !== 'True') {
    const message = 'The Gateway is not programmed.';
    const rule = listenerSetRules.parentProgrammed;
    return ruling(rule, Programmed, 'False', PARENT_NOT_PROGRAMMED, message, [causeOf(gateway)]);
  }
  if (accepted.status !== 'True') {
    if (listeners.every((judged) => judged.accepted.reason === PortUnavailable)) {
      const message = 'No port of the ListenerSet is available.';
      return ruling(listenerSetRules.ports, Programmed, 'False', PortUnavailable, message);
    }
    return ruling(listenerSetRules.listeners, Programmed, 'False', Reason.ListenersNotValid, noneValid);
  }
  const message = 'The data plane has loaded the rules.';
  return ruling(listenerSetRules.programmed, Programmed, 'True', Reason.Programmed, message);
}

/** Decides the conditions of a ListenerSet. */
export function judgeListenerSet(
  parent: JudgedParent<ListenerSet>,
  gateway: Gateway,
  decision: GatewayDecision,
): ListenerSetDecision {
  const accepted = judgeAccepted(parent, gateway, decision);
  return { parent, accepted, programmed: judgeProgrammed(parent, accepted, gateway, decision) };
}
