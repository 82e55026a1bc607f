import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/service.ts';
import { CASES, fromClient, serviceOf } from './cases.ts';
import type { Frame } from './frame.ts';
import { backendsAt, dataPlaneForTests, HOOKS } from './harness.ts';

const lb = await dataPlaneForTests();

/** First packets of flows of many clients and ports. */
function flows(c: (typeof CASES)[number], count: number): Frame[] {
  return Array.from({ length: count }, (_, at) => {
    const host = at % 50;
    const src = c.family.version === 4 ? `203.0.113.${host + 1}` : `2001:db8:c::${(host + 1).toString(16)}`;
    return fromClient(c, { src, sport: 1024 + at });
  });
}

/** Which backend each flow gets, after all services were made anew. */
function assign(c: (typeof CASES)[number], frames: readonly Frame[], backends: readonly Backend[]): string[] {
  lb.reset(serviceOf(c, { backends }));
  return frames.map((frame) => {
    lb.run(c.hook, frame);
    return lb.backendOf(frame) ?? '';
  });
}

function weighted(c: (typeof CASES)[number], weights: readonly number[]): Backend[] {
  return weights.map((weight, at) => ({ address: c.family.backends[at] ?? '', port: 8080, weight }));
}

describe.each(CASES)('shares of new flows: $name', (c) => {
  it.each([
    ['equal weights', [1, 1, 1]],
    ['1 to 2 to 5', [1, 2, 5]],
    ['not whole ones', [0.5, 0.25, 0.25]],
    ['one of 0', [1, 0, 3]],
  ])('follow the weights: %s', (_, weights) => {
    const count = 1200;
    lb.reset(serviceOf(c, { backends: weighted(c, weights) }));
    for (const frame of flows(c, count)) lb.run(c.hook, frame);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    weights.forEach((weight, at) => {
      const share = weight / total;
      const { flows: got } = lb.backend(c.family.backends[at] ?? '');
      // Four standard deviations of a fair draw; the draw is the same in every run.
      const deviation = Math.sqrt(share * (1 - share) * count);
      expect(Math.abs(got - share * count)).toBeLessThanOrEqual(4 * deviation);
    });
    expect(lb.service().flows).toBe(count);
  });

  it('depend on the client port alone, and on the client network alone', () => {
    const sameHost = Array.from({ length: 90 }, (_, at) => fromClient(c, { sport: 5000 + at }));
    const samePort = Array.from({ length: 90 }, (_, at) =>
      fromClient(c, { src: c.family.version === 4 ? `203.0.${at}.7` : `2001:db8:${at.toString(16)}::7` }),
    );
    for (const frames of [sameHost, samePort]) {
      const chosen = assign(c, frames, weighted(c, [1, 1, 1]));
      for (const address of c.family.backends) {
        const got = chosen.filter((backend) => backend === `${address}:8080`).length;
        expect(got).toBeGreaterThan(15);
        expect(got).toBeLessThan(45);
      }
    }
  });

  it('a backend that leaves takes along its own flows, and few others', () => {
    const frames = flows(c, 400);
    const before = assign(c, frames, weighted(c, [1, 1, 1]));
    const after = assign(c, frames, weighted(c, [1, 1]));
    const gone = `${c.family.backends[2]}:8080`;
    const moved = before.filter((backend, at) => backend !== gone && backend !== after[at]);
    expect(moved.length).toBeLessThan(frames.length * 0.1);
    expect(after).not.toContain(gone);
  });
});

describe.each(CASES.filter((c) => c.hook === HOOKS[0]))(
  'the same flow gets the same backend: $family.name, $protocol',
  (c) => {
    it('at every hook, in an instance with another history, whatever the order of the backends', () => {
      const frames = flows(c, 150);
      const backends = weighted(c, [3, 2, 4]);
      const expected = assign(c, frames, backends);
      expect(new Set(expected).size).toBe(3);
      for (const hook of HOOKS) {
        lb.reset(serviceOf(c, { address: c.family.otherService, backends: backendsAt(c.family.backends) }));
        expect(assign({ ...c, hook }, frames, backends.toReversed())).toEqual(expected);
      }
    });
  },
);
