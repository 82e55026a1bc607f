import type { Gateway, UnusableAddress } from '@blixt/gateway-model';
import ipaddr from 'ipaddr.js';
import { canonicalAddress } from './address-ranges.ts';

/** What a Gateway's `spec.addresses` asks for. */
export interface AddressRequests {
  /** IP addresses, in canonical form, that a Gateway can have. */
  readonly requested: readonly string[];
  /** Values that no Gateway can have. */
  readonly unusable: readonly UnusableAddress[];
  /** Whether it wants addresses that it does not name: by entries without a value, or by no entries at all. */
  readonly wantsAny: boolean;
}

/** Reads `spec.addresses`. Entries of other types than IPAddress are nothing that is asked for here. */
export function addressRequests({ spec }: Gateway): AddressRequests {
  const entries = spec.addresses ?? [];
  const requested = new Set<string>();
  const unusable: UnusableAddress[] = [];
  let wantsAny = entries.length === 0;
  for (const { type = 'IPAddress', value } of entries) {
    if (type !== 'IPAddress') continue;
    if (value === undefined || value === '') {
      wantsAny = true;
      continue;
    }
    const address = canonicalAddress(value);
    const reason = address === undefined ? `${value} is no IP address` : unusableReason(address);
    if (reason !== undefined) unusable.push({ value, reason });
    else if (address !== undefined) requested.add(address);
  }
  return { requested: [...requested], unusable, wantsAny };
}

/** Why no Gateway can have the address, or undefined when one can. */
function unusableReason(address: string): string | undefined {
  const range = ipaddr.parse(address).range();
  if (range === 'unspecified' || range === 'loopback' || range === 'multicast' || range === 'broadcast') {
    return `${address} is ${range === 'unspecified' ? 'the unspecified' : `a ${range}`} address, which no Gateway can have`;
  }
  return undefined;
}
