import { describe, expect, it } from 'vitest';
import {
  atBackend,
  byNeighbourCode,
  casesOf,
  FORWARDING_CASES,
  fromBackend,
  fromClient,
  serviceOf,
  TCP_CASES,
} from './cases.ts';
import { build, type Frame, TCP } from './frame.ts';
import { dataPlaneForTests, TCX_OUT } from './harness.ts';
import { type Family, MAC } from './network.ts';

const lb = await dataPlaneForTests();

const localBackend = (family: Family, address = family.backends[0]) =>
  [{ address, port: 8080, weight: 1, mode: 'local' }] as const;

/** A client's packet that has left by destination NAT alone. */
function withClientAddress(c: (typeof FORWARDING_CASES)[number], frame: Frame): Frame {
  return { ...atBackend(c, frame, frame.sport), src: frame.src };
}

/** The backend's answer, as the kernel has routed it to the interface of the client. */
function routedAnswer(
  c: (typeof FORWARDING_CASES)[number],
  request: Frame,
  more: Partial<Frame> = {},
): Frame {
  return {
    ...fromBackend(c, request.sport),
    ...{ dst: request.src, srcMac: MAC.front, dstMac: MAC.router, ttl: 63 },
    ...more,
  };
}

describe.each(FORWARDING_CASES)('local mode towards the backend: $name', (c) => {
  it('keeps the address and port of the client', () => {
    lb.reset(serviceOf(c, { backends: localBackend(c.family) }));
    const frame = fromClient(c);
    const first = lb.run(c.hook, frame);
    expect(first.data).toEqual(build(byNeighbourCode(c.hook, withClientAddress(c, frame), frame)));
    expect(first.verdict).toBe('redirect');
    expect(lb.flow(frame)?.natPort).toBe(0);
    const next = fromClient(c, { flags: TCP.ACK, payload: Buffer.from('more') });
    expect(lb.run(c.hook, next)).toEqual({
      verdict: 'redirect',
      data: build(withClientAddress(c, next)),
    });
    expect(lb.service()).toMatchObject({ packets: 2, flows: 1 });
  });

  it('a backend on an address of this node: rewritten for the kernel to deliver, TTL and MAC as they came', () => {
    lb.reset(serviceOf(c, { backends: localBackend(c.family, c.family.back) }));
    const frame = fromClient(c);
    for (let time = 0; time < 2; time++) {
      const { verdict, data } = lb.run(c.hook, frame);
      expect(data).toEqual(build({ ...frame, dst: c.family.back, dport: 8080 }));
      expect(verdict).toBe('pass');
    }
    expect(lb.service()).toMatchObject({ packets: 2, flows: 1 });
  });

  it('the same client port at a second service of the backend: full NAT tells the two apart', () => {
    const [first, second] = [fromClient(c), fromClient(c, { dst: c.family.otherService })];
    lb.reset(
      serviceOf(c, { backends: localBackend(c.family) }),
      serviceOf(c, { backends: localBackend(c.family), address: c.family.otherService }),
    );
    lb.run(c.hook, first);
    lb.run(c.hook, second);
    expect(lb.flow(first)?.natPort).toBe(0);
    const natPort = lb.natPort(second);
    expect(lb.run(c.hook, first).data).toEqual(build(withClientAddress(c, first)));
    expect(lb.run(c.hook, second).data).toEqual(build(atBackend(c, second, natPort)));
  });
});

describe.each(FORWARDING_CASES)('local mode, a reply at egress: $name', (c) => {
  function begin(): Frame {
    lb.reset(serviceOf(c, { backends: localBackend(c.family) }));
    const request = fromClient(c);
    lb.run(c.hook, request);
    return request;
  }

  it.each([
    ['', {}],
    [' with data', { payload: Buffer.from('an odd one') }],
    [' with FIN', { flags: TCP.FIN | TCP.ACK }],
    [' with TTL 1, which the kernel has counted', { ttl: 1 }],
    [' under a VLAN tag', { vlans: [{ tpid: 0x8100, id: 5 }] }],
  ])('%s leaves from the service', (_, more) => {
    const request = begin();
    const answer = routedAnswer(c, request, more);
    const expected = { ...answer, src: request.dst, sport: request.dport };
    expect(lb.run(TCX_OUT, answer)).toEqual({ verdict: 'pass', data: build(expected) });
  });

  it.each([
    ['to another client', (request: Frame) => routedAnswer(c, { ...request, src: c.family.otherClient })],
    ['to another port', (request: Frame) => routedAnswer(c, { ...request, sport: 1 })],
    ['from another port', (request: Frame) => routedAnswer(c, request, { sport: 8081 })],
    ['from another address', (request: Frame) => routedAnswer(c, request, { src: c.family.backends[1] })],
  ])('what is no reply leaves unchanged: %s', (_, frameOf) => {
    const frame = frameOf(begin());
    expect(lb.run(TCX_OUT, frame)).toEqual({ verdict: 'pass', data: build(frame) });
  });
});

describe.each(casesOf([TCX_OUT], ['UDP']))('local mode, checksums at egress: $name', (c) => {
  it('0xffff instead of 0; none stays none over IPv4', () => {
    lb.reset(serviceOf(c, { backends: localBackend(c.family) }));
    const request = fromClient(c);
    lb.run({ ...c.hook, program: 'tcxIn' }, request);
    for (let word = 0; word < 0x10000; word += 0x101) {
      const answer = routedAnswer(c, request, { payload: Buffer.from([word >> 8, word & 0xff]) });
      const expected = { ...answer, src: request.dst, sport: request.dport };
      expect(lb.run(TCX_OUT, answer).data).toEqual(build(expected));
    }
    if (c.family.version === 6) return;
    const answer = routedAnswer(c, request, { checksum: 'none' });
    const expected = { ...answer, src: request.dst, sport: request.dport };
    expect(lb.run(TCX_OUT, answer).data).toEqual(build(expected));
  });
});

describe.each(TCP_CASES)('local mode, a connection that ended: $name', (c) => {
  it('is opened again by a SYN', () => {
    lb.reset(serviceOf(c, { backends: localBackend(c.family) }));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    lb.run(c.hook, { ...frame, flags: TCP.RST });
    lb.apply(
      serviceOf(c, {
        backends: [
          { ...localBackend(c.family)[0], weight: 0 },
          ...localBackend(c.family, c.family.backends[1]),
        ],
      }),
    );
    lb.run(c.hook, { ...frame, flags: TCP.ACK });
    expect(lb.backendOf(frame)).toBe(`${c.family.backends[0]}:8080`);
    lb.run(c.hook, frame);
    expect(lb.backendOf(frame)).toBe(`${c.family.backends[1]}:8080`);
  });
});
