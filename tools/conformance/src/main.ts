/**
 * `npm run conformance`: upstream's conformance suite of Gateway API, against Blixt in a real Kubernetes.
 *
 * Exit code 0 when every test that was run passed, 1 otherwise, 2 for a wrong command line.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Cluster,
  goBinary,
  installGatewayApi,
  isSuccess,
  POD_BRIDGE,
  startCluster,
} from '@blixt/cluster';
import { Command, CommanderError } from 'commander';
import { BlixtProcess } from './blixt-process.ts';
import { goModules, suiteVersion } from './go-binaries.ts';
import { runSuite, type SuiteOutcome } from './run-suite.ts';
import { loadSuiteImages } from './suite-images.ts';

interface Options {
  readonly run?: string;
  readonly parallel: boolean;
  readonly report?: string;
  readonly verbose: boolean;
}

const GATEWAY_CLASS = 'blixt';
const CLIENT_HOST = 200;
const ACCEPTED_TIMEOUT_MS = 10_000;
const progress = (line: string): void => {
  process.stderr.write(`conformance: ${line}\n`);
};

/** Makes the GatewayClass, and waits until Blixt has accepted it: the suite reads what it supports from its status. */
async function createGatewayClass({ control }: Cluster): Promise<void> {
  const path = '/apis/gateway.networking.k8s.io/v1/gatewayclasses';
  const created = await control.request('POST', path, {
    body: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: GATEWAY_CLASS },
      spec: { controllerName: 'gateway.networking.k8s.io/blixt' },
    },
  });
  if (!isSuccess(created)) throw new Error(`GatewayClass ${GATEWAY_CLASS}: ${JSON.stringify(created.body)}`);
  const deadline = Date.now() + ACCEPTED_TIMEOUT_MS;
  for (;;) {
    const { body } = await control.request('GET', `${path}/${GATEWAY_CLASS}`);
    if (
      /"type":"Accepted"[^}]*"status":"True"|"status":"True"[^}]*"type":"Accepted"/.test(JSON.stringify(body))
    )
      return;
    if (Date.now() > deadline)
      throw new Error(`GatewayClass ${GATEWAY_CLASS} is not accepted: ${JSON.stringify(body)}`);
    await sleep(50);
  }
}

/** The part of the link's network that no host has: IPv4 .64 to .127 and IPv6 ::100 to ::1ff. */
function poolOf({ network }: Cluster): readonly string[] {
  const { ipv4, ipv6 } = network.address;
  return [`${ipv4.replace(/\.\d+$/, '.64')}/26`, `${ipv6.replace(/::.*$/, '::100')}/120`];
}

async function conform(options: Options): Promise<SuiteOutcome> {
  const version = suiteVersion();
  const binary = await goBinary(
    { module: goModules.suite, name: 'conformance.test', args: ['test', '-c', '.'] },
    progress,
  );
  await using cluster = await startCluster({ nodes: 2, report: progress });
  await Promise.all([loadSuiteImages(cluster, progress), installGatewayApi(cluster.control, version)]);
  const client = cluster.network.join('client', CLIENT_HOST);
  const logs = join(cluster.control.directory, 'blixt');
  mkdirSync(logs);
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('a cluster has nodes');
  const blixt = await BlixtProcess.start({
    namespacePath: node.site.namespace.path,
    kubeconfig: cluster.control.kubeconfigPath,
    // Packets of clients come in by the one, those of pods on this node by the other.
    interfaces: ['eth0', POD_BRIDGE],
    pool: poolOf(cluster),
    pinDirectory: join(cluster.network.lab.pinDirectory, node.name),
    logPath: join(logs, `${node.name}.log`),
  });
  try {
    await createGatewayClass(cluster);
    progress(`suite ${version}`);
    const started = Date.now();
    const outcome = await runSuite(
      {
        binary,
        namespacePath: client.namespace.path,
        kubeconfig: cluster.control.kubeconfigPath,
        gatewayClass: GATEWAY_CLASS,
        usableAddress: cluster.network.address.ipv4.replace(/\.\d+$/, '.130'),
        unusableAddress: '224.0.0.1',
        parallel: options.parallel,
        version: 'v0.1.0',
        ...(options.run === undefined ? {} : { runTest: options.run }),
        ...(options.report === undefined ? {} : { report: options.report }),
      },
      (line) => {
        if (options.verbose || /^\s*--- |^(PASS|FAIL|ok|panic)/.test(line)) console.log(line);
      },
    );
    progress(`${Math.round((Date.now() - started) / 1000)} s`);
    return outcome;
  } finally {
    if (options.verbose) console.log(blixt.log);
    await blixt.stop();
  }
}

const program = new Command('conformance')
  .description(
    'Runs the conformance suite of Gateway API against Blixt, in a real Kubernetes on this machine.',
  )
  .option('--run <name>', 'one test of the suite')
  .option('--parallel', 'several tests at a time, as the suite does by default', false)
  .option('--report <file>', 'where the report goes')
  .option('--verbose', 'all that the suite prints', false)
  .exitOverride()
  .showHelpAfterError();

try {
  program.parse();
  const { exitCode, failed, passed, skipped } = await conform(program.opts<Options>());
  console.log(`${passed} passed, ${failed.length} failed, ${skipped} skipped`);
  for (const name of failed) console.log(`failed: ${name}`);
  process.exitCode = exitCode === 0 && failed.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
