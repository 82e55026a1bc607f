/** How one decision becomes an explanation. */

import { GatewayConditionReason, ListenerConditionType } from '../generated/constants.ts';
import type { ModelObject } from '../objects/kinds.ts';
import type { Explanation, ExplanationCause, ExplanationSubject } from './explanation.ts';
import { causeOf, type Finding, type Ruling } from './ruling.ts';

/** Reasons of conditions that are False only for the time being. */
const pendingReasons = new Set<string>([
  GatewayConditionReason.Pending,
  GatewayConditionReason.AddressNotAssigned,
]);

/** Whose True is bad news. */
const { Conflicted, OverlappingTLSConfig } = ListenerConditionType;

function outcomeOf({ type, status, reason }: Ruling): Explanation['outcome'] {
  // Overlapping host names are worth telling; nothing is refused for them.
  if (type === OverlappingTLSConfig) return 'ok';
  if (type === Conflicted) return status === 'True' ? 'refused' : 'ok';
  if (status === 'True') return 'ok';
  return status === 'Unknown' || pendingReasons.has(reason) ? 'pending' : 'refused';
}

/** Names an object as the subject of explanations. */
export function subjectOf(object: ModelObject): ExplanationSubject {
  return causeOf(object);
}

/** Explains a condition. */
export function explainRuling(
  subject: ExplanationSubject,
  path: string,
  ruling: Ruling,
  because: readonly ExplanationCause[] = ruling.because,
): Explanation {
  const { type, status, reason, message, rule } = ruling;
  return {
    subject,
    path,
    decision: message,
    outcome: outcomeOf(ruling),
    condition: { type, status, reason },
    rule,
    because,
  };
}

/** `1 endpoint`, `2 endpoints`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** A sentence: with a capital letter and a full stop. */
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** Explains a decision that no condition tells by itself. */
export function explainFinding(
  subject: ExplanationSubject,
  path: string,
  { ok, message, rule, because }: Finding,
  outcome: Explanation['outcome'] = ok ? 'ok' : 'refused',
): Explanation {
  return { subject, path, decision: sentence(message), outcome, rule, because };
}
