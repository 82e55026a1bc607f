/** What a backend that was removed still sends for the flows that it had. */
import { describe, expect, it } from 'vitest';
import { age } from './age.ts';
import {
  atClient,
  beginFlow,
  type Case,
  FORWARDING_CASES,
  fromBackend,
  fromClient,
  serviceOf,
  TCP_CASES,
  UDP_CASES,
} from './cases.ts';
import { build, type Frame, TCP } from './frame.ts';
import { backendsAt, dataPlaneForTests } from './harness.ts';

const lb = await dataPlaneForTests();

const late = (c: Case, natPort: number): Frame =>
  fromBackend(c, natPort, { flags: TCP.ACK | TCP.PSH, seq: 9001, payload: Buffer.from('late') });

function expectAtClient(c: Case, reply: Frame, request: Frame): void {
  const { verdict, data } = lb.run(c.hook, reply, lb.network.back);
  expect(data).toEqual(build(atClient(reply, request)));
  expect(verdict).toBe('redirect');
}

/** The kernel has no socket there: it tells the backend. */
function expectPassed(c: Case, reply: Frame): void {
  const { verdict, data } = lb.run(c.hook, reply, lb.network.back);
  expect(data).toEqual(build(reply));
  expect(verdict).toBe('pass');
}

describe.each(FORWARDING_CASES)('what a removed backend still sends: $name', (c) => {
  it('reaches a client that only waits, and counts for nobody', () => {
    const { request, natPort } = beginFlow(lb, c);
    lb.apply(serviceOf(c, { backends: [] }));
    const before = lb.service();
    for (let times = 0; times < 3; times++) expectAtClient(c, late(c, natPort), request);
    expect(lb.service()).toEqual(before);
    expect(lb.drops()).toEqual({});
  });

  it('reaches it also when another backend got the removed one’s id', async () => {
    const { request, natPort } = beginFlow(lb, c);
    const [, second] = c.family.backends;
    lb.apply(serviceOf(c, { backends: [] }));
    // What was given back rests.
    await new Promise((resolve) => setTimeout(resolve, 150));
    lb.apply(serviceOf(c, { backends: backendsAt([second]) }));
    expectAtClient(c, late(c, natPort), request);
    expect(lb.backend(second)).toMatchObject({ packets: 0, bytes: 0 });
  });

  it('reaches it also when the service was removed', () => {
    const { request, natPort } = beginFlow(lb, c);
    lb.apply();
    expectAtClient(c, late(c, natPort), request);
  });

  it('does not when the flow is over', () => {
    const { request, natPort } = beginFlow(lb, c);
    age(lb, request, c.protocol === 'TCP' ? 7440 : 180);
    lb.apply(serviceOf(c, { backends: [] }));
    expectPassed(c, late(c, natPort));
  });

  it('does not when the client has sent something since, and was told or got another backend', () => {
    const { request, natPort } = beginFlow(lb, c);
    const [, second] = c.family.backends;
    lb.apply(serviceOf(c, { backends: backendsAt([second]) }));
    const { verdict } = lb.run(c.hook, { ...request, flags: TCP.ACK, seq: 1001 });
    expect(verdict).toBe(c.protocol === 'TCP' ? c.hook.sameInterface : 'redirect');
    expectPassed(c, late(c, natPort));
  });

  it('reaches it when the backend has come back, whose new flows get other ports', () => {
    const { request, natPort } = beginFlow(lb, c);
    lb.apply(serviceOf(c, { backends: [] }));
    lb.apply(serviceOf(c));
    const fresh = fromClient(c, { sport: 31_000 });
    lb.run(c.hook, fresh);
    expect(lb.natPort(fresh)).not.toBe(natPort);
    expectAtClient(c, late(c, natPort), request);
  });
});

describe.each(TCP_CASES)('a connection that its backend had not answered when it was removed: $name', (c) => {
  it('is left to the client to open again, elsewhere', () => {
    lb.reset(serviceOf(c));
    const request = fromClient(c);
    lb.run(c.hook, request);
    const reply = fromBackend(c, lb.natPort(request), { flags: TCP.SYN | TCP.ACK });
    const [, second] = c.family.backends;
    lb.apply(serviceOf(c, { backends: backendsAt([second]) }));
    expectPassed(c, reply);
    expect(lb.run(c.hook, request).verdict).toBe('redirect');
    expect(lb.backendOf(request)).toBe(`${second}:8080`);
    expectPassed(c, reply);
  });
});

describe.each(UDP_CASES)('a request that its backend had not answered when it was removed: $name', (c) => {
  it('is answered all the same', () => {
    lb.reset(serviceOf(c));
    const request = fromClient(c);
    lb.run(c.hook, request);
    const reply = fromBackend(c, lb.natPort(request), { payload: Buffer.from('answer') });
    lb.apply(serviceOf(c, { backends: [] }));
    const { verdict, data } = lb.run(c.hook, reply, lb.network.back);
    expect(verdict).toBe('redirect');
    // tcx may leave the MAC addresses to the kernel's neighbour code.
    expect(data.subarray(12)).toEqual(build(atClient(reply, request)).subarray(12));
  });
});

describe.each(FORWARDING_CASES)('ports of a backend that comes back: $name', (c) => {
  const PORTS = 16;

  it('are taken from its old flows when no other is free', () => {
    lb.resetWith({ natPorts: PORTS }, serviceOf(c));
    const old = Array.from({ length: PORTS }, (_, n) => fromClient(c, { sport: 20_000 + n }));
    for (const frame of old) {
      lb.run(c.hook, frame);
      lb.run(c.hook, fromBackend(c, lb.natPort(frame)), lb.network.back);
    }
    for (const frame of old) age(lb, frame, 5);
    const fresh = (n: number) => fromClient(c, { sport: 30_000 + n });
    expect(lb.run(c.hook, fresh(0)).verdict).toBe('drop');
    lb.apply(serviceOf(c, { backends: [] }));
    lb.apply(serviceOf(c));
    const ports = Array.from({ length: PORTS }, (_, n) => {
      expect(lb.run(c.hook, fresh(n)).verdict).toBe('redirect');
      return lb.natPort(fresh(n));
    });
    expect(new Set(ports).size).toBe(PORTS);
    expect(lb.run(c.hook, fresh(PORTS)).verdict).toBe('drop');
    expect(lb.drops()).toEqual({ DROP_NO_PORT: 2 });
  });
});
