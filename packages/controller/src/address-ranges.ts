import ipaddr from 'ipaddr.js';
import { ControllerError } from './errors.ts';

/** IPv4 or IPv6. */
export type IpFamily = 'ipv4' | 'ipv6';

/** An IP address as a number. */
export interface IpAddress {
  readonly family: IpFamily;
  readonly value: bigint;
  /** Canonical: RFC 5952 for IPv6. */
  readonly text: string;
}

/** Successive addresses of one family. */
export interface AddressRange {
  /** As it was written. */
  readonly source: string;
  /** Of all its addresses. */
  readonly family: IpFamily;
  /** The first that may be given out. */
  readonly first: bigint;
  /** The last that may be given out. */
  readonly last: bigint;
}

/**
 * Ranges of IP addresses: CIDR blocks (`203.0.113.0/28`), single addresses, and first and last address
 * (`203.0.113.32-203.0.113.40`).
 *
 * Of blocks, the network and broadcast addresses of IPv4 (/30 or larger), and the subnet-router anycast address
 * (RFC 4291, section 2.6.1) of IPv6 (/126 or larger), are left out; whoever wants them names them.
 */
export class AddressRanges {
  /** In the order in which they were written. */
  readonly ranges: readonly AddressRange[];

  /**
   * @param sources - the ranges' texts
   * @throws {@link ControllerError} `ERR_POOL_CIDR` when one cannot be read or two overlap
   */
  constructor(sources: readonly string[]) {
    this.ranges = sources.map(parseRange);
    for (const [index, range] of this.ranges.entries()) {
      const other = this.ranges
        .slice(0, index)
        .find((it) => it.family === range.family && it.first <= range.last && range.first <= it.last);
      if (other !== undefined) {
        throw new ControllerError(
          'ERR_POOL_CIDR',
          `Pool ranges ${other.source} and ${range.source} overlap; give ranges that have no address in common.`,
        );
      }
    }
  }

  /** Whether the address may be given out; false for what is no address. */
  includes(address: string): boolean {
    const parsed = parseIpAddress(address);
    return parsed !== undefined && this.ranges.some((range) => isIn(parsed, range));
  }

  /** As they were written, for messages. */
  toString(): string {
    return this.ranges.map(({ source }) => source).join(', ');
  }
}

/** Reads an IP address. Only the full dotted form of IPv4 is taken; zones are not. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const dotted = ipaddr.IPv4.isValidFourPartDecimal(text);
  if (!dotted && (!ipaddr.IPv6.isValid(text) || text.includes('%'))) return undefined;
  const address = ipaddr.parse(text);
  const family = address.kind();
  const value = toBigInt(address.toByteArray());
  return { family, value, text: formatIpAddress(family, value) };
}

/**
 * Canonical text form of an IP address (RFC 5952 for IPv6), or undefined when it is none. Only the full
 * dotted form of IPv4 is taken; zones are not.
 */
export function canonicalAddress(text: string): string | undefined {
  return parseIpAddress(text)?.text;
}

/** Canonical text form of an address that is given as a number. */
export function formatIpAddress(family: IpFamily, value: bigint): string {
  const length = family === 'ipv4' ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) =>
    Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  const address = ipaddr.fromByteArray(bytes);
  return address.kind() === 'ipv6' ? new ipaddr.IPv6(bytes).toRFC5952String() : address.toString();
}

const isIn = ({ family, value }: IpAddress, range: AddressRange): boolean =>
  range.family === family && range.first <= value && value <= range.last;

const badRange = (source: string, reason: string): ControllerError =>
  new ControllerError(
    'ERR_POOL_CIDR',
    `Pool range "${source}" ${reason}; write an address and a prefix length, for example 203.0.113.0/28 or 2001:db8::/112, or first and last address, for example 203.0.113.32-203.0.113.40.`,
  );

function parseRange(source: string): AddressRange {
  return source.includes('-') ? parseSpan(source) : parseBlock(source);
}

function parseSpan(source: string): AddressRange {
  const [first, last, ...rest] = source.split('-').map(parseIpAddress);
  if (first === undefined || last === undefined || rest.length > 0)
    throw badRange(source, 'has no two addresses');
  if (first.family !== last.family)
    throw badRange(source, 'begins with IPv4 and ends with IPv6, or the reverse');
  if (first.value > last.value) throw badRange(source, 'ends before it begins');
  refuseSpecial(source, first);
  refuseSpecial(source, last);
  return { source, family: first.family, first: first.value, last: last.value };
}

function parseBlock(source: string): AddressRange {
  const [addressText = '', lengthText, ...rest] = source.split('/');
  const address = parseIpAddress(addressText);
  if (address === undefined || rest.length > 0) throw badRange(source, 'is not a CIDR block');
  const bits = address.family === 'ipv4' ? 32 : 128;
  const length = lengthText === undefined ? bits : /^\d{1,3}$/.test(lengthText) ? Number(lengthText) : -1;
  if (length < 0 || length > bits)
    throw badRange(source, `has a prefix length that is not between 0 and ${bits}`);
  const size = 1n << BigInt(bits - length);
  const base = address.value - (address.value % size);
  if (base !== address.value) {
    const begin = formatIpAddress(address.family, base);
    throw badRange(source, `has host bits set (the block begins at ${begin})`);
  }
  refuseSpecial(source, address);
  const hostBits = bits - length;
  const skipFirst = hostBits >= 2 ? 1n : 0n;
  const skipLast = address.family === 'ipv4' && hostBits >= 2 ? 1n : 0n;
  return { source, family: address.family, first: base + skipFirst, last: base + size - 1n - skipLast };
}

function refuseSpecial(source: string, { text }: IpAddress): void {
  const range = ipaddr.parse(text).range();
  if (range === 'multicast' || range === 'broadcast') throw badRange(source, 'is no unicast range');
}

function toBigInt(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
