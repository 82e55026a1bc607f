import { isIPv4 } from 'node:net';
import { ipAddress, ipv4, ipv6 } from './addresses.ts';
import { type Codec, locate } from './codec.ts';
import { cLpmKey } from './ctype.ts';
import { BpfUsageError, CodecError, describe } from './errors.ts';
import { u32 } from './integers.ts';

/** Bits before the IPv4 address in an IPv4-mapped one (RFC 4291, section 2.5.5.2). */
const MAPPED_BITS = 96;

const PREFIX = /^(?<address>[^/]+)\/(?<length>0|[1-9][0-9]{0,2})$/;

/**
 * The key of an `lpm_trie` of addresses, `struct bpf_lpm_trie_key`, as text: `cidr(ipv4)` takes `192.0.2.0/24`,
 * `cidr(ipv6)` takes `2001:db8::/32`, `cidr(ipAddress)` takes both, IPv4 as IPv4-mapped IPv6 with 96 bits more.
 * A look-up gives all bits, as in `192.0.2.7/32`. Bits behind the prefix are kept; the kernel ignores them.
 *
 * @param address - ipv4, ipv6 or ipAddress
 * @throws BpfUsageError `ERR_BPF_ARGUMENT` for another codec
 */
export function cidr(address: Codec<string>): Codec<string> {
  if (address !== ipv4 && address !== ipv6 && address !== ipAddress) {
    throw new BpfUsageError('ERR_BPF_ARGUMENT', 'cidr() needs one of the codecs ipv4, ipv6 and ipAddress');
  }
  const allBits = address.size * 8;
  const mapsIpv4 = address === ipAddress;
  return Object.freeze({
    size: 4 + address.size,
    alignment: 4,
    ctype: cLpmKey(address.ctype, address.size),
    encode(value: string, view: DataView, offset: number): void {
      const parts = typeof value === 'string' ? PREFIX.exec(value)?.groups : undefined;
      if (parts === undefined) {
        throw new CodecError(
          typeof value === 'string' ? 'ERR_BPF_VALUE_RANGE' : 'ERR_BPF_VALUE_TYPE',
          `expected an address and a prefix length, such as ${address === ipv6 ? '2001:db8::/32' : '192.0.2.0/24'}, got ${describe(value)}`,
        );
      }
      const { address: text = '', length = '' } = parts;
      const before = mapsIpv4 && isIPv4(text) ? MAPPED_BITS : 0;
      if (Number(length) > allBits - before) {
        throw new CodecError(
          'ERR_BPF_VALUE_RANGE',
          `expected a prefix length of 0 to ${allBits - before} bits, got ${length}`,
        );
      }
      u32.encode(before + Number(length), view, offset);
      try {
        address.encode(text, view, offset + 4);
      } catch (error) {
        throw locate(error, 'address');
      }
    },
    decode(view: DataView, offset: number): string {
      const length = u32.decode(view, offset);
      const text = address.decode(view, offset + 4);
      if (!mapsIpv4 || !isIPv4(text)) return `${text}/${length}`;
      // A prefix that ends before the IPv4 address is one of IPv6.
      return length < MAPPED_BITS
        ? `${ipv6.decode(view, offset + 4)}/${length}`
        : `${text}/${length - MAPPED_BITS}`;
    },
  });
}
