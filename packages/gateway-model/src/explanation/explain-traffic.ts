/** Explains how a listener's new flows are shared among endpoints. */

import type { Decisions } from '../resolution/decisions.ts';
import { listenerPath } from '../resolution/declared.ts';
import type { JudgedListener } from '../resolution/listeners.ts';
import type { BackendShare, TrafficShares } from '../resolution/shares.ts';
import { counted, explainFinding } from './explain-ruling.ts';
import type { Explanation, ExplanationCause, ExplanationSubject } from './explanation.ts';
import { backendRules } from './rules.ts';
import { causeOf, finding } from './ruling.ts';

const percent = (part: number, whole: number): string => `${Number(((100 * part) / whole).toFixed(2))} %`;

function explainShare(
  subject: ExplanationSubject,
  path: string,
  share: BackendShare,
  sum: number,
  because: readonly ExplanationCause[],
): Explanation {
  const { backend, family, choice, endpoints } = share;
  const { weight } = backend;
  if (weight === 0) {
    const message = `weight 0 (${backend.path}) gets nothing`;
    return explainFinding(subject, path, finding(backendRules.zero, true, message, because));
  }
  const part = percent(weight, sum);
  if (!choice) {
    const message = `${part} of new flows (${backend.path}) are rejected: ${backend.message}`;
    return explainFinding(subject, path, finding(backendRules.rejected, false, message, because));
  }
  if (choice === 'none') {
    const message = `${part} of new flows (${backend.path}) are rejected: no ${family} endpoint takes any`;
    return explainFinding(subject, path, finding(backendRules.empty, false, message, because));
  }
  const rule = choice === 'ready' ? backendRules.ready : backendRules.terminating;
  const which = choice === 'ready' ? 'ready' : 'terminating but serving';
  const message = `${part} of new flows (${backend.path}) go to ${counted(endpoints, `${which} ${family} endpoint`)}`;
  return explainFinding(subject, path, finding(rule, true, message, because));
}

function explainFamily(
  subject: ExplanationSubject,
  path: string,
  { shares, rejectWeight, backends }: TrafficShares,
  winner: ExplanationCause,
): Explanation[] {
  const family = shares[0]?.family;
  if (family === undefined) return [];
  const sum = shares.reduce((total, { backend }) => total + backend.weight, 0);
  const nothing = sum === 0;
  const message = nothing
    ? `all weights are 0: everything is rejected (${family})`
    : `weights add up to ${sum}; ${percent(rejectWeight, sum)} of new flows are rejected; ${counted(backends.length, 'endpoint')} in all (${family})`;
  const rule = nothing ? backendRules.zero : backendRules.share;
  return [
    explainFinding(subject, path, finding(rule, !nothing && rejectWeight < sum, message, [winner])),
    ...shares.map((share) =>
      explainShare(subject, path, share, sum, [
        { ...winner, path: share.backend.path },
        ...share.backend.because,
      ]),
    ),
  ];
}

/** Explains the traffic of a listener, family by family. Empty while no route has it or no address is there. */
export function explainTraffic(
  subject: ExplanationSubject,
  judged: JudgedListener,
  { built, contests }: Decisions,
): Explanation[] {
  const winner = contests.get(judged)?.winner;
  if (!winner) return [];
  return (built.shares.get(judged) ?? []).flatMap((traffic) =>
    explainFamily(subject, listenerPath(judged), traffic, causeOf(winner)),
  );
}
