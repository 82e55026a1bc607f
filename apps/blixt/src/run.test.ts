import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab, LabProcess, Namespace } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, EXAMPLES } from '../test/command.ts';
import { makeNode } from '../test/node.ts';
import { defaultStatusDirectory } from './default-status-directory.ts';

const START = 90_000;

/** `blixt` in a namespace of its own, on a real kernel. */
describe('blixt run', () => {
  let lab: Lab;
  let node: Namespace;
  let source: string;
  let statusDir: string;

  beforeAll(() => {
    ({ lab, node } = makeNode());
    source = join(lab.directory, 'config');
    statusDir = join(lab.directory, 'status');
    cpSync(EXAMPLES, source, { recursive: true });
  });

  afterAll(() => lab?.dispose());

  const start = (...args: string[]): LabProcess => node.start(process.execPath, [COMMAND, ...args]);
  const run = (...args: string[]): LabProcess =>
    start(
      'run',
      '--source',
      `dir:${source}`,
      '--pin-dir',
      lab.pinDirectory,
      '--status-dir',
      statusDir,
      ...args,
    );
  const ready = (process: LabProcess): Promise<void> =>
    process.ready((output) => output.includes('"ready"'), START);
  const output = async (...args: string[]): Promise<{ code: number | null; text: string }> => {
    const process = start(...args);
    const { code } = await process.ended();
    return { code, text: process.output };
  };
  const status = async () => {
    const { text } = await output(
      'status',
      '-o',
      'json',
      '--pin-dir',
      lab.pinDirectory,
      '--status-dir',
      statusDir,
    );
    return JSON.parse(text);
  };
  const shares = async (): Promise<number[]> => {
    const { services } = await status();
    const service = services.find(
      (it: { protocol: string; address: string }) => it.protocol === 'TCP' && it.address === '10.77.100.1',
    );
    return service.backends.map((it: { share: number }) => Math.round(it.share * 10));
  };

  it(
    'loads the examples, takes changes, survives being killed, and leaves nothing',
    async () => {
      const first = run('--interface', 'v0', '--log-level', 'debug');
      await ready(first);
      expect(first.output).toMatch(/interface v0: tcx \(/);
      expect(await shares()).toEqual([5, 3, 2]);
      expect(await status()).toMatchObject({
        loaded: true,
        interfaces: [{ name: 'v0', hook: 'tcx', reason: expect.stringContaining('veth') }],
        gateways: [{ name: 'example', addresses: ['10.77.100.1', 'fd77:100::1'] }],
        routes: [{ kind: 'TCPRoute' }, { kind: 'UDPRoute' }],
      });

      const routes = join(source, 'routes.yaml');
      writeFileSync(`${routes}.new`, readFileSync(routes, 'utf8').replaceAll('weight: 50', 'weight: 0'));
      const began = performance.now();
      renameSync(`${routes}.new`, routes);
      await first.ready((text) => text.split('loaded the data plane').length > 2);
      expect(performance.now() - began).toBeLessThan(1_000);
      expect(await shares()).toEqual([0, 6, 4]);

      const second = run('--interface', 'v0');
      expect(await second.ended()).toMatchObject({ code: 1 });
      expect(second.output).toMatch(/^blixt: .*\[ERR_LB_BUSY\]\n$/m);

      first.kill('SIGKILL');
      await first.ended();
      expect(await shares()).toEqual([0, 6, 4]);
      const again = run('--interface', 'v0');
      await ready(again);
      expect(again.output).toMatch(/"added":0,"changed":0,"removed":0,"unchanged":4/);

      again.kill('SIGTERM');
      expect(await again.ended()).toMatchObject({ code: 0 });
      expect(existsSync(lab.pinDirectory)).toBe(false);
      expect(readdirSync(statusDir)).not.toContain('interfaces.json');
      expect(await output('status', '--pin-dir', lab.pinDirectory)).toMatchObject({ code: 3 });
    },
    4 * START,
  );

  it(
    'leaves the data plane running with --keep, until it is detached',
    async () => {
      const process = start(
        'run',
        ...['--source', `dir:${source}`, '--pin-dir', lab.pinDirectory],
        ...['--interface', 'v0', '--keep'],
      );
      await ready(process);
      process.kill('SIGINT');
      expect(await process.ended()).toMatchObject({ code: 0 });
      const left = await output('status', '-o', 'json', '--pin-dir', lab.pinDirectory);
      expect(JSON.parse(left.text)).toMatchObject({ loaded: true, gateways: [{ name: 'example' }] });
      expect(await output('detach', '--pin-dir', lab.pinDirectory)).toMatchObject({
        code: 0,
        text: expect.stringContaining(`removed ${lab.pinDirectory}/`),
      });
      const paths = [lab.pinDirectory, defaultStatusDirectory(lab.pinDirectory)];
      expect(paths.filter((path) => existsSync(path))).toEqual([]);
      expect(await output('detach', '--pin-dir', lab.pinDirectory)).toMatchObject({
        code: 0,
        text: `nothing to remove at ${lab.pinDirectory}\n`,
      });
    },
    2 * START,
  );

  it(
    'tells of an interface that is not there, and leaves nothing',
    async () => {
      const process = run('--interface', 'nope');
      expect(await process.ended()).toMatchObject({ code: 1 });
      expect(process.output).toMatch(/^blixt: .*"nope".*\[ERR_LB_INTERFACE\]\n$/m);
      expect(existsSync(lab.pinDirectory)).toBe(false);
    },
    START,
  );

  it('tells of privileges that it lacks', async () => {
    const command = [
      process.execPath,
      COMMAND,
      'run',
      '--source',
      `dir:${source}`,
      '--interface',
      'v0',
      '--pin-dir',
      lab.pinDirectory,
    ];
    const unprivileged = node.start('setpriv', ['--bounding-set=-all', '--inh-caps=-all', ...command]);
    expect(await unprivileged.ended()).toMatchObject({ code: 1 });
    expect(unprivileged.output).toMatch(/^blixt: .* \[ERR_LB_[A-Z]+\]\n$/m);
    expect(unprivileged.output).not.toContain('    at ');
  });
});
