/**
 * `node tools/cluster/src/main.ts COMMAND`: see USAGE.
 *
 * Exit code 0 when all went well (Ctrl-C ends `apiserver` well), 1 when something failed, 2 for a wrong command
 * line.
 */
import { parseArgs } from 'node:util';
import { kubernetesBinary } from './binaries/kubernetes-binaries.ts';
import { startControlPlane } from './control-plane.ts';
import { installCrds } from './crds.ts';
import { ClusterError } from './errors.ts';

const USAGE = `Usage: node tools/cluster/src/main.ts COMMAND

  build                      builds the Kubernetes binaries that are missing in the cache
  apiserver [--crds FOLDER]  runs etcd and kube-apiserver until Ctrl-C, with the CRDs of a folder installed
`;

const report = (line: string): boolean => process.stderr.write(`cluster: ${line}\n`);

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

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { crds: { type: 'string', multiple: true, default: [] } },
  });
  const [command, ...rest] = positionals;
  if (command === 'build' && rest.length === 0) {
    console.log(await kubernetesBinary('kube-apiserver', report));
    return 0;
  }
  if (command === 'apiserver' && rest.length === 0) {
    await runApiServer(values.crds);
    return 0;
  }
  process.stderr.write(USAGE);
  return 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof ClusterError) console.error(`${error.message}\n${error.code}`);
  else if (error instanceof TypeError) console.error(`${error.message}\n\n${USAGE}`);
  else throw error;
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
