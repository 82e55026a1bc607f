/** The conditions Accepted and Programmed of a Gateway. */

import { gatewayRules } from '../explanation/rules.ts';
import { type Ruling, ruling } from '../explanation/ruling.ts';
import { GatewayConditionReason, GatewayConditionType } from '../generated/constants.ts';
import type { Gateway } from '../generated/types.ts';
import type { JudgedAddresses } from './gateway-addresses.ts';
import type { JudgedListener } from './listeners.ts';
import type { ResolveContext } from './view.ts';

/** What was decided about a Gateway. */
export interface GatewayDecision {
  readonly accepted: Ruling;
  readonly programmed: Ruling;
  /** Whether its addresses and the data plane are there: what its listeners need beside being valid. */
  readonly dataPlane: Ruling;
  readonly addresses: JudgedAddresses;
}

const { Accepted, Programmed } = GatewayConditionType;
const Reason = GatewayConditionReason;

const accepted = ruling(gatewayRules.accepted, Accepted, 'True', Reason.Accepted, 'The Gateway is accepted.');

/** Judges Accepted: parameters, types of addresses, and whether a listener is valid. */
function judgeAccepted(
  gateway: Gateway,
  listeners: readonly JudgedListener[],
  { requests, supportedTypes }: JudgedAddresses,
  { gatewayParameters }: ResolveContext,
): Ruling {
  const parameters = gateway.spec.infrastructure?.parametersRef;
  if (parameters && !gatewayParameters?.ok) {
    const message =
      gatewayParameters?.message ??
      `infrastructure.parametersRef: ${parameters.group}/${parameters.kind} is not a kind of parameters that is understood.`;
    return ruling(gatewayRules.parameters, Accepted, 'False', Reason.InvalidParameters, message);
  }
  const types = requests.filter(({ answer }) => answer === 'unsupported-type').map(({ type }) => type);
  if (types.length > 0) {
    const message = `addresses: expected type ${supportedTypes.join(' or ')}, got ${[...new Set(types)].join(', ')}.`;
    return ruling(gatewayRules.addressType, Accepted, 'False', Reason.UnsupportedAddress, message);
  }
  const invalid = listeners.filter(({ valid }) => !valid).map(({ listener }) => listener.name);
  if (invalid.length === 0) return accepted;
  const none = invalid.length === listeners.length;
  const message = none ? 'No listener is valid.' : `Not every listener is valid: ${invalid.join(', ')}.`;
  return ruling(gatewayRules.listeners, Accepted, none ? 'False' : 'True', Reason.ListenersNotValid, message);
}

const loaded = ruling(
  gatewayRules.dataPlane,
  Programmed,
  'True',
  Reason.Programmed,
  'The data plane has loaded the rules.',
);

const notLoaded = ruling(
  gatewayRules.dataPlane,
  Programmed,
  'False',
  Reason.Pending,
  'The data plane has not loaded the rules yet.',
);

function judgeDataPlane({ bound }: JudgedAddresses, { addresses, programmed }: ResolveContext): Ruling {
  if (bound.length === 0) {
    const message = addresses.pending ?? 'No address is assigned to the Gateway yet.';
    return ruling(gatewayRules.addressAssigned, Programmed, 'False', Reason.AddressNotAssigned, message);
  }
  if (!programmed) return notLoaded;
  if (programmed.ok) return loaded;
  return ruling(gatewayRules.dataPlane, Programmed, 'False', programmed.reason, programmed.message);
}

function judgeProgrammed(
  acceptance: Ruling,
  dataPlane: Ruling,
  { unusable, requests }: JudgedAddresses,
  { addresses: { pending } }: ResolveContext,
): Ruling {
  if (acceptance.status !== 'True') {
    const message = `The Gateway is not accepted: ${acceptance.message}`;
    return ruling(gatewayRules.needsAccepted, Programmed, 'False', Reason.Invalid, message);
  }
  if (unusable.length > 0) {
    const message = `addresses: cannot use ${unusable.join(', ')}.`;
    return ruling(gatewayRules.addressUsable, Programmed, 'False', Reason.AddressNotUsable, message);
  }
  const missing = requests.filter(({ answer }) => answer === 'missing');
  if (pending !== undefined || missing.length > 0) {
    const wanted = missing.map(({ value, type }) => value ?? `one of type ${type}`).join(', ');
    const message = pending ?? `addresses: not assigned yet: ${wanted}.`;
    return ruling(gatewayRules.addressAssigned, Programmed, 'False', Reason.AddressNotAssigned, message);
  }
  return dataPlane;
}

/** Decides the conditions of a Gateway. */
export function judgeGateway(
  gateway: Gateway,
  listeners: readonly JudgedListener[],
  addresses: JudgedAddresses,
  context: ResolveContext,
): GatewayDecision {
  const acceptance = judgeAccepted(gateway, listeners, addresses, context);
  const dataPlane = judgeDataPlane(addresses, context);
  const programmed = judgeProgrammed(acceptance, dataPlane, addresses, context);
  return { accepted: acceptance, programmed, dataPlane, addresses };
}
