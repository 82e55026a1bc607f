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
import { backendsAt, dataPlaneForTests } from './harness.ts';

const lb = await dataPlaneForTests();

/** The first packets of flows that differ by the client's port. */
function flows(c: (typeof CASES)[number], count: number): Frame[] {
  return Array.from({ length: count }, (_, at) => fromClient(c, { sport: 30_000 + at }));
}

describe.each(CASES)('a flow stays on its backend: $name', (c) => {
  const [first, second, third] = c.family.backends;
  const next = (frame: Frame): Frame => ({ ...frame, flags: TCP.ACK, seq: 1001 });

  it('when backends are added', () => {
    lb.reset(serviceOf(c));
    const frames = flows(c, 30);
    for (const frame of frames) lb.run(c.hook, frame);
    lb.apply(serviceOf(c, { backends: backendsAt([first, second, third]) }));
    for (const frame of frames) {
      const { data } = lb.run(c.hook, next(frame));
      expect(data).toEqual(build(atBackend(c, next(frame), lb.natPort(frame))));
      expect(lb.backendOf(frame)).toBe(`${first}:8080`);
    }
    expect(lb.backend(second)).toMatchObject({ packets: 0, flows: 0 });
  });

  it('when another backend is removed', () => {
    lb.reset(serviceOf(c, { backends: backendsAt([first, second]) }));
    const frames = flows(c, 30);
    for (const frame of frames) lb.run(c.hook, frame);
    const kept = frames.filter((frame) => lb.backendOf(frame) === `${first}:8080`);
    expect(kept.length).toBeGreaterThan(5);
    lb.apply(serviceOf(c, { backends: backendsAt([first]) }));
    for (const frame of kept) {
      expect(lb.run(c.hook, next(frame)).data).toEqual(build(atBackend(c, next(frame), lb.natPort(frame))));
    }
  });

  it('while it drains, and new flows go elsewhere', () => {
    lb.reset(serviceOf(c));
    const old = flows(c, 10);
    for (const frame of old) lb.run(c.hook, frame);
    const draining = { address: first, port: 8080, weight: 1, draining: true };
    lb.apply(serviceOf(c, { backends: [draining, ...backendsAt([second])] }));
    for (const frame of old) {
      expect(lb.run(c.hook, next(frame)).data).toEqual(build(atBackend(c, next(frame), lb.natPort(frame))));
    }
    const young = Array.from({ length: 40 }, (_, at) =>
      fromClient(c, { src: c.family.otherClient, sport: 2000 + at }),
    );
    for (const frame of young) {
      lb.run(c.hook, frame);
      expect(lb.backendOf(frame)).toBe(`${second}:8080`);
    }
    expect(lb.backend(first)).toMatchObject({ flows: 10, packets: 20 });
    expect(lb.backend(second)).toMatchObject({ flows: 40, packets: 40 });
  });

  it('also when conntrack forgot it and it begins anew', () => {
    lb.reset(serviceOf(c, { backends: backendsAt([first, second, third]) }));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    const backend = lb.backendOf(frame);
    lb.maps.conntrack.deleteBatch([...lb.maps.conntrack.keys()]);
    expect(lb.flow(frame)).toBeUndefined();
    expect(lb.run(c.hook, frame).verdict).toBe('redirect');
    expect(lb.backendOf(frame)).toBe(backend);
    const { verdict } = lb.run(
      c.hook,
      fromBackend(c, lb.natPort(frame), { src: backend?.replace(/:8080$/, '') ?? '' }),
      lb.network.back,
    );
    expect(verdict).toBe('redirect');
  });

  it('and is forgotten with its service, also when the same one comes back', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    expect(lb.flow(frame)).toBeDefined();
    lb.apply();
    lb.apply(serviceOf(c));
    expect(lb.flow(frame)).toBeUndefined();
  });
});

describe.each(UDP_CASES)('a removed backend: $name', (c) => {
  it('has its flows chosen anew at once', () => {
    const [first, second] = c.family.backends;
    lb.reset(serviceOf(c));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    expect(lb.backendOf(frame)).toBe(`${first}:8080`);
    lb.apply(serviceOf(c, { backends: backendsAt([second]) }));
    const { verdict, data } = lb.run(c.hook, frame);
    expect(lb.backendOf(frame)).toBe(`${second}:8080`);
    const expected = atBackend(c, frame, lb.natPort(frame), 1);
    expect(data).toEqual(build(byNeighbourCode(c.hook, expected, frame)));
    expect(verdict).toBe('redirect');
    expect(lb.backend(second)).toMatchObject({ flows: 1 });
  });
});

