/**
 * `npm run cluster -- COMMAND`.
 *
 * Exit code 0 when all went well (Ctrl-C ends `apiserver` well), 1 when something failed, 2 for a wrong command
 * line, 3 when there is no cluster; of `kubectl`, kubectl's.
 */
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { kubernetesBinaries, kubernetesCommands } from './binaries/kubernetes-binaries.ts';
import { startCluster } from './cluster.ts';
import { Background, type Keeper } from './command/background.ts';
import { type ClusterDescription, clusterDescription, clusterLines } from './command/cluster-description.ts';
import { kubectl } from './command/kubectl.ts';
import { startControlPlane } from './control-plane.ts';
import { installCrds } from './crds.ts';
import { ClusterError } from './errors.ts';
import { loadImage } from './node/images.ts';

const NO_CLUSTER = 3;
const report = (line: string): void => {
  process.stderr.write(`cluster: ${line}\n`);
};

function nodeCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 32) {
    throw new InvalidArgumentError('expected a whole number from 1 to 32');
  }
  return count;
}

const background = new Background<ClusterDescription>('cluster');
const describeCluster = (record: ClusterDescription & Keeper): string => clusterLines(record).join('\n');

/** The cluster that runs; without one, says so and sets the exit code. */
function runningCluster(): (ClusterDescription & Keeper) | undefined {
  const record = background.read();
  if (record === undefined) {
    process.stderr.write('cluster: none is up; start one with: npm run cluster -- up\n');
    process.exitCode = NO_CLUSTER;
  }
  return record;
}

async function keepCluster(nodes: number): Promise<number> {
  return await background.keep(async (tell) => {
    const cluster = await startCluster({ nodes, report: tell });
    return {
      description: clusterDescription(cluster),
      failed: () => cluster.control.failed(),
      [Symbol.asyncDispose]: () => cluster.stop(),
    };
  });
}

async function runApiServer(crdFolders: readonly string[]): Promise<void> {
  // Listeners that stay: with none left, the signal would end this process before it has cleaned up.
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
  await using cluster = await startControlPlane({ report });
  for (const folder of crdFolders)
    for (const name of await installCrds(cluster, folder)) report(`CRD ${name}`);
  console.log(`URL=${cluster.url}\nTOKEN=${cluster.token}\nKUBECONFIG=${cluster.kubeconfigPath}`);
  const failure = await Promise.race([interrupted, cluster.failed()]);
  if (failure !== undefined) throw failure;
}

const program = new Command('cluster')
  .description('A real Kubernetes on this machine, for tests.')
  .exitOverride()
  .enablePositionalOptions()
  .showHelpAfterError();

program
  .command('up')
  .description('starts a Kubernetes that stays until `down`; nothing if one is up')
  .option('--nodes <count>', 'how many nodes', nodeCount, 2)
  .action(async ({ nodes }: { nodes: number }) => {
    const self = [fileURLToPath(import.meta.url), 'supervise', '--nodes', String(nodes)];
    console.log(describeCluster(await background.start(self, report)));
  });

program
  .command('down')
  .description('takes it down, and what killed clusters left')
  .action(async () => {
    report((await background.stop()) ? 'down' : 'none was up');
  });

program
  .command('status')
  .description('tells where it is, and how its nodes and pods are; exit code 3 when none is up')
  .action(async () => {
    const record = runningCluster();
    if (record === undefined) return;
    console.log(`${describeCluster(record)}\n`);
    const args = ['get', 'nodes,pods', '--all-namespaces', '-o', 'wide'];
    process.exitCode = await kubectl(record.kubeconfig, args, report);
  });

program
  .command('kubectl')
  .description('runs kubectl on it, as its administrator')
  .argument('[args...]')
  .allowUnknownOption()
  .passThroughOptions()
  .helpOption(false)
  .action(async (args: string[]) => {
    const record = runningCluster();
    if (record !== undefined) process.exitCode = await kubectl(record.kubeconfig, args, report);
  });

program
  .command('load-image')
  .description('loads an image from an archive (docker save, OCI) into every node')
  .argument('<name>', 'what manifests call it')
  .argument('<tar>', 'the archive')
  .action(async (name: string, tar: string) => {
    const record = runningCluster();
    if (record === undefined) return;
    await Promise.all(record.nodes.map(({ directory }) => loadImage(directory, tar, name)));
  });

program
  .command('build')
  .description('builds the Kubernetes binaries that are missing in the cache, and tells where they are')
  .action(async () => {
    for (const path of await kubernetesBinaries(kubernetesCommands, report)) console.log(path);
  });

program
  .command('apiserver')
  .description('runs etcd and kube-apiserver alone, until Ctrl-C')
  .option('--crds <folder...>', 'installs the CRDs of a folder', [])
  .action(async ({ crds }: { crds: string[] }) => await runApiServer(crds));

program
  .command('supervise', { hidden: true })
  .option('--nodes <count>', '', nodeCount, 2)
  .action(async ({ nodes }: { nodes: number }) => {
    process.exitCode = await keepCluster(nodes);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof ClusterError) {
    console.error(`${error.message}\n${error.code}`);
    process.exitCode = 1;
  } else throw error;
}
