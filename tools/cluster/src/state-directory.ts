import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { startTimeOf } from '@blixt/lab';
import { removeCgroup } from './cgroups.ts';
import { unmountBelow } from './mounts.ts';
import { removeShimSockets } from './node/containerd.ts';

const PREFIX = 'blixtcluster';
const NAME = new RegExp(`^${PREFIX}-(\\d+)-(\\d+)-[0-9a-f]{8}$`);

/** Removes the folders of processes that ended without doing so themselves (SIGKILL). */
export function sweepStateDirectories(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid, startTime] = NAME.exec(name) ?? [];
    if (pid === undefined || startTimeOf(Number(pid)) === startTime) continue;
    removeStateDirectory(join(tmpdir(), name));
  }
}

/** Where kubelets put links to the logs of containers, whatever their settings are. */
const CONTAINER_LOGS = '/var/log/containers';

function removeLogLinks(directory: string): void {
  if (!existsSync(CONTAINER_LOGS)) return;
  for (const name of readdirSync(CONTAINER_LOGS)) {
    const link = join(CONTAINER_LOGS, name);
    if (readlinkSync(link).startsWith(`${directory}/`)) rmSync(link, { force: true });
  }
}

/**
 * Removes a cluster's folder and what belongs to it on this machine: the pods in the cgroup of its name, what is
 * mounted in it, and the links to its pods' logs.
 */
export function removeStateDirectory(directory: string): void {
  removeCgroup(basename(directory));
  for (const entry of existsSync(directory) ? readdirSync(directory) : [])
    removeShimSockets(join(directory, entry));
  removeLogLinks(directory);
  if (unmountBelow(directory).length > 0) return;
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Makes a folder below the temporary folder for what a cluster keeps while it runs; nobody else may read it.
 * Its name holds the pid and the start time of this process, so that a later one knows whether it is needed.
 */
export function makeStateDirectory(): string {
  sweepStateDirectories();
  const owner = `${process.pid}-${startTimeOf(process.pid) ?? 0}`;
  const directory = join(tmpdir(), `${PREFIX}-${owner}-${randomBytes(4).toString('hex')}`);
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}
