import { describe, expect, it } from 'vitest';
import { gatewayServiceName } from './service-name.ts';

describe('the name of the Service of a Gateway', () => {
  it.each([
    ['edge', 'edge-blixt'],
    ['a', 'a-blixt'],
    // With the suffix, 63 characters.
    ['g'.repeat(57), `${'g'.repeat(57)}-blixt`],
  ])('%s: %s', (gateway, service) => {
    expect(gatewayServiceName(gateway)).toBe(service);
  });

  it.each([
    'g'.repeat(58),
    'g'.repeat(253),
    'edge.example.com',
    '1edge',
    `${'a'.repeat(45)}.${'b'.repeat(63)}`,
    `${'a.'.repeat(126)}a`,
  ])('%s: is made a label of RFC 1035, the same every time', (gateway) => {
    const name = gatewayServiceName(gateway);
    expect(name).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?-[0-9a-f]{10}-blixt$/);
    expect(name.length).toBeLessThanOrEqual(63);
    expect(gatewayServiceName(gateway)).toBe(name);
  });

  it('two Gateways never share one', () => {
    const names = ['a.b', 'a-b', 'ab', '1a', 'gateway-1a', `${'g'.repeat(100)}1`, `${'g'.repeat(100)}2`];
    expect(new Set(names.map(gatewayServiceName)).size).toBe(names.length);
  });
});
