import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BlixtCluster,
  type BlixtFiles,
  type ControlPlane,
  GATEWAY_CLASS,
  isSuccess,
  until,
} from '@blixt/cluster';
import { describeFailure } from './failure.ts';
import { runSuite } from './run-suite.ts';
import { parseReport, shortcomings } from './suite-report.ts';
import { missingTraffic, type NodeTraffic, TrafficCount } from './traffic.ts';

/** What all runs of the suite share. */
export interface ConformanceSite extends BlixtCluster {
  readonly files: BlixtFiles;
  /** The suite's test binary. */
  readonly binary: string;
  /** The suite's module: its manifests are in it. */
  readonly suiteFolder: string;
  /** Path of the network namespace of the suite's client, a host outside of the nodes. */
  readonly clientNamespace: string;
  /** Of Blixt: `v0.1.0`. */
  readonly version: string;
}

/** How the suite is run. */
export interface RunOptions {
  readonly parallel: boolean;
  /** One test; no report is made then. */
  readonly runTest?: string;
  /** Gets what the suite prints, and what Blixt has to say about failures. */
  readonly print: (line: string) => void;
}

/** What came of a run. */
export interface RunResult {
  readonly passed: number;
  /** Names of tests, and of what else a run has to show. */
  readonly failed: readonly string[];
  readonly seconds: number;
  readonly traffic: readonly NodeTraffic[];
  /** Upstream's report, as the suite wrote it: YAML. */
  readonly report?: string;
}

/** So many lines of what the suite printed are shown with a failure. */
const LAST_WORDS = 40;
const UNUSABLE_ADDRESS = '224.0.0.1';
/** In the pool, and at its end: the pool gives addresses from its beginning. */
const USABLE_HOST = 126;

/** Of the suite's base manifests: they are deleted at the end of a run, which goes on after the suite has ended. */
const BASE_NAMESPACES = ['infra', 'app-backend', 'web-backend'].map((name) => `gateway-conformance-${name}`);

async function untilBaseIsGone(control: ControlPlane): Promise<void> {
  for (const name of BASE_NAMESPACES) {
    await until(
      control,
      `namespace ${name} of an earlier run is still there`,
      async () => {
        const answer = await control.request('GET', `/api/v1/namespaces/${name}`);
        return isSuccess(answer) ? JSON.stringify(answer.body) : answer;
      },
      180_000,
    );
  }
}

/** Runs upstream's suite once, and checks its report and that the traffic went through the data plane. */
export async function runConformance(site: ConformanceSite, options: RunOptions): Promise<RunResult> {
  const { cluster, instances, files, suiteFolder } = site;
  const { parallel, runTest, print } = options;
  const { control, network } = cluster;
  await untilBaseIsGone(control);
  const folder = mkdtempSync(join(tmpdir(), 'blixt-conformance-'));
  const reportPath = join(folder, 'report.yaml');
  const traffic = new TrafficCount(instances);
  const lastWords: string[] = [];
  const started = Date.now();
  try {
    const { exitCode, passed, failed } = await runSuite(
      {
        binary: site.binary,
        namespacePath: site.clientNamespace,
        kubeconfig: control.kubeconfigPath,
        gatewayClass: GATEWAY_CLASS,
        usableAddress: network.addressOf(USABLE_HOST).ipv4,
        unusableAddress: UNUSABLE_ADDRESS,
        parallel,
        version: site.version,
        report: reportPath,
        ...(runTest === undefined ? {} : { runTest }),
      },
      {
        line: (line) => {
          lastWords.push(line);
          if (lastWords.length > LAST_WORDS) lastWords.shift();
          print(line);
        },
        end: async (end) => {
          traffic.read();
          if (!end.failed) return;
          const pool = network.freeRanges;
          const { command } = files;
          const context = { control, instances, command, pool, suiteFolder, parallel };
          print(['==== The suite', ...lastWords].join('\n'));
          print(await describeFailure(end, context));
        },
      },
    );
    const seconds = Math.round((Date.now() - started) / 1000);
    const problems = exitCode !== 0 && failed.length === 0 ? [`the suite ended with ${exitCode}`] : [];
    const result = { passed, failed: [...failed, ...problems], seconds, traffic: traffic.nodes };
    if (runTest !== undefined || result.failed.length > 0) return result;
    const report = readFileSync(reportPath, 'utf8');
    return {
      ...result,
      failed: [...shortcomings(parseReport(report)), ...missingTraffic(traffic.nodes)],
      report,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
