import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubernetesBinary } from '@blixt/cluster';
import { gateway, gatewayClass, httpRoute, listener, parentRef } from '@blixt/gateway-model';
import { buildStandardTopology, Lab, type LabProcess, SERVICE_IPV4, type StandardTopology } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { COMMAND } from '../test/command.ts';
import {
  agent,
  backend,
  lastReport,
  startHttpClient,
  startHttpServers,
  weighted,
} from '../test/http-world.ts';

const START = 90_000;
const RELAY_PORT = '16443';
/** Outages of a moment, one after the other. */
const FLAPS = 10;
/** Those, a long one before them, and one in which connections stay open. */
const OUTAGES = FLAPS + 2;
const PATIENCE = { timeout: 60_000, interval: 200 };

// At the top, where no time limit holds: the first use of them on a machine builds them.
await kubernetesBinary('kube-apiserver');
const kubectl = await kubernetesBinary('kubectl');

/** `blixt`, clients and servers of HTTP, and an API server behind a relay that ends, comes back and stands still. */
describe('blixt run --kubeconfig, while the API server cannot be reached', () => {
  let lab: Lab;
  let topology: StandardTopology;

  beforeAll(async () => {
    lab = new Lab();
    topology = buildStandardTopology(lab);
    await startHttpServers(topology);
  });

  afterAll(() => lab?.dispose());

  const start = (...args: string[]): LabProcess => topology.loadBalancer.start(process.execPath, args);
  /** One backend takes what is new; the others keep what is under way, which their removal would end. */
  const routeTo = (name: string) =>
    httpRoute(
      {
        parentRefs: [parentRef('edge')],
        rules: [{ backendRefs: weighted({ b1: 0, b2: 0, b3: 0, [name]: 1 }) }],
      },
      { name: 'web' },
    );

  /** An API server with a Gateway and a route to b1; kubeconfigs with and without the relay. */
  async function startCluster(): Promise<{
    server: LabProcess;
    direct: string;
    relayed: string;
    url: URL;
  }> {
    const folder = join(lab.directory, 'objects');
    mkdirSync(folder);
    const objects = [
      gatewayClass(),
      gateway(
        { listeners: [listener('HTTP', 80)], addresses: [{ type: 'IPAddress', value: SERVICE_IPV4 }] },
        { name: 'edge' },
      ),
      routeTo('b1'),
      ...['b1', 'b2', 'b3'].flatMap((name) => backend(topology, name)),
    ];
    for (const [index, object] of objects.entries())
      writeFileSync(join(folder, `${10 + index}.json`), JSON.stringify(object));
    const server = start(join(import.meta.dirname, '../test/cluster-in-namespace.ts'), folder);
    await server.ready((output) => output.includes('KUBECONFIG'), START);
    const direct = /KUBECONFIG (.*)/.exec(server.output)?.[1] ?? '';
    const config = parse(readFileSync(direct, 'utf8'));
    const { cluster } = config.clusters[0];
    const url = new URL(cluster.server);
    cluster.server = `https://127.0.0.1:${RELAY_PORT}`;
    cluster['tls-server-name'] = 'kubernetes.default.svc';
    const relayed = join(lab.directory, 'relayed');
    writeFileSync(relayed, stringify(config));
    return { server, direct, relayed, url };
  }

  async function startRelay({ hostname, port }: URL): Promise<LabProcess> {
    const relay = start(agent('relay'), RELAY_PORT, hostname, port);
    await relay.ready((output) => output.includes('listening'), START);
    return relay;
  }

  async function end(process: LabProcess): Promise<void> {
    process.kill('SIGKILL');
    await process.ended();
  }

  it(
    'goes on forwarding with what it has, catches up when it is back, and says little',
    async () => {
      const { server, direct, relayed, url } = await startCluster();
      await using _server = server;
      let relay = await startRelay(url);
      const directories = ['--pin-dir', lab.pinDirectory, '--status-dir', join(lab.directory, 'status')];
      const run = (...options: string[]): LabProcess =>
        start(
          ...[COMMAND, 'run', '--kubeconfig', relayed, ...directories, ...options],
          ...topology.interfaces.flatMap((name) => ['--interface', name]),
        );
      const blixt = run();
      await blixt.ready((output) => output.includes('"ready"'), START);

      const ask = (...args: string[]) =>
        topology.loadBalancer.run(kubectl, ['--kubeconfig', direct, ...args]).stdout;
      const moveTo = (name: string): void => {
        const file = join(lab.directory, 'route.json');
        writeFileSync(file, JSON.stringify(routeTo(name)));
        ask('apply', '--server-side', '--force-conflicts', '-f', file);
      };
      /** The generation of the route, and that of its condition Served while that is True. */
      const generations = (): number[] => {
        const { metadata, status } = JSON.parse(ask('get', 'httproute', 'web', '-o', 'json'));
        const conditions: { type: string; status: string; observedGeneration: number }[] =
          status?.parents?.[0]?.conditions ?? [];
        const served = conditions.find(({ type }) => type === 'blixt.dev/Served');
        return [metadata.generation, served?.status === 'True' ? served.observedGeneration : 0];
      };
      await expect.poll(generations, PATIENCE).toEqual([1, 1]);
      const client = startHttpClient(topology, `http://${SERVICE_IPV4}`);
      await expect.poll(() => lastReport(client).answers.b1 ?? 0, PATIENCE).toBeGreaterThan(10);

      // Long enough for the leader to give up the Lease.
      await end(relay);
      moveTo('b2');
      await expect.poll(() => blixt.output, PATIENCE).toContain('this instance writes statuses no more');
      expect(lastReport(client).answers).not.toHaveProperty('b2');
      expect(generations()).toEqual([2, 1]);
      relay = await startRelay(url);
      await expect.poll(() => lastReport(client).last, PATIENCE).toBe('b2');
      await expect.poll(generations, PATIENCE).toEqual([2, 2]);

      for (let flap = 0; flap < FLAPS; flap += 1) {
        await end(relay);
        await sleep(200);
        relay = await startRelay(url);
        await sleep(200);
      }
      // Connections that are open, and on which nothing comes.
      relay.kill('SIGSTOP');
      await sleep(3_000);
      relay.kill('SIGCONT');
      moveTo('b3');
      await expect.poll(() => lastReport(client).last, PATIENCE).toBe('b3');
      await expect.poll(generations, PATIENCE).toEqual([3, 3]);

      // Killed and started anew without an API server: what is loaded stays, until more is known.
      await end(relay);
      await end(blixt);
      const waiting = run('--keep');
      await expect.poll(() => waiting.output, PATIENCE).toContain('cannot be used and is tried again');
      waiting.kill('SIGTERM');
      expect(await waiting.ended()).toMatchObject({ code: 0 });
      const again = run();
      await expect.poll(() => again.output, PATIENCE).toContain('cannot be used and is tried again');
      const before = lastReport(client).answers.b3 ?? 0;
      await expect.poll(() => lastReport(client).answers.b3 ?? 0, PATIENCE).toBeGreaterThan(before + 20);
      relay = await startRelay(url);
      await again.ready((output) => output.includes('"ready"'), START);
      expect(again.output).toMatch(/"added":0,"changed":0,"removed":0,"unchanged":1/);

      const { failed, answers } = lastReport(client);
      expect(failed).toEqual({});
      expect(Object.keys(answers).sort()).toEqual(['b1', 'b2', 'b3']);
      await end(client);
      again.kill('SIGTERM');
      expect(await again.ended()).toMatchObject({ code: 0 });
      await end(relay);

      const lines = blixt.output.split('\n').filter((line) => line.startsWith('{'));
      const told = lines.map((line) => JSON.parse(line));
      const warnings = told.flatMap(({ level, msg }) => (level >= 40 ? msg : [])).sort();
      const text = warnings.join('\n');
      expect(told.filter(({ level }) => level > 40)).toEqual([]);
      // One of each sort for each outage that lasts long enough, however many watches it ends.
      expect(text.match(/cannot be used and is tried again/g)?.length, text).toBeLessThanOrEqual(OUTAGES);
      expect(text.match(/leader election is not possible/g)?.length, text).toBeLessThanOrEqual(OUTAGES);
      expect(warnings.length, text).toBeLessThan(2 * OUTAGES + 6);
      expect(lines.length).toBeLessThan(4 * OUTAGES + 50);
      expect(told.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('can be reached again'));
    },
    4 * START,
  );
});
