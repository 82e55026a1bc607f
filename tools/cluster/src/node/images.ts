import { runBuildCommand } from '../binaries/command.ts';
import { ClusterError } from '../errors.ts';
import { containerdSocket } from './containerd.ts';

/**
 * Runs ctr(8), containerd's own command, for the containerd of a node's directory and in the namespace of
 * Kubernetes' images and containers.
 */
export async function ctr(directory: string, ...args: string[]): Promise<string> {
  const where = ['--address', containerdSocket(directory), '--namespace', 'k8s.io'];
  return await runBuildCommand('ctr', [...where, ...args], { cwd: directory });
}

/**
 * Loads an image from an archive (`docker save`, OCI) into a node, under the names that the archive gives it and, if
 * given, one more.
 *
 * @throws ClusterError `CLUSTER_BUILD_FAILED` with what ctr wrote; `CLUSTER_INSTALL_FAILED` if no image is in it
 */
export async function loadImage(directory: string, archive: string, name?: string): Promise<void> {
  const output = await ctr(directory, 'images', 'import', archive);
  if (name === undefined) return;
  const [, loaded] = /^unpacking (\S+)/m.exec(output) ?? [];
  if (loaded === undefined) {
    throw new ClusterError('CLUSTER_INSTALL_FAILED', `${archive}: ctr names no image in it:\n${output}`);
  }
  if (loaded !== name) await ctr(directory, 'images', 'tag', '--force', loaded, name);
}
