/** Whole paths, with real sockets: client, load balancer and backends in namespaces of their own. */
import { fileURLToPath } from 'node:url';
import {
  buildStandardTopology,
  Lab,
  type LabProcess,
  LoadClient,
  type RequestStats,
  SERVICE_IPV4,
  SERVICE_IPV6,
  type StandardTopology,
  startBackendServer,
  TCP_PORT,
  UDP_PORT,
  untilOpen,
} from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, ForwardingMode, HookChoice, LoadBalancer, Service } from '../../src/index.ts';
import { enter, open } from '../support/instance.ts';

const LIMITS = {
  flows: 16_384,
  services: 64,
  backends: 256,
  natSlots: 262_144,
  maglevSlots: 65_536,
  localFlows: 16_384,
};
const WEIGHTS = [50, 30, 20];
const TRANSFER_PORT = 9000;
const TRANSFER_BYTES = 50 * 2 ** 20;
const LATE_PORT = 9001;
const LATE_MS = 2_000;
const REQUESTS = 300;

let lab: Lab;
let topology: StandardTopology;
let client: LoadClient;
let lb: LoadBalancer;

const script = (name: string) => fileURLToPath(new URL(`../support/${name}.ts`, import.meta.url));

interface Change {
  readonly mode?: ForwardingMode;
  readonly weights?: readonly number[];
  /** Left out. */
  readonly without?: string;
  readonly draining?: string;
}

function service(
  family: 'ipv4' | 'ipv6',
  protocol: 'TCP' | 'UDP',
  ports: readonly [number, number],
  change: Change,
): Service {
  const { mode = 'snat', weights = WEIGHTS, without, draining } = change;
  const backends = topology.backends.flatMap((host, at): Backend[] => {
    if (host.name === without) return [];
    const weight = weights[at] ?? 0;
    return [{ address: host[family], port: ports[1], weight, mode, draining: host.name === draining }];
  });
  const address = family === 'ipv4' ? SERVICE_IPV4 : SERVICE_IPV6;
  return { address, port: ports[0], protocol, backends };
}

function applyAll(change: Change = {}): void {
  lb.apply(
    (['ipv4', 'ipv6'] as const).flatMap((family) => [
      service(family, 'TCP', [80, TCP_PORT], change),
      service(family, 'UDP', [53, UDP_PORT], change),
      service(family, 'TCP', [TRANSFER_PORT, TRANSFER_PORT], change),
      service(family, 'TCP', [LATE_PORT, LATE_PORT], change),
      { ...service(family, 'TCP', [81, TCP_PORT], change), backends: [] },
    ]),
  );
}

function attachAll(hook: HookChoice): void {
  for (const name of topology.interfaces) lb.attach(name, { hook });
}

function request(
  family: 'ipv4' | 'ipv6',
  protocol: 'tcp' | 'udp',
  requests = REQUESTS,
): Promise<RequestStats> {
  const address = family === 'ipv4' ? SERVICE_IPV4 : SERVICE_IPV6;
  const port = protocol === 'tcp' ? 80 : 53;
  return client.requests({ address, port, protocol, requests, durationMs: 20_000, timeoutMs: 5_000 });
}

/** By three standard deviations and a half a slot more, of a binomial distribution. */
function expectShares(stats: RequestStats, weights: readonly number[]): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  topology.backends.forEach(({ name }, at) => {
    const share = (weights[at] ?? 0) / total;
    const deviation = Math.sqrt((share * (1 - share)) / stats.requests);
    expect(Math.abs((stats.backends[name] ?? 0) / stats.requests - share)).toBeLessThanOrEqual(
      4.5 * deviation + 0.01,
    );
  });
}

function counters(): { flows: number; drops: Readonly<Record<string, number>> } {
  const { services, drops } = lb.stats();
  return {
    flows: services.reduce((sum, { flows }) => sum + flows, 0),
    drops,
  };
}

/** Starts a script of test/support where the first client is. */
function startAtClient(name: string, ...args: (string | number)[]): LabProcess {
  const namespace = topology.clients[0]?.namespace;
  if (!namespace) throw new Error('the lab has no client');
  return namespace.start(process.execPath, [script(name), ...args.map(String)]);
}

async function transfer(family: 'ipv4' | 'ipv6'): Promise<{ name: string; peer: string }> {
  const address = family === 'ipv4' ? SERVICE_IPV4 : SERVICE_IPV6;
  const sender = startAtClient('transfer-client', address, TRANSFER_PORT, TRANSFER_BYTES);
  await sender.ended();
  const { sent, answer, error } = JSON.parse(sender.output);
  expect(error).toBeUndefined();
  const { name, peer, sha256 } = JSON.parse(answer);
  expect(sha256).toBe(sent);
  return { name, peer: peer.replace('::ffff:', '') };
}

function setChecksumOffload(on: boolean): void {
  for (const { namespace } of [...topology.clients, ...topology.backends])
    namespace.setOffloads('eth0', { tx: on });
}

