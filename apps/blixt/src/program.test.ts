import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { blixt, EXAMPLES } from '../test/command.ts';

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'blixt-app-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

describe('blixt', () => {
  it('prints its version', () => {
    expect(blixt('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([['--help'], ['run', '--help']])('%s %s prints help with examples', (...args) => {
    expect(blixt(...args.filter(Boolean))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Examples:\n {2}blixt/),
    });
  });

  it('without a command prints help and fails', () => {
    expect(blixt()).toMatchObject({ code: 2, stdout: '' });
  });

  it.each<[string, string[], string]>([
    ['an unknown command', ['walk'], 'ERR_USAGE'],
    ['an unknown option', ['run', '--fast'], 'ERR_USAGE'],
    ['no source', ['run', '--interface', 'lo'], 'ERR_USAGE'],
    ['no interface', ['run', '--source', 'dir:.'], 'ERR_USAGE'],
    ['an unknown kind of source', ['run', '--source', 'etcd:x', '--interface', 'lo'], 'ERR_SOURCE_KIND'],
    ['an unknown hook', ['run', '--source', 'dir:.', '--interface', 'lo', '--hook', 'tc'], 'ERR_OPTION'],
    [
      'a port range upside down',
      ['run', '--source', 'dir:.', '--interface', 'lo', '--port-range', '9-1'],
      'ERR_OPTION',
    ],
    ['an unknown output', ['status', '--output', 'xml'], 'ERR_OPTION'],
  ])('refuses %s in one line', (_name, args, code) => {
    const { code: exit, stdout, stderr } = blixt(...args);
    expect([exit, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^blixt: [^\\n]+ \\[${code}\\]\\n$`));
  });

  it('run tells of a bad pool, a missing folder and bad files before it touches anything', () => {
    const bad = folder({ 'a.yaml': 'kind: [' });
    const run = (...args: string[]) => blixt('run', '--interface', 'lo', ...args);
    expect(run('--source', `dir:${EXAMPLES}`, '--pool', '192.0.2.0/33')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[ERR_POOL_CIDR]'),
    });
    expect(run('--source', `dir:${bad}/missing`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[ERR_SOURCE_PATH]'),
    });
    expect(run('--source', `dir:${bad}`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a\.yaml:1:\d+.*\[ERR_MANIFEST/),
    });
  });
});

describe('blixt validate', () => {
  it('passes the examples', () => {
    expect(blixt('validate', EXAMPLES)).toEqual({
      code: 0,
      stdout: '3 files, 13 valid objects, 0 problems\n',
      stderr: '',
    });
  });

  it('prints each problem with file, line and field, and fails', () => {
    const path = folder({
      'a.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n    - port: no\n',
      'b.yaml': 'apiVersion: v1\nkind: Secret\n',
    });
    const { code, stdout, stderr } = blixt('validate', path);
    expect([code, stdout]).toEqual([1, '2 files, 0 valid objects, 1 problem\n']);
    expect(stderr.split('\n')).toEqual([
      `${path}/b.yaml:1:1: warning: v1 Secret is not used by blixt and is ignored`,
      expect.stringMatching(
        /a\.yaml:6:13: Service default\/a: spec\.ports\[0\]\.port: .* \[ERR_MANIFEST_INVALID\]$/,
      ),
      '',
    ]);
  });

  it('finds an object that two files declare', () => {
    const text = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n';
    const path = folder({ 'a.yaml': text, 'b.yaml': text });
    expect(blixt('validate', join(path, 'a.yaml'), path, join(path, 'b.yaml')).stderr).toMatch(
      /^[^\n]*b\.yaml:1:1: Namespace a: is declared already at [^\n]*a\.yaml:1:1[^\n]*\n$/,
    );
  });

  it('tells of a path that is not there', () => {
    expect(blixt('validate', '/does/not/exist')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[ERR_SOURCE_PATH]'),
    });
  });
});
