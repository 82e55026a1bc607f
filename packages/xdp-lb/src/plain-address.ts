import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The canonical text of an IP address (RFC 5952; of an IPv4-mapped one the IPv4 address); undefined for what is none,
 * or has a zone.
 */
export function plainAddress(value: unknown): string | undefined {
  if (typeof value !== 'string' || isIP(value) === 0 || value.includes('%')) return undefined;
  const text = ipaddr.process(value).toString();
  // The same string, not one more that is equal: there may be a hundred thousand.
  return text === value ? value : text;
}
