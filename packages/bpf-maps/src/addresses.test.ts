import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, encodeAnything, roundTrip } from '../test/codec-helpers.ts';
import { ipAddress, ipv4, ipv6 } from './index.ts';

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

describe('ipv4', () => {
  it('is four bytes in network order', () => {
    expect(encode(ipv4, '192.0.2.1')).toEqual(Uint8Array.of(192, 0, 2, 1));
  });

  it('gives back every address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (value) => {
        expect(roundTrip(ipv4, value)).toBe(value);
      }),
    );
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '0x7f.0.0.1', '1.2.3.4/8', '::1', ' 1.2.3.4'])(
    'refuses %j',
    (value) => {
      expect(encodeAnything(ipv4, value).code).toBe('ERR_BPF_VALUE_RANGE');
    },
  );

  it.each([0x7f000001, null, undefined, ['1.2.3.4']])('refuses %s, which is not a text', (value) => {
    expect(encodeAnything(ipv4, value).code).toBe('ERR_BPF_VALUE_TYPE');
  });
});

describe('ipv6', () => {
  it('is sixteen bytes in network order', () => {
    const expected = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34);
    expect(encode(ipv6, '2001:db8::1234')).toEqual(expected);
    expect(encode(ipv6, '2001:0DB8:0:0:0:0:0.0.18.52')).toEqual(expected);
  });

  // RFC 5952, sections 4 and 5
  it.each([
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
  ])('writes %s canonically as %s', (value, canonical) => {
    expect(roundTrip(ipv6, value)).toBe(canonical);
  });

  it('gives back the bytes of every address', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (address) => {
        expect(encode(ipv6, decode(ipv6, address))).toEqual(address);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (value) => {
        const canonical = roundTrip(ipv6, value);
        expect(roundTrip(ipv6, canonical)).toBe(canonical);
      }),
    );
  });

  it.each(['', '192.0.2.1', ':::', '1::2::3', 'fe80::1%eth0', '2001:db8::/32', '12345::'])(
    'refuses %j',
    (value) => {
      expect(encodeAnything(ipv6, value).code).toBe('ERR_BPF_VALUE_RANGE');
    },
  );
});

describe('ipAddress', () => {
  it('holds IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2)', () => {
    expect(encode(ipAddress, '192.0.2.1')).toEqual(Uint8Array.of(...MAPPED, 192, 0, 2, 1));
    expect(roundTrip(ipAddress, '192.0.2.1')).toBe('192.0.2.1');
    expect(roundTrip(ipAddress, '::ffff:192.0.2.1')).toBe('192.0.2.1');
  });

  it('holds IPv6 as it is', () => {
    expect(encode(ipAddress, '2001:db8::1')).toEqual(encode(ipv6, '2001:db8::1'));
    expect(roundTrip(ipAddress, '2001:db8::1')).toBe('2001:db8::1');
    expect(roundTrip(ipAddress, '::')).toBe('::');
  });

  it('gives back every address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (value) => {
        expect(roundTrip(ipAddress, value)).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (address) => {
        expect(encode(ipAddress, decode(ipAddress, address))).toEqual(address);
      }),
    );
  });

  it.each(['', 'localhost', 'fe80::1%lo', '1.2.3'])('refuses %j', (value) => {
    expect(encodeAnything(ipAddress, value).code).toBe('ERR_BPF_VALUE_RANGE');
  });

  it('refuses what is not a text', () => {
    expect(encodeAnything(ipAddress, 1).code).toBe('ERR_BPF_VALUE_TYPE');
  });
});
