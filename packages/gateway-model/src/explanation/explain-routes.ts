/** Explains routes: their parentRefs, one by one and listener by listener, and their backendRefs. */

import { formatName, namespacedName, type Route } from '../objects/kinds.ts';
import { selectedBy } from '../resolution/allowed-namespaces.ts';
import { type Attachment, objectionOf } from '../resolution/attachment.ts';
import type { AttachmentDecision, Decisions, RouteDecision } from '../resolution/decisions.ts';
import { listenerCause } from '../resolution/declared.ts';
import type { JudgedListener } from '../resolution/listeners.ts';
import { explainFinding, explainRuling, subjectOf } from './explain-ruling.ts';
import type { Explanation, ExplanationSubject } from './explanation.ts';
import { routeRules } from './rules.ts';
import { causeOf, type Finding, finding } from './ruling.ts';

/** Why a listener takes a route, or does not. */
function judgeListenerFor(route: Route, judged: JudgedListener): Finding {
  const { listener } = judged;
  const because = [listenerCause(judged)];
  const { kind, metadata } = route;
  const name = `listener ${listener.name}`;
  const namespaces = listener.allowedRoutes?.namespaces ?? {};
  const bySelector = [...because, ...selectedBy(namespaces, metadata.namespace)];
  switch (objectionOf(route, judged)) {
    case 'kind': {
      const takes = judged.supportedKinds.map((it) => `${it}s`).join(', ') || 'no routes';
      return finding(routeRules.kind, false, `${name} takes ${takes}, and no ${kind}`, because);
    }
    case 'namespace': {
      const { from = 'Same' } = namespaces;
      const message = `${name} (from: ${from}) takes no route of namespace ${metadata.namespace}`;
      return finding(routeRules.namespace, false, message, bySelector);
    }
    case 'hostname': {
      const message = `${name} has hostname ${listener.hostname}, which no hostname of the route matches`;
      return finding(routeRules.hostname, false, message, because);
    }
    case undefined:
      return finding(routeRules.accepted, true, `${name} takes the route`, bySelector);
  }
}

/** Whether a route has the traffic of a listener that it attaches to. */
function judgeTraffic(route: Route, judged: JudgedListener, decisions: Decisions): Finding {
  const { name } = judged.listener;
  const winner = decisions.contests.get(judged)?.winner;
  const because = [listenerCause(judged)];
  if (winner === route)
    return finding(routeRules.precedence, true, `it takes all traffic of listener ${name}`, because);
  if (winner) {
    const message = `${winner.kind} ${formatName(namespacedName(winner))} is older and takes all traffic of listener ${name}`;
    return finding(routeRules.precedence, false, message, [causeOf(winner), ...because]);
  }
  const obstacle = decisions.contests.get(judged)?.obstacle;
  if (judged.servable && obstacle !== undefined)
    return finding(
      routeRules.layer4,
      false,
      `listener ${name} serves no HTTPRoute: ${obstacle.message}`,
      because,
    );
  return finding(routeRules.unserved, false, `listener ${name} is not served`, because);
}

function explainAttachment(
  subject: ExplanationSubject,
  route: Route,
  { attachment, rulings }: AttachmentDecision,
  decisions: Decisions,
): Explanation[] {
  const path = `spec.parentRefs[${attachment.index}]`;
  const { candidates, listeners } = attachment;
  return [
    explainFinding(subject, path, judgeParent(attachment)),
    ...rulings.map((ruling, index) =>
      explainRuling(
        subject,
        path,
        ruling,
        index === 0 && ruling.status === 'True' ? listeners.map(listenerCause) : ruling.because,
      ),
    ),
    ...candidates.map((judged) => explainFinding(subject, path, judgeListenerFor(route, judged))),
    ...listeners.map((judged) => explainFinding(subject, path, judgeTraffic(route, judged, decisions))),
  ];
}

/** Which listeners a parentRef can reach at all. */
function judgeParent({ parent, candidates }: Attachment): Finding {
  const { kind, namespace, name } = parent.name;
  const message = `candidates are listeners of ${kind} ${namespace}/${name}: ${candidates.length} of ${parent.listeners.length}`;
  return finding(routeRules.directParent, parent.admitted, message, [causeOf(parent.object)]);
}

/** Explains a route. */
export function explainRoute(
  { route, attachments, backends }: RouteDecision,
  decisions: Decisions,
): Explanation[] {
  const subject = subjectOf(route);
  return [
    ...attachments.flatMap((attachment) => explainAttachment(subject, route, attachment, decisions)),
    ...backends.map((backend) => explainFinding(subject, backend.path, backend)),
  ];
}
