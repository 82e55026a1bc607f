import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What upstream's suite is run with. */
export interface SuiteOptions {
  /** The test binary. */
  readonly binary: string;
  /** Path of the network namespace that the suite's client is in. */
  readonly namespacePath: string;
  readonly kubeconfig: string;
  readonly gatewayClass: string;
  readonly usableAddress: string;
  readonly unusableAddress: string;
  /** One test of the suite. */
  readonly runTest?: string;
  /** In the suite's default way, several tests at a time. */
  readonly parallel: boolean;
  /** Where the report goes. */
  readonly report?: string;
  readonly version: string;
  /** Features that are not read from the GatewayClass. Only for runs that make no report. */
  readonly features?: readonly string[];
}

/** What came of it. */
export interface SuiteOutcome {
  readonly exitCode: number;
  /** Names of tests that failed, the innermost. */
  readonly failed: readonly string[];
  readonly passed: number;
  readonly skipped: number;
}

function flags(options: SuiteOptions): string[] {
  const { gatewayClass, usableAddress, unusableAddress, runTest, parallel, report, version, features } =
    options;
  return [
    '-test.v',
    '-test.run=TestConformance',
    '-test.timeout=60m',
    '-test.count=1',
    `--gateway-class=${gatewayClass}`,
    '--conformance-profiles=GATEWAY-TCP,GATEWAY-UDP',
    `--usable-address=${usableAddress}`,
    `--unusable-address=${unusableAddress}`,
    '--organization=kubernetes-sigs',
    '--project=blixt',
    '--url=https://github.com/kubernetes-sigs/blixt',
    `--version=${version}`,
    '--contact=@kubernetes-sigs/blixt-maintainers',
    ...(features === undefined ? [] : [`--supported-features=${features.join(',')}`]),
    ...(parallel ? [] : ['--disable-parallel-tests']),
    ...(runTest === undefined ? [] : [`--run-test=${runTest}`]),
    ...(report === undefined ? [] : [`--report-output=${report}`]),
  ];
}

const RESULT = /^\s*--- (PASS|FAIL|SKIP): (\S+)/;

/** Runs the suite to its end. Its output goes to `onLine`, line by line. */
export async function runSuite(options: SuiteOptions, onLine: (line: string) => void): Promise<SuiteOutcome> {
  const args = [`--net=${options.namespacePath}`, 'setpriv', '--pdeathsig', 'KILL', options.binary];
  const suite: ChildProcess = spawn('nsenter', [...args, ...flags(options)], {
    env: { ...process.env, KUBECONFIG: options.kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const results = new Map<string, string>();
  const read = (line: string): void => {
    const [, result, name] = RESULT.exec(line) ?? [];
    if (result !== undefined && name !== undefined) results.set(name, result);
    onLine(line);
  };
  for (const stream of [suite.stdout, suite.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', read);
  }
  const [code] = await once(suite, 'close');
  const names = [...results.keys()];
  const innermost = names.filter((name) => !names.some((other) => other.startsWith(`${name}/`)));
  const having = (result: string): string[] => innermost.filter((name) => results.get(name) === result);
  return {
    exitCode: typeof code === 'number' ? code : 1,
    failed: having('FAIL'),
    passed: having('PASS').length,
    skipped: having('SKIP').length,
  };
}
