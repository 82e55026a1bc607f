import { describe, expect, it } from 'vitest';
import { atBackend, byNeighbourCode, FORWARDING_CASES, fromClient, serviceOf } from './cases.ts';
import { build, TCP } from './frame.ts';
import { dataPlaneForTests } from './harness.ts';

const lb = await dataPlaneForTests();

describe.each(FORWARDING_CASES)('full NAT towards the backend: $name', (c) => {
  it('sends the first packet of a flow from an allocated port of this node', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c);
    const { verdict, data } = lb.run(c.hook, frame);
    const expected = byNeighbourCode(c.hook, atBackend(c, frame, lb.natPort(frame)), frame);
    expect(data).toEqual(build(expected));
    expect(verdict).toBe('redirect');
    expect(lb.drops()).toEqual({});
  });

  it('sends later packets of the flow from the same port, with both MAC addresses', () => {
    lb.reset(serviceOf(c));
    const first = fromClient(c);
    lb.run(c.hook, first);
    const natPort = lb.natPort(first);
    for (const payload of ['', 'x', 'even', 'a longer payload, of an odd length']) {
      const frame = fromClient(c, { flags: TCP.ACK, seq: 1001, ack: 9001, payload: Buffer.from(payload) });
      const { verdict, data } = lb.run(c.hook, frame);
      expect(data).toEqual(build(atBackend(c, frame, natPort)));
      expect(verdict).toBe('redirect');
      expect(lb.natPort(frame)).toBe(natPort);
    }
  });

  it('counts packets and bytes of service and backend, and the flow once', () => {
    lb.reset(serviceOf(c));
    const frames = [fromClient(c), fromClient(c, { flags: TCP.ACK, payload: Buffer.alloc(100) })];
    for (const frame of frames) lb.run(c.hook, frame);
    const bytes = frames.reduce((total, frame) => total + build(frame).length, 0);
    expect(lb.service()).toMatchObject({ packets: 2, bytes, flows: 1, rejects: 0 });
    expect(lb.backend(c.family.backends[0])).toMatchObject({ packets: 2, bytes, flows: 1 });
  });

  it('keeps what follows the packet in a padded frame', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c, { payload: Buffer.alloc(0), padding: Buffer.from([1, 2, 3, 4, 5, 6]) });
    lb.run(c.hook, frame);
    const { data } = lb.run(c.hook, frame);
    expect(data).toEqual(build(atBackend(c, frame, lb.natPort(frame))));
  });

  it('carries the largest packet that an MTU of 1500 allows', () => {
    lb.reset(serviceOf(c));
    const headers = (c.family.version === 4 ? 20 : 40) + (c.protocol === 'TCP' ? 20 : 8);
    const payload = Buffer.from(Array.from({ length: 1500 - headers }, (_, at) => at & 0xff));
    const frame = fromClient(c, { payload });
    lb.run(c.hook, frame);
    const { data } = lb.run(c.hook, frame);
    expect(data).toEqual(build(atBackend(c, frame, lb.natPort(frame))));
  });
});

describe.each(FORWARDING_CASES)('what is not for a service: $name', (c) => {
  it.each([
    ['another address', { dst: c.family.stranger }],
    ['another port', { dport: 81 }],
  ])('%s passes unchanged', (_, more) => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c, more);
    const { verdict, data } = lb.run(c.hook, frame);
    expect(verdict).toBe('pass');
    expect(data).toEqual(build(frame));
    expect(lb.service()).toMatchObject({ packets: 0, flows: 0 });
  });

  it('the other protocol passes unchanged', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient({ ...c, protocol: c.protocol === 'TCP' ? 'UDP' : 'TCP' });
    const { verdict, data } = lb.run(c.hook, frame);
    expect(verdict).toBe('pass');
    expect(data).toEqual(build(frame));
  });
});
