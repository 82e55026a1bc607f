import { describe, expect, it } from 'vitest';
import { atBackend, FORWARDING_CASES, fromBackend, fromClient, serviceOf, TCP_CASES } from './cases.ts';
import { build, EXTENSION, type Frame, type Ipv6Extension, TCP } from './frame.ts';
import { dataPlaneForTests } from './harness.ts';

const lb = await dataPlaneForTests();

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const V4_CASES = FORWARDING_CASES.filter((c) => c.family.version === 4);
const V6_CASES = FORWARDING_CASES.filter((c) => c.family.version === 6);

/** Has the flow begun, and answers what a later packet of it becomes. */
function begin(c: (typeof FORWARDING_CASES)[number]): (frame: Frame) => Frame {
  lb.reset(serviceOf(c));
  const first = fromClient(c);
  lb.run(c.hook, first);
  return (frame) => atBackend(c, frame, lb.natPort(first));
}

describe.each(V4_CASES)('IPv4 options: $name', (c) => {
  it.each([
    ['4 bytes (router alert)', hex('94040000')],
    ['40 bytes (record route)', hex(`072704${'00'.repeat(36)}00`)],
  ])('%s are kept, and their packet is balanced', (_, ipv4Options) => {
    const after = begin(c);
    const frame = fromClient(c, { ipv4Options });
    expect(lb.run(c.hook, frame)).toEqual({ verdict: 'redirect', data: build(after(frame)) });
  });
});

const PAD6 = hex('010400000000');
const HOP_BY_HOP: Ipv6Extension = { type: EXTENSION.HOP_BY_HOP, body: PAD6 };
const ROUTING: Ipv6Extension = { type: EXTENSION.ROUTING, body: hex(`0400${'00'.repeat(20)}`) };
const DESTINATION: Ipv6Extension = { type: EXTENSION.DESTINATION, body: PAD6 };

describe.each(V6_CASES)('IPv6 extension headers: $name', (c) => {
  it.each([
    ['hop-by-hop options', [HOP_BY_HOP]],
    ['a routing header', [ROUTING]],
    ['destination options', [DESTINATION]],
    ['all of them, in the order of RFC 8200, 4.1', [HOP_BY_HOP, DESTINATION, ROUTING, DESTINATION]],
    ['six of them', [HOP_BY_HOP, DESTINATION, ROUTING, DESTINATION, DESTINATION, DESTINATION]],
    ['a long one', [{ type: EXTENSION.DESTINATION, body: Buffer.concat([hex('01fc'), Buffer.alloc(252)]) }]],
  ])('%s: kept, and their packet is balanced', (_, ipv6Extensions) => {
    const after = begin(c);
    const frame = fromClient(c, { ipv6Extensions });
    expect(lb.run(c.hook, frame)).toEqual({ verdict: 'redirect', data: build(after(frame)) });
  });

  it.each([
    ['seven of them', Array.from({ length: 7 }, () => DESTINATION)],
    ['another header (mobility, 135)', [{ type: 135, body: PAD6 }]],
  ])('%s: pass unchanged', (_, ipv6Extensions) => {
    begin(c);
    const frame = fromClient(c, { ipv6Extensions });
    expect(lb.run(c.hook, frame)).toEqual({ verdict: 'pass', data: build(frame) });
  });
});

describe.each(TCP_CASES.filter((c) => c.family.version === 6))(
  'a segment with extension headers: $name',
  (c) => {
    it('is not answered with RST, but dropped', () => {
      lb.reset(serviceOf(c, { backends: [] }));
      expect(lb.run(c.hook, fromClient(c, { ipv6Extensions: [DESTINATION] })).verdict).toBe('drop');
      expect(lb.drops()).toEqual({ DROP_REJECTED: 1 });
    });
  },
);

describe.each(TCP_CASES.filter((c) => c.family.version === 4))('a segment with IPv4 options: $name', (c) => {
  it('is answered with RST, and the options stay', () => {
    lb.reset(serviceOf(c, { backends: [] }));
    const frame = fromClient(c, { ipv4Options: hex('94040000') });
    const { data } = lb.run(c.hook, frame);
    const { src, dst, sport, dport, srcMac, dstMac } = frame;
    const reset: Frame = {
      ...{ ...frame, srcMac: dstMac, dstMac: srcMac, src: dst, dst: src, sport: dport, dport: sport },
      ...{ flags: TCP.RST | TCP.ACK, seq: 0, ack: 1001, window: 0 },
    };
    expect(data).toEqual(build(reset));
  });
});

describe.each(FORWARDING_CASES)('fragments: $name', (c) => {
  const fragment = (first: boolean): Partial<Frame> =>
    c.family.version === 4
      ? { ipv4Fragment: first ? 0x2000 : 0x00b9 }
      : {
          ipv6Extensions: [{ type: EXTENSION.FRAGMENT, body: hex(first ? '000112345678' : '05c812345678') }],
        };

  it.each([
    ['first', true],
    ['last', false],
  ])('the %s one to a service address is dropped and counted', (_, first) => {
    lb.reset(serviceOf(c));
    expect(lb.run(c.hook, fromClient(c, fragment(first))).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_FRAGMENT: 1 });
    expect(lb.service()).toMatchObject({ packets: 0, flows: 0 });
  });

  it.each([
    ['first', true],
    ['last', false],
  ])('the %s one to another address passes unchanged', (_, first) => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c, { ...fragment(first), dst: c.family.stranger });
    expect(lb.run(c.hook, frame)).toEqual({ verdict: 'pass', data: build(frame) });
    expect(lb.drops()).toEqual({});
  });
});

describe.each(FORWARDING_CASES)('TTL or hop limit: $name', (c) => {
  it.each([0, 1])('%i: dropped and counted, in both directions', (ttl) => {
    begin(c);
    const natPort = lb.natPort(fromClient(c));
    expect(lb.run(c.hook, fromClient(c, { ttl })).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_TTL_EXCEEDED: 1 });
    expect(lb.run(c.hook, fromBackend(c, natPort, { ttl }), lb.network.back).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_TTL_EXCEEDED: 2 });
    expect(lb.service()).toMatchObject({ packets: 1 });
  });

  it('2: leaves with 1', () => {
    const after = begin(c);
    const frame = fromClient(c, { ttl: 2 });
    expect(after(frame).ttl).toBe(1);
    expect(lb.run(c.hook, frame)).toEqual({ verdict: 'redirect', data: build(after(frame)) });
  });
});
