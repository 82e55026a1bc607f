import { describe, expect, it } from 'vitest';
import {
  atBackend,
  byNeighbourCode,
  CASES,
  fromBackend,
  fromClient,
  serviceOf,
  TCP_CASES,
  UDP_CASES,
} from './cases.ts';
import { build, type Frame, TCP } from './frame.ts';
import { dataPlaneForTests } from './harness.ts';

const lb = await dataPlaneForTests();

const CUSTOMER = { tpid: 0x8100, id: 100 } as const;
const SERVICE = { tpid: 0x88a8, id: 200 } as const;
const TAGS = [
  ['one tag', [CUSTOMER]],
  ['two tags', [SERVICE, CUSTOMER]],
  ['two tags of 802.1Q', [CUSTOMER, { tpid: 0x8100, id: 300 }]],
] as const;

describe.each(CASES)('a packet of a flow under VLAN tags: $name', (c) => {
  it.each(TAGS)('%s: tcx takes them off and sends, XDP leaves that to it', (_, vlans) => {
    lb.reset(serviceOf(c));
    const plain = fromClient(c);
    lb.run(c.hook, plain);
    const natPort = lb.natPort(plain);
    const tagged = fromClient(c, { vlans, payload: Buffer.from('tagged') });
    const { verdict, data } = lb.run(c.hook, tagged);
    if (c.hook.isXdp) {
      expect(data).toEqual(build(tagged));
      expect(verdict).toBe('pass');
    } else {
      expect(data).toEqual(build({ ...atBackend(c, tagged, natPort), vlans: [] }));
      expect(verdict).toBe('redirect');
    }
  });

  it.each(TAGS)('%s: the same for a reply', (_, vlans) => {
    lb.reset(serviceOf(c));
    const request = fromClient(c);
    lb.run(c.hook, request);
    const natPort = lb.natPort(request);
    const reply = fromBackend(c, natPort, { vlans });
    const { verdict, data } = lb.run(c.hook, reply, lb.network.back);
    const expected: Frame = {
      ...reply,
      vlans: [],
      src: request.dst,
      dst: request.src,
      sport: request.dport,
      dport: request.sport,
      ttl: 63,
    };
    expect(data).toEqual(build(c.hook.isXdp ? reply : byNeighbourCode(c.hook, expected, reply)));
    expect(verdict).toBe(c.hook.isXdp ? 'pass' : 'redirect');
  });

  it('three tags pass unchanged', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c, { vlans: [SERVICE, CUSTOMER, CUSTOMER] });
    expect(lb.run(c.hook, frame)).toEqual({ verdict: 'pass', data: build(frame) });
    expect(lb.flow(frame)).toBeUndefined();
  });
});

describe.each(TCP_CASES)('a reset under VLAN tags: $name', (c) => {
  it.each(TAGS)('%s: answered in place, with the same tags', (_, vlans) => {
    lb.reset(serviceOf(c, { backends: [] }));
    const frame = fromClient(c, { vlans });
    const { verdict, data } = lb.run(c.hook, frame);
    const { src, dst, sport, dport, srcMac, dstMac } = frame;
    const reset: Frame = {
      ...{ ...frame, srcMac: dstMac, dstMac: srcMac, src: dst, dst: src, sport: dport, dport: sport },
      ...{ flags: TCP.RST | TCP.ACK, seq: 0, ack: 1001, window: 0 },
    };
    expect(data).toEqual(build(reset));
    expect(verdict).toBe(c.hook.sameInterface);
  });
});

describe.each(UDP_CASES)('an echo request under VLAN tags: $name', (c) => {
  it.each(TAGS)('%s: answered in place, with the same tags', (_, vlans) => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c, { protocol: 'ICMP', vlans });
    const { verdict, data } = lb.run(c.hook, frame);
    const answer: Frame = {
      ...{ ...frame, srcMac: frame.dstMac, dstMac: frame.srcMac, src: frame.dst, dst: frame.src },
      icmpType: c.family.version === 4 ? 0 : 129,
    };
    expect(data).toEqual(build(answer));
    expect(verdict).toBe(c.hook.sameInterface);
  });
});
