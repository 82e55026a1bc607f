import { isOnPath } from './binaries/command.ts';
import { Daemon } from './daemon.ts';
import { ClusterError } from './errors.ts';

/**
 * etcd wants host:port in every URL. With the scheme `unix` that is the name of a socket in its working
 * directory, which it therefore shares with kube-apiserver: no port, and nobody else on the machine can connect.
 */
const CLIENT_URL = 'unix://etcd-client:1';
const PEER_URL = 'unix://etcd-peer:1';

/** What kube-apiserver, in the same working directory, finds etcd by. */
export const ETCD_URL = CLIENT_URL;

/** Starts an etcd of one member, which does not wait for the disk. @throws ClusterError `CLUSTER_TOOL_MISSING` */
export function startEtcd(directory: string): Daemon {
  if (!isOnPath('etcd')) {
    const message =
      'etcd is not on PATH; install it (Debian: apt-get install etcd-server), or run `npm run setup`';
    throw new ClusterError('CLUSTER_TOOL_MISSING', message);
  }
  const args = [
    ...['--name', 'blixt', '--data-dir', 'etcd', '--unsafe-no-fsync', '--logger', 'zap'],
    ...['--listen-client-urls', CLIENT_URL, '--advertise-client-urls', CLIENT_URL],
    ...['--listen-peer-urls', PEER_URL, '--initial-advertise-peer-urls', PEER_URL],
    ...['--initial-cluster', `blixt=${PEER_URL}`],
  ];
  return new Daemon({ name: 'etcd', command: 'etcd', args, directory });
}
