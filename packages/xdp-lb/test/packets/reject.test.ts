import { describe, expect, it } from 'vitest';
import { fromClient, serviceOf, TCP_CASES, UDP_CASES } from './cases.ts';
import { build, type Frame, TCP } from './frame.ts';
import { backendsAt, dataPlaneForTests, XDP } from './harness.ts';

const lb = await dataPlaneForTests();

/** The reset to a segment, by RFC 9293, section 3.10.7.1. */
function resetTo(frame: Frame, sequence: { seq: number; ack: number; flags: number }): Frame {
  return {
    dstMac: frame.srcMac,
    srcMac: frame.dstMac,
    src: frame.dst,
    dst: frame.src,
    sport: frame.dport,
    dport: frame.sport,
    protocol: 'TCP',
    ttl: 64,
    window: 0,
    ...sequence,
  };
}

describe.each(TCP_CASES)('a segment to a service without backends: $name', (c) => {
  const segments: readonly [string, Partial<Frame>, { seq: number; ack: number; flags: number }][] = [
    ['SYN', { flags: TCP.SYN, seq: 1000 }, { seq: 0, ack: 1001, flags: TCP.RST | TCP.ACK }],
    [
      'SYN with options',
      { flags: TCP.SYN, seq: 1000, tcpOptions: Buffer.from('020405b40402080a0000000100000000', 'hex') },
      { seq: 0, ack: 1001, flags: TCP.RST | TCP.ACK },
    ],
    [
      'SYN whose sequence number wraps',
      { flags: TCP.SYN, seq: 0xffffffff },
      { seq: 0, ack: 0, flags: TCP.RST | TCP.ACK },
    ],
    [
      'SYN with data (TCP Fast Open)',
      { flags: TCP.SYN, seq: 1000, payload: Buffer.from('data') },
      { seq: 0, ack: 1005, flags: TCP.RST | TCP.ACK },
    ],
    [
      'FIN without ACK',
      { flags: TCP.FIN, seq: 1000, payload: Buffer.from('bye') },
      { seq: 0, ack: 1004, flags: TCP.RST | TCP.ACK },
    ],
    ['SYN and ACK', { flags: TCP.SYN | TCP.ACK, seq: 7, ack: 77 }, { seq: 77, ack: 0, flags: TCP.RST }],
    ['ACK', { flags: TCP.ACK, seq: 5, ack: 0xfffffffe }, { seq: 0xfffffffe, ack: 0, flags: TCP.RST }],
    [
      'ACK with data and options',
      {
        flags: TCP.ACK | TCP.PSH,
        seq: 5,
        ack: 4242,
        payload: Buffer.from('an odd amount'),
        tcpOptions: Buffer.from('0101080a0000000100000000', 'hex'),
      },
      { seq: 4242, ack: 0, flags: TCP.RST },
    ],
  ];

  it.each(segments)('%s is answered with RST', (_, more, sequence) => {
    lb.reset(serviceOf(c, { backends: [] }));
    const frame = fromClient(c, more);
    const { verdict, data } = lb.run(c.hook, frame);
    expect(data).toEqual(build(resetTo(frame, sequence)));
    expect(verdict).toBe(c.hook.sameInterface);
    expect(lb.drops()).toEqual({});
  });

  it('RST is never answered', () => {
    lb.reset(serviceOf(c, { backends: [] }));
    for (const flags of [TCP.RST, TCP.RST | TCP.ACK]) {
      expect(lb.run(c.hook, fromClient(c, { flags })).verdict).toBe('drop');
    }
    expect(lb.drops()).toEqual({ DROP_REJECTED: 2 });
  });

  it('a padded SYN is answered without the padding', () => {
    lb.reset(serviceOf(c, { backends: [] }));
    const frame = fromClient(c, { padding: Buffer.alloc(6, 0xee) });
    const { data } = lb.run(c.hook, frame);
    expect(data).toEqual(build(resetTo(frame, { seq: 0, ack: 1001, flags: TCP.RST | TCP.ACK })));
  });

  it('each rejected connection is counted once, by its SYN', () => {
    lb.reset(serviceOf(c, { backends: [] }));
    lb.run(c.hook, fromClient(c));
    lb.run(c.hook, fromClient(c, { flags: TCP.ACK }));
    expect(lb.service()).toMatchObject({ rejects: 1, flows: 0, packets: 0 });
  });

  it('the length of a segment that is larger than its packet is not believed', () => {
    lb.reset(serviceOf(c, { backends: [] }));
    const bytes = build(fromClient(c));
    // Data offset: 15 words.
    bytes.writeUInt8(0xf0, 14 + (c.family.version === 4 ? 20 : 40) + 12);
    expect(lb.runBytes(c.hook, bytes).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_MALFORMED: 1 });
  });
});

describe.each(TCP_CASES)('a connection that nobody knows: $name', (c) => {
  it('is reset by an ACK, and nothing is remembered', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c, { flags: TCP.ACK, seq: 5, ack: 1234 });
    const { verdict, data } = lb.run(c.hook, frame);
    expect(data).toEqual(build(resetTo(frame, { seq: 1234, ack: 0, flags: TCP.RST })));
    expect(verdict).toBe(c.hook.sameInterface);
    expect(lb.flow(frame)).toBeUndefined();
    expect(lb.service()).toMatchObject({ flows: 0, rejects: 0 });
  });
});

describe.each(UDP_CASES)('a datagram to a service without backends: $name', (c) => {
  it('is dropped and counted', () => {
    lb.reset(serviceOf(c, { backends: [] }));
    expect(lb.run(c.hook, fromClient(c)).verdict).toBe('drop');
    expect(lb.run(c.hook, fromClient(c)).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_REJECTED: 2 });
    expect(lb.service()).toMatchObject({ rejects: 2, flows: 0, packets: 0 });
  });
});

describe.each([...TCP_CASES, ...UDP_CASES])('rejectWeight: $name', (c) => {
  it('rejects its share of new flows, and the rest is balanced', () => {
    lb.reset(serviceOf(c, { rejectWeight: 1, backends: backendsAt([c.family.backends[0]]) }));
    const flows = 400;
    for (let at = 0; at < flows; at++) lb.run(c.hook, fromClient(c, { sport: 10_000 + at }));
    const { rejects, flows: balanced } = lb.service();
    expect(rejects + balanced).toBe(flows);
    expect(rejects).toBeGreaterThan(flows * 0.4);
    expect(rejects).toBeLessThan(flows * 0.6);
  });
});

describe('native XDP that may not transmit', () => {
  it.each(TCP_CASES.filter((c) => c.hook === XDP))('leaves a rejected SYN to tcx: $name', (c) => {
    lb.reset(serviceOf(c, { backends: [] }));
    lb.allowXdpTransmit(false);
    const frame = fromClient(c);
    const { verdict, data } = lb.run(c.hook, frame);
    expect(verdict).toBe('pass');
    expect(data).toEqual(build(frame));
    expect(lb.service()).toMatchObject({ rejects: 0 });
  });
});
