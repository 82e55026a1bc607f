import { execFileSync, type SpawnSyncReturns } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayApiCrds } from '@blixt/cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledCommand } from './installed-command.ts';
import { nodeReleases } from './nodes.ts';

/** The first use on a machine builds Kubernetes. */
const UP_TIMEOUT_MS = 40 * 60_000;
const [node] = nodeReleases;

let blixt: InstalledCommand;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blixt-lab-'));
  blixt = new InstalledCommand();
});
afterAll(() => {
  lab('down');
  blixt[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `blixt lab …` with a record of its own, so that it is not that of a lab which somebody uses. */
function lab(...args: string[]): SpawnSyncReturns<string> {
  const record = `BLIXT_CLUSTER_RUN=${folder}`;
  return blixt.project.run('env', [record, blixt.path, 'lab', ...args], node, UP_TIMEOUT_MS);
}

function up(...args: string[]): {
  readonly directory: string;
  readonly pid: number;
  readonly tries: string[];
} {
  const { status, stdout, stderr } = lab('up', '--output', 'json', ...args);
  expect(status, stderr).toBe(0);
  const { directory, pid, example } = JSON.parse(stdout);
  return { directory, pid, tries: example?.tries ?? [] };
}

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('blixt lab, installed from the tarball', () => {
  it(
    'brings up a Gateway that answers, stays until it is taken down, and leaves nothing',
    () => {
      const { directory, tries } = up('--nodes', '1');
      const answers = tries.map((command) => execFileSync('bash', ['-c', command], { encoding: 'utf8' }));
      expect(answers.map((answer) => answer.split(' ').slice(0, 3).join(' '))).toEqual(
        // For IPv4, then for IPv6.
        ['TCP from pod', 'UDP from pod', 'TCP from pod', 'UDP from pod'],
      );
      expect(up().directory).toBe(directory);

      const status = lab('status');
      expect(status.stdout).toContain(`export KUBECONFIG=${directory}/kubeconfig`);
      expect(status.stdout).toMatch(/node\/node1 +Ready/);
      expect(status.status).toBe(0);
      expect(lab('kubeconfig').stdout).toBe(readFileSync(join(directory, 'kubeconfig'), 'utf8'));
      expect(lab('kubectl', 'get', 'gateway', '-n', 'example', '-o', 'name').stdout).toBe(
        'gateway.gateway.networking.k8s.io/example\n',
      );

      expect(lab('down').stderr).toBe('lab: down\n');
      expect(existsSync(directory)).toBe(false);
      expect(lab('status').status).toBe(3);
      expect(lab('down').stderr).toBe('lab: none was up\n');
    },
    UP_TIMEOUT_MS,
  );

  it(
    'takes the CRDs of a folder, and goes away with its keeper when that is killed',
    () => {
      const crds = join(blixt.project.folder, 'crds');
      // A folder as a developer of Gateway API has it: CRDs among other files.
      cpSync(gatewayApiCrds('v1.7.0', 'experimental'), crds, { recursive: true });
      const { directory, pid, tries } = up('--nodes', '1', '--crds', crds, '--no-example');
      expect(tries).toEqual([]);
      expect(lab('kubectl', 'get', 'crd', '-o', 'name').stdout).toContain(
        'xbackends.gateway.networking.x-k8s.io',
      );

      process.kill(pid, 'SIGKILL');
      while (isRunning(pid));
      expect(lab('status').status).toBe(3);
      expect(lab('down').stderr).toBe('lab: none was up\n');
      expect(existsSync(directory)).toBe(false);
    },
    UP_TIMEOUT_MS,
  );
});
