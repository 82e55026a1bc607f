import { describe, expect, it } from 'vitest';
import { missingTraffic } from './traffic.ts';

describe('traffic that the data plane has to show', () => {
  it('is there when each protocol was counted on some node', () => {
    const nodes = [
      { node: 'node1', tcp: 3, udp: 0 },
      { node: 'node2', tcp: 0, udp: 1 },
    ];
    expect(missingTraffic(nodes)).toEqual([]);
  });

  it('is missed by its protocol', () => {
    expect(missingTraffic([{ node: 'node1', tcp: 3, udp: 0 }])).toEqual([
      'data plane: no flow of UDP was counted on any node',
    ]);
  });
});
