/** IP addresses in text form. */
import ipaddr from 'ipaddr.js';

/** Address families that a data plane forwards. */
export type AddressFamily = 'IPv4' | 'IPv6';

export interface CanonicalAddress {
  readonly family: AddressFamily;
  /** IPv4: four decimal parts; IPv6: RFC 5952. */
  readonly text: string;
}

/** Reads an IP address; undefined when the text is none (a host name, a zone, octal or short forms). */
export function parseAddress(text: string): CanonicalAddress | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text))
    return { family: 'IPv4', text: ipaddr.IPv4.parse(text).toString() };
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  return { family: 'IPv6', text: ipaddr.IPv6.parse(text).toRFC5952String() };
}
