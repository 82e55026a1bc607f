import { readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { isAlive, parseLabId } from './lab-id.ts';

/** Where iproute2 keeps named network namespaces. */
export const NETNS_DIRECTORY = '/run/netns';
/** Where pins of a lab's load balancers go: one folder a lab, named by its id. */
export const BPFFS_DIRECTORY = '/sys/fs/bpf';

const KILL_TIMEOUT_MS = 3_000;

/** Mounts bpffs where it belongs, unless it is. Needs root. @throws LabError `LAB_COMMAND_FAILED` */
export function mountBpffs(): void {
  // Under a lock: a second mount on top of the first would hide what is pinned there.
  const script = `mountpoint -q ${BPFFS_DIRECTORY} || mount -t bpf bpf ${BPFFS_DIRECTORY}`;
  runCommand('flock', ['/run/blixt-bpffs.lock', 'sh', '-c', script]);
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Names of the network namespaces that belong to a lab. */
export function namespacesOf(labId: string): string[] {
  return list(NETNS_DIRECTORY).filter((name) => name.startsWith(`${labId}-`));
}

/** Pids of every process whose network namespace is one of these (names under /run/netns). */
export function processesIn(namespaces: readonly string[]): number[] {
  const inodes = new Set<string>();
  for (const name of namespaces) {
    const inode = statSync(join(NETNS_DIRECTORY, name), { throwIfNoEntry: false })?.ino;
    if (inode !== undefined) inodes.add(`net:[${inode}]`);
  }
  if (inodes.size === 0) return [];
  return list('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return pid !== process.pid && inodes.has(readlinkSync(`/proc/${pid}/ns/net`));
      } catch {
        return false;
      }
    });
}

/** Kills (SIGKILL) every process in these namespaces and waits, at most 3 s, until they are gone. */
function killProcessesIn(namespaces: readonly string[]): void {
  const deadline = Date.now() + KILL_TIMEOUT_MS;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let pids = processesIn(namespaces); pids.length > 0; pids = processesIn(namespaces)) {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    }
    if (Date.now() > deadline) return;
    Atomics.wait(sleeper, 0, 0, 5);
  }
}

/**
 * Removes everything that a lab has on this machine: processes in its namespaces, the namespaces (and with them
 * their interfaces), its pins, its temporary folder. What is not there is no error, so it can be called again.
 */
export function removeLab(labId: string): void {
  const namespaces = namespacesOf(labId);
  killProcessesIn(namespaces);
  // Pins first: a pinned link keeps its program attached for as long as it exists.
  rmSync(join(BPFFS_DIRECTORY, labId), { recursive: true, force: true });
  for (const name of namespaces) runCommand('ip', ['netns', 'delete', name]);
  rmSync(join(tmpdir(), labId), { recursive: true, force: true });
}

/**
 * Removes what labs of dead processes left behind (a SIGKILL, a crash of Node itself).
 *
 * @returns the ids of the labs that were removed.
 */
export function sweepLeftovers(): string[] {
  const dead = new Set<string>();
  for (const name of [...list(NETNS_DIRECTORY), ...list(BPFFS_DIRECTORY), ...list(tmpdir())]) {
    const lab = parseLabId(name);
    if (lab !== undefined && !isAlive(lab.owner)) dead.add(lab.id);
  }
  const removed: string[] = [];
  for (const id of dead) {
    try {
      removeLab(id);
      removed.push(id);
    } catch {
      // Another process sweeps at the same time and was faster; whatever really is stuck, the next sweep meets.
    }
  }
  return removed;
}
