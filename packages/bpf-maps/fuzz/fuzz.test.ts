import { beforeAll, describe, expect, it } from 'vitest';
import { checkCanaries } from './canaries.ts';
import { findLeaks } from './leaks.ts';
import { type Plan, runPlan } from './runner.ts';
import { buildSanitized, type Sanitized } from './sanitized.ts';
import { loadSurroundings } from './surroundings.ts';

let sanitized: Sanitized;

beforeAll(async () => {
  sanitized = await buildSanitized();
}, 600_000);

describe('the fuzzer', () => {
  it('sees what the addon and the kernel must not do to memory', async () => {
    await checkCanaries(sanitized);
  }, 60_000);

  it.each([
    ['known', 1],
    ['new', Math.floor(Math.random() * 2 ** 31)],
  ])(
    'brings nothing down with a %s seed: %i',
    async (_, seed) => {
      using surroundings = loadSurroundings();
      const plan: Plan = {
        seed,
        from: 0,
        to: 1000,
        deadline: Infinity,
        processes: 1,
        sanitized,
        arguments: surroundings.arguments,
        onProgress() {},
      };
      const { tally, crashes } = await runPlan(plan);
      expect(crashes).toEqual([]);
      expect(tally.sequences).toBe(1000);
      // Of every kind of call some come to something, and some do not.
      expect(tally.outcomes).toMatchObject({
        ok: expect.any(Number),
        resolved: expect.any(Number),
        ERR_BPF_ARGUMENT: expect.any(Number),
        ERR_BPF_CLOSED: expect.any(Number),
        ERR_BPF_MAP_TYPE: expect.any(Number),
        EINVAL: expect.any(Number),
      });
    },
    120_000,
  );

  it('finds that nothing is leaked', async () => {
    const reports = await findLeaks(sanitized, { times: 60, rounds: 8 });
    expect([...reports].filter(([, { leaks }]) => leaks.length > 0)).toEqual([]);
    expect(reports.size).toBeGreaterThan(10);
  }, 300_000);
});
