/**
 * IP addresses as the API server reads them: strictly (Go's `net/netip`, for CEL's `isIP`), like Go's
 * `net.ParseIP` (the format `ipv6`), and as old releases did (the format `ipv4` lets leading zeros pass).
 */

type Reading = 'strict' | 'sloppy';

/** The four bytes of `192.0.2.1`, or undefined. Sloppy: numbers may have leading zeros. */
function parseIPv4(text: string, reading: Reading): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const number = reading === 'strict' ? /^(0|[1-9]\d{0,2})$/ : /^0*\d{1,3}$/;
  const bytes = parts.map((part) => (number.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** The 16-bit groups that a part of an IPv6 address (before or after `::`) stands for, or undefined. */
function parseGroups(text: string, reading: Reading, last: boolean): number[] | undefined {
  if (text === '') return [];
  const group = reading === 'strict' ? /^[0-9a-fA-F]{1,4}$/ : /^0*[0-9a-fA-F]{1,4}$/;
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (group.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const bytes = last && index === parts.length - 1 ? parseIPv4(part, reading) : undefined;
    if (!bytes) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = bytes;
    groups.push(a * 256 + b, c * 256 + d);
  }
  return groups;
}

/** The eight groups of an IPv6 address without a zone, or undefined. */
function parseIPv6(text: string, reading: Reading): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = '', tail] = halves;
  if (tail === undefined) {
    const groups = parseGroups(head, reading, true);
    return groups?.length === 8 ? groups : undefined;
  }
  const before = parseGroups(head, reading, false);
  const after = parseGroups(tail, reading, true);
  // `::` stands for one group at least.
  if (!before || !after || before.length + after.length > 7) return undefined;
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** Format `ipv4`. An IPv6 address that ends like an IPv4 one passes as well. */
export const isIPv4Format = (text: string): boolean =>
  text.includes('.') &&
  (parseIPv4(text, 'sloppy') !== undefined ||
    (text.includes(':') && parseIPv6(text, 'sloppy') !== undefined));

/** Format `ipv6`. */
export const isIPv6Format = (text: string): boolean =>
  text.includes(':') && parseIPv6(text, 'strict') !== undefined;

/** CEL's `isIP`: no zone, no leading zeros, no IPv4 address within IPv6. */
export function isIP(text: string): boolean {
  if (!text.includes(':')) return parseIPv4(text, 'strict') !== undefined;
  const groups = parseIPv6(text, 'strict');
  if (!groups) return false;
  return !(groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff);
}
