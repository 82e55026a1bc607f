import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackendServer, TCP_PORT, UDP_PORT } from './backend-server.ts';
import { Lab } from './lab.ts';
import type { LabProcess } from './lab-process.ts';
import { LoadClient, untilOpen } from './load-client.ts';
import { buildStandardTopology, SERVICE_IPV4, type StandardTopology } from './standard-topology.ts';

let lab: Lab;
let topology: StandardTopology;
let clients: readonly LoadClient[];
let servers: LabProcess[];

beforeAll(async () => {
  lab = new Lab();
  topology = buildStandardTopology(lab);
  servers = await Promise.all(topology.backends.map(({ namespace }) => startBackendServer(namespace)));
  clients = await Promise.all(topology.clients.map(({ namespace }) => LoadClient.start(namespace)));
}, 30_000);

afterAll(() => lab.dispose());

function client(index: 0 | 1): LoadClient {
  const found = clients[index];
  if (found === undefined) throw new Error(`no client ${index}`);
  return found;
}

describe('plain routing through the load balancer', () => {
  const cases = ['c1', 'c2'].flatMap((from) =>
    ['b1', 'b2', 'b3'].flatMap((to) =>
      (['ipv4', 'ipv6'] as const).flatMap((family) =>
        (['tcp', 'udp'] as const).map((protocol) => ({ from, to, family, protocol })),
      ),
    ),
  );

  it.each(cases)('$protocol over $family from $from to $to', async ({ from, to, family, protocol }) => {
    const backend = topology.backends.find(({ name }) => name === to);
    const stats = await client(from === 'c1' ? 0 : 1).requests({
      protocol,
      address: backend?.[family] ?? '',
      port: protocol === 'tcp' ? TCP_PORT : UDP_PORT,
      requests: 20,
      concurrency: 4,
    });
    expect(stats).toMatchObject({ requests: 20, failed: 0, backends: { [to]: 20 }, failures: {} });
    expect(stats.latencyMs.p50).toBeGreaterThan(0);
    expect(stats.latencyMs.max).toBeGreaterThanOrEqual(stats.latencyMs.p99);
  });

  it('does not answer at a service address by itself', async () => {
    const stats = await client(0).requests({
      protocol: 'udp',
      address: SERVICE_IPV4,
      port: 53,
      requests: 1,
      timeoutMs: 200,
    });
    expect(stats).toMatchObject({ requests: 1, failed: 1, backends: {} });
  });

  it('names the load balancer’s interfaces by the host behind them', () => {
    expect(topology.interfaces).toEqual(['c1', 'c2', 'b1', 'b2', 'b3']);
    for (const name of topology.interfaces) expect(topology.loadBalancer.link(name).index).toBeGreaterThan(0);
  });
});

describe('a request load', () => {
  it('keeps to its rate and its time', async () => {
    const stats = await client(0).requests({
      protocol: 'tcp',
      address: topology.backends[0]?.ipv4 ?? '',
      port: TCP_PORT,
      ratePerSecond: 100,
      durationMs: 500,
    });
    expect(stats.failed).toBe(0);
    expect(stats.requests).toBeGreaterThan(10);
    expect(stats.requests).toBeLessThanOrEqual(50);
  });

  it('reports failures by reason', async () => {
    const stats = await client(0).requests({
      protocol: 'tcp',
      address: topology.backends[0]?.ipv4 ?? '',
      port: 9,
      requests: 3,
    });
    expect(stats).toMatchObject({ requests: 3, failed: 3, failures: { ECONNREFUSED: 3 } });
  });

  it('can be watched and stopped', async () => {
    const job = client(0).startRequests({
      protocol: 'udp',
      address: topology.backends[0]?.ipv6 ?? '',
      port: UDP_PORT,
      ratePerSecond: 200,
      durationMs: 20_000,
    });
    await expect.poll(() => job.current.requests, { timeout: 3_000 }).toBeGreaterThan(5);
    const stats = await job.stop();
    expect(stats.failed).toBe(0);
    expect(stats.seconds).toBeLessThan(10);
  });
});

describe('held connections', () => {
  it('stay open and ping until they are stopped', async () => {
    const job = client(1).hold({
      address: topology.backends[1]?.ipv6 ?? '',
      port: TCP_PORT,
      connections: 5,
      intervalMs: 10,
    });
    await untilOpen(job, 5);
    await expect.poll(() => job.current.every(({ pings }) => pings > 3), { timeout: 3_000 }).toBe(true);
    const held = await job.stop();
    expect(held).toHaveLength(5);
    expect(held.every(({ state, backend }) => state === 'open' && backend === 'b2')).toBe(true);
    expect(new Set(held.map(({ localPort }) => localPort)).size).toBe(5);
  });

  it('see a reset when the backend resets them', async () => {
    const namespace = topology.backends[2]?.namespace;
    if (namespace === undefined) throw new Error('no third backend');
    const server = await startBackendServer(namespace, { name: 'short-lived', tcpPort: 8081, udpPort: 8054 });
    const job = client(1).hold({
      address: topology.backends[2]?.ipv4 ?? '',
      port: 8081,
      connections: 2,
      intervalMs: 10,
    });
    await untilOpen(job, 2);
    // An address that goes away makes no noise; the socket's owner dying does.
    server.kill('SIGKILL');
    await expect.poll(() => job.current.map(({ state }) => state), { timeout: 3_000 }).not.toContain('open');
    for (const { state, backend } of await job.stop()) {
      expect(['reset', 'closed']).toContain(state);
      expect(backend).toBe('short-lived');
    }
  });

  it('fail with LAB_AGENT_GONE when the agent dies', async () => {
    const namespace = topology.clients[0]?.namespace;
    if (namespace === undefined) throw new Error('no first client');
    const doomed = await LoadClient.start(namespace);
    const job = doomed.hold({ address: topology.backends[0]?.ipv4 ?? '', port: TCP_PORT, connections: 1 });
    await untilOpen(job, 1);
    await doomed.stop();
    await expect(job.done).rejects.toMatchObject({ code: 'LAB_AGENT_GONE' });
  });
});

it('servers still run when all is done', () => {
  expect(servers.map(({ exit }) => exit)).toEqual([undefined, undefined, undefined]);
});
