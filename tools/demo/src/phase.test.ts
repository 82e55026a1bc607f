import type { HeldConnection, RequestStats } from '@blixt/lab';
import { describe, expect, it } from 'vitest';
import { compareShares, expectedShares, PhaseRecord } from './phase.ts';

function stats(backends: Record<string, number>, failures: Record<string, number> = {}): RequestStats {
  const count = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  return {
    requests: count(backends) + count(failures),
    failed: count(failures),
    backends,
    failures,
    latencyMs: { p50: 1, p99: 1, max: 1 },
    seconds: 1,
  };
}

function held(state: HeldConnection['state'], count: number): HeldConnection[] {
  return Array.from({ length: count }, () => ({
    backend: 'b1',
    localPort: 1,
    state,
    pings: 1,
    longestGapMs: 1,
    ...(state === 'reset' ? { errno: 'ECONNRESET' } : {}),
  }));
}

describe('shares', () => {
  it('are in percent, in proportion to the weights', () => {
    expect(expectedShares({ b1: 10, b2: 30, b3: 20 })).toEqual({ b1: 16.7, b2: 50, b3: 33.3 });
    expect(expectedShares({ b1: 0, b2: 0 })).toEqual({ b1: 0, b2: 0 });
  });

  it('name backends that nobody expected', () => {
    expect(compareShares({ b1: 1 }, { b1: 3, b9: 1 })).toEqual({
      b1: { expected: 100, seen: 75 },
      b9: { expected: 0, seen: 25 },
    });
  });
});

describe('a phase', () => {
  const weights = { b1: 50, b2: 30, b3: 20 };

  it('is ok when shares are within five points and nothing failed', () => {
    const record = new PhaseRecord('x');
    const seen = stats({ b1: 1_090, b2: 510, b3: 400 });
    record.addRequests(seen);
    record.checkShares(weights, seen);
    expect(record.result()).toMatchObject({
      name: 'x',
      ok: true,
      requests: 2_000,
      failed: 0,
      shares: { b1: { expected: 50, seen: 54.5 }, b2: { expected: 30, seen: 25.5 } },
      problems: [],
    });
  });

  it.each<[string, Record<string, number>, Record<string, number>, RegExp]>([
    ['a share is off by more than five points', { b1: 1_120, b2: 500, b3: 380 }, {}, /b1: expected 50%.*56%/],
    ['a request failed', { b1: 1_000, b2: 600, b3: 400 }, { ECONNRESET: 1 }, /1 of 2001 .* 1 ECONNRESET/],
    ['there are too few requests', { b1: 200, b2: 120, b3: 79 }, {}, /only 399 requests/],
    ['nothing was requested', {}, {}, /no request was made/],
  ])('is not ok when %s', (_, backends, failures, problem) => {
    const record = new PhaseRecord('x');
    record.addRequests(stats(backends, failures));
    record.checkShares(weights, stats(backends, failures));
    expect(record.result().ok).toBe(false);
    expect(record.result().problems.join('\n')).toMatch(problem);
  });

  it('is not ok when one single request reached a backend of weight 0', () => {
    const record = new PhaseRecord('x');
    record.checkShares({ b1: 1, b2: 1, b3: 0 }, stats({ b1: 1_000, b2: 1_000, b3: 1 }));
    expect(record.result().problems).toEqual(['b3: expected 0% of the requests, saw 0%']);
  });

  it('judges held connections, and an empty set proves nothing', () => {
    const open = new PhaseRecord('x');
    open.checkOpen('connections', held('open', 3));
    open.checkReset('connections', held('reset', 2), 70);
    expect(open.result()).toMatchObject({
      ok: true,
      observations: ['3 of 3 connections live on', '2 of 2 connections were reset within 70 ms'],
    });
    for (const judge of [
      (record: PhaseRecord) => record.checkOpen('connections', []),
      (record: PhaseRecord) => record.checkReset('connections', [], 1),
      (record: PhaseRecord) => record.checkOpen('connections', [...held('open', 2), ...held('reset', 1)]),
      (record: PhaseRecord) =>
        record.checkReset('connections', [...held('reset', 2), ...held('timeout', 1)], 1),
    ]) {
      const record = new PhaseRecord('x');
      judge(record);
      expect(record.result().ok).toBe(false);
    }
  });
});
