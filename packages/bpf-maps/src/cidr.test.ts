import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encode, encodeAnything, roundTrip, thrown } from '../test/codec-helpers.ts';
import { BpfMap, BpfUsageError, cidr, ipAddress, ipv4, ipv6, mac, u32 } from './index.ts';

describe('a prefix as text', () => {
  it('is a key of a trie', () => {
    expect([...encode(cidr(ipv4), '192.0.2.0/24')]).toEqual([
      ...new Uint8Array(Uint32Array.of(24).buffer),
      ...[192, 0, 2, 0],
    ]);
    expect(encode(cidr(ipAddress), '10.0.0.0/8')[0]).toBe(104);
    expect([cidr(ipv4).size, cidr(ipv6).size, cidr(ipAddress).size]).toEqual([8, 20, 20]);
  });

  it.each([
    [cidr(ipv4), '0.0.0.0/0'],
    [cidr(ipv4), '10.1.2.3/8'],
    [cidr(ipv6), '2001:db8::/32'],
    [cidr(ipv6), '::/0'],
    [cidr(ipAddress), '192.0.2.0/24'],
    [cidr(ipAddress), '0.0.0.0/0'],
    [cidr(ipAddress), '2001:db8::/128'],
    [cidr(ipAddress), '::/0'],
  ])('is read as it was written: %# %s', (codec, text) => {
    expect(roundTrip(codec, text)).toBe(text);
  });

  it('that ends before an IPv4 address is one of IPv6', () => {
    expect(roundTrip(cidr(ipAddress), '::ffff:0:0/90')).toBe('::ffff:0.0.0.0/90');
    expect(roundTrip(cidr(ipAddress), '::ffff:192.0.2.0/120')).toBe('192.0.2.0/24');
    expect(roundTrip(cidr(ipAddress), roundTrip(cidr(ipAddress), '::ffff:0:0/90'))).toBe('::ffff:0.0.0.0/90');
  });

  it.each([
    '192.0.2.0',
    '192.0.2.0/',
    '192.0.2.0/33',
    '192.0.2.0/024',
    '192.0.2.0/-1',
    '192.0.2.0/8/8',
    '192.0.2/24',
    '/24',
    '',
    '2001:db8::/32',
  ])('of IPv4 is not %j', (text) => {
    expect(encodeAnything(cidr(ipv4), text).code).toBe('ERR_BPF_VALUE_RANGE');
  });

  it.each([undefined, null, 5, {}, ['10.0.0.0/8']])('is not %j', (value) => {
    expect(encodeAnything(cidr(ipAddress), value).code).toBe('ERR_BPF_VALUE_TYPE');
  });

  it('is of addresses', () => {
    expect(thrown(BpfUsageError, () => cidr(mac)).code).toBe('ERR_BPF_ARGUMENT');
  });

  it('is found by the longest that matches', () => {
    const octet = fc.nat(3);
    const prefix = fc.tuple(octet, octet, octet, octet, fc.constantFrom(0, 8, 16, 24, 32));
    fc.assert(
      fc.property(
        fc.array(prefix, { maxLength: 12 }),
        fc.tuple(octet, octet, octet, octet),
        (list, address) => {
          using trie = BpfMap.create({ type: 'lpm_trie', key: cidr(ipAddress), value: u32, maxEntries: 16 });
          let longest = -1;
          for (const [a, b, c, d, length] of list) {
            trie.set(`${a}.${b}.${c}.${d}/${length}`, length);
            const matches = [a, b, c, d].slice(0, length / 8).every((part, i) => part === address[i]);
            if (matches) longest = Math.max(longest, length);
          }
          expect(trie.get(`${address.join('.')}/32`)).toBe(longest < 0 ? undefined : longest);
        },
      ),
      { numRuns: 60 },
    );
  });
});
