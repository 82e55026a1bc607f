/** Several nodes on a real API server: who answers for an address, and what is known to be loaded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Gateway, gateway, gatewayClass, listener } from '@blixt/gateway-model';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeGroup, type NodeGroupOptions } from '../../src/kubernetes/nodes/node-group.ts';
import { nodeLeaseName } from '../../src/kubernetes/nodes/node-lease.ts';
import type { LoadReport } from '../../src/load-gate.ts';
import { eventually } from '../eventually.ts';
import { MemoryDataPlane } from '../memory-data-plane.ts';
import { clusterForTests } from './cluster-for-tests.ts';
import { backend, GatewayWorld, gatewayAt, routeTo } from './gateway-world.ts';
import { kubernetesController } from './kubernetes-controller.ts';
import { NodeProcess } from './node-process.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { clientOf } from './test-server.ts';

const LEASE_MS = 3_000;
/** Of nodes that are not to be taken for gone. */
const LONG_LEASE_MS = 30_000;
/** For a machine that has other work, too. */
const SLACK_MS = 4_000;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

const cluster = await clusterForTests();
const world = await GatewayWorld.withCrds(cluster);

interface StoredLease {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
    readonly resourceVersion: string;
  };
  readonly spec: { readonly holderIdentity: string; readonly renewTime: string };
}

const leases = async (): Promise<StoredLease[]> =>
  ((await cluster.request('GET', LEASES)).body as { items: StoredLease[] }).items;
const leaseOf = async (node: string): Promise<StoredLease | undefined> =>
  (await leases()).find(({ metadata }) => metadata.name === nodeLeaseName(node));

afterEach(async () => {
  await world.clear();
  for (const { metadata } of await leases()) await cluster.request('DELETE', `${LEASES}/${metadata.name}`);
});

const addresses = Array.from({ length: 24 }, (_, index) => `192.0.2.${index + 1}`);
const NOTHING: LoadReport = { loaded: [], failed: [], released: [] };
const EDGE = { namespace: 'default', name: 'edge' };

/** A version of the Gateway `edge`, at an address that its status tells. */
function edge(resourceVersion: string, generation = 1, address = '192.0.2.1'): Gateway {
  const plain = gateway({ listeners: [listener('TCP', 80)] }, { name: 'edge' });
  return {
    ...plain,
    metadata: { ...plain.metadata, resourceVersion, generation },
    status: { addresses: [{ value: address }] },
  };
}

const loads = (...gateways: Gateway[]): LoadReport => ({
  ...NOTHING,
  loaded: gateways.map((it) => ({ gateway: it, listenerSets: [] })),
});

