import type { Forwarding, Gateway } from '@blixt/gateway-model';
import { describe, expect, it } from 'vitest';
import { gatewayKey, type ObjectKey } from './object.ts';
import { PortClaims } from './port-claims.ts';

const forwarding = (name: string, ...ports: number[]): Forwarding => ({
  gateway: { namespace: 'default', name },
  services: ports.map((port) => ({
    address: '192.0.2.1',
    port,
    protocol: 'TCP',
    name: `default/${name}/l${port}`,
    backends: [],
    rejectWeight: 1,
  })),
});

const aged = (name: string, creationTimestamp: string): Pick<Gateway, 'metadata'> => ({
  metadata: { namespace: 'default', name, creationTimestamp },
});

const claim = (claims: PortClaims, rules: Forwarding, created = '1970-01-01T00:00:00Z'): ObjectKey[] => [
  ...claims.set(gatewayKey(rules.gateway), aged(rules.gateway.name, created), rules.services),
];

const ports = (claims: PortClaims, rules: Forwarding): number[] =>
  claims.settle(rules).forwarding.services.map((service) => service.port);

describe('PortClaims', () => {
  it('lets the older Gateway have the port, whichever came first', () => {
    const claims = new PortClaims();
    const [young, old] = [forwarding('a', 80, 81), forwarding('b', 80)];
    expect(claim(claims, young, '2026-01-02T00:00:00Z')).toEqual([]);
    expect(claim(claims, old, '2026-01-01T00:00:00Z')).toEqual(['Gateway/default/a']);
    expect([ports(claims, young), ports(claims, old)]).toEqual([[81], [80]]);
    expect(claims.settle(young).conflicts).toMatchObject([
      { owner: 'Gateway/default/b', service: { port: 80 } },
    ]);
  });

  it('goes by name when they are equally old', () => {
    const claims = new PortClaims();
    const [b, a] = [forwarding('b', 80), forwarding('a', 80)];
    claim(claims, b);
    claim(claims, a);
    expect([ports(claims, a), ports(claims, b)]).toEqual([[80], []]);
  });

  it('tells the loser when the winner gives the port up', () => {
    const claims = new PortClaims();
    const [a, b] = [forwarding('a', 80), forwarding('b', 80)];
    claim(claims, a);
    claim(claims, b);
    expect([...claims.set('Gateway/default/a', undefined, [])]).toEqual(['Gateway/default/b']);
    expect(ports(claims, b)).toEqual([80]);
  });

  it('tells apart protocols, addresses and ports', () => {
    const claims = new PortClaims();
    claim(claims, forwarding('a', 80));
    const udp = forwarding('b', 80);
    const other: Forwarding = {
      ...udp,
      services: udp.services.map((service) => ({ ...service, protocol: 'UDP' })),
    };
    expect(claim(claims, other)).toEqual([]);
    expect(ports(claims, other)).toEqual([80]);
  });
});
