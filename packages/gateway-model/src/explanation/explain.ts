/** Writes down why things were decided as they were. */

import type { Gateway, GatewayClass } from '../generated/types.ts';
import type { ModelObject } from '../objects/kinds.ts';
import type { Decisions } from '../resolution/decisions.ts';
import type { GatewayClassContext } from '../resolution/view.ts';
import { classRulings, isOurs, publishedFeatures } from '../status/gateway-class.ts';
import { explainGateway, explainListenerSet } from './explain-parents.ts';
import { explainRoute } from './explain-routes.ts';
import { explainFinding, explainRuling, subjectOf } from './explain-ruling.ts';
import type { Explanation } from './explanation.ts';
import { classRules, gatewayRules } from './rules.ts';
import { causeOf, finding } from './ruling.ts';

/**
 * Explains everything that was decided about a Gateway: first the Gateway and its listeners, then each of its
 * ListenerSets with its listeners, then each route with its parentRefs and backendRefs.
 */
export function explainDecisions(decisions: Decisions): Explanation[] {
  return [
    ...explainGateway(decisions),
    ...decisions.listenerSets.flatMap((set) => explainListenerSet(set, decisions)),
    ...decisions.routes.flatMap((route) => explainRoute(route, decisions)),
  ];
}

/** Explains why a Gateway is left alone. */
export function explainUnmanaged(gateway: Gateway, gatewayClass: GatewayClass | undefined): Explanation {
  const { gatewayClassName } = gateway.spec;
  const because = [gatewayClass ? causeOf(gatewayClass) : { kind: 'GatewayClass', name: gatewayClassName }];
  const message = gatewayClass
    ? `The Gateway is not touched: GatewayClass ${gatewayClassName} is another controller's, or is not accepted.`
    : `The Gateway is not touched: there is no GatewayClass ${gatewayClassName}.`;
  const path = 'spec.gatewayClassName';
  return explainFinding(subjectOf(gateway), path, finding(gatewayRules.managed, false, message, because));
}

/**
 * Explains what was decided about a GatewayClass: whether it is ours, its conditions, and the features that
 * it publishes. In a stable order.
 */
export function explainGatewayClass(gatewayClass: GatewayClass, context: GatewayClassContext): Explanation[] {
  const subject = subjectOf(gatewayClass satisfies ModelObject);
  const { controllerName } = gatewayClass.spec;
  if (!isOurs(gatewayClass, context)) {
    const message = `The class is of controller ${controllerName}, and is left alone.`;
    const other = finding(classRules.controller, false, message);
    return [explainFinding(subject, 'spec.controllerName', other)];
  }
  const ours = finding(classRules.controller, true, `The class is of this controller, ${controllerName}.`);
  const features = publishedFeatures(context);
  const published = finding(classRules.features, true, `Supported: ${features.join(', ')}.`);
  return [
    explainFinding(subject, 'spec.controllerName', ours),
    ...classRulings(gatewayClass, context).map((ruling) => explainRuling(subject, '', ruling)),
    explainFinding(subject, 'status.supportedFeatures', published),
  ];
}
