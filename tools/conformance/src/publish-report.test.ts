import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withComparison } from './comparison.ts';
import { suiteVersion } from './go-binaries.ts';
import { COMPARING_README, publishedReportPath } from './publish-report.ts';
import { parseReport, reportPath, type SuiteReport, shortcomings } from './suite-report.ts';

const ROOT = join(import.meta.dirname, '../../..');
const REPORTS = 'tools/conformance/reports';

function published(): { readonly path: string; readonly text: string; readonly report: SuiteReport } {
  const path = publishedReportPath(ROOT);
  if (path === undefined) throw new Error(`no report in ${REPORTS}`);
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, report: parseReport(text) };
}

describe('the published report', () => {
  it('shows that every core and extended test of both profiles passes, none skipped', () => {
    const { report } = published();
    expect(report.profiles.map(({ name }) => name)).toEqual(['GATEWAY-TCP', 'GATEWAY-UDP']);
    expect(shortcomings(report)).toEqual([]);
  });

  it('is of the release of the suite that is run, and lies where upstream wants it', () => {
    const { path, report } = published();
    expect(report.gatewayAPIVersion).toBe(suiteVersion());
    expect(path).toBe(join(REPORTS, reportPath(report)));
  });

  it('has a README beside it that names it, and its flags', () => {
    const { path, report } = published();
    const readme = readFileSync(join(ROOT, path, '..', 'README.md'), 'utf8');
    const { implementation, gatewayAPIChannel, mode } = report;
    expect(readme).toContain(`--version=${implementation.version}`);
    expect(readme).toMatch(
      new RegExp(`\\| ${gatewayAPIChannel} +\\| \\[${implementation.version}\\]\\(.*\\) +\\| ${mode} +\\| `),
    );
  });

  it('has the figures that the README compares with those of others', () => {
    const readme = readFileSync(join(ROOT, COMPARING_README), 'utf8');
    expect(readme).toBe(withComparison(readme, published().report));
  });
});

describe('what a report lacks', () => {
  const section = { result: 'success', statistics: { Passed: 3, Failed: 0, Skipped: 0 } };
  const report = (core: object): SuiteReport => ({
    ...published().report,
    profiles: ['GATEWAY-TCP', 'GATEWAY-UDP'].map((name) => ({
      name,
      core: { ...section, ...core },
      extended: section,
    })),
  });

  it('nothing, when all passed', () => {
    expect(shortcomings(report({}))).toEqual([]);
  });

  it.each([
    [
      'a skipped test',
      { result: 'partial', statistics: { Passed: 2, Failed: 0, Skipped: 1 }, skippedTests: ['A'] },
    ],
    [
      'a failed test',
      { result: 'failure', statistics: { Passed: 2, Failed: 1, Skipped: 0 }, failedTests: ['A'] },
    ],
  ])('%s is named', (_, core) => {
    const lacking = shortcomings(report(core));
    expect(lacking).toHaveLength(2);
    expect(lacking[0]).toMatch(/^report: GATEWAY-TCP core: .* A$/);
  });

  it('a profile that is not there is named, and so is one without extended tests', () => {
    const [tcp] = report({}).profiles;
    if (tcp === undefined) throw new Error('two profiles');
    expect(shortcomings({ ...report({}), profiles: [{ name: tcp.name, core: tcp.core }] })).toEqual([
      'report: GATEWAY-TCP extended is not there',
      'report: GATEWAY-UDP core is not there',
      'report: GATEWAY-UDP extended is not there',
    ]);
  });
});
