/** The status of a Gateway and of its listeners. */

import {
  GatewayConditionReason,
  GatewayConditionType,
  ListenerConditionReason,
  ListenerConditionType,
} from '../generated/constants.ts';
import type { Gateway, GatewayStatus, GatewayStatusAddress, ListenerStatus } from '../generated/types.ts';
import { sameJson } from '../objects/json.ts';
import { GATEWAY_API_GROUP } from '../objects/kinds.ts';
import { parseAddress } from '../resolution/addresses.ts';
import type { ContestedListener } from '../resolution/competition.ts';
import type { JudgedListener } from '../resolution/listeners.ts';
import type { ResolveContext } from '../resolution/view.ts';
import { mergeConditions, type Verdict } from './conditions.ts';
import type { GatewayStatusUpdate } from './status-update.ts';

const ACCEPTED = GatewayConditionType.Accepted;
const PROGRAMMED = GatewayConditionType.Programmed;

function unsupportedAddressTypes(gateway: Gateway, { addresses }: ResolveContext): string[] {
  const supported = addresses.supportedTypes ?? ['IPAddress'];
  const types = (gateway.spec.addresses ?? []).map((address) => address.type ?? 'IPAddress');
  return [...new Set(types)].filter((type) => !supported.includes(type));
}

/** Judges a Gateway's Accepted condition: its parameters, its address types, and whether a listener is valid. */
export function judgeAccepted(
  gateway: Gateway,
  listeners: readonly JudgedListener[],
  context: ResolveContext,
): Verdict {
  const refuse = (reason: string, message: string): Verdict => ({
    type: ACCEPTED,
    status: 'False',
    reason,
    message,
  });
  const parameters = gateway.spec.infrastructure?.parametersRef;
  if (parameters && !context.gatewayParameters?.ok) {
    const fallback = `infrastructure.parametersRef: ${parameters.group}/${parameters.kind} is not a kind of parameters that is understood.`;
    return refuse(GatewayConditionReason.InvalidParameters, context.gatewayParameters?.message ?? fallback);
  }
  const types = unsupportedAddressTypes(gateway, context);
  if (types.length > 0) {
    const expected = (context.addresses.supportedTypes ?? ['IPAddress']).join(' or ');
    return refuse(
      GatewayConditionReason.UnsupportedAddress,
      `addresses: expected type ${expected}, got ${types.join(', ')}.`,
    );
  }
  const invalid = listeners.filter(({ valid }) => !valid).map(({ listener }) => listener.name);
  if (invalid.length === 0) {
    return {
      type: ACCEPTED,
      status: 'True',
      reason: GatewayConditionReason.Accepted,
      message: 'The Gateway is accepted.',
    };
  }
  if (invalid.length === listeners.length)
    return refuse(GatewayConditionReason.ListenersNotValid, 'No listener is valid.');
  const message = `Not every listener is valid: ${invalid.join(', ')}.`;
  return { type: ACCEPTED, status: 'True', reason: GatewayConditionReason.ListenersNotValid, message };
}

/** Whether addresses and data plane are ready: what listeners need, beside being valid themselves, to be programmed. */
function judgeDataPlane({ addresses, programmed }: ResolveContext): Verdict {
  const wait = (reason: string, message: string): Verdict => ({
    type: PROGRAMMED,
    status: 'False',
    reason,
    message,
  });
  if (addresses.assigned.length === 0) {
    return wait(
      GatewayConditionReason.AddressNotAssigned,
      addresses.pending ?? 'No address is assigned to the Gateway yet.',
    );
  }
  if (!programmed)
    return wait(GatewayConditionReason.Pending, 'The data plane has not loaded the rules yet.');
  if (!programmed.ok) return wait(programmed.reason, programmed.message);
  return {
    type: PROGRAMMED,
    status: 'True',
    reason: GatewayConditionReason.Programmed,
    message: 'The data plane has loaded the rules.',
  };
}

