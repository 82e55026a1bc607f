/** Explains Gateways and ListenerSets, their addresses and their listeners. */

import { formatName, namespacedName } from '../objects/kinds.ts';
import type { Decisions } from '../resolution/decisions.ts';
import { listenerPath } from '../resolution/declared.ts';
import type { AddressRequest, JudgedAddresses } from '../resolution/gateway-addresses.ts';
import { infrastructureMetadata } from '../resolution/infrastructure.ts';
import type { ListenerSetDecision } from '../resolution/listener-set-conditions.ts';
import type { JudgedListener } from '../resolution/listeners.ts';
import type { JudgedParent } from '../resolution/parents.ts';
import { listenerRulings } from '../status/listener-status.ts';
import { counted, explainFinding, explainRuling, subjectOf } from './explain-ruling.ts';
import { explainTraffic } from './explain-traffic.ts';
import type { Explanation, ExplanationSubject } from './explanation.ts';
import { gatewayRules, listenerRules, routeRules } from './rules.ts';
import { causeOf, type Finding, finding, type Ruling } from './ruling.ts';

function judgeRequest(
  { answer, type, value, problem }: AddressRequest,
  { supportedTypes }: JudgedAddresses,
): { readonly finding: Finding; readonly outcome: Explanation['outcome'] } {
  const wanted = value ? `${type} ${value}` : `an address of type ${type}`;
  switch (answer) {
    case 'given':
      return { finding: finding(gatewayRules.addressBound, true, `${wanted} is bound`), outcome: 'ok' };
    case 'missing':
      return {
        finding: finding(gatewayRules.addressAssigned, false, `${wanted} is not assigned yet`),
        outcome: 'pending',
      };
    case 'unusable':
      return {
        finding: finding(gatewayRules.addressUsable, false, `${wanted} cannot be used: ${problem}`),
        outcome: 'refused',
      };
    case 'unsupported-type': {
      const message = `type ${type} is not supported; expected ${supportedTypes.join(' or ')}`;
      return { finding: finding(gatewayRules.addressType, false, message), outcome: 'refused' };
    }
  }
}

function explainAddresses(subject: ExplanationSubject, addresses: JudgedAddresses): Explanation[] {
  const requests = addresses.requests.map((request) => {
    const { finding: judged, outcome } = judgeRequest(request, addresses);
    return explainFinding(subject, `spec.addresses[${request.index}]`, judged, outcome);
  });
  const bound = addresses.bound.map(({ type, value }, index) => {
    const judged = finding(gatewayRules.addressBound, true, `${type} ${value} is bound for the Gateway`);
    return explainFinding(subject, `status.addresses[${index}]`, judged);
  });
  return [...requests, ...bound];
}

/** Which kinds of routes may attach, and what becomes of each certificate. */
function explainReferences(subject: ExplanationSubject, judged: JudgedListener): Explanation[] {
  const path = listenerPath(judged);
  const { supportedKinds, transport, listener } = judged;
  const rule = transport ? listenerRules.kinds : listenerRules.protocol;
  const kinds = supportedKinds.map((kind) => `${kind}s`).join(', ') || 'no routes';
  const takes = finding(
    rule,
    supportedKinds.length > 0,
    `a listener of protocol ${listener.protocol} takes ${kinds}`,
  );
  return [
    explainFinding(subject, `${path}.allowedRoutes`, takes),
    ...judged.certificates.map((certificate) => explainFinding(subject, certificate.path, certificate)),
  ];
}

/** Who has the listener's traffic, and who would have it next. */
function explainWinner(
  subject: ExplanationSubject,
  judged: JudgedListener,
  decisions: Decisions,
): Explanation {
  const contest = decisions.contests.get(judged);
  const path = listenerPath(judged);
  const { winner, obstacle, routes = [] } = contest ?? {};
  const because = routes.map((route) => causeOf(route));
  if (winner) {
    const name = `${winner.kind} ${formatName(namespacedName(winner))}`;
    const others = routes.length - 1;
    const message = `${name} takes all traffic${others > 0 ? `; ${counted(others, 'route')} behind it` : ''}`;
    return explainFinding(subject, path, finding(routeRules.precedence, true, message, because));
  }
  if (obstacle !== undefined && judged.servable) {
    const message = `connections are refused: ${obstacle.message}`;
    return explainFinding(subject, path, finding(routeRules.layer4, false, message, because));
  }
  const message = judged.servable
    ? 'no route attaches: connections are refused and packets dropped'
    : 'the listener is not served, whatever routes attach';
  const outcome = judged.servable ? 'pending' : 'refused';
  return explainFinding(subject, path, finding(routeRules.unserved, false, message, because), outcome);
}

function explainListeners(
  subject: ExplanationSubject,
  { listeners }: JudgedParent,
  ownerAccepted: Ruling,
  decisions: Decisions,
): Explanation[] {
  const { dataPlane } = decisions.gateway;
  const surroundings = { ownerAccepted, dataPlane, contests: decisions.contests };
  return listeners.flatMap((judged) => [
    ...listenerRulings(judged, surroundings).map((ruling) =>
      explainRuling(subject, listenerPath(judged), ruling),
    ),
    ...explainReferences(subject, judged),
    explainWinner(subject, judged, decisions),
    ...explainTraffic(subject, judged, decisions),
  ]);
}

/** Explains a Gateway: its conditions, its addresses, its metadata, and its listeners. */
export function explainGateway(decisions: Decisions): Explanation[] {
  const { gateway: parent } = decisions.parents;
  const { accepted, programmed, addresses } = decisions.gateway;
  const subject = subjectOf(parent.object);
  const { labels, annotations } = infrastructureMetadata(parent.object);
  const keys = [...Object.keys(labels), ...Object.keys(annotations)].join(', ');
  const metadata = finding(gatewayRules.infrastructure, true, `What is created for it carries: ${keys}.`);
  const sets = decisions.listenerSets.map(({ parent: { object } }) => causeOf(object));
  const attached = finding(
    gatewayRules.attachedSets,
    true,
    `${decisions.attachedListenerSets} of ${sets.length} ListenerSets that name it are accepted.`,
    sets,
  );
  return [
    explainRuling(subject, '', accepted),
    explainRuling(subject, '', programmed),
    ...explainAddresses(subject, addresses),
    explainFinding(subject, 'spec.infrastructure', metadata),
    explainFinding(subject, 'spec.allowedListeners', attached),
    ...explainListeners(subject, parent, accepted, decisions),
  ];
}

/** Explains a ListenerSet: whether its Gateway allows it, its conditions, and its listeners. */
export function explainListenerSet(
  { parent, accepted, programmed }: ListenerSetDecision,
  decisions: Decisions,
): Explanation[] {
  const subject = subjectOf(parent.object);
  const { admission } = parent;
  return [
    ...(admission
      ? [
          explainFinding(
            subject,
            'spec.parentRef',
            finding(admission.rule, parent.admitted, admission.message, admission.because),
          ),
        ]
      : []),
    explainRuling(subject, '', accepted),
    explainRuling(subject, '', programmed),
    ...explainListeners(subject, parent, accepted, decisions),
  ];
}
