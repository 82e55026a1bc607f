/** GatewayClasses: whether they are ours, and their status. */

import { classRules } from '../explanation/rules.ts';
import { type Ruling, ruling } from '../explanation/ruling.ts';
import {
  FeatureName,
  GATEWAY_CLASS_FINALIZER_GATEWAYS_EXIST,
  GatewayClassConditionReason,
  GatewayClassConditionType,
} from '../generated/constants.ts';
import type { GatewayClass } from '../generated/types.ts';
import type { GatewayClassContext } from '../resolution/view.ts';
import { mergeConditions } from './conditions.ts';
import type { GatewayClassStatusUpdate } from './status-update.ts';
import { isSupportedRelease, supportedReleases } from './supported-releases.ts';
import { updateOf } from './update-of.ts';

/**
 * Features of Gateway API that the model's answers honour in full, by their names in the conformance suite.
 * Only what is done is claimed.
 */
export const defaultSupportedFeatures: readonly FeatureName[] = [
  FeatureName.Gateway,
  FeatureName.ListenerSet,
  FeatureName.ReferenceGrant,
  FeatureName.TCPRoute,
  FeatureName.UDPRoute,
];

/** Whether the class names our controller. */
export function isOurs(
  gatewayClass: GatewayClass | undefined,
  context: Pick<GatewayClassContext, 'controllerName'>,
): gatewayClass is GatewayClass {
  return gatewayClass?.spec.controllerName === context.controllerName;
}

const { Accepted, SupportedVersion } = GatewayClassConditionType;
const Reason = GatewayClassConditionReason;

const accepted = ruling(
  classRules.accepted,
  Accepted,
  'True',
  Reason.Accepted,
  'Gateways of this class are managed.',
);

function judgeParameters({ spec }: GatewayClass, { parameters }: GatewayClassContext): Ruling {
  const ref = spec.parametersRef;
  if (!ref || parameters?.ok) return accepted;
  const message =
    parameters?.message ??
    `parametersRef: ${ref.group}/${ref.kind} is not a kind of parameters that is understood.`;
  return ruling(classRules.parameters, Accepted, 'False', Reason.InvalidParameters, message);
}

function judgeVersion({ bundleVersions = [] }: GatewayClassContext): Ruling {
  const other = bundleVersions.filter((version) => !isSupportedRelease(version));
  if (other.length === 0) {
    const message = 'The Gateway API CRDs are of a supported version.';
    return ruling(classRules.version, SupportedVersion, 'True', Reason.SupportedVersion, message);
  }
  const got = [...new Set(other.map((version) => version ?? 'none'))].sort().join(', ');
  const message = `Expected Gateway API CRDs of ${supportedReleases}, got ${got}; support is best effort.`;
  return ruling(classRules.version, SupportedVersion, 'False', Reason.UnsupportedVersion, message);
}

/** What is written to the conditions of a GatewayClass of ours. */
export function classRulings(gatewayClass: GatewayClass, context: GatewayClassContext): Ruling[] {
  return [judgeParameters(gatewayClass, context), judgeVersion(context)];
}

/** The features that a class of ours publishes: each once, in ascending order, as the API demands. */
export function publishedFeatures({ supportedFeatures }: GatewayClassContext): string[] {
  return [...new Set(supportedFeatures ?? defaultSupportedFeatures)].sort();
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
  const verdicts = classRulings(gatewayClass, context);
  const status = {
    ...current,
    conditions: mergeConditions(current?.conditions, verdicts, observedGeneration, context.now),
    supportedFeatures: publishedFeatures(context).map((name) => ({ name })),
  };
  const carried = [{ place: 'GatewayClass', conditions: current?.conditions }] as const;
  return {
    ...updateOf(gatewayClass, carried, status, context.controllerName),
    kind: 'GatewayClass',
    status,
  };
}

/**
 * Decides the finalizers of a GatewayClass: one of Gateway API's keeps a class from going while Gateways use
 * it (`gateway-exists-finalizer.gateway.networking.k8s.io`). Finalizers of others stay as they are.
 *
 * @param inUse - whether a Gateway names the class
 * @returns what `metadata.finalizers` must become, or undefined when it is right, or the class is another
 * controller's
 */
export function gatewayClassFinalizers(
  gatewayClass: GatewayClass,
  inUse: boolean,
  context: Pick<GatewayClassContext, 'controllerName'>,
): readonly string[] | undefined {
  if (!isOurs(gatewayClass, context)) return undefined;
  const { finalizers = [], deletionTimestamp } = gatewayClass.metadata;
  const ours = GATEWAY_CLASS_FINALIZER_GATEWAYS_EXIST;
  const there = finalizers.includes(ours);
  if (there && !inUse) return finalizers.filter((finalizer) => finalizer !== ours);
  // The API server takes no new finalizer for an object that is being deleted.
  return inUse && !there && deletionTimestamp === undefined ? [...finalizers, ours] : undefined;
}
