/** The condition Programmed of a listener. */

import { listenerRules } from '../explanation/rules.ts';
import { type Ruling, ruling } from '../explanation/ruling.ts';
import { ListenerConditionReason, ListenerConditionType } from '../generated/constants.ts';
import type { JudgedListener } from './listeners.ts';

const { Programmed } = ListenerConditionType;
const Reason = ListenerConditionReason;

const programmed = ruling(
  listenerRules.programmed,
  Programmed,
  'True',
  Reason.Programmed,
  'The data plane has loaded the rules.',
);

/**
 * Judges Programmed of a listener.
 *
 * @param ownerAccepted - Accepted of the Gateway or ListenerSet that declares it
 * @param dataPlane - whether the Gateway's addresses and the data plane are there
 */
export function judgeListenerProgrammed(
  judged: JudgedListener,
  ownerAccepted: Ruling,
  dataPlane: Ruling,
): Ruling {
  const { accepted, conflicted, resolvedRefs, certificates, owner } = judged;
  if (conflicted.status === 'True') {
    const { reason, message, because } = conflicted;
    return ruling(listenerRules.programmedConflict, Programmed, 'False', reason, message, because);
  }
  const { programmedInvalid } = listenerRules;
  if (accepted.status !== 'True') {
    const { reason, message, rule } = accepted;
    return reason === Reason.PortUnavailable
      ? ruling(rule, Programmed, 'False', reason, message)
      : ruling(programmedInvalid, Programmed, 'False', Reason.Invalid, message);
  }
  if (certificates.some(({ ok }) => !ok)) {
    const { message, because } = resolvedRefs;
    return ruling(programmedInvalid, Programmed, 'False', Reason.Invalid, message, because);
  }
  if (ownerAccepted.status !== 'True') {
    const message = `The ${owner.kind} is not accepted.`;
    return ruling(listenerRules.programmedParent, Programmed, 'False', Reason.Invalid, message);
  }
  if (dataPlane.status !== 'True')
    return ruling(dataPlane.rule, Programmed, 'False', Reason.Pending, dataPlane.message);
  return programmed;
}