describe.each(TCP_CASES)('a removed backend: $name', (c) => {
  const [first, second] = c.family.backends;

  it('has its connections reset at once', () => {
    lb.reset(serviceOf(c));
    lb.run(c.hook, fromClient(c));
    lb.apply(serviceOf(c, { backends: backendsAt([second]) }));
    const frame = fromClient(c, {
      flags: TCP.ACK | TCP.PSH,
      seq: 1001,
      ack: 9001,
      payload: Buffer.from('GET'),
    });
    const { verdict, data } = lb.run(c.hook, frame);
    expect(verdict).toBe(c.hook.sameInterface);
    const { dst, src, dport, sport, dstMac, srcMac } = frame;
    const reset: Frame = {
      ...{ dstMac: srcMac, srcMac: dstMac, src: dst, dst: src, sport: dport, dport: sport, protocol: 'TCP' },
      ...{ flags: TCP.RST, seq: 9001, ack: 0, window: 0 },
    };
    expect(data).toEqual(build(reset));
  });

  it('lets the same client connect to another with a SYN', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    lb.apply(serviceOf(c, { backends: backendsAt([second]) }));
    const { verdict } = lb.run(c.hook, frame);
    expect(verdict).toBe('redirect');
    expect(lb.backendOf(frame)).toBe(`${second}:8080`);
  });

  it('does not hand its flows to a backend that got its id', async () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    const id = lb.flow(frame)?.backendId;
    lb.apply(serviceOf(c, { backends: [] }));
    // Ids rest for 100 ms before they are used again.
    await new Promise((resolve) => setTimeout(resolve, 150));
    lb.apply(serviceOf(c, { backends: backendsAt([second]) }));
    expect(lb.maps.backends.get(id ?? 0)?.address).toBe(second);
    expect(lb.backendOf(frame)).toBeUndefined();
    const { verdict } = lb.run(c.hook, { ...frame, flags: TCP.ACK, ack: 5 });
    expect(verdict).toBe(c.hook.sameInterface);
    expect(lb.backend(second)).toMatchObject({ packets: 0 });
    expect(first).not.toBe(second);
  });
});

describe.each(TCP_CASES)('a connection that ended: $name', (c) => {
  const client = (flags: number) => lb.run(c.hook, fromClient(c, { flags }));
  const backend = (natPort: number, flags: number) =>
    lb.run(c.hook, fromBackend(c, natPort, { flags }), lb.network.back);

  it.each([
    ['the client closed first', ['client FIN', 'backend FIN']],
    ['the backend closed first', ['backend FIN', 'client FIN']],
    ['the client reset it', ['client RST']],
    ['the backend reset it', ['backend RST']],
  ])('is opened again by a SYN, on the present table: %s', (_, steps) => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    const natPort = lb.natPort(frame);
    backend(natPort, TCP.SYN | TCP.ACK);
    for (const step of steps) {
      const flags = step.endsWith('FIN') ? TCP.FIN | TCP.ACK : TCP.RST;
      const { verdict } = step.startsWith('client') ? client(flags) : backend(natPort, flags);
      expect(verdict).toBe('redirect');
    }
    const [, second] = c.family.backends;
    lb.apply(
      serviceOf(c, {
        backends: [{ address: c.family.backends[0], port: 8080, weight: 0 }, ...backendsAt([second])],
      }),
    );
    client(TCP.ACK);
    expect(lb.backendOf(frame)).toBe(`${c.family.backends[0]}:8080`);
    expect(client(TCP.SYN).verdict).toBe('redirect');
    expect(lb.backendOf(frame)).toBe(`${second}:8080`);
  });

  it('is not opened again by a SYN while it is open', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    const natPort = lb.natPort(frame);
    backend(natPort, TCP.SYN | TCP.ACK);
    lb.apply(
      serviceOf(c, {
        backends: [
          { address: c.family.backends[0], port: 8080, weight: 0 },
          ...backendsAt([c.family.backends[1]]),
        ],
      }),
    );
    const { data } = client(TCP.SYN);
    expect(data).toEqual(build(atBackend(c, frame, natPort)));
    expect(lb.backendOf(frame)).toBe(`${c.family.backends[0]}:8080`);
  });

  it('opens a port-reusing SYN after TIME_WAIT on the same backend', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c);
    lb.run(c.hook, frame);
    const natPort = lb.natPort(frame);
    backend(natPort, TCP.SYN | TCP.ACK);
    backend(natPort, TCP.FIN | TCP.ACK);
    client(TCP.FIN | TCP.ACK);
    const { verdict, data } = client(TCP.SYN);
    expect(verdict).toBe('redirect');
    expect(data).toEqual(build(atBackend(c, frame, lb.natPort(frame))));
    // And the way back works.
    const reply = backend(lb.natPort(frame), TCP.SYN | TCP.ACK);
    expect(reply.verdict).toBe('redirect');
  });
});
