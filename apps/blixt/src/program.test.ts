import { describe, expect, it } from 'vitest';
import { blixt, EXAMPLES } from '../test/command.ts';
import { folder } from '../test/folder.ts';

describe('blixt', () => {
  it('prints its version', () => {
    expect(blixt('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([['--help'], ['run', '--help'], ['validate', '--help'], ['explain', '--help']])(
    '%s %s prints help with examples',
    (...args) => {
      expect(blixt(...args.filter(Boolean))).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/Examples:\n {2}blixt/),
      });
    },
  );

  it('without a command prints help and fails', () => {
    expect(blixt()).toMatchObject({ code: 2, stdout: '' });
  });

  it.each<[string, string[], string]>([
    ['an unknown command', ['walk'], 'ERR_USAGE'],
    ['an unknown option', ['run', '--fast'], 'ERR_USAGE'],
    ['no source', ['run', '--interface', 'lo'], 'ERR_USAGE'],
    ['no interface', ['run', '--source', 'dir:.'], 'ERR_USAGE'],
    ['two sources', ['run', '--source', 'dir:.', '--kubeconfig', 'x', '--interface', 'lo'], 'ERR_USAGE'],
    [
      'a lease without a namespace',
      ['run', '--kubeconfig', 'x', '--interface', 'lo', '--lease', 'a'],
      'ERR_OPTION',
    ],
    ['an unknown kind of source', ['run', '--source', 'etcd:x', '--interface', 'lo'], 'ERR_SOURCE_KIND'],
    ['an unknown hook', ['run', '--source', 'dir:.', '--interface', 'lo', '--hook', 'tc'], 'ERR_OPTION'],
    [
      'a port range upside down',
      ['run', '--source', 'dir:.', '--interface', 'lo', '--port-range', '9-1'],
      'ERR_OPTION',
    ],
    ['an unknown output', ['status', '--output', 'xml'], 'ERR_OPTION'],
    ['nothing to validate', ['validate'], 'ERR_USAGE'],
    ['an unknown format', ['validate', '.', '--output', 'xml'], 'ERR_OPTION'],
    ['no files to explain', ['explain', 'tcproute/web'], 'ERR_USAGE'],
    ['an unknown severity', ['validate', '.', '--fail-on', 'note'], 'ERR_OPTION'],
    ['an unknown rule', ['validate', '.', '--ignore', 'style'], 'ERR_OPTION'],
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
    expect(run('--kubeconfig', `${bad}/missing`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^blixt: Cannot read the kubeconfig .*ENOENT.* \[ERR_API_CONFIG\]\n$/),
    });
    expect(run('--source', 'kubernetes')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^blixt: This process does not run in a pod.* \[ERR_API_CONFIG\]\n$/),
    });
    expect(run('--source', `dir:${bad}`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a\.yaml:1:\d+.*\[ERR_MANIFEST/),
    });
  });
});
