/** The addresses that a Gateway asks for, and those that it gets. */

import { AddressType } from '../generated/constants.ts';
import type { Gateway, GatewayStatusAddress } from '../generated/types.ts';
import { parseAddress } from './addresses.ts';
import type { AddressAssignment } from './view.ts';

/** One entry of `spec.addresses`, judged. */
export interface AddressRequest {
  readonly index: number;
  readonly type: string;
  /** Undefined: any address of the type will do. */
  readonly value: string | undefined;
  /** `given`: an address is bound for it; `missing`: not yet. */
  readonly answer: 'given' | 'missing' | 'unusable' | 'unsupported-type';
  /** Why it is unusable. */
  readonly problem?: string;
}

/** Everything about the addresses of a Gateway. */
export interface JudgedAddresses {
  readonly requests: readonly AddressRequest[];
  readonly supportedTypes: readonly string[];
  /** Addresses that are bound, and usable. */
  readonly bound: readonly GatewayStatusAddress[];
  /** Why the data plane cannot have all addresses: `value (reason)`. */
  readonly unusable: readonly string[];
}

const canonical = (value: string): string => parseAddress(value)?.text ?? value;

/** What other types mean only the address provider knows. */
function isOfType(value: string, type: string): boolean {
  if (type === AddressType.IPAddress) return parseAddress(value) !== undefined;
  return type !== AddressType.Hostname || parseAddress(value) === undefined;
}

/** Judges `spec.addresses` by what the address provider answered. O(addresses). */
export function judgeAddresses(gateway: Gateway, assignment: AddressAssignment): JudgedAddresses {
  const { assigned, supportedTypes = [AddressType.IPAddress], unusable = [] } = assignment;
  const entries = gateway.spec.addresses ?? [];
  const problems = new Map(unusable.map(({ value, reason }) => [canonical(value), reason]));
  const usable = [...new Set(assigned.map(canonical))].filter((value) => !problems.has(value));
  const named = new Map<string, { readonly type: string; readonly value: string }>();
  for (const { type = AddressType.IPAddress, value } of entries)
    if (value) named.set(canonical(value), { type, value });
  const spare = usable.filter((value) => !named.has(value));
  const judge = (type: string, value: string | undefined): Pick<AddressRequest, 'answer' | 'problem'> => {
    if (!supportedTypes.includes(type)) return { answer: 'unsupported-type' };
    if (!value) return { answer: spare.some((address) => isOfType(address, type)) ? 'given' : 'missing' };
    const problem = problems.get(canonical(value));
    if (problem !== undefined) return { answer: 'unusable', problem };
    if (type === AddressType.IPAddress && !parseAddress(value))
      return { answer: 'unusable', problem: 'it is no IP address' };
    return { answer: usable.includes(canonical(value)) ? 'given' : 'missing' };
  };
  const requests = entries.map(({ type = AddressType.IPAddress, value }, index) => ({
    index,
    type,
    value: value || undefined,
    ...judge(type, value),
  }));
  const ofSpec = requests.flatMap(({ value, problem }) =>
    problem !== undefined && value !== undefined && !problems.has(canonical(value))
      ? [`${value} (${problem})`]
      : [],
  );
  return {
    requests,
    supportedTypes,
    bound: usable.map((value) => {
      const request = named.get(value);
      if (request) return { type: request.type, value: request.value };
      return { type: parseAddress(value) ? AddressType.IPAddress : AddressType.Hostname, value };
    }),
    unusable: [...unusable.map(({ value, reason }) => `${value} (${reason})`), ...ofSpec],
  };
}
