import { describe, expect, it } from 'vitest';
import {
  atClient,
  beginFlow,
  byNeighbourCode,
  FORWARDING_CASES,
  fromBackend,
  fromClient,
  serviceOf,
  TCP_CASES,
} from './cases.ts';
import { build, TCP } from './frame.ts';
import { dataPlaneForTests } from './harness.ts';

/** Their length in a frame. */
const MAC_ADDRESSES = 12;

const lb = await dataPlaneForTests();

describe.each(FORWARDING_CASES)('full NAT back to the client: $name', (c) => {
  it('sends the first reply from the service, as if it had answered', () => {
    lb.reset(serviceOf(c));
    const request = fromClient(c);
    lb.run(c.hook, request);
    const reply = fromBackend(c, lb.natPort(request));
    const { verdict, data } = lb.run(c.hook, reply, lb.network.back);
    expect(data).toEqual(build(byNeighbourCode(c.hook, atClient(reply, request), reply)));
    expect(verdict).toBe('redirect');
    expect(lb.drops()).toEqual({});
  });

  it('sends later replies the same way, with both MAC addresses', () => {
    const { request, natPort } = beginFlow(lb, c);
    for (const payload of ['', 'odd', 'even']) {
      const reply = fromBackend(c, natPort, { flags: TCP.ACK, seq: 9001, payload: Buffer.from(payload) });
      const { verdict, data } = lb.run(c.hook, reply, lb.network.back);
      expect(data).toEqual(build(atClient(reply, request)));
      expect(verdict).toBe('redirect');
    }
  });

  it('counts replies in packets and bytes, and not as flows', () => {
    lb.reset(serviceOf(c));
    const request = fromClient(c);
    lb.run(c.hook, request);
    const reply = fromBackend(c, lb.natPort(request), { payload: Buffer.alloc(300) });
    lb.run(c.hook, reply, lb.network.back);
    const bytes = build(request).length + build(reply).length;
    expect(lb.service()).toMatchObject({ packets: 2, bytes, flows: 1 });
    expect(lb.backend(c.family.backends[0])).toMatchObject({ packets: 2, bytes, flows: 1 });
  });

  it('tells the flows of two clients apart by their ports', () => {
    lb.reset(serviceOf(c));
    const requests = [fromClient(c), fromClient(c, { src: c.family.otherClient })];
    for (const request of requests) lb.run(c.hook, request);
    const ports = requests.map((request) => lb.natPort(request));
    expect(new Set(ports).size).toBe(2);
    requests.forEach((request, at) => {
      const reply = fromBackend(c, ports[at] ?? 0);
      const { data } = lb.run(c.hook, reply, lb.network.back);
      expect(data).toEqual(build(byNeighbourCode(c.hook, atClient(reply, request), reply)));
    });
  });
});

describe.each(FORWARDING_CASES)('what is no reply to a flow passes unchanged: $name', (c) => {
  const strangers: readonly [string, (natPort: number) => Parameters<typeof fromBackend>[2]][] = [
    ['to a port that no flow has', (port) => ({ dport: port ^ 1 })],
    ['to a port below the range', () => ({ dport: 22 })],
    ['to a port above the range', () => ({ dport: 40_000 })],
    ['from another port of the backend', () => ({ sport: 8081 })],
    ['from another address', () => ({ src: c.family.backends[1] })],
    ['to another address of this node', () => ({ dst: c.family.front })],
  ];
  it.each(strangers)('%s', (_, more) => {
    lb.reset(serviceOf(c));
    const request = fromClient(c);
    lb.run(c.hook, request);
    const frame = fromBackend(c, lb.natPort(request), more(lb.natPort(request)));
    const { verdict, data } = lb.run(c.hook, frame, lb.network.back);
    expect(data).toEqual(build(frame));
    expect(verdict).toBe('pass');
  });

  it('of the other protocol', () => {
    lb.reset(serviceOf(c));
    const request = fromClient(c);
    lb.run(c.hook, request);
    const other = c.protocol === 'TCP' ? 'UDP' : 'TCP';
    const frame = fromBackend({ ...c, protocol: other }, lb.natPort(request));
    const { verdict, data } = lb.run(c.hook, frame, lb.network.back);
    expect(data).toEqual(build(frame));
    expect(verdict).toBe('pass');
  });
});

describe.each(TCP_CASES)('resets and FINs of the backend reach the client: $name', (c) => {
  it.each([
    ['RST', TCP.RST],
    ['FIN', TCP.FIN | TCP.ACK],
  ])('%s', (_, flags) => {
    const { request, natPort } = beginFlow(lb, c);
    const reply = fromBackend(c, natPort, { flags });
    const { verdict, data } = lb.run(c.hook, reply, lb.network.back);
    // tcx may leave the MAC addresses to the kernel's neighbour code.
    const from = c.hook.isXdp ? 0 : MAC_ADDRESSES;
    expect(data.subarray(from)).toEqual(build(atClient(reply, request)).subarray(from));
    expect(verdict).toBe('redirect');
  });
});
