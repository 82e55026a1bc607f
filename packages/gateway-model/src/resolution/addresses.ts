/** IP addresses in text form. */
import ipaddr from 'ipaddr.js';

/** Address families that a data plane forwards. */
export type AddressFamily = 'IPv4' | 'IPv6';

/** An IP address in the one text form that every equal address has. */
export interface CanonicalAddress {
  /** Which of the two it is. */
  readonly family: AddressFamily;
  /** IPv4: four decimal parts; IPv6: RFC 5952. */
  readonly text: string;
}

/** Four decimal parts without leading zeros: such a text is canonical as it is. */
const canonicalIPv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Reads an IP address; undefined when the text is none (a host name, a zone, octal or short forms). */
export function parseAddress(text: string): CanonicalAddress | undefined {
  if (!text.includes(':')) return canonicalIPv4.test(text) ? { family: 'IPv4', text } : undefined;
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  return { family: 'IPv6', text: ipaddr.IPv6.parse(text).toRFC5952String() };
}
