/** Whether an HTTPRoute is served by a balancer that does not read HTTP. */

import type { ExplanationCause, SpecificationRule } from '../explanation/explanation.ts';
import { routeRules } from '../explanation/rules.ts';
import { causeOf, type Ruling, ruling } from '../explanation/ruling.ts';
import type { Route } from '../objects/kinds.ts';
import { SERVED_CONDITION, ServedReason } from '../status/served.ts';
import type { Attachment } from './attachment.ts';
import type { ResolvedBackend } from './backends.ts';
import { type Contests, describeRoute } from './competition.ts';
import { listenerCause } from './declared.ts';
import type { JudgedListener } from './listeners.ts';

/** What was decided about the Gateway or ListenerSet that a route names. */
export interface ParentRulings {
  readonly accepted: Ruling;
  readonly programmed: Ruling;
}

/** Why a route is not served at a listener. */
interface Problem {
  readonly rule: SpecificationRule;
  readonly reason: ServedReason;
  /** Sentences: why, what happens to connections, and what to do. */
  readonly message: string;
  readonly because: readonly ExplanationCause[];
}

function problemAt(route: Route, judged: JudgedListener, contests: Contests): Problem | undefined {
  const { winner, obstacle } = contests.get(judged) ?? {};
  if (winner === route) return undefined;
  const listener = listenerCause(judged);
  const { name } = judged.listener;
  if (winner) {
    const message = `${describeRoute(winner)} is older and takes all traffic of listener ${name}. Delete one of the two, or attach them to different listeners.`;
    const because = [causeOf(winner), listener];
    return { rule: routeRules.precedence, reason: ServedReason.Superseded, message, because };
  }
  const rule = routeRules.layer4;
  const because = [listener];
  if (judged.servable && obstacle) {
    const { reason, message, remedy } = obstacle;
    return { rule, reason, message: `Not served: ${message}. Connections are refused. ${remedy}.`, because };
  }
  const message = `Not served: listener ${name} is not valid. Its conditions say what to change.`;
  return { rule: routeRules.unserved, reason: ServedReason.ListenerNotValid, message, because };
}

/** A backendRef without a share needs no answer. */
function problemOfBackends(route: Route, backends: readonly ResolvedBackend[]): Problem | undefined {
  const broken = backends.filter(({ ok, weight }) => !ok && weight > 0);
  if (broken.length === 0) return undefined;
  const paths = broken.map(({ path }) => path).join(', ');
  const message = `Not as HTTP has it: ${paths} cannot be resolved, and the connections of that share are refused instead of answered with status 500. ResolvedRefs says what to change.`;
  const because = [causeOf(route), ...broken.flatMap((backend) => backend.because)];
  return { rule: routeRules.servedBackends, reason: ServedReason.InvalidBackends, message, because };
}

function problemOfParent(
  { accepted, parent, listeners }: Attachment,
  rulings: ParentRulings,
): Problem | undefined {
  const { NotAccepted, ParentNotAccepted, ParentNotProgrammed } = ServedReason;
  if (listeners.length === 0) {
    const { rule, because } = accepted;
    return { rule, because, reason: NotAccepted, message: `Not served: ${accepted.message}` };
  }
  const { kind, namespace, name } = parent.name;
  const problem = (reason: ServedReason, what: string): Problem => ({
    rule: routeRules.servedParent,
    reason,
    message: `Not served: ${kind} ${namespace}/${name} is not ${what}. Its conditions say what to change.`,
    because: [causeOf(parent.object)],
  });
  if (rulings.accepted.status !== 'True') return problem(ParentNotAccepted, 'accepted');
  return rulings.programmed.status === 'True' ? undefined : problem(ParentNotProgrammed, 'programmed');
}

/** What the spec asks for comes first: that the parent is not programmed passes. */
function problemsOf(
  route: Route,
  attachment: Attachment,
  parent: ParentRulings,
  backends: readonly ResolvedBackend[],
  contests: Contests,
): Problem[] {
  const ofParent = problemOfParent(attachment, parent);
  if (ofParent && ofParent.reason !== ServedReason.ParentNotProgrammed) return [ofParent];
  const ofListeners = attachment.listeners.flatMap((judged) => problemAt(route, judged, contests) ?? []);
  const last = ofParent ?? problemOfBackends(route, backends);
  return last ? [...ofListeners, last] : ofListeners;
}

/** Tells what is served nevertheless. */
function servedElsewhere(
  route: Route,
  { listeners }: Attachment,
  { programmed }: ParentRulings,
  contests: Contests,
): string {
  if (programmed.status !== 'True') return '';
  const names = listeners
    .filter((judged) => contests.get(judged)?.winner === route)
    .map(({ listener }) => listener.name);
  return names.length === 0 || names.length === listeners.length
    ? ''
    : ` It is served at listener ${names.join(', ')}.`;
}

/** The condition {@link SERVED_CONDITION} of an HTTPRoute at one parent, or undefined for other kinds. */
export function judgeServed(
  route: Route,
  attachment: Attachment,
  parent: ParentRulings,
  backends: readonly ResolvedBackend[],
  contests: Contests,
): Ruling | undefined {
  if (route.kind !== 'HTTPRoute') return undefined;
  const type = SERVED_CONDITION;
  const problems = problemsOf(route, attachment, parent, backends, contests);
  const [first] = problems;
  if (!first) {
    const weights = backends.length > 1 ? ' Weights count connections, not requests.' : '';
    const message = `Served at layer 4: each connection goes to one backend.${weights}`;
    return ruling(routeRules.layer4, type, 'True', ServedReason.Served, message);
  }
  const message = `${[...new Set(problems.map((problem) => problem.message))].join(' ')}${servedElsewhere(route, attachment, parent, contests)}`;
  const because = problems.flatMap((problem) => problem.because);
  return ruling(first.rule, type, 'False', first.reason, message, because);
}
