import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blixtWith } from '../../test/command.ts';
import { folder } from '../../test/folder.ts';

/** Runs `blixt lab …` with a record of its own, so that no lab of this machine is touched. */
const lab = (env: Readonly<Record<string, string>>, ...args: string[]) =>
  blixtWith({ env: { BLIXT_CLUSTER_RUN: folder({}), ...env } }, 'lab', ...args);

/** A folder for PATH that has these commands, and no others. */
function pathWith(...commands: string[]): string {
  const path = join(folder({}), 'bin');
  mkdirSync(path);
  symlinkSync('/bin/sh', join(path, 'sh'));
  for (const command of commands) symlinkSync('/bin/true', join(path, command));
  return path;
}

describe('blixt lab', () => {
  it.each([
    [['up', '--gateway-api', '1.7'], '--gateway-api 1.7: expected a release, for example v1.6.3, got "1.7".'],
    [['up', '--channel', 'beta'], '--channel beta: expected one of standard, experimental, got "beta".'],
    [['up', '--nodes', '0'], '--nodes 0: expected a whole number from 1 to 999999999, got "0".'],
    [['fly'], "unknown command 'fly'"],
  ])('refuses %j', (args, message) => {
    const { code, stderr } = lab({}, ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it.each([[['status']], [['kubeconfig']], [['kubectl', 'get', 'nodes']]])(
    'says that none is up: %j',
    (args) => {
      const { code, stderr, stdout } = lab({}, ...args);
      expect(stderr).toBe('lab: none is up; start one with: blixt lab up\n');
      expect(stdout).toBe('');
      expect(code).toBe(3);
    },
  );

  it('takes nothing down when there is nothing', () => {
    expect(lab({}, 'down')).toEqual({ code: 0, stdout: '', stderr: 'lab: none was up\n' });
  });

  it('says that it needs Go, before it does anything', () => {
    const { code, stderr } = lab({ PATH: pathWith() }, 'up');
    expect(stderr).toMatch(/^blixt: go is not on PATH: install Go 1\.\d+ or newer .* \[ERR_LAB\]\n$/);
    expect(code).toBe(1);
  });

  it('names the packages that are missing, and how to get them', () => {
    const { code, stderr } = lab({ PATH: pathWith('go', 'ip', 'gcc', 'mount', 'umount') }, 'up');
    expect(stderr).toMatch(
      /^blixt: missing: .*etcd-server containerd runc.* With --install .*: apt-get install .* \[ERR_LAB\]\n$/,
    );
    expect(stderr).not.toContain('iproute2');
    expect(code).toBe(1);
  });
});
