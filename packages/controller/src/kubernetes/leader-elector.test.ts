import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { clusterForTests } from '../../test/kubernetes/cluster-for-tests.ts';
import { TcpProxy } from '../../test/kubernetes/tcp-proxy.ts';
import { clientOf } from '../../test/kubernetes/test-server.ts';
import { LeaderElector, type LeaderElectorOptions } from './leader-elector.ts';

const LEASE_MS = 3_000;

const cluster = await clusterForTests();
let leases = 0;

const pathOf = (name: string): string => `/apis/coordination.k8s.io/v1/namespaces/default/leases/${name}`;

const leaseOf = async (name: string): Promise<unknown> => (await cluster.request('GET', pathOf(name))).body;

async function deleteLease(name: string): Promise<void> {
  expect((await cluster.request('DELETE', pathOf(name))).status).toBe(200);
}

/** Two candidates for one Lease, each with a connection of its own, and a watch on how many lead at a time. */
async function setUp(options: Partial<LeaderElectorOptions> = {}) {
  leases += 1;
  const name = `lease-${leases}`;
  const stack = new AsyncDisposableStack();
  const terms: string[] = [];
  const candidate = async (identity: string) => {
    const proxy = stack.use(await TcpProxy.to(cluster.url));
    const client = stack.use(clientOf(cluster, proxy.url));
    const elector = stack.use(
      new LeaderElector({
        client,
        namespace: 'default',
        name,
        identity,
        leaseDurationMs: LEASE_MS,
        renewDeadlineMs: 2_000,
        retryPeriodMs: 300,
        lead: (signal) => {
          terms.push(`${identity} leads`);
          signal.addEventListener('abort', () => terms.push(`${identity} ends`));
        },
        ...options,
      }),
    );
    return { proxy, elector };
  };
  const a = await candidate('a');
  const b = await candidate('b');
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, Number(a.elector.isLeader) + Number(b.elector.isLeader));
  }, 2);
  stack.defer(() => clearInterval(watch));
  return { name, a, b, terms, most: () => most, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

interface Candidate {
  readonly elector: LeaderElector;
}

/** Starts a candidate for a Lease that nobody holds. */
async function startAlone({ elector }: Candidate): Promise<void> {
  elector.start();
  await eventually(() => expect(elector.isLeader).toBe(true));
}

/** Starts one, which leads, then another, which sees that. */
async function startInTurn(leader: Candidate, other: Candidate): Promise<void> {
  await startAlone(leader);
  other.elector.start();
  await eventually(() => expect(other.elector.leader).toBe('a'));
}

describe('leader election', () => {
  it('has one leader, who renews', async () => {
    await using world = await setUp();
    const { name, a, b, terms } = world;
    await startAlone(a);
    b.elector.start();
    await sleep(LEASE_MS + 1_000);
    expect(terms).toEqual(['a leads']);
    expect(b.elector.leader).toBe('a');
    expect(world.most()).toBe(1);
    expect(await leaseOf(name)).toMatchObject({
      spec: { holderIdentity: 'a', leaseDurationSeconds: 3, leaseTransitions: 0 },
    });
  });

  it('elects one of two who start at the same time', async () => {
    await using world = await setUp();
    const { a, b, terms } = world;
    a.elector.start();
    b.elector.start();
    await eventually(() => expect(a.elector.isLeader || b.elector.isLeader).toBe(true));
    await sleep(1_000);
    expect(terms).toHaveLength(1);
    expect(world.most()).toBe(1);
  });

  it('hands over at once when the leader stops', async () => {
    await using world = await setUp();
    const { name, a, b, terms } = world;
    await startInTurn(a, b);
    await sleep(500);
    await a.elector.stop();
    const took = await eventually(() => expect(b.elector.isLeader).toBe(true));
    expect(took).toBeLessThan(1_000);
    expect(terms).toEqual(['a leads', 'a ends', 'b leads']);
    expect(await leaseOf(name)).toMatchObject({ spec: { holderIdentity: 'b', leaseTransitions: 1 } });
  });

  it('releases only when the work of the leader has ended', async () => {
    let ended = false;
    await using world = await setUp({
      lead: async (signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        await sleep(300);
        ended = true;
      },
    });
    const { a, b } = world;
    await startAlone(a);
    b.elector.start();
    const stopped = a.elector.stop();
    await eventually(() => {
      if (b.elector.isLeader) expect(ended).toBe(true);
      expect(b.elector.isLeader).toBe(true);
    });
    await stopped;
  });

  it('ends the term of a leader that is cut off before another takes over, and never has two', async () => {
    await using world = await setUp();
    const { a, b, terms } = world;
    await startInTurn(a, b);
    a.proxy.refuse();
    const took = await eventually(() => expect(b.elector.isLeader).toBe(true), 3 * LEASE_MS);
    expect(took).toBeLessThan(LEASE_MS + 2_000);
    expect(terms).toEqual(['a leads', 'a ends', 'b leads']);
    a.proxy.accept();
    await eventually(() => expect(a.elector.leader).toBe('b'));
    await sleep(500);
    expect(terms).toHaveLength(3);
    expect(world.most()).toBe(1);
  });

  it('outlives a Lease that is deleted', async () => {
    await using world = await setUp();
    const { name, a, terms } = world;
    await startAlone(a);
    await deleteLease(name);
    await eventually(async () =>
      expect(await leaseOf(name)).toMatchObject({ spec: { holderIdentity: 'a' } }),
    );
    expect(terms).toEqual(['a leads']);
  });

  it('does not take a Lease that was deleted from a leader that may not know yet', async () => {
    await using world = await setUp();
    const { name, a, b, terms } = world;
    await startInTurn(a, b);
    a.proxy.refuse();
    await deleteLease(name);
    await eventually(() => expect(b.elector.isLeader).toBe(true), 3 * LEASE_MS);
    expect(terms).toEqual(['a leads', 'a ends', 'b leads']);
    expect(world.most()).toBe(1);
  });

  it('begins no next term before the work of the last has ended', async () => {
    let running = 0;
    let most = 0;
    let ran = 0;
    await using world = await setUp({
      lead: async (signal) => {
        ran += 1;
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        await sleep(1_000);
        running -= 1;
      },
    });
    const { a } = world;
    await startAlone(a);
    a.proxy.refuse();
    await eventually(() => expect(a.elector.isLeader).toBe(false));
    a.proxy.accept();
    await eventually(() => expect(ran).toBe(2));
    expect(most).toBe(1);
  });

  it('refuses times with which two could lead', async () => {
    await expect(setUp({ renewDeadlineMs: LEASE_MS })).rejects.toThrow(RangeError);
  });
});