beforeAll(async () => {
  lab = new Lab();
  topology = buildStandardTopology(lab);
  await Promise.all(topology.backends.map(({ namespace }) => startBackendServer(namespace)));
  for (const { namespace, name } of topology.backends) {
    for (const args of [
      [script('transfer-server'), name, String(TRANSFER_PORT)],
      [script('late-server'), name, String(LATE_PORT), String(LATE_MS)],
    ]) {
      const server = namespace.start(process.execPath, args);
      await server.ready((output) => output.includes('ready\n'));
    }
  }
  const [first] = topology.clients;
  if (!first) throw new Error('the lab has no client');
  client = await LoadClient.start(first.namespace);
  enter(topology.loadBalancer);
  lb = open(lab.pinDirectory, { limits: LIMITS });
}, 120_000);

afterAll(async () => {
  await client.stop();
  lb.detach();
  lab.dispose();
});

describe.each(['auto', 'xdp', 'xdp-generic'] as const)('hook %s', (hook) => {
  describe.each(['snat', 'local'] as const)('mode %s', (mode) => {
    beforeAll(() => {
      attachAll(hook);
      applyAll({ mode });
    });

    it.each([
      ['ipv4', 'tcp', true],
      ['ipv4', 'udp', true],
      ['ipv6', 'tcp', true],
      ['ipv6', 'udp', true],
      ['ipv4', 'tcp', false],
      ['ipv6', 'udp', false],
    ] as const)(
      '%s %s, checksum offload %s: every request answered, shared by weight',
      async (family, protocol, offload) => {
        setChecksumOffload(offload);
        try {
          const before = counters();
          const stats = await request(family, protocol);
          const { drops } = counters();
          expect({ ...stats, drops }).toMatchObject({ requests: REQUESTS, failed: 0, drops: before.drops });
          expectShares(stats, WEIGHTS);
          // A client may use a source port again: the same flow.
          expect(counters().flows - before.flows).toBeLessThanOrEqual(REQUESTS);
          expect(counters().flows - before.flows).toBeGreaterThan(0);
        } finally {
          if (!offload) setChecksumOffload(true);
        }
      },
    );

    it.each(['ipv4', 'ipv6'] as const)(
      '50 MiB arrive whole over %s, from the address of the mode',
      async (family) => {
        const { peer } = await transfer(family);
        const own = topology.clients[0]?.[family];
        if (mode === 'local') expect(peer).toBe(own);
        else expect(peer).not.toBe(own);
      },
    );

    it.each([SERVICE_IPV4, SERVICE_IPV6])(
      'a service without backends refuses at once, at %s',
      async (address) => {
        const stats = await client.requests({ address, port: 81, protocol: 'tcp', requests: 5 });
        expect(stats.failures).toEqual({ ECONNREFUSED: 5 });
      },
    );
  });
});

describe('connections that last', () => {
  const hold = async (connections: number) => {
    const job = client.hold({ address: SERVICE_IPV4, port: 80, connections, intervalMs: 10 });
    await untilOpen(job, connections);
    return job;
  };

  it.each(['snat', 'local'] as const)(
    'in %s mode stay on their backends while weights change, one drains, and the process is replaced',
    async (mode) => {
      attachAll('auto');
      applyAll({ mode });
      const job = await hold(30);
      applyAll({ mode, weights: [1, 1, 1] });
      applyAll({ mode, draining: 'b1' });
      lb.close();
      const pings = job.current.map((connection) => connection.pings);
      await expect.poll(() => job.current.every((now, at) => now.pings > (pings[at] ?? 0) + 3)).toBe(true);
      lb = open(lab.pinDirectory, { limits: LIMITS });
      expect(lb.takenOver).toBe(true);
      applyAll({ mode, draining: 'b1' });
      const fresh = await request('ipv4', 'tcp', 60);
      expect(fresh).toMatchObject({ failed: 0 });
      expect(fresh.backends.b1 ?? 0).toBe(0);
      const held = await job.stop();
      expect(held.map(({ state }) => state)).toEqual(held.map(() => 'open'));
      expect(new Set(held.map(({ backend }) => backend))).toEqual(new Set(['b1', 'b2', 'b3']));
    },
  );

  it.each(['snat', 'local'] as const)(
    'in %s mode are reset when their backend is removed, and only those',
    async (mode) => {
      applyAll({ mode });
      const job = await hold(30);
      applyAll({ mode, without: 'b2' });
      const onB2 = () => job.current.filter(({ backend }) => backend === 'b2');
      expect(onB2().length).toBeGreaterThan(0);
      await expect.poll(() => onB2().every(({ state }) => state === 'reset'), { timeout: 10_000 }).toBe(true);
      const held = await job.stop();
      for (const { backend, state } of held) expect(state).toBe(backend === 'b2' ? 'reset' : 'open');
      const stats = await request('ipv4', 'tcp', 60);
      expect(stats).toMatchObject({ failed: 0 });
      expect(stats.backends.b2 ?? 0).toBe(0);
    },
  );

  it.each(['snat', 'local'] as const)(
    'in %s mode that only wait hear what their backend says after it was removed, and are reset then',
    async (mode) => {
      applyAll({ mode });
      const waiting = startAtClient('waiting-client', SERVICE_IPV4, LATE_PORT);
      await waiting.ready((output) => output.includes('\n'));
      const backend = waiting.output.trim();
      applyAll({ mode, without: backend });
      await waiting.ended();
      expect(waiting.output).toBe(`${backend}\nlate\nread ECONNRESET\n`);
    },
  );
});
