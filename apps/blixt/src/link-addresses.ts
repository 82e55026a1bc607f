import { networkInterfaces } from 'node:os';

/** Addresses of interfaces of this machine, as `192.0.2.11/24`, without those that are valid on their link only. */
export function linkAddresses(interfaces: readonly string[]): string[] {
  const known = networkInterfaces();
  return interfaces
    .flatMap((name) => known[name] ?? [])
    .flatMap(({ cidr, scopeid = 0 }) => (cidr === null || scopeid !== 0 ? [] : cidr))
    .sort();
}
