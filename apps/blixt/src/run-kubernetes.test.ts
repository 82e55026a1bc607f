import { join } from 'node:path';
import { kubernetesBinary } from '@blixt/cluster';
import type { Lab, LabProcess, Namespace } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, EXAMPLES } from '../test/command.ts';
import { makeNode } from '../test/node.ts';

const START = 90_000;

// At the top, where no time limit holds: the first use of kube-apiserver on a machine builds it.
await kubernetesBinary('kube-apiserver');

/** `blixt` on a real kernel and a real API server, in a namespace of their own. */
describe('blixt run --kubeconfig', () => {
  let lab: Lab;
  let node: Namespace;

  beforeAll(() => {
    ({ lab, node } = makeNode());
  });

  afterAll(() => lab?.dispose());

  const start = (...args: string[]): LabProcess => node.start(process.execPath, args);

  it(
    'loads what the cluster has, and says Programmed in the API',
    async () => {
      // Ended and not killed, it takes its folder along.
      await using server = start(join(import.meta.dirname, '../test/cluster-in-namespace.ts'), EXAMPLES);
      await server.ready((output) => output.includes('KUBECONFIG'), START);
      const kubeconfig = /KUBECONFIG (.*)/.exec(server.output)?.[1] ?? '';
      const pins = ['--pin-dir', lab.pinDirectory, '--status-dir', join(lab.directory, 'status')];
      const blixt = start(COMMAND, 'run', '--kubeconfig', kubeconfig, '--interface', 'v0', ...pins);
      await blixt.ready((output) => output.includes('"ready"'), START);
      await server.ready(
        (output) => /"reason":"Programmed","status":"True","type":"Programmed"/.test(output),
        START,
      );
      const status = start(COMMAND, 'status', '-o', 'json', ...pins);
      await status.ended();
      const { services } = JSON.parse(status.output);
      expect(services).toContainEqual(
        expect.objectContaining({ protocol: 'TCP', address: '10.77.100.1', port: expect.any(Number) }),
      );
      blixt.kill('SIGTERM');
      expect(await blixt.ended()).toMatchObject({ code: 0 });
      expect(blixt.output).not.toContain('"level":50');
    },
    4 * START,
  );
});
