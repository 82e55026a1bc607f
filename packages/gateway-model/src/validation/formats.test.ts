import { describe, expect, it } from 'vitest';
import { normalizeTime, textFormats } from './formats.ts';
import { isIP } from './ip.ts';

const accepted = (format: string, text: string): boolean => textFormats.get(format)?.test(text) === true;

describe('addresses', () => {
  // isIP (CEL), format ipv4, format ipv6
  it.each([
    ['10.0.0.1', true, true, false],
    ['255.255.255.255', true, true, false],
    ['256.0.0.1', false, false, false],
    ['010.0.0.1', false, true, false],
    ['1.2.3', false, false, false],
    ['1.2.3.4.5', false, false, false],
    ['1.2.3.', false, false, false],
    ['1.a.3.4', false, false, false],
    [' 1.2.3.4', false, false, false],
    ['::', true, false, true],
    ['::1', true, false, true],
    ['fe80::1%eth0', false, false, false],
    ['2001:db8:0:0:0:0:0:1', true, false, true],
    ['2001:db8:0:0:0:0:1', false, false, false],
    ['1:2:3:4:5:6:7::', true, false, true],
    ['1:2:3:4:5:6:7:8::', false, false, false],
    ['1::2::3', false, false, false],
    [':::', false, false, false],
    ['12345::', false, false, false],
    ['::ffff:1.2.3.4', false, true, true],
    ['::FFFF:102:304', false, false, true],
    ['64:ff9b::1.2.3.4', true, true, true],
    ['64:ff9b::1.2.3.04', false, true, false],
    ['1.2.3.4::', false, false, false],
    ['example.com', false, false, false],
    ['', false, false, false],
  ])('%s', (text, ip, ipv4, ipv6) => {
    expect([isIP(text), accepted('ipv4', text), accepted('ipv6', text)]).toEqual([ip, ipv4, ipv6]);
  });
});

describe('dates and times', () => {
  it.each([
    ['2026-11-22T15:00:00Z', true],
    ['2026-11-22t15:00:00z', true],
    ['2026-11-22T15:00:00.5+01:00', true],
    // As in the API server, any character may precede fractions of a second.
    ['2026-11-22T15:00:00x5Z', true],
    ['2024-02-29T00:00:00Z', true],
    ['2026-02-29T00:00:00Z', false],
    ['1900-02-29T00:00:00Z', false],
    ['2026-13-01T00:00:00Z', false],
    ['2026-11-22T24:00:00Z', false],
    ['2026-11-22T15:60:00Z', false],
    ['2026-11-22T15:00:60Z', false],
    ['2026-11-22T15:00:00', false],
    ['2026-11-22', false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(accepted('date-time', text)).toBe(expected);
  });

  it.each([
    ['2026-11-22T15:00:00Z', '2026-11-22T15:00:00Z'],
    ['2026-11-22T15:00:00.999+01:30', '2026-11-22T13:30:00Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00Z'],
    ['2026-12-31T23:30:00-01:00', '2027-01-01T00:30:00Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['2026-11-22t15:00:00Z', undefined],
    ['2026-11-22T15:00:00', undefined],
    ['2026-11-31T15:00:00Z', undefined],
    // As Go has it, an hour and a minute more than there are.
    ['2026-11-22T15:00:00+24:60', '2026-11-21T14:00:00Z'],
    ['2026-11-22T15:00:00+25:00', undefined],
    ['2026-11-22T15:00:00+00:61', undefined],
  ])('metadata: %s is kept as %s', (text, expected) => {
    expect(normalizeTime(text)).toBe(expected);
  });
});
