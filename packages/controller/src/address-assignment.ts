import type { AddressAssignment, Gateway, UnusableAddress } from '@blixt/gateway-model';
import ipaddr from 'ipaddr.js';
import { type AddressProvider, canonicalAddress } from './address-pool.ts';

/** IP address values that a Gateway asks for, in canonical form. */
export function requestedAddresses(gateway: Gateway): string[] {
  return (gateway.spec.addresses ?? []).flatMap(({ type, value }) => {
    if ((type ?? 'IPAddress') !== 'IPAddress' || value === undefined || value === '') return [];
    const address = canonicalAddress(value);
    return address === undefined || unusableReason(address) !== undefined ? [] : [address];
  });
}

/** Whether a Gateway wants addresses that it does not name: entries without a value, or no entries at all. */
export function wantsAssignment(gateway: Gateway): boolean {
  const wanted = gateway.spec.addresses ?? [];
  return wanted.length === 0 || wanted.some(isUnnamed);
}

/**
 * Answers a Gateway's `spec.addresses`: IP addresses are taken as they are, entries without a value, and
 * Gateways without entries, get theirs from the provider.
 */
export function assignAddresses(gateway: Gateway, provider: AddressProvider): AddressAssignment {
  const owner = `${gateway.metadata.namespace}/${gateway.metadata.name}`;
  const wanted = gateway.spec.addresses ?? [];
  const requested = requestedAddresses(gateway);
  const unusable: UnusableAddress[] = [];
  for (const { type, value } of wanted) {
    if ((type ?? 'IPAddress') !== 'IPAddress' || value === undefined || value === '') continue;
    const address = canonicalAddress(value);
    const reason = address === undefined ? `${value} is no IP address` : unusableReason(address);
    if (reason !== undefined) unusable.push({ value, reason });
  }
  const dynamic = wantsAssignment(gateway);
  provider.reserve(owner, requested);
  const fromPool = dynamic ? provider.assign(owner) : [];
  const assigned = [...new Set([...requested, ...fromPool])];
  const pending =
    dynamic && fromPool.length === 0
      ? 'The address pool has no free address: ask for one in spec.addresses, or enlarge the pool.'
      : undefined;
  return {
    assigned,
    ...(unusable.length > 0 ? { unusable } : {}),
    ...(pending === undefined ? {} : { pending }),
  };
}

function isUnnamed({ type, value }: { readonly type?: string; readonly value?: string }): boolean {
  return (type ?? 'IPAddress') === 'IPAddress' && (value === undefined || value === '');
}

/** Why no Gateway can have the address, or undefined when one can. */
function unusableReason(address: string): string | undefined {
  const range = ipaddr.parse(address).range();
  if (range === 'unspecified' || range === 'multicast' || range === 'broadcast') {
    return `${address} is ${range === 'unspecified' ? 'the unspecified' : `a ${range}`} address, which no Gateway can have`;
  }
  return undefined;
}
