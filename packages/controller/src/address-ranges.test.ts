import { describe, expect, it } from 'vitest';
import { AddressRanges, canonicalAddress } from './address-ranges.ts';

describe('AddressRanges', () => {
  it('are blocks, single addresses, and first and last address', () => {
    const ranges = new AddressRanges([
      '192.0.2.0/29',
      '192.0.2.9',
      '192.0.2.20-192.0.2.22',
      '2001:db8::/126',
    ]);
    const inside = ['192.0.2.1', '192.0.2.6', '192.0.2.9', '192.0.2.20', '192.0.2.22', '2001:DB8::0:3'];
    const outside = ['192.0.2.10', '192.0.2.19', '192.0.2.23', '2001:db8::4', 'banana', ''];
    expect(inside.filter((address) => !ranges.includes(address))).toEqual([]);
    expect(outside.filter((address) => ranges.includes(address))).toEqual([]);
  });

  it('leave network, broadcast and anycast addresses of blocks out, unless they are named', () => {
    const ranges = new AddressRanges(['192.0.2.0/29', '198.51.100.0-198.51.100.7', '2001:db8::/126']);
    expect(['192.0.2.0', '192.0.2.7', '2001:db8::'].map((it) => ranges.includes(it))).toEqual([
      false,
      false,
      false,
    ]);
    expect(ranges.includes('198.51.100.0')).toBe(true);
  });

  it.each([
    ['192.0.2.1/24', 'host bits'],
    ['192.0.2.0/33', 'prefix length'],
    ['192.0.2.0/', 'prefix length'],
    ['192.0.2.0/24/8', 'CIDR'],
    ['192.0.2/24', 'CIDR'],
    ['banana', 'CIDR'],
    ['', 'CIDR'],
    ['fe80::1%eth0/64', 'CIDR'],
    ['224.0.0.0/24', 'unicast'],
    ['192.0.2.1-', 'no two addresses'],
    ['192.0.2.1-192.0.2.2-192.0.2.3', 'no two addresses'],
    ['192.0.2.1-2001:db8::1', 'begins with IPv4'],
    ['192.0.2.9-192.0.2.1', 'ends before it begins'],
    ['192.0.2.9-224.0.0.1', 'unicast'],
  ])('refuse %j (%s)', (source, reason) => {
    expect(() => new AddressRanges([source])).toThrow(
      expect.objectContaining({ code: 'ERR_POOL_CIDR', message: expect.stringContaining(reason) }),
    );
  });

  it('must not overlap: both are named', () => {
    expect(() => new AddressRanges(['192.0.2.0/24', '2001:db8::/64', '192.0.2.128-192.0.2.130'])).toThrow(
      /192\.0\.2\.0\/24 and 192\.0\.2\.128-192\.0\.2\.130/,
    );
  });
});

describe('canonicalAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['192.0.2', undefined],
    ['0300.0.2.1', undefined],
    ['example.com', undefined],
    ['fe80::1%eth0', undefined],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });
});
