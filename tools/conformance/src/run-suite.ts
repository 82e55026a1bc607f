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
  readonly report: string;
  /** Of Blixt, as the report has it: `v0.1.0`. */
  readonly version: string;
}

/** A test of the suite is over; its objects are still there. */
export interface TestEnd {
  /** Empty: the suite could not be set up. */
  readonly test: string;
  /** RFC 3339. */
  readonly started: string;
  readonly failed: boolean;
  /** Paths in the suite's module. */
  readonly manifests: readonly string[];
}

/** Takes part in a run. */
export interface SuiteListener {
  /** A line that the suite prints. */
  line(line: string): void;
  /** The suite goes on when it resolves. */
  end(end: TestEnd): Promise<void>;
}

/** What came of it. */
export interface SuiteOutcome {
  readonly exitCode: number;
  /** Names of tests that failed, the innermost. */
  readonly failed: readonly string[];
  readonly passed: number;
  /** Told by Go: tests of features that nobody claims are among them. */
  readonly skipped: number;
}

function flags(options: SuiteOptions): string[] {
  const { gatewayClass, usableAddress, unusableAddress, runTest, parallel, report, version } = options;
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
    '--contact=https://github.com/kubernetes-sigs/blixt/issues/new',
    `--report-output=${report}`,
    ...(parallel ? [] : ['--disable-parallel-tests']),
    ...(runTest === undefined ? [] : [`--run-test=${runTest}`]),
  ];
}

const RESULT = /^\s*--- (PASS|FAIL|SKIP): (\S+)/;
const END = /^conformance-end (\{.*\})$/;

/** Runs the suite to its end. */
export async function runSuite(options: SuiteOptions, listener: SuiteListener): Promise<SuiteOutcome> {
  const args = [`--net=${options.namespacePath}`, 'setpriv', '--pdeathsig', 'KILL', options.binary];
  const suite: ChildProcess = spawn('nsenter', [...args, ...flags(options)], {
    env: { ...process.env, KUBECONFIG: options.kubeconfig, CONFORMANCE_WATCH: 'yes' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // It may have ended before it is told to go on.
  suite.stdin?.on('error', () => undefined);
  const results = new Map<string, string>();
  const trouble = Promise.withResolvers<never>();
  const read = (line: string): void => {
    const [, text] = END.exec(line) ?? [];
    if (text !== undefined) {
      const end: TestEnd = JSON.parse(text);
      listener.end(end).then(() => suite.stdin?.write('\n'), trouble.reject);
      return;
    }
    const [, result, name] = RESULT.exec(line) ?? [];
    if (result !== undefined && name !== undefined) results.set(name, result);
    listener.line(line);
  };
  for (const stream of [suite.stdout, suite.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', read);
  }
  const [code] = await Promise.race([once(suite, 'close'), trouble.promise]);
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
