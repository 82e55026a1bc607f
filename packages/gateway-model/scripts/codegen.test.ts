import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCrds } from './crds.ts';
import type { ApiChange } from './differences.ts';
import { parseSetting, pinnedRelease } from './release.ts';

const script = join(import.meta.dirname, 'codegen.ts');
const { version } = pinnedRelease();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blixt-codegen-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function codegen(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

describe('codegen --diff', () => {
  it('tells what changed between two releases of Gateway API', () => {
    const { status, stdout, stderr } = codegen(['--diff', 'v1.5.0', 'v1.7.0']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Gateway API v1\.5\.0 -> v1\.7\.0: \d+ changes /);
    expect(stdout).toContain('\nTCPRoute\n  + kind, served as v1\n');
    expect(stdout).toContain('\n  ~ spec.infrastructure.annotations: maxProperties 8 -> 16\n');
    expect(stdout).toContain('\n  ~ spec: is required\n');
    expect(stdout).toContain('\n  + spec.rules: rule "Rule name must be unique within the route"\n');
    expect(stdout).toContain('\nGatewayConditionReason\n  + AddressesAssigned\n');
  });

  it('compares with the release of gateway-api.json, in JSON if asked', () => {
    const { status, stdout } = codegen(['--diff', 'v1.6.3', '--json']);
    const { from, to, changes }: { from: string; to: string; changes: ApiChange[] } = JSON.parse(stdout);
    expect([status, from, to]).toEqual([0, 'v1.6.3', version]);
    expect(changes).toContainEqual({
      subject: 'HTTPRoute',
      path: 'spec.rules[].retry',
      aspect: 'field',
      change: 'added',
      after: { type: 'object', required: false },
    });
  });

  it('finds nothing between a release and itself', () => {
    expect(codegen(['--diff', version, version]).stdout).toMatch(/: no changes\n$/);
  });
});

describe('codegen', () => {
  it('writes the files, and says nothing when they were of the same release', () => {
    const output = join(folder, 'same');
    const first = codegen(['--output', output]);
    expect([first.status, first.stdout, first.stderr]).toEqual([0, '', '']);
    expect(readdirSync(output).sort()).toEqual([
      'blixt-schemas.ts',
      'constants.ts',
      'schemas.ts',
      'types.ts',
    ]);
    expect(codegen(['--output', output]).stdout).toBe('');
  });

  it('tells what changed when another release was generated before', () => {
    const output = mkdtempSync(join(folder, 'other-'));
    const banner =
      '// Generated from sigs.k8s.io/gateway-api v1.6.3 (standard channel) by scripts/codegen.ts.';
    writeFileSync(join(output, 'types.ts'), `${banner}\n`);
    const { status, stdout } = codegen(['--output', output]);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Gateway API v1\\.6\\.3 -> ${version}: \\d+ changes`));
    expect(readFileSync(join(output, 'types.ts'), 'utf8')).toContain(version);
  });
});

describe('the oldest release of gateway-api.json', () => {
  it('serves every kind that the pinned one has in its preferred version', () => {
    const setting = pinnedRelease();
    const [oldest, pinned] = [setting.oldestVersion, setting.version].map((version) =>
      readCrds({ ...setting, version }),
    );
    const missing = pinned?.filter(
      ({ kind, versions: [preferred = ''] }) =>
        !oldest?.some((crd) => crd.kind === kind && crd.versions.includes(preferred)),
    );
    expect(missing).toEqual([]);
  });
});

describe('gateway-api.json', () => {
  it.each([
    ['no JSON', 'version: v1.7.0', /expected JSON in .*gateway-api\.json, got version: v1\.7\.0/],
    ['nothing', '', /expected JSON in .*gateway-api\.json, got nothing/],
    ['null', 'null', /expected "module", "version", "channel" and "oldestVersion" in .*gateway-api\.json/],
    [
      'no version',
      '{"module":"m","channel":"standard"}',
      /expected "module", "version", .*got \{"module":"m"/,
    ],
  ])('that is wrong is told: %s', (_title, text, message) => {
    expect(() => parseSetting(text)).toThrow(message);
  });
});

describe('what goes wrong is told in one message', () => {
  const noProxy = { GOPROXY: 'http://127.0.0.1:9', GOFLAGS: '-modcacherw' };

  it.each<[string, string[], NodeJS.ProcessEnv, number, RegExp]>([
    [
      'text that is no version',
      ['--diff', 'newest'],
      {},
      1,
      /expected a version such as v1\.7\.0, got "newest"/,
    ],
    [
      'a version that is not there',
      ['--diff', 'v1.99.0'],
      {},
      1,
      /expected a version of .* that exists, got v1\.99\.0/,
    ],
    [
      'no network',
      ['--diff', 'v1.0.0-rc1'],
      noProxy,
      1,
      /expected to download .*connection refused[\s\S]*go env GOPROXY/,
    ],
    ['no go', ['--diff', 'v1.6.3'], { PATH: '/nowhere' }, 1, /expected the command go on the PATH/],
    ['no version', ['--diff'], {}, 2, /^codegen: usage: /],
    ['too many versions', ['--diff', 'v1.6.3', 'v1.7.0', 'v1.8.0'], {}, 2, /^codegen: usage: /],
    ['an unknown option', ['--frobnicate'], {}, 2, /--frobnicate[\s\S]*usage: /],
    ['a version without --diff', ['v1.6.3'], {}, 2, /^codegen: usage: /],
  ])('%s', (_title, args, env, status, message) => {
    const result = codegen(args, { ...env, ...(env === noProxy && { GOMODCACHE: join(folder, 'modules') }) });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toContain('    at ');
    expect([result.status, result.stdout]).toEqual([status, '']);
  });
});
