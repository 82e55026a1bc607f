import { kubernetesBinary } from '@blixt/cluster';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Report, report } from './control-plane.bench.ts';

// At the top, where no time limit holds: the first use on a machine builds them.
await kubernetesBinary('kube-apiserver');
await kubernetesBinary('kube-proxy');

const LIMIT = 600_000;

/** A tenth of the benchmark: what is counted, not how long it takes. */
describe('the control plane with 1,000 Services behind 100 Gateways', () => {
  let found: Report;

  beforeAll(async () => {
    found = await report({ scale: 0.1, samples: 0.1 });
  }, LIMIT);

  it('loads everything, at the start and when it is started again', () => {
    // It is waited for until each service and each backend is in the maps.
    expect(found.services).toBe(1_000);
    expect(found.blixt.loaded).toBeGreaterThan(0);
    expect(found.statuses.restarted).toBeGreaterThan(0);
  });

  it('brings every change of an EndpointSlice into the maps, also among a hundred others a second', () => {
    expect(found.blixt.alone.samples).toBe(20);
    expect(found.blixt.churn.samples).toBe(20);
    expect(found.blixt.churn.p99).toBeGreaterThanOrEqual(found.blixt.churn.p50);
    expect(found.blixt.perSecond).toBeGreaterThan(0);
  });

  it('writes the status of each route once, and none after a restart', () => {
    const { writes, writesAfterRestart } = found.statuses;
    expect(writes.routes).toBe(1_000);
    expect(writes.throttled).toBe(0);
    expect(writesAfterRestart).toMatchObject({ all: 0, throttled: 0, events: 0 });
  });

  it('tells no Event for a route that is fine', () => {
    // One for each Gateway that is in force.
    expect(found.statuses.writes.events).toBeLessThanOrEqual(100);
  });

  it('is measured next to a kube-proxy that has loaded the same', () => {
    expect(found.rival?.loaded).toBeGreaterThan(0);
    expect(found.rival?.alone.samples).toBe(1);
    expect(found.rival?.churn.samples).toBe(10);
  });
});
