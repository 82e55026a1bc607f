/** GatewayClasses: whether they are ours, and their status. */

import { GatewayClassConditionReason, GatewayClassConditionType } from '../generated/constants.ts';
import type { GatewayClass } from '../generated/types.ts';
import { sameJson } from '../objects/json.ts';
import type { GatewayClassContext } from '../resolution/view.ts';
import { mergeConditions, type Verdict } from './conditions.ts';
import type { GatewayClassStatusUpdate } from './status-update.ts';

/**
 * Features of Gateway API that the model's answers honour in full, by their names in the conformance suite.
 * Only what is done is claimed.
 */
export const defaultSupportedFeatures: readonly string[] = [
  'Gateway',
  'ReferenceGrant',
  'TCPRoute',
  'UDPRoute',
];

/** Releases whose CRDs the model understands: TCPRoute and UDPRoute are v1 since 1.6. */
const supportedBundle = /^v1\.[67]\.\d+$/;

/** Whether the class names our controller. */
export function isOurs(
  gatewayClass: GatewayClass | undefined,
  context: GatewayClassContext,
): gatewayClass is GatewayClass {
  return gatewayClass?.spec.controllerName === context.controllerName;
}

function judgeParameters(gatewayClass: GatewayClass, { parameters }: GatewayClassContext): Verdict {
  const ref = gatewayClass.spec.parametersRef;
  const type = GatewayClassConditionType.Accepted;
  if (ref && !parameters?.ok) {
    const message =
      parameters?.message ??
      `parametersRef: ${ref.group}/${ref.kind} is not a kind of parameters that is understood.`;
    return { type, status: 'False', reason: GatewayClassConditionReason.InvalidParameters, message };
  }
  return {
    type,
    status: 'True',
    reason: GatewayClassConditionReason.Accepted,
    message: 'Gateways of this class are managed.',
  };
}

function judgeVersion({ bundleVersions = [] }: GatewayClassContext): Verdict {
  const type = GatewayClassConditionType.SupportedVersion;
  const other = bundleVersions.filter((version) => !supportedBundle.test(version ?? ''));
  if (other.length === 0) {
    return {
      type,
      status: 'True',
      reason: GatewayClassConditionReason.SupportedVersion,
      message: 'The Gateway API CRDs are of a supported version.',
    };
  }
  const got = [...new Set(other.map((version) => version ?? 'none'))].sort().join(', ');
  const message = `Expected Gateway API CRDs of v1.6 or v1.7, got ${got}; support is best effort.`;
  return { type, status: 'False', reason: GatewayClassConditionReason.UnsupportedVersion, message };
}

/** Whether Gateways of the class are to be managed: it is ours, and accepted. */
export function acceptsGateways(
  gatewayClass: GatewayClass | undefined,
  context: GatewayClassContext,
): gatewayClass is GatewayClass {
  return isOurs(gatewayClass, context) && judgeParameters(gatewayClass, context).status === 'True';
}

/**
 * Decides the status of a GatewayClass: Accepted, SupportedVersion and the supported features (sorted, as
 * the API demands).
 *
 * @returns undefined when the class is another controller's.
 */
export function resolveGatewayClass(
  gatewayClass: GatewayClass,
  context: GatewayClassContext,
): GatewayClassStatusUpdate | undefined {
  if (!isOurs(gatewayClass, context)) return undefined;
  const { metadata, status: current } = gatewayClass;
  const observedGeneration = metadata.generation ?? 0;
  const features = [...new Set(context.supportedFeatures ?? defaultSupportedFeatures)].sort();
  const verdicts = [judgeParameters(gatewayClass, context), judgeVersion(context)];
  const status = {
    ...current,
    conditions: mergeConditions(current?.conditions, verdicts, observedGeneration, context.now),
    supportedFeatures: features.map((name) => ({ name })),
  };
  return {
    apiVersion: gatewayClass.apiVersion,
    kind: 'GatewayClass',
    name: metadata.name,
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    observedGeneration,
    controllerName: context.controllerName,
    changed: !sameJson(status, current),
    status,
  };
}
