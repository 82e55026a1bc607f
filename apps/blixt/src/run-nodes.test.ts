import { kubernetesBinary } from '@blixt/cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabNode, NodeWorld } from '../test/node-world.ts';

const LEASE_MS = 6_000;
/** For a machine that has other work, too. */
const SLACK_MS = 10_000;
const PATIENCE = { timeout: 60_000, interval: 100 };
const START_MS = 240_000;

// At the top, where no time limit holds: the first use of them on a machine builds them.
await kubernetesBinary('kube-apiserver');
await kubernetesBinary('kubectl');

const addresses = Array.from({ length: 12 }, (_, index) => `10.9.0.${101 + index}`);
const NAMES = ['node-1', 'node-2', 'node-3'];

/** Three nodes on one link, on a real kernel with a real API server; the client resolves and connects anew each time. */
describe('blixt run --announce on three nodes', () => {
  let world: NodeWorld;
  let first: LabNode;
  let second: LabNode;
  let third: LabNode;

  beforeAll(async () => {
    world = await NodeWorld.start(NAMES, addresses);
    const [a, b, c] = world.nodes;
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are not three nodes');
    [first, second, third] = [a, b, c];
    await world.run(...world.nodes);
  }, START_MS);

  afterAll(() => world?.[Symbol.asyncDispose](), START_MS);

  const isProgrammed = ({ status }: { readonly status?: unknown }): boolean =>
    /"status":"True","type":"Programmed"/.test(JSON.stringify(status));
  const programmed = (): number => world.list('gateways').filter(isProgrammed).length;
  const leases = (): string[] =>
    world
      .list('leases')
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith('blixt-node-'))
      .sort();
  const nodesThatAnswer = async (): Promise<string[]> =>
    [...new Set([...(await world.answering()).values()].flat())].sort();

  /** Resolves when every address is reached; returns after how long, in milliseconds. */
  async function untilReachable(): Promise<number> {
    const start = performance.now();
    await expect.poll(() => world.unreachable(), PATIENCE).toEqual([]);
    return performance.now() - start;
  }

  async function untilEachIsAnsweredByOneOf(...nodes: readonly LabNode[]): Promise<void> {
    const names = nodes.map(({ name }) => name);
    await expect
      .poll(async () => {
        const answers = [...(await world.answering()).values()];
        return answers.every((by) => by.length === 1 && names.includes(by[0] ?? ''));
      }, PATIENCE)
      .toBe(true);
  }

  it(
    'each address is answered for by one node, the addresses are shared, and all is Programmed',
    async () => {
      await expect.poll(programmed, PATIENCE).toBe(addresses.length);
      expect(leases()).toEqual(NAMES.map((name) => `blixt-node-${name}`));
      await untilEachIsAnsweredByOneOf(first, second, third);
      expect(await nodesThatAnswer()).toEqual(NAMES);
      await untilReachable();
    },
    START_MS,
  );

  it(
    'others answer for the addresses of a process that was killed, and what it left does not',
    async () => {
      second.blixt?.kill('SIGKILL');
      await untilEachIsAnsweredByOneOf(first, third);
      await untilReachable();
    },
    START_MS,
  );

  it(
    'the node has its addresses back when it is back',
    async () => {
      await world.run(second);
      await untilEachIsAnsweredByOneOf(first, second, third);
      expect(await nodesThatAnswer()).toEqual(NAMES);
      await untilReachable();
    },
    START_MS,
  );

  it(
    'the addresses of a node that is gone are reached again within the time of its lease',
    async () => {
      const start = performance.now();
      third.blixt?.kill('SIGKILL');
      third.namespace.ip('link set eth0 down');
      await untilReachable();
      expect(performance.now() - start).toBeLessThan(LEASE_MS + SLACK_MS);
      third.namespace.ip('link set eth0 up');
      await world.run(third);
      await untilEachIsAnsweredByOneOf(first, second, third);
    },
    START_MS,
  );

  it(
    'the addresses of a node whose process is ended are reached all the time by new connections',
    async () => {
      const rounds: string[][] = [];
      let isOver = false;
      const asking = (async () => {
        while (!isOver) rounds.push(await world.unreachable());
      })();
      try {
        first.blixt?.kill('SIGTERM');
        expect(await first.blixt?.ended()).toMatchObject({ code: 0 });
        await untilEachIsAnsweredByOneOf(second, third);
      } finally {
        isOver = true;
        await asking;
      }
      expect(rounds.length).toBeGreaterThan(2);
      // One that is open at the moment at which its address moves, breaks; the next one does not.
      const twice = rounds.flatMap((round, index) => round.filter((it) => rounds[index - 1]?.includes(it)));
      expect(twice).toEqual([]);
      expect(leases()).toEqual(['blixt-node-node-2', 'blixt-node-node-3']);
      expect(programmed()).toBe(addresses.length);
    },
    START_MS,
  );
});
