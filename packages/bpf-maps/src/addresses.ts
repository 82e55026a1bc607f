import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Codec } from './codec.ts';
import { cBytes, cTypedef } from './ctype.ts';
import { CodecError, describe } from './errors.ts';

function mismatch(expected: string, value: unknown): CodecError {
  return new CodecError(
    typeof value === 'string' ? 'ERR_BPF_VALUE_RANGE' : 'ERR_BPF_VALUE_TYPE',
    `expected ${expected}, got ${describe(value)}`,
  );
}

function writeIpv4(value: string, view: DataView, offset: number): void {
  let at = 0;
  for (let i = 0; i < 4; i++) {
    const dot = i === 3 ? value.length : value.indexOf('.', at);
    view.setUint8(offset + i, Number(value.slice(at, dot)));
    at = dot + 1;
  }
}

function readIpv4(view: DataView, offset: number): string {
  return `${view.getUint8(offset)}.${view.getUint8(offset + 1)}.${view.getUint8(offset + 2)}.${view.getUint8(offset + 3)}`;
}

function writeIpv6(value: string, view: DataView, offset: number): void {
  const { parts } = ipaddr.IPv6.parse(value);
  for (let i = 0; i < 8; i++) view.setUint16(offset + 2 * i, parts[i] ?? 0);
}

function isMapped(view: DataView, offset: number): boolean {
  return (
    view.getUint32(offset) === 0 && view.getUint32(offset + 4) === 0 && view.getUint32(offset + 8) === 0xffff
  );
}

function readIpv6(view: DataView, offset: number): string {
  const parts: number[] = [];
  for (let i = 0; i < 8; i++) parts.push(view.getUint16(offset + 2 * i));
  return new ipaddr.IPv6(parts).toRFC5952String();
}

/** net.isIPv6 lets a zone through (fe80::1%eth0), which has no place in 16 bytes. */
function isPlainIpv6(value: string): boolean {
  return isIPv6(value) && !value.includes('%');
}

/** An IPv4 address, `__be32`: 4 bytes in network byte order, text such as `192.0.2.1` (four decimal parts only). */
export const ipv4: Codec<string> = Object.freeze({
  size: 4,
  alignment: 4,
  ctype: cTypedef('__be', 4),
  encode(value: string, view: DataView, offset: number): void {
    if (typeof value !== 'string' || !isIPv4(value))
      throw mismatch('an IPv4 address such as 192.0.2.1', value);
    writeIpv4(value, view, offset);
  },
  decode: readIpv4,
});

/**
 * An IPv6 address, `struct in6_addr`: 16 bytes in network byte order. Takes every text form of RFC 4291 but
 * zones; decodes to the canonical one of RFC 5952 (IPv4-mapped addresses in mixed notation, its section 5).
 */
export const ipv6: Codec<string> = Object.freeze({
  size: 16,
  alignment: 4,
  ctype: cBytes(16),
  encode(value: string, view: DataView, offset: number): void {
    if (typeof value !== 'string' || !isPlainIpv6(value)) {
      throw mismatch('an IPv6 address without zone, such as 2001:db8::1', value);
    }
    writeIpv6(value, view, offset);
  },
  decode(view: DataView, offset: number): string {
    return isMapped(view, offset) ? `::ffff:${readIpv4(view, offset + 12)}` : readIpv6(view, offset);
  },
});

/**
 * An address of either family in 16 bytes in network byte order: IPv6 as it is, IPv4 as the IPv4-mapped
 * `::ffff:a.b.c.d` (RFC 4291, section 2.5.5.2). In JavaScript an IPv4 address is plain `a.b.c.d`; the mapped
 * form is accepted and decodes to the plain one.
 */
export const ipAddress: Codec<string> = Object.freeze({
  size: 16,
  alignment: 4,
  ctype: cBytes(16),
  encode(value: string, view: DataView, offset: number): void {
    if (typeof value !== 'string') throw mismatch('an IP address as text', value);
    if (isIPv4(value)) {
      view.setUint32(offset, 0);
      view.setUint32(offset + 4, 0);
      view.setUint32(offset + 8, 0xffff);
      writeIpv4(value, view, offset + 12);
    } else if (isPlainIpv6(value)) {
      writeIpv6(value, view, offset);
    } else {
      throw mismatch('an IPv4 address, or an IPv6 address without zone', value);
    }
  },
  decode(view: DataView, offset: number): string {
    return isMapped(view, offset) ? readIpv4(view, offset + 12) : readIpv6(view, offset);
  },
});
