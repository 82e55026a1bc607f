import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');

describe('the command', () => {
  it.each([[[]], [['fly']], [['apiserver', 'more']], [['build', '--fast']]])(
    'shows how it is used for %j',
    (args) => {
      const run = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
      expect(run.status).toBe(2);
      expect(run.stdout).toBe('');
      expect(run.stderr).toContain('Usage: node tools/cluster/src/main.ts COMMAND');
    },
  );

  it(
    'says which binary was built',
    () => {
      const run = spawnSync(process.execPath, [MAIN, 'build'], { encoding: 'utf8' });
      expect(run.status).toBe(0);
      expect(existsSync(run.stdout.trim())).toBe(true);
    },
    20 * 60_000,
  );

  it('runs an API server until Ctrl-C, and tells how to reach it', async () => {
    const child = spawn(process.execPath, [MAIN, 'apiserver'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await once(child.stdout, 'data');
    const [, kubeconfig = ''] = /^URL=https:.*\nTOKEN=.+\nKUBECONFIG=(.+)\n$/.exec(String(output)) ?? [];
    expect(existsSync(kubeconfig)).toBe(true);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(existsSync(dirname(kubeconfig))).toBe(false);
  }, 60_000);
});
