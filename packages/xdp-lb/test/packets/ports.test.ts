import { describe, expect, it } from 'vitest';
import { age } from './age.ts';
import { atClient, byNeighbourCode, CASES, fromBackend, fromClient, serviceOf, TCP_CASES } from './cases.ts';
import { build, type Frame, TCP } from './frame.ts';
import { backendsAt, dataPlaneForTests } from './harness.ts';

const lb = await dataPlaneForTests();

/** The fewest ports that a backend can have. Any of them may go to any flow. */
const PORTS = 16;
/** No port of a flow that had a packet within this many seconds goes to another. */
const REST = 5;

/** The n-th client's first packet. */
function nth(c: (typeof CASES)[number], n: number): Frame {
  return fromClient(c, { sport: 20_000 + n });
}

function answer(c: (typeof CASES)[number], request: Frame, flags?: number): void {
  const more = flags === undefined ? {} : { flags };
  lb.run(c.hook, fromBackend(c, lb.natPort(request), more), lb.network.back);
}

/** Begins as many flows as there are ports, and has all of them answered but the last `halfOpen`. */
function fillPorts(c: (typeof CASES)[number], halfOpen = 0): Frame[] {
  const frames = Array.from({ length: PORTS }, (_, n) => nth(c, n));
  frames.forEach((frame, n) => {
    expect(lb.run(c.hook, frame).verdict).toBe('redirect');
    if (n < PORTS - halfOpen) answer(c, frame);
  });
  return frames;
}

describe.each(CASES)('NAT ports: $name', (c) => {
  it('are all used, each by one flow', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const ports = fillPorts(c).map((frame) => lb.natPort(frame));
    expect(ports.toSorted()).toEqual(Array.from({ length: PORTS }, (_, at) => 16_384 + at));
  });

  it('that are all busy: a new flow is dropped and counted, the others go on', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const frames = fillPorts(c);
    expect(lb.run(c.hook, nth(c, PORTS)).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_NO_PORT: 1 });
    expect(lb.flow(nth(c, PORTS))).toBeUndefined();
    for (const frame of frames) expect(lb.run(c.hook, { ...frame, flags: TCP.ACK }).verdict).toBe('redirect');
    expect(lb.service()).toMatchObject({ flows: PORTS });
  });

  it('are taken from a flow that nobody has answered', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const frames = Array.from({ length: PORTS }, (_, n) => nth(c, n));
    for (const frame of frames) lb.run(c.hook, frame);
    const silent = frames[5];
    if (!silent) throw new Error('no such flow');
    for (const frame of frames) if (frame !== silent) answer(c, frame);
    age(lb, silent, REST);
    const port = lb.natPort(silent);
    const young = nth(c, PORTS);
    expect(lb.run(c.hook, young).verdict).toBe('redirect');
    expect(lb.natPort(young)).toBe(port);
    const reply = fromBackend(c, port);
    const { data } = lb.run(c.hook, reply, lb.network.back);
    expect(data).toEqual(build(byNeighbourCode(c.hook, atClient(reply, young), reply)));
    // The silent flow does not send from a port that is another's now.
    const { verdict } = lb.run(c.hook, { ...silent, flags: TCP.SYN });
    expect(verdict === 'drop' || lb.natPort(silent) !== port).toBe(true);
  });

  it('rest: those of flows that began a moment ago are not taken, though nobody has answered', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const [first] = fillPorts(c, PORTS);
    if (!first) throw new Error('no such flow');
    expect(lb.run(c.hook, nth(c, PORTS)).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_NO_PORT: 1 });
    age(lb, first, REST);
    expect(lb.run(c.hook, nth(c, PORTS)).verdict).toBe('redirect');
  });

  it('of a flow without packets for its timeout are free', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const frames = fillPorts(c);
    const idle = frames[6];
    if (!idle) throw new Error('no such flow');
    const timeout = c.protocol === 'TCP' ? 7440 : 180;
    age(lb, idle, timeout - 10);
    expect(lb.run(c.hook, nth(c, PORTS)).verdict).toBe('drop');
    age(lb, idle, 12);
    const port = lb.natPort(idle);
    expect(lb.run(c.hook, nth(c, PORTS)).verdict).toBe('redirect');
    expect(lb.natPort(nth(c, PORTS))).toBe(port);
  });

  it('the same one serves two backends', () => {
    const [first, second] = c.family.backends;
    lb.resetWith({ natPorts: 16 }, serviceOf(c, { backends: backendsAt([first, second]) }));
    const frames = Array.from({ length: 100 }, (_, n) => nth(c, n));
    const used = { [first]: new Set<number>(), [second]: new Set<number>() };
    for (const frame of frames) {
      if (lb.run(c.hook, frame).verdict === 'drop') continue;
      const backend = lb.backendOf(frame) === `${first}:8080` ? first : second;
      used[backend]?.add(lb.natPort(frame));
    }
    expect(used[first]?.size).toBe(16);
    expect(used[first]).toEqual(used[second]);
  });
});

describe.each(TCP_CASES)('NAT ports of connections that ended: $name', (c) => {
  it('are free again soon when the client closed first, so that its backend has no TIME_WAIT', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const frames = fillPorts(c);
    const closed = frames[5];
    if (!closed) throw new Error('no such flow');
    lb.run(c.hook, { ...closed, flags: TCP.FIN | TCP.ACK });
    answer(c, closed, TCP.FIN | TCP.ACK);
    age(lb, closed, REST);
    const port = lb.natPort(closed);
    expect(lb.run(c.hook, nth(c, PORTS)).verdict).toBe('redirect');
    expect(lb.natPort(nth(c, PORTS))).toBe(port);
  });

  it('are free again after a reset', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const frames = fillPorts(c);
    const closed = frames[3];
    if (!closed) throw new Error('no such flow');
    const port = lb.natPort(closed);
    answer(c, closed, TCP.RST);
    age(lb, closed, REST);
    expect(lb.run(c.hook, nth(c, PORTS)).verdict).toBe('redirect');
    expect(lb.natPort(nth(c, PORTS))).toBe(port);
  });

  it('in the TIME_WAIT of the backend are taken when no other is free, the oldest first', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const frames = fillPorts(c);
    const [, , younger, , , older] = frames;
    if (!older || !younger) throw new Error('no such flows');
    for (const closed of [younger, older]) {
      answer(c, closed, TCP.FIN | TCP.ACK);
      lb.run(c.hook, { ...closed, flags: TCP.FIN | TCP.ACK });
    }
    age(lb, younger, REST);
    age(lb, older, 2 * REST);
    const port = lb.natPort(older);
    expect(lb.run(c.hook, nth(c, PORTS)).verdict).toBe('redirect');
    expect(lb.natPort(nth(c, PORTS))).toBe(port);
  });

  it('one FIN does not free a port: the other direction may still send', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const [frame] = fillPorts(c);
    if (!frame) throw new Error('no such flow');
    lb.run(c.hook, { ...frame, flags: TCP.FIN | TCP.ACK });
    expect(lb.run(c.hook, nth(c, PORTS)).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_NO_PORT: 1 });
  });
});
