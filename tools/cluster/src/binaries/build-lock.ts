import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ClusterError } from '../errors.ts';

/**
 * Runs work while no other process on this machine runs work under the same lock file.
 *
 * flock(1) holds the lock for as long as its standard input is open, so that it is free again however this
 * process ends.
 *
 * @param onWait - called once when another process has the lock.
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, and whatever the work throws.
 */
export async function underLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Ctrl-C is for this process, which lets go of the lock when it ends.
    detached: true,
  });
  const failed = once(holder, 'error').then(([error]: unknown[]) => {
    throw new ClusterError(
      'CLUSTER_TOOL_MISSING',
      `flock: ${error instanceof Error ? error.message : error}`,
    );
  });
  const waiting = setTimeout(onWait, 500);
  try {
    await Promise.race([once(holder.stdout, 'data'), failed]);
  } finally {
    clearTimeout(waiting);
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}
