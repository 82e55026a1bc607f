import { describe, expect, it } from 'vitest';
import { describeTraffic, FlowTotals, missingTraffic, type ServiceFlows } from './traffic.ts';

const tcp = (flows: number, port = 80): ServiceFlows => ({
  address: '192.0.2.1',
  port,
  protocol: 'TCP',
  flows,
});
const udp = (flows: number): ServiceFlows => ({ ...tcp(flows), protocol: 'UDP' });

describe('flows of a data plane', () => {
  it('are counted once, however often they are read', () => {
    const totals = new FlowTotals();
    totals.add([tcp(3), udp(1)]);
    totals.add([tcp(3), udp(4)]);
    totals.add([tcp(5), udp(4)]);
    expect([totals.tcp, totals.udp]).toEqual([5, 4]);
  });

  it('of services that are gone stay counted, and those that come at their address count anew', () => {
    const totals = new FlowTotals();
    totals.add([tcp(3), tcp(2, 81)]);
    totals.add([tcp(2, 81)]);
    totals.add([tcp(4), tcp(2, 81)]);
    expect(totals.tcp).toBe(9);
  });

  it('of a service that was replaced between two looks count anew', () => {
    const totals = new FlowTotals();
    totals.add([tcp(10)]);
    totals.add([tcp(4)]);
    expect(totals.tcp).toBe(14);
  });
});

describe('traffic that the data plane has to show', () => {
  it('is there when each protocol was counted on some node', () => {
    const nodes = [
      { node: 'node1', tcp: 3, udp: 0 },
      { node: 'node2', tcp: 0, udp: 1 },
    ];
    expect(missingTraffic(nodes)).toEqual([]);
    expect(describeTraffic(nodes)).toBe(
      'flows through the data plane: node1 3 TCP, 0 UDP; node2 0 TCP, 1 UDP',
    );
  });

  it('is missed by its protocol', () => {
    expect(missingTraffic([{ node: 'node1', tcp: 3, udp: 0 }])).toEqual([
      'data plane: no flow of UDP was counted on any node',
    ]);
  });
});
