/**
 * `npm run conformance`: upstream's conformance suite of Gateway API, against Blixt in a real Kubernetes.
 *
 * Exit code 0 when every test that was run passed, 1 otherwise, 2 for a wrong command line.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '@blixt/blixt/package.json' with { type: 'json' };
import { blixtFiles, type Cluster, ClusterError, goBinary, startBlixtCluster } from '@blixt/cluster';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type ConformanceSite, type RunResult, runConformance } from './conformance-run.ts';
import { goModules, suiteFolder, suiteVersion } from './go-binaries.ts';
import { publishReport } from './publish-report.ts';
import { loadSuiteImages } from './suite-images.ts';
import { describeReport, parseReport } from './suite-report.ts';
import { describeTraffic } from './traffic.ts';

interface Options {
  readonly run?: string;
  readonly times: number;
  readonly parallel: boolean;
  readonly thenParallel: boolean;
  readonly writeReport: boolean;
  readonly report?: string;
  readonly verbose: boolean;
}

const CLIENT_HOST = 200;
const progress = (line: string): void => {
  process.stderr.write(`conformance: ${line}\n`);
};

function positive(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return count;
}

const clientOf = ({ network }: Cluster): string => network.join('client', CLIENT_HOST).namespace.path;

async function conform(options: Options): Promise<boolean> {
  const version = suiteVersion();
  const files = blixtFiles(import.meta.resolve('@blixt/blixt/package.json'));
  const binary = await goBinary(
    { module: goModules.suite, name: 'conformance.test', args: ['test', '-c', '.'] },
    progress,
  );
  const blixt = await startBlixtCluster({
    gatewayApi: { version, channel: 'standard' },
    files,
    report: progress,
  });
  await using cluster = blixt.cluster;
  await loadSuiteImages(cluster, progress);
  const site: ConformanceSite = {
    ...blixt,
    files,
    binary,
    suiteFolder: await suiteFolder(),
    clientNamespace: clientOf(cluster),
    version: `v${manifest.version}`,
  };
  const modes = Array.from({ length: options.times }, () => options.parallel);
  if (options.thenParallel) modes.push(true);
  const results: RunResult[] = [];
  for (const [index, parallel] of modes.entries()) {
    progress(
      `suite ${version}, run ${index + 1} of ${modes.length}, ${parallel ? 'parallel' : 'sequential'}`,
    );
    const result = await runConformance(site, {
      parallel,
      ...(options.run === undefined ? {} : { runTest: options.run }),
      print: (line) => {
        if (options.verbose || !isNoise(line)) console.log(line);
      },
    });
    describe(result);
    results.push(result);
  }
  return finish(results, options);
}

/** Of what the suite prints, what tells little of a test that passes: all but results, and complaints. */
const isNoise = (line: string): boolean =>
  !/^\s*--- (?!SKIP)|^(PASS|FAIL|ok|panic)|^====|Error Trace|Error:|Messages:/.test(line) &&
  !line.includes('\n');

function describe({ seconds, passed, failed, traffic, report }: RunResult): void {
  console.log(`\n${passed} passed, ${failed.length} failed, in ${seconds} s; ${describeTraffic(traffic)}`);
  if (report !== undefined) for (const line of describeReport(parseReport(report))) console.log(line);
  for (const name of failed) console.log(`failed: ${name}`);
}

function finish(results: readonly RunResult[], options: Options): boolean {
  const sum = (of: (result: RunResult) => number): number =>
    results.reduce((all, result) => all + of(result), 0);
  const failed = sum((result) => result.failed.length);
  const report = results.find((result) => result.report !== undefined)?.report;
  if (report !== undefined && options.report !== undefined) writeFileSync(options.report, report);
  if (options.writeReport && failed === 0 && report !== undefined) {
    for (const path of publishReport(report, join(import.meta.dirname, '../../..')))
      progress(`wrote ${path}`);
  }
  console.log(`\n${sum((result) => result.passed)} passed, ${failed} failed`);
  return failed === 0;
}

const program = new Command('conformance')
  .description(
    'Runs the conformance suite of Gateway API against Blixt, in a real Kubernetes on this machine.',
  )
  .option('--run <name>', 'one test of the suite')
  .option('--times <count>', 'so many runs in a row', positive, 1)
  .option('--parallel', 'several tests at a time, as the suite does by default', false)
  .option('--then-parallel', 'and one such run at the end', false)
  .option(
    '--write-report',
    'when all passes, the report of the first run goes to reports/, its figures to the READMEs',
    false,
  )
  .option('--report <file>', 'where the report of the first run goes as well')
  .option('--verbose', 'all that the suite prints', false)
  .exitOverride()
  .showHelpAfterError();

try {
  program.parse();
  process.exitCode = (await conform(program.opts<Options>())) ? 0 : 1;
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof ClusterError) {
    console.error(`${error.message}\n${error.code}`);
    process.exitCode = 1;
  } else throw error;
}