function judgeProgrammed(accepted: Verdict, dataPlane: Verdict, { addresses }: ResolveContext): Verdict {
  const refuse = (reason: string, message: string): Verdict => ({
    type: PROGRAMMED,
    status: 'False',
    reason,
    message,
  });
  if (accepted.status !== 'True')
    return refuse(GatewayConditionReason.Invalid, `The Gateway is not accepted: ${accepted.message}`);
  if (addresses.unusable?.length) {
    const values = addresses.unusable.map(({ value, reason }) => `${value} (${reason})`).join(', ');
    return refuse(GatewayConditionReason.AddressNotUsable, `addresses: cannot use ${values}.`);
  }
  if (addresses.pending !== undefined)
    return refuse(GatewayConditionReason.AddressNotAssigned, addresses.pending);
  return dataPlane;
}

function judgeListenerProgrammed(
  { accepted, conflicted, resolvedRefs, servable }: JudgedListener,
  gateway: Verdict,
  dataPlane: Verdict,
): Verdict {
  const refuse = (reason: string, message: string): Verdict => ({
    type: PROGRAMMED,
    status: 'False',
    reason,
    message,
  });
  if (conflicted.status === 'True') return refuse(conflicted.reason, conflicted.message);
  if (accepted.status !== 'True') {
    const isPort = accepted.reason === ListenerConditionReason.PortUnavailable;
    return refuse(isPort ? accepted.reason : ListenerConditionReason.Invalid, accepted.message);
  }
  if (!servable) return refuse(ListenerConditionReason.Invalid, resolvedRefs.message);
  if (gateway.status !== 'True')
    return refuse(ListenerConditionReason.Invalid, 'The Gateway is not accepted.');
  if (dataPlane.status !== 'True') return refuse(ListenerConditionReason.Pending, dataPlane.message);
  return {
    type: PROGRAMMED,
    status: 'True',
    reason: ListenerConditionReason.Programmed,
    message: 'The data plane has loaded the rules.',
  };
}

function listenerStatus(
  gateway: Gateway,
  { judged, routes }: ContestedListener,
  accepted: Verdict,
  dataPlane: Verdict,
  now: string,
): ListenerStatus {
  const { listener, supportedKinds, overlappingTLS } = judged;
  const current = gateway.status?.listeners?.find(({ name }) => name === listener.name);
  const verdicts = [
    judged.accepted,
    judgeListenerProgrammed(judged, accepted, dataPlane),
    judged.resolvedRefs,
    judged.conflicted,
  ];
  const [all, remove] = overlappingTLS
    ? [[...verdicts, overlappingTLS], []]
    : [verdicts, [ListenerConditionType.OverlappingTLSConfig]];
  return {
    name: listener.name,
    supportedKinds: supportedKinds.map((kind) => ({ group: GATEWAY_API_GROUP, kind })),
    attachedRoutes: routes.length,
    conditions: mergeConditions(current?.conditions, all, gateway.metadata.generation ?? 0, now, remove),
  };
}

function statusAddresses(accepted: Verdict, assigned: readonly string[]): GatewayStatusAddress[] {
  if (accepted.status !== 'True') return [];
  const values = assigned.map((value) => parseAddress(value)?.text ?? value);
  return [...new Set(values)].map((value) => ({
    type: parseAddress(value) ? 'IPAddress' : 'Hostname',
    value,
  }));
}

/** Decides the status of a Gateway: addresses, conditions, and one entry for each listener of the spec. */
export function gatewayStatusUpdate(
  gateway: Gateway,
  accepted: Verdict,
  contested: readonly ContestedListener[],
  context: ResolveContext,
): GatewayStatusUpdate {
  const { metadata, status: current } = gateway;
  const observedGeneration = metadata.generation ?? 0;
  const dataPlane = judgeDataPlane(context);
  const verdicts = [accepted, judgeProgrammed(accepted, dataPlane, context)];
  const status: GatewayStatus = {
    ...current,
    addresses: statusAddresses(accepted, context.addresses.assigned),
    attachedListenerSets: 0,
    conditions: mergeConditions(current?.conditions, verdicts, observedGeneration, context.now),
    listeners: contested.map((entry) => listenerStatus(gateway, entry, accepted, dataPlane, context.now)),
  };
  return {
    apiVersion: gateway.apiVersion,
    kind: 'Gateway',
    namespace: metadata.namespace,
    name: metadata.name,
    ...(metadata.uid !== undefined && { uid: metadata.uid }),
    observedGeneration,
    controllerName: context.controllerName,
    changed: !sameJson(status, current),
    status,
  };
}
