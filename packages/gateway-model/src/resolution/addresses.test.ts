import { describe, expect, it } from 'vitest';
import { parseAddress } from './addresses.ts';

describe('IP addresses in text form', () => {
  it.each([
    ['192.0.2.1', 'IPv4', '192.0.2.1'],
    ['2001:DB8:0:0::1', 'IPv6', '2001:db8::1'],
    ['::', 'IPv6', '::'],
    ['::ffff:192.0.2.1', 'IPv6', '::ffff:c000:201'],
  ])('%s is %s, canonically %s', (text, family, canonical) => {
    expect(parseAddress(text)).toEqual({ family, text: canonical });
  });

  it.each([
    '',
    'a.test',
    '10.0.0',
    '0x7f.1',
    '010.0.0.1',
    '10.0.0.256',
    'fe80::1%eth0',
    '1::2::3',
    '192.0.2.1/32',
    ' 192.0.2.1',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});
