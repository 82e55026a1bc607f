import { describe, expect, it } from 'vitest';
import { AddressPool, canonicalAddress } from './address-pool.ts';

describe('AddressPool', () => {
  it('gives the lowest free address, without network and broadcast address', () => {
    const pool = new AddressPool(['192.0.2.0/30']);
    expect([pool.assign('a/1'), pool.assign('a/2'), pool.assign('a/3')]).toEqual([
      ['192.0.2.1'],
      ['192.0.2.2'],
      [],
    ]);
  });

  it('uses every address of a /31, a /32 and of a single address', () => {
    const pool = new AddressPool(['192.0.2.4/31', '192.0.2.9/32', '192.0.2.11']);
    const all = ['a', 'b', 'c', 'd', 'e'].flatMap((owner) => pool.assign(owner));
    expect(all).toEqual(['192.0.2.4', '192.0.2.5', '192.0.2.9', '192.0.2.11']);
  });

  it('gives one address of each family, in RFC 5952 form', () => {
    const pool = new AddressPool(['2001:DB8:0::/126', '192.0.2.0/29']);
    expect(pool.assign('a/1')).toEqual(['192.0.2.1', '2001:db8::1']);
  });

  it('goes on to the next block when one is full', () => {
    const pool = new AddressPool(['192.0.2.1/32', '198.51.100.1/32']);
    expect([pool.assign('a'), pool.assign('b')].flat()).toEqual(['192.0.2.1', '198.51.100.1']);
  });

  it('answers the same owner the same', () => {
    const pool = new AddressPool(['192.0.2.0/29']);
    const first = pool.assign('a/1');
    pool.assign('a/2');
    expect(pool.assign('a/1')).toEqual(first);
  });

  it('gives a released address to the next who asks', () => {
    const pool = new AddressPool(['192.0.2.0/29']);
    pool.assign('a/1');
    pool.assign('a/2');
    pool.release('a/1');
    expect(pool.assign('a/3')).toEqual(['192.0.2.1']);
  });

  it('recovers addresses once, and only those of the pool', () => {
    const pool = new AddressPool(['192.0.2.0/29']);
    pool.recover('a/2', ['192.0.2.1', '203.0.113.1']);
    pool.recover('a/3', ['192.0.2.1']);
    expect(pool.assign('a/1')).toEqual(['192.0.2.2']);
    expect(pool.assign('a/2')).toEqual(['192.0.2.1']);
    expect(pool.assign('a/3')).toEqual(['192.0.2.3']);
  });

  it('never assigns what another owner uses by request', () => {
    const pool = new AddressPool(['192.0.2.0/29']);
    pool.reserve('a/1', ['192.0.2.1']);
    expect(pool.assign('a/2')).toEqual(['192.0.2.2']);
    pool.reserve('a/1', []);
    expect(pool.assign('a/3')).toEqual(['192.0.2.1']);
  });

  it('fills a /22 without giving anything twice', () => {
    const pool = new AddressPool(['10.0.0.0/22']);
    const all = Array.from({ length: 1022 }, (_, index) => pool.assign(`a/${index}`)[0]);
    expect(new Set(all).size).toBe(1022);
    expect(pool.assign('one too many')).toEqual([]);
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
  ])('refuses %j (%s)', (cidr, reason) => {
    expect(() => new AddressPool([cidr])).toThrow(
      expect.objectContaining({ code: 'ERR_POOL_CIDR', message: expect.stringContaining(reason) }),
    );
  });

  it('refuses blocks that overlap, and names both', () => {
    expect(() => new AddressPool(['192.0.2.0/24', '2001:db8::/64', '192.0.2.128/25'])).toThrow(
      /192\.0\.2\.0\/24 and 192\.0\.2\.128\/25/,
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
