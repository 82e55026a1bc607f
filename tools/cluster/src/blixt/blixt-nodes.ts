import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSuccess } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { installCrds } from '../crds.ts';
import { ClusterError } from '../errors.ts';
import { at } from '../json.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { applyManifests, readManifests } from '../manifests.ts';
import { POD_BRIDGE } from '../node/node-network.ts';
import { until } from '../readiness.ts';
import type { BlixtFiles } from './blixt-files.ts';

/** The namespace and the service account of deploy/rbac.yaml. */
const NAMESPACE = 'blixt-system';
const SERVICE_ACCOUNT = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/blixt`;
/** A cluster for trying things out may stay for long, and nobody renews the token. */
const TOKEN_SECONDS = 365 * 86_400;

/** A running `blixt run`. */
export interface BlixtInstance {
  /** Of the node that it is in. */
  readonly node: string;
  /** Where its log is, one JSON object a line. */
  readonly logPath: string;
  /** Where its data plane is pinned: `blixt status --pin-dir`. */
  readonly pinDirectory: string;
  /** Where its statuses are, and what `blixt status --status-dir` reads. */
  readonly statusDirectory: string;
}

/** A kubeconfig file with a token of Blixt's service account, and so with the rights of that alone. */
async function serviceAccountKubeconfig({ control }: Cluster, directory: string): Promise<string> {
  const answer = await control.request('POST', `${SERVICE_ACCOUNT}/token`, {
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    },
  });
  const token = at(answer.body, 'status', 'token');
  if (!isSuccess(answer) || typeof token !== 'string') {
    throw new ClusterError('CLUSTER_INSTALL_FAILED', `${SERVICE_ACCOUNT}: no token: ${answer.status}`);
  }
  const { url, certificateAuthority } = control;
  return writeKubeconfig(join(directory, 'kubeconfig'), { url, certificateAuthority, token }, NAMESPACE);
}

/**
 * Runs Blixt in every node of a cluster, as its service account and with no more than the rights of its manifest;
 * resolves when each has loaded its data plane. The instances go with the cluster.
 *
 * @throws ClusterError `CLUSTER_INSTALL_FAILED`, `CLUSTER_DAEMON_ENDED`, `CLUSTER_NOT_READY` with logs
 */
export async function startBlixt(cluster: Cluster, files: BlixtFiles): Promise<readonly BlixtInstance[]> {
  const { control, network, nodes } = cluster;
  const directory = join(control.directory, 'blixt');
  mkdirSync(directory);
  await installCrds(control, files.crds);
  await applyManifests(control, readManifests(files.rbac));
  const kubeconfig = await serviceAccountKubeconfig(cluster, directory);
  const instances = nodes.map(({ name, site }): BlixtInstance => {
    const pinDirectory = join(network.lab.pinDirectory, name);
    const statusDirectory = join(directory, `${name}-status`);
    const daemon = control.startDaemon({
      name: `blixt-${name}`,
      command: process.execPath,
      args: [
        ...[files.command, 'run', '--kubeconfig', kubeconfig, '--lease', `${NAMESPACE}/blixt`],
        // Packets of clients come in by the one, those of pods on this node by the other.
        ...['--interface', 'eth0', POD_BRIDGE],
        ...['--announce', '--node-name', name],
        ...['--pin-dir', pinDirectory, '--status-dir', statusDirectory, '--log-format', 'json'],
      ],
      directory,
      namespacePath: site.namespace.path,
    });
    return { node: name, logPath: daemon.logPath, pinDirectory, statusDirectory };
  });
  for (const { node, logPath } of instances) {
    await until(control, `Blixt on ${node} is not ready`, async () => {
      const log = existsSync(logPath) ? readFileSync(logPath, 'utf8') : '';
      return log.includes('"msg":"ready"') ? { log } : `The end of its log:\n${log.slice(-4_000)}`;
    });
  }
  return instances;
}
