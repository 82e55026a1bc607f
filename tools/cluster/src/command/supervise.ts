import { startTimeOf } from '@blixt/lab';
import { startCluster } from '../cluster.ts';
import { ClusterError, type ClusterErrorCode } from '../errors.ts';
import { type ClusterRecord, removeRecord, writeRecord } from './cluster-record.ts';

/** What the process that keeps a cluster tells the one that started it. */
export type SupervisorMessage =
  | { readonly type: 'progress'; readonly line: string }
  | { readonly type: 'ready'; readonly record: ClusterRecord }
  | { readonly type: 'failed'; readonly message: string; readonly code: ClusterErrorCode };

function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message);
}

/**
 * Keeps a cluster until SIGTERM: what `up` starts in the background.
 *
 * @returns the exit code
 */
export async function supervise(nodes: number): Promise<number> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  const report = (line: string): void => {
    console.log(line);
    tell({ type: 'progress', line });
  };
  try {
    const starting = startCluster({ nodes, report });
    const early = await Promise.race([starting.then(() => false), interrupted.then(() => true)]);
    if (early) throw new ClusterError('CLUSTER_STOPPED', 'stopped before it was ready');
    await using cluster = await starting;
    const { control, network } = cluster;
    const record: ClusterRecord = {
      pid: process.pid,
      startTime: startTimeOf(process.pid) ?? '',
      since: new Date().toISOString(),
      url: control.url,
      kubeconfig: control.kubeconfigPath,
      directory: control.directory,
      addresses: [network.address.ipv4, network.address.ipv6],
      nodes: cluster.nodes.map(({ name, site, directory }) => ({
        name,
        namespace: site.namespace.path,
        directory,
      })),
    };
    writeRecord(record);
    tell({ type: 'ready', record });
    const failure = await Promise.race([interrupted, control.failed()]);
    removeRecord();
    if (failure !== undefined) throw failure;
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(message);
    tell({ type: 'failed', message, code: error instanceof ClusterError ? error.code : 'CLUSTER_NOT_READY' });
    return 1;
  }
}
