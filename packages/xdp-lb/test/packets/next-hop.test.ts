import { describe, expect, it } from 'vitest';
import { tickClock } from '../../src/clock.ts';
import {
  atBackend,
  atClient,
  byNeighbourCode,
  FORWARDING_CASES,
  fromBackend,
  fromClient,
  serviceOf,
} from './cases.ts';
import { build, type Frame } from './frame.ts';
import { backendsAt, dataPlaneForTests, XDP_GENERIC } from './harness.ts';
import { MAC } from './network.ts';

const lb = await dataPlaneForTests();

describe.each(FORWARDING_CASES)('the next hop of a flow: $name', (c) => {
  it('on the interface that it came in by: sent back out of it', () => {
    lb.reset(serviceOf(c, { backends: backendsAt([c.family.oneArmed]) }));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    const natPort = lb.natPort(frame);
    const expected: Frame = {
      ...atBackend(c, frame, natPort),
      ...{ srcMac: MAC.front, dstMac: MAC.oneArmed, src: c.family.front, dst: c.family.oneArmed },
    };
    expect(lb.run(c.hook, frame)).toEqual({ verdict: c.hook.sameInterface, data: build(expected) });
    const reply = fromBackend(c, natPort, {
      ...{ srcMac: MAC.oneArmed, dstMac: MAC.front, src: c.family.oneArmed, dst: c.family.front },
    });
    lb.run(c.hook, reply);
    expect(lb.run(c.hook, reply)).toEqual({
      verdict: c.hook.sameInterface,
      data: build(atClient(reply, frame)),
    });
  });

  it('whose neighbour is not known: XDP leaves the frame as it came, tcx asks the neighbour code to send', () => {
    lb.reset(serviceOf(c, { backends: backendsAt([c.family.silent]) }));
    const frame = fromClient(c);
    for (let time = 0; time < 2; time++) {
      const { verdict, data } = lb.run(c.hook, frame);
      const sent = byNeighbourCode(
        c.hook,
        { ...atBackend(c, frame, lb.natPort(frame)), dst: c.family.silent },
        frame,
      );
      expect(verdict).toBe(c.hook.isXdp ? 'pass' : 'redirect');
      expect(data).toEqual(build(c.hook.isXdp ? frame : sent));
    }
    expect(lb.service().packets).toBe(c.hook.isXdp ? 0 : 2);
    // A frame that tcx takes next is of the flow that XDP began: it counts once.
    expect(lb.service().flows).toBe(1);
  });

  it.each([
    ['says unreachable', 'unreachable'],
    ['says prohibited', 'prohibited'],
    ['throws away', 'blackholed'],
  ] as const)('to which a route %s: dropped and counted', (_, kind) => {
    lb.reset(serviceOf(c, { backends: backendsAt([c.family[kind]]) }));
    expect(lb.run(c.hook, fromClient(c)).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_NO_ROUTE: 1 });
    expect(lb.service()).toMatchObject({ packets: 0 });
  });

  it('behind a smaller MTU: what is too big is dropped and counted, the rest is sent', () => {
    lb.reset(serviceOf(c, { backends: backendsAt([c.family.narrow]) }));
    expect(lb.run(c.hook, fromClient(c, { payload: Buffer.alloc(1400) })).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_TOO_BIG: 1 });
    expect(lb.run(c.hook, fromClient(c, { payload: Buffer.alloc(1000) })).verdict).toBe('redirect');
  });

  it('by an interface where native XDP may not transmit: left to tcx as it came', () => {
    lb.reset(serviceOf(c));
    lb.allowXdpTransmit(false);
    const request = fromClient(c);
    const leaves = c.hook.isXdp && c.hook !== XDP_GENERIC;
    const { verdict, data } = lb.run(c.hook, request);
    expect(verdict).toBe(leaves ? 'pass' : 'redirect');
    if (leaves) expect(data).toEqual(build(request));
    const reply = fromBackend(c, lb.natPort(request));
    const back = lb.run(c.hook, reply, lb.network.back);
    expect(back.verdict).toBe(leaves ? 'pass' : 'redirect');
    if (leaves) expect(back.data).toEqual(build(reply));
    expect(lb.service().packets).toBe(leaves ? 0 : 2);
  });

  it('is asked again when what was known is old', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    const id = lb.flow(frame)?.backendId ?? 0;
    const stale = '02:00:00:00:00:99';
    const remember = (age: number) => {
      const cpus = lb.maps.backendsCpu.get(id) ?? [];
      const aged = cpus.map((cpu) => ({
        ...cpu,
        nextHop: {
          ...cpu.nextHop,
          dstMac: stale,
          asked: (cpu.nextHop.asked - Math.ceil(age / tickClock().seconds)) >>> 0,
        },
      }));
      lb.maps.backendsCpu.set(id, aged);
    };
    const expected = atBackend(c, frame, lb.natPort(frame));
    remember(0);
    expect(lb.run(c.hook, frame).data).toEqual(build({ ...expected, dstMac: stale }));
    remember(10);
    expect(lb.run(c.hook, frame).data).toEqual(build(byNeighbourCode(c.hook, expected, frame)));
    expect(lb.run(c.hook, frame).data).toEqual(build(expected));
  });
});
