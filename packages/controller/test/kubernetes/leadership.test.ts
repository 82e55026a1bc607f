/** Several instances as processes: who writes statuses, and who takes over. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayClass } from '@blixt/gateway-model';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { clusterForTests } from './cluster-for-tests.ts';
import { backend, GatewayWorld, gatewayAt, routeTo } from './gateway-world.ts';
import { InstanceProcess } from './instance-process.ts';

const LEASE_MS = 3_000;
/** For a machine that has other work, too. */
const SLACK_MS = 5_000;
const START_MS = 60_000;
const PATIENCE_MS = 30_000;

const cluster = await clusterForTests();
const world = await GatewayWorld.withCrds(cluster);

afterEach(async () => {
  await world.clear();
  await cluster.request('DELETE', '/apis/coordination.k8s.io/v1/namespaces/default/leases/blixt');
});

/** Two instances, of which the first leads, and a Gateway that changes until the end, so that there is always something to write. */
async function setUp() {
  const stack = new AsyncDisposableStack();
  await world.apply(
    gatewayClass(),
    gatewayAt('edge'),
    ...backend('web', '10.0.0.1'),
    routeTo('web', 'edge', 'web'),
  );
  const first = stack.use(await InstanceProcess.start(cluster, 'first'));
  await eventually(() => expect(first.leads).toBe(true), START_MS);
  const second = stack.use(await InstanceProcess.start(cluster, 'second'));
  await eventually(() => expect(second.isReady).toBe(true), START_MS);
  let isOver = false;
  const changing = (async () => {
    for (let round = 1; !isOver; round += 1) {
      await world.apply(gatewayAt('edge', round % 2 === 0 ? undefined : `192.0.2.${(round % 250) + 1}`));
      await sleep(40);
    }
  })();
  stack.defer(async () => {
    isOver = true;
    await changing;
  });
  await eventually(() => expect(first.writes.length).toBeGreaterThan(3));
  return { first, second, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Who wrote, in the order in which the API server took it: one letter for each run of writes. */
function terms(first: InstanceProcess, second: InstanceProcess): string {
  const writes = [
    ...first.writes.map(({ resourceVersion }) => ({ resourceVersion, by: '1' })),
    ...second.writes.map(({ resourceVersion }) => ({ resourceVersion, by: '2' })),
  ];
  writes.sort((a, b) => a.resourceVersion - b.resourceVersion);
  return writes
    .map(({ by }) => by)
    .filter((by, index, all) => by !== all[index - 1])
    .join('');
}

describe('of two instances', { timeout: 240_000 }, () => {
  it('one writes, and the other is loaded with the same, and with the addresses that the first gave out', async () => {
    await using world2 = await setUp();
    const { first, second } = world2;
    await sleep(1_000);
    expect(second.writes).toEqual([]);
    await world.apply(gatewayAt('pooled'));
    await eventually(() => {
      expect(first.served).toContain('TCP 198.51.100.1:80');
      expect(second.served).toContain('TCP 198.51.100.1:80');
    });
  });

  it('the second takes over within the time of the lease after the first was killed (SIGKILL)', async () => {
    await using pair = await setUp();
    const { first, second } = pair;
    first.signal('SIGKILL');
    const took = await eventually(() => expect(second.writes.length).toBeGreaterThan(0), PATIENCE_MS);
    expect(took).toBeLessThan(LEASE_MS + SLACK_MS);
    expect(terms(first, second)).toBe('12');
  });

  it('the second takes over at once after the first was stopped (SIGTERM)', async () => {
    await using pair = await setUp();
    const { first, second } = pair;
    first.signal('SIGTERM');
    await first.ended();
    const took = await eventually(() => expect(second.writes.length).toBeGreaterThan(0), PATIENCE_MS);
    // Not after the time of the lease.
    expect(took).toBeLessThan(LEASE_MS);
    expect(terms(first, second)).toBe('12');
  });

  it('a leader that cannot renew the Lease stops to write, though it could, before the second begins', async () => {
    await using pair = await setUp();
    const { first, second } = pair;
    const before = first.writes.length;
    first.lease.refuse();
    await eventually(() => expect(second.writes.length).toBeGreaterThan(3), PATIENCE_MS);
    // It went on while it could be sure that nobody else writes.
    expect(first.writes.length).toBeGreaterThan(before + 3);
    expect(first.leads).toBe(false);
    const after = first.writes.length;
    first.lease.accept();
    await sleep(1_500);
    expect(first.writes).toHaveLength(after);
    expect(terms(first, second)).toBe('12');
  });

  it('a leader that is cut off from the API server hears of its successor when it is back', async () => {
    await using pair = await setUp();
    const { first, second } = pair;
    first.api.refuse();
    first.lease.refuse();
    const took = await eventually(() => expect(second.writes.length).toBeGreaterThan(3), PATIENCE_MS);
    expect(took).toBeLessThan(LEASE_MS + SLACK_MS);
    first.api.accept();
    first.lease.accept();
    await eventually(() => expect(first.messages).toContain('the leader is second'), PATIENCE_MS);
    await sleep(1_000);
    expect(terms(first, second)).toBe('12');
    second.signal('SIGTERM');
    await eventually(() => expect(terms(first, second)).toBe('121'), PATIENCE_MS);
  });

  it('a leader that stood still for longer than the lease writes nothing when it goes on', async () => {
    await using pair = await setUp();
    const { first, second } = pair;
    first.signal('SIGSTOP');
    await eventually(() => expect(second.writes.length).toBeGreaterThan(3), PATIENCE_MS);
    first.signal('SIGCONT');
    await eventually(() => expect(first.messages).toContain('the leader is second'), PATIENCE_MS);
    await sleep(1_000);
    expect(terms(first, second)).toBe('12');
  });
});
