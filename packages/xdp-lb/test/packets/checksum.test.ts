import { describe, expect, it } from 'vitest';
import {
  atBackend,
  atClient,
  beginFlow,
  CASES,
  casesOf,
  FORWARDING_CASES,
  fromBackend,
  fromClient,
  serviceOf,
} from './cases.ts';
import { build, withZeroChecksum } from './frame.ts';
import { dataPlaneForTests, XDP, XDP_GENERIC, XDP_VETH } from './harness.ts';

const lb = await dataPlaneForTests();

/** Payloads that together have every carry: all words near 0 and 0xffff, and all lengths up to 40. */
function payloads(): Buffer[] {
  const words = [0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff].map((word) => Buffer.from([word >> 8, word & 0xff]));
  const lengths = Array.from({ length: 41 }, (_, length) =>
    Buffer.from(Array.from({ length }, (_, at) => (at * 167 + length * 13) & 0xff)),
  );
  return [...words, ...lengths];
}

describe.each(FORWARDING_CASES)('complete checksums stay right: $name', (c) => {
  it('towards the backend', () => {
    const { natPort } = beginFlow(lb, c);
    for (const payload of payloads()) {
      const frame = fromClient(c, { payload });
      expect(lb.run(c.hook, frame).data).toEqual(build(atBackend(c, frame, natPort)));
    }
  });

  it('towards the client', () => {
    const { request, natPort } = beginFlow(lb, c);
    for (const payload of payloads()) {
      const frame = fromBackend(c, natPort, { payload });
      expect(lb.run(c.hook, frame, lb.network.back).data).toEqual(build(atClient(frame, request)));
    }
  });

  it('for every TTL, whose change carries over in the header checksum', () => {
    const { natPort } = beginFlow(lb, c);
    for (let ttl = 2; ttl <= 255; ttl++) {
      const frame = fromClient(c, { ttl });
      expect(lb.run(c.hook, frame).data).toEqual(build(atBackend(c, frame, natPort)));
    }
  });

  it('also a wrong one stays wrong by as much: it is updated, not made anew', () => {
    const { natPort } = beginFlow(lb, c);
    const right = fromClient(c, { payload: Buffer.from([0, 0]) });
    const wrong = build(right);
    wrong.writeUInt8(0x40, wrong.length - 2);
    const expected = build(atBackend(c, right, natPort));
    expected.writeUInt8(0x40, expected.length - 2);
    expect(lb.runBytes(c.hook, wrong).data).toEqual(expected);
  });
});

describe.each(FORWARDING_CASES)('a checksum that becomes 0: $name', (c) => {
  it('is sent as 0xffff by UDP and as 0 by TCP, towards the backend', () => {
    const { natPort } = beginFlow(lb, c);
    const { payload = Buffer.alloc(0) } = withZeroChecksum(atBackend(c, fromClient(c), natPort));
    const frame = fromClient(c, { payload });
    expect(lb.run(c.hook, frame).data).toEqual(build(atBackend(c, frame, natPort)));
  });

  it('and towards the client', () => {
    const { request, natPort } = beginFlow(lb, c);
    const { payload = Buffer.alloc(0) } = withZeroChecksum(atClient(fromBackend(c, natPort), request));
    const frame = fromBackend(c, natPort, { payload });
    expect(lb.run(c.hook, frame, lb.network.back).data).toEqual(build(atClient(frame, request)));
  });

  it('as does one that was 0 or 0xffff before', () => {
    const { natPort } = beginFlow(lb, c);
    const frame = withZeroChecksum(fromClient(c));
    expect(lb.run(c.hook, frame).data).toEqual(build(atBackend(c, frame, natPort)));
  });
});

describe.each(CASES.filter((c) => c.protocol === 'UDP' && c.family.version === 4))(
  'UDP without a checksum (RFC 768): $name',
  (c) => {
    it('stays without in both directions', () => {
      const { request, natPort } = beginFlow(lb, c);
      const frame = fromClient(c, { checksum: 'none' });
      expect(lb.run(c.hook, frame).data).toEqual(build(atBackend(c, frame, natPort)));
      const reply = fromBackend(c, natPort, { checksum: 'none' });
      expect(lb.run(c.hook, reply, lb.network.back).data).toEqual(build(atClient(reply, request)));
    });
  },
);

describe('a checksum that is left for a device to finish', () => {
  it.each(casesOf([XDP_VETH, XDP_GENERIC], ['TCP', 'UDP']))(
    'makes XDP leave the frame to tcx: $name',
    (c) => {
      const { natPort } = beginFlow(lb, c);
      const before = lb.service().packets;
      const request = fromClient(c, { checksum: 'partial', payload: Buffer.from('data') });
      expect(lb.run(c.hook, request)).toEqual({ verdict: 'pass', data: build(request) });
      const reply = fromBackend(c, natPort, { checksum: 'partial', payload: Buffer.from('data') });
      expect(lb.run(c.hook, reply, lb.network.back)).toEqual({ verdict: 'pass', data: build(reply) });
      expect(lb.service().packets).toBe(before);
    },
  );

  it.each(casesOf([XDP_VETH, XDP_GENERIC], ['TCP']))('makes XDP leave a reset to tcx: $name', (c) => {
    lb.reset(serviceOf(c, { backends: [] }));
    const frame = fromClient(c, { checksum: 'partial' });
    expect(lb.run(c.hook, frame)).toEqual({ verdict: 'pass', data: build(frame) });
    expect(lb.service().rejects).toBe(0);
  });

  it.each(casesOf([XDP], ['TCP', 'UDP']))(
    'does not come from a network card, so XDP there does not look: $name',
    (c) => {
      beginFlow(lb, c);
      const frame = fromClient(c, { checksum: 'partial' });
      expect(lb.run(c.hook, frame).verdict).toBe('redirect');
    },
  );
});
