import { describe, expect, it } from 'vitest';
import { atBackend, atClient, byNeighbourCode, CASES, fromBackend, fromClient, serviceOf } from './cases.ts';
import { build } from './frame.ts';
import { dataPlaneForTests } from './harness.ts';

const lb = await dataPlaneForTests();

describe.each(CASES)('two services in front of one backend: $name', (c) => {
  const requests = [
    fromClient(c),
    fromClient(c, { dst: c.family.otherService }),
    fromClient(c, { dport: 81 }),
  ];
  const services = [
    serviceOf(c),
    serviceOf(c, { address: c.family.otherService }),
    serviceOf(c, { port: 81 }),
  ];

  it('give the same client and source port different NAT ports, and each answers for itself', () => {
    lb.reset(...services);
    for (const request of requests) {
      const { data } = lb.run(c.hook, request);
      const expected = atBackend(c, request, lb.natPort(request));
      // A next hop is remembered per backend of a service, so each asks for its own.
      expect(data).toEqual(build(byNeighbourCode(c.hook, expected, request)));
    }
    const ports = requests.map((request) => lb.natPort(request));
    expect(new Set(ports).size).toBe(requests.length);
    requests.forEach((request, at) => {
      const reply = fromBackend(c, ports[at] ?? 0);
      const { data } = lb.run(c.hook, reply, lb.network.back);
      expect(data).toEqual(build(byNeighbourCode(c.hook, atClient(reply, request), reply)));
    });
  });

  it('count their own packets', () => {
    lb.reset(...services);
    const [first, second] = requests;
    if (!first || !second) throw new Error('no requests');
    lb.run(c.hook, first);
    lb.run(c.hook, second);
    lb.run(c.hook, second);
    lb.run(c.hook, fromBackend(c, lb.natPort(second)), lb.network.back);
    expect(lb.service(c.family.service)).toMatchObject({ packets: 1, flows: 1 });
    expect(lb.service(c.family.otherService)).toMatchObject({ packets: 3, flows: 1 });
  });

  it('one of them removed: the other goes on', () => {
    lb.reset(...services);
    for (const request of requests) lb.run(c.hook, request);
    const [, second] = requests;
    if (!second) throw new Error('no requests');
    const natPort = lb.natPort(second);
    lb.apply(...services.slice(1));
    expect(lb.run(c.hook, second).data).toEqual(build(atBackend(c, second, natPort)));
  });
});