/** Nodes in this process, each with a connection of its own. */
class Nodes implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();

  async start(node: string, options: Partial<NodeGroupOptions> = {}) {
    const proxy = this.#stack.use(await TcpProxy.to(cluster.url));
    const client = this.#stack.use(clientOf(cluster, proxy.url));
    const group = this.#stack.use(
      new NodeGroup({
        client,
        namespace: 'default',
        node,
        links: () => ['192.0.2.250/24'],
        leaseDurationMs: LEASE_MS,
        renewMs: 500,
        ...options,
      }),
    );
    await group.start();
    return { proxy, group };
  }

  /** Starts one that takes part, and waits until it does. */
  async join(node: string, options: Partial<NodeGroupOptions> = {}) {
    const started = await this.start(node, options);
    started.group.loaded(NOTHING);
    await eventually(() => expect(started.group.election.hasJoined).toBe(true));
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

const ours = ({ election }: NodeGroup): string[] => addresses.filter((it) => election.isOurs(it));

/** Resolves when each address is one node's, and all nodes have some. */
async function untilShared(...groups: readonly NodeGroup[]): Promise<number> {
  return await eventually(() => {
    const shares = groups.map(ours);
    expect(shares.flat().sort()).toEqual([...addresses].sort());
    for (const share of shares) expect(share).not.toEqual([]);
  });
}

describe('the Lease of a node', () => {
  it('comes with the first load, is renewed, and goes with a clean stop', async () => {
    await using nodes = new Nodes();
    const { group } = await nodes.start('a');
    await sleep(300);
    expect(await leaseOf('a')).toBeUndefined();
    group.loaded(NOTHING);
    await eventually(() => expect(group.election.hasJoined).toBe(true));
    const first = await leaseOf('a');
    expect(first).toMatchObject({
      metadata: {
        labels: { 'blixt.dev/component': 'node' },
        annotations: { 'blixt.dev/links': '192.0.2.250/24' },
      },
      spec: { holderIdentity: 'a', leaseDurationSeconds: 3 },
    });
    await eventually(async () =>
      expect((await leaseOf('a'))?.spec.renewTime).not.toBe(first?.spec.renewTime),
    );
    await group.stop();
    expect(await leaseOf('a')).toBeUndefined();
  });

  it('stays for a successor when it is to be kept, or when the successor has it already', async () => {
    await using nodes = new Nodes();
    const { group } = await nodes.join('a');
    await group.stop({ keep: true });
    expect(await leaseOf('a')).toBeDefined();
    const old = await nodes.join('b');
    await nodes.join('b', { renewMs: 100 });
    const [result] = await Promise.all([old.group.stop(), sleep(300)]);
    expect(result).toBeUndefined();
    await eventually(async () => expect(await leaseOf('b')).toBeDefined());
  });

  it('is owned by the Node, where there is one', async () => {
    await using nodes = new Nodes();
    await cluster.request('POST', '/api/v1/nodes', { body: { metadata: { name: 'owner' } } });
    await nodes.join('owner');
    expect((await leaseOf('owner'))?.metadata.ownerReferences).toMatchObject([
      { kind: 'Node', name: 'owner' },
    ]);
    await cluster.request('DELETE', '/api/v1/nodes/owner');
  });

  it('comes back when somebody deletes it', async () => {
    await using nodes = new Nodes();
    const { group } = await nodes.join('a');
    await cluster.request('DELETE', `${LEASES}/${nodeLeaseName('a')}`);
    await eventually(() => expect(ours(group)).toEqual([]));
    await eventually(() => expect(ours(group)).toEqual(addresses));
  });

  it('is deleted by the leader when its node does not come back', async () => {
    await using nodes = new Nodes();
    const { group } = await nodes.join('a', { forgetAfterMs: 500 });
    const gone = await nodes.join('b');
    await untilShared(group, gone.group);
    await gone.group.stop({ keep: true });
    using _lead = endsWith((signal) => group.lead(signal));
    await eventually(async () => expect(await leaseOf('b')).toBeUndefined(), 30_000);
    expect(await leaseOf('a')).toBeDefined();
  });

  it('is written at most five times a second, however much is loaded', async () => {
    await using nodes = new Nodes();
    const { group } = await nodes.join('a');
    const seen = new Set<string>();
    const start = performance.now();
    for (let generation = 1; generation <= 100; generation += 1) {
      group.loaded(loads(edge(`${1_000 + generation}`, generation)));
      seen.add((await leaseOf('a'))?.metadata.resourceVersion ?? '');
      await sleep(10);
    }
    // A second of changes, if not more.
    await eventually(async () =>
      expect((await leaseOf('a'))?.metadata.annotations?.['blixt.dev/loaded']).toContain('"1100"'),
    );
    expect(seen.size).toBeGreaterThan(2);
    // One at the start, and one that was under way.
    expect(seen.size).toBeLessThanOrEqual((performance.now() - start) / 200 + 2);
  });
});

/** Work that ends with the block. */
function endsWith(work: (signal: AbortSignal) => Promise<void>): Disposable {
  const end = new AbortController();
  void work(end.signal);
  return { [Symbol.dispose]: () => end.abort() };
}

describe('of several nodes', () => {
  it('each address is one’s, and moves only when that one goes', async () => {
    await using nodes = new Nodes();
    const a = await nodes.join('a', { leaseDurationMs: LONG_LEASE_MS });
    await untilShared(a.group);
    expect(a.group.election.holdMs).toBeUndefined();
    const b = await nodes.join('b', { leaseDurationMs: LONG_LEASE_MS });
    await untilShared(a.group, b.group);
    expect(a.group.election.holdMs).toBeLessThan(LONG_LEASE_MS);
    const c = await nodes.join('c', { leaseDurationMs: LONG_LEASE_MS });
    await untilShared(a.group, b.group, c.group);
    const [before, moving] = [ours(a.group), ours(b.group)];
    const stopping = b.group.stop();
    expect(await untilShared(a.group, c.group)).toBeLessThan(LONG_LEASE_MS / 2);
    expect(ours(a.group)).toEqual(expect.arrayContaining(before));
    expect(moving).not.toEqual([]);
    await stopping;
  });

  it('one that has loaded nothing yet, or announces on no link, gets no address', async () => {
    await using nodes = new Nodes();
    const a = await nodes.join('a');
    await nodes.start('b');
    await using client = clientOf(cluster);
    await using silent = new NodeGroup({ client, namespace: 'default', node: 'c' });
    await silent.start();
    silent.loaded(NOTHING);
    await eventually(() => expect(silent.election.hasJoined).toBe(true));
    await untilShared(a.group);
    expect(ours(silent)).toEqual([]);
    expect(silent.election.electedNode('192.0.2.1')).toBe('a');
  });

  it('one that is on the link of an address goes before those that are not', async () => {
    await using nodes = new Nodes();
    const near = await nodes.join('near');
    const far = await nodes.join('far', { links: () => ['198.51.100.1/24'] });
    await eventually(() => {
      expect(ours(near.group)).toEqual(addresses);
      expect(far.group.election.isOurs('198.51.100.99')).toBe(true);
      expect(near.group.election.isOurs('198.51.100.99')).toBe(false);
    });
  });

  it('one that is cut off keeps what it has, and the others take over in the time of its lease', async () => {
    await using nodes = new Nodes();
    const [a, b] = [await nodes.join('a'), await nodes.join('b')];
    await untilShared(a.group, b.group);
    const had = ours(b.group);
    const lapses: boolean[] = [];
    b.group.election.onChange(({ lapsed }) => lapses.push(lapsed));
    b.proxy.refuse();
    const took = await eventually(() => expect(ours(a.group)).toEqual(addresses));
    expect(took).toBeLessThan(LEASE_MS + SLACK_MS);
    expect(ours(b.group)).toEqual(had);
    await sleep(1_000);
    b.proxy.accept();
    await untilShared(a.group, b.group);
    expect(ours(b.group)).toEqual(had);
    await eventually(() => expect(lapses).toContain(true));
  });

  it('nobody is taken for gone while the API server cannot be reached, nor when it is back', async () => {
    await using nodes = new Nodes();
    const all = [await nodes.join('a'), await nodes.join('b'), await nodes.join('c')];
    const groups = all.map(({ group }) => group);
    await untilShared(...groups);
    const before = groups.map(ours);
    let changes = 0;
    for (const group of groups) {
      group.election.onChange(() => {
        if (groups.some((it, index) => ours(it).join() !== before[index]?.join())) changes += 1;
      });
    }
    for (const { proxy } of all) proxy.refuse();
    await sleep(2 * LEASE_MS);
    expect(groups.map(ours)).toEqual(before);
    for (const { proxy } of all) proxy.accept();
    await sleep(2 * LEASE_MS);
    expect(groups.map(ours)).toEqual(before);
    expect(changes).toBe(0);
  }, 60_000);
});

describe('of several processes', { timeout: 120_000 }, () => {
  async function setUp(leaseMs = LEASE_MS) {
    const stack = new AsyncDisposableStack();
    const a = stack.use(NodeProcess.start(cluster, 'a', leaseMs));
    const b = stack.use(NodeProcess.start(cluster, 'b', leaseMs));
    const share = (process: NodeProcess): number => process.ours.length;
    await eventually(() => {
      expect([...a.ours, ...b.ours].sort()).toEqual([...addresses].sort());
      expect(share(a) * share(b)).toBeGreaterThan(0);
    }, 60_000);
    return { a, b, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  }

  it('others take over in the time of the lease after kill -9', async () => {
    await using pair = await setUp();
    const { a, b } = pair;
    b.signal('SIGKILL');
    const took = await eventually(() => expect(a.ours).toEqual(addresses));
    expect(took).toBeLessThan(LEASE_MS + SLACK_MS);
  });

  it('others take over at once after a clean stop', async () => {
    await using pair = await setUp(LONG_LEASE_MS);
    const { a, b } = pair;
    b.signal('SIGTERM');
    const took = await eventually(() => expect(a.ours).toEqual(addresses));
    expect(took).toBeLessThan(LONG_LEASE_MS / 2);
  });

  it('one that stood still for longer than its lease takes nobody for gone, and has its addresses again', async () => {
    await using pair = await setUp();
    const { a, b } = pair;
    const had = b.ours;
    b.signal('SIGSTOP');
    await eventually(() => expect(a.ours).toEqual(addresses));
    const claimed = b.claims.length;
    b.signal('SIGCONT');
    await eventually(() => expect(a.ours).toEqual(addresses.filter((it) => !had.includes(it))));
    await sleep(LEASE_MS);
    expect(b.ours).toEqual(had);
    // It never believed to be alone.
    expect(b.claims.slice(claimed).filter(({ length }) => length > had.length)).toEqual([]);
  });
});

describe('the load gate', () => {
  const ASKED = { addresses: ['192.0.2.1'], announce: true };

  /** A leader, and another node that has all the addresses. */
  async function setUp(nodes: Nodes) {
    const leader = await nodes.join('leader', { links: () => ['198.51.100.1/24'], loadPatienceMs: 1_000 });
    const other = await nodes.join('other');
    await eventually(() => expect(leader.group.election.electedNode('192.0.2.1')).toBe('other'));
    const changed: string[] = [];
    const { loadGate } = leader.group;
    loadGate.attach({ changed: (names) => changed.push(...Array.from(names, ({ name }) => name)) });
    return { gate: loadGate, leader: leader.group, other, changed };
  }

  const pending = (message: string) => ({
    ok: false,
    reason: 'Pending',
    message: expect.stringContaining(message),
  });

  it('waits for the node that answers for the address, says which when it takes long, and when it is done', async () => {
    await using nodes = new Nodes();
    const { gate, other, changed } = await setUp(nodes);
    other.group.loaded(loads(edge('1000')));
    expect(gate.verdict(edge('1001', 2), ASKED, [])).toBe('wait');
    await eventually(() => expect(changed).toEqual(['edge']));
    expect(gate.verdict(edge('1001', 2), ASKED, [])).toEqual(
      pending('Node other, which answers for 192.0.2.1, has not loaded the rules yet.'),
    );
    other.group.loaded(loads(edge('1001', 2)));
    await eventually(() => expect(changed).toEqual(['edge', 'edge']));
    expect(gate.verdict(edge('1001', 2), ASKED, [])).toEqual({ ok: true });
    // What our own status changes is no other version to load.
    expect(gate.verdict(edge('1002', 2), ASKED, [])).toEqual({ ok: true });
  });

  it('says when a node could not load the rules', async () => {
    await using nodes = new Nodes();
    const { gate, other, changed } = await setUp(nodes);
    other.group.loaded(loads(edge('1000')));
    await eventually(() => expect(gate.verdict(edge('1000'), ASKED, [])).toEqual({ ok: true }));
    changed.length = 0;
    other.group.loaded({ ...NOTHING, failed: [EDGE] });
    await eventually(() => expect(changed).toEqual(['edge']));
    expect(gate.verdict(edge('1000'), ASKED, [])).toBe('wait');
    await eventually(() =>
      expect(gate.verdict(edge('1000'), ASKED, [])).toEqual(pending('could not load the rules')),
    );
    other.group.loaded(loads(edge('1000')));
    await eventually(() => expect(gate.verdict(edge('1000'), ASKED, [])).toEqual({ ok: true }));
  });

  it('waits for no address that this instance answers for', async () => {
    await using nodes = new Nodes();
    const { gate } = await setUp(nodes);
    expect(
      gate.verdict(edge('1000', 1, '198.51.100.9'), { addresses: ['198.51.100.9'], announce: true }, []),
    ).toEqual({ ok: true });
  });

  it('waits for all nodes where others announce the address, so that packets may come to any', async () => {
    await using nodes = new Nodes();
    const { gate, other } = await setUp(nodes);
    const bound = { addresses: ['198.51.100.9'], announce: false };
    const at = (version: string, generation: number) => edge(version, generation, '198.51.100.9');
    other.group.loaded(loads(at('1000', 1)));
    await eventually(() => expect(gate.verdict(at('1000', 1), bound, [])).toEqual({ ok: true }));
    expect(gate.verdict(at('1001', 2), bound, [])).toBe('wait');
    await eventually(() =>
      expect(gate.verdict(at('1001', 2), bound, [])).toEqual(
        pending('Node other, which may get packets to 198.51.100.9, has not loaded the rules yet.'),
      ),
    );
    other.group.loaded(loads(at('1001', 2)));
    await eventually(() => expect(gate.verdict(at('1001', 2), bound, [])).toEqual({ ok: true }));
  });

  it('believes nothing loaded at an address that the status does not tell yet', async () => {
    await using nodes = new Nodes();
    const { gate, other } = await setUp(nodes);
    other.group.loaded(loads(edge('1000', 1, '192.0.2.9')));
    await eventually(() =>
      expect(
        gate.verdict(edge('1000', 1, '192.0.2.9'), { addresses: ['192.0.2.9'], announce: true }, []),
      ).toEqual({ ok: true }),
    );
    expect(gate.verdict(edge('1000', 1, '192.0.2.9'), ASKED, [])).toBe('wait');
  });

  it('goes on saying it when the node goes and the next one has loaded the rules', async () => {
    await using nodes = new Nodes();
    const { gate, other, changed } = await setUp(nodes);
    other.group.loaded(loads(edge('1000')));
    await eventually(() => expect(gate.verdict(edge('1000'), ASKED, [])).toEqual({ ok: true }));
    changed.length = 0;
    await other.group.stop();
    await eventually(async () => expect(await leaseOf('other')).toBeUndefined());
    await sleep(300);
    expect(gate.verdict(edge('1000'), ASKED, [])).toEqual({ ok: true });
    expect(changed).toEqual([]);
  });

  it('is open where nobody takes part', async () => {
    await using nodes = new Nodes();
    const { group } = await nodes.start('a');
    expect(group.loadGate.verdict(edge('1'), ASKED, [])).toEqual({ ok: true });
  });
});

describe('a Gateway', () => {
  const edgeAt = gatewayAt('edge', '192.0.2.1');

  const programmed = async () =>
    (await world.get(edgeAt)).status?.conditions?.find(({ type }) => type === 'Programmed');

  it('is Programmed when the node that answers for its address has loaded it, and not before', async () => {
    await using nodes = new Nodes();
    await world.apply(gatewayClass(), ...backend('web', '10.0.0.1'));
    const group = (node: string, links: string[]) =>
      nodes.start(node, { links: () => links, loadPatienceMs: 500 }).then((it) => it.group);
    const dataPlane = new MemoryDataPlane();
    // One that answers for the address, and cannot load it; and the leader, who can.
    dataPlane.refuse.set('default/edge', new Error('no memory'));
    const other = kubernetesController(cluster, {
      leads: false,
      dataPlane,
      group: await group('other', ['192.0.2.250/24']),
    });
    await other.start();
    const leader = kubernetesController(cluster, { group: await group('leader', ['198.51.100.1/24']) });
    await leader.start();
    await world.apply(edgeAt, routeTo('web', 'edge', 'web'));
    await eventually(async () =>
      expect(await programmed()).toMatchObject({
        status: 'False',
        reason: 'Pending',
        message: 'Node other, which answers for 192.0.2.1, could not load the rules.',
      }),
    );
    dataPlane.refuse.clear();
    await eventually(async () => expect(await programmed()).toMatchObject({ status: 'True' }));
    // One more generation, while nothing is in the way.
    await world.apply(
      gateway(
        { listeners: [listener('TCP', 81)], addresses: [{ type: 'IPAddress', value: '192.0.2.1' }] },
        { name: 'edge' },
      ),
    );
    await eventually(async () =>
      expect(await programmed()).toMatchObject({ status: 'True', observedGeneration: 2 }),
    );
    expect(Object.keys(dataPlane.served())).toEqual(['TCP 192.0.2.1:81']);
  });
});
