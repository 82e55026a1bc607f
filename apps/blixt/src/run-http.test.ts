import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gateway, gatewayClass, httpRoute, listener, parentRef } from '@blixt/gateway-model';
import { buildStandardTopology, Lab, SERVICE_IPV4, SERVICE_IPV6, type StandardTopology } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../test/command.ts';
import { backend, httpReport, startHttpClient, startHttpServers, weighted } from '../test/http-world.ts';

const START = 90_000;

/** HTTP clients and servers, and `blixt` between them. */
describe('blixt run with HTTPRoutes', () => {
  let lab: Lab;
  let topology: StandardTopology;
  let source: string;

  beforeAll(async () => {
    lab = new Lab();
    topology = buildStandardTopology(lab);
    source = join(lab.directory, 'config');
    mkdirSync(source);
    await startHttpServers(topology);
  });

  afterAll(() => lab?.dispose());

  it(
    'serves the one that layer 4 honours exactly, refuses the others, and says so',
    async () => {
      const edge = gateway(
        {
          listeners: [listener('HTTP', 80, { name: 'plain' }), listener('HTTP', 81, { name: 'picky' })],
          addresses: [SERVICE_IPV4, SERVICE_IPV6].map((value) => ({ type: 'IPAddress', value })),
        },
        { name: 'edge' },
      );
      const route = (name: string, hostnames: string[]) =>
        httpRoute(
          {
            parentRefs: [parentRef('edge', { sectionName: name })],
            ...(hostnames.length > 0 && { hostnames }),
            rules: [{ backendRefs: weighted({ b1: 3, b2: 1 }) }],
          },
          { name },
        );
      const objects = [
        gatewayClass(),
        edge,
        route('plain', []),
        route('picky', ['shop.example']),
        ...['b1', 'b2'].flatMap((name) => backend(topology, name)),
      ];
      for (const [index, object] of objects.entries())
        writeFileSync(join(source, `${index}.json`), JSON.stringify(object));
      const directories = ['--pin-dir', lab.pinDirectory, '--status-dir', join(lab.directory, 'status')];
      const blixt = topology.loadBalancer.start(process.execPath, [
        ...[COMMAND, 'run', '--source', `dir:${source}`, ...directories],
        ...topology.interfaces.flatMap((name) => ['--interface', name]),
      ]);
      await blixt.ready((output) => output.includes('"ready"'), START);

      for (const origin of [`http://${SERVICE_IPV4}`, `http://[${SERVICE_IPV6}]`]) {
        const { answers, failed } = await httpReport(startHttpClient(topology, `${origin}:80`, 400));
        expect(failed).toEqual({});
        // 300 and 100 are expected; four standard deviations are 35.
        expect(answers.b1).toBeGreaterThan(265);
        expect(answers.b2).toBeGreaterThan(65);
        expect(answers).not.toHaveProperty('b3');
      }
      const refused = await httpReport(startHttpClient(topology, `http://${SERVICE_IPV4}:81`, 10));
      expect(refused).toMatchObject({ answers: {}, failed: { ECONNREFUSED: 10 } });

      const status = topology.loadBalancer.start(process.execPath, [COMMAND, 'status', ...directories]);
      await status.ended();
      expect(status.output).toMatch(/^HTTPRoute default\/plain +default\/edge\/plain +True +True +True *$/m);
      expect(status.output).toMatch(
        /^HTTPRoute default\/picky +default\/edge\/picky +True +True +False \(NeedsLayer7\) +Not served: .*host names/m,
      );
      blixt.kill('SIGTERM');
      expect(await blixt.ended()).toMatchObject({ code: 0 });
    },
    3 * START,
  );
});
