import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the hierarchies of version 1, or the one of version 2, are mounted. */
function hierarchies(): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path = '']) => path);
}

/** Controllers without a parent's own values take them from nowhere: a new cpuset is empty (cpuset(7)). */
function inheritCpuset(directory: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const parent = join(directory, '..', file);
    if (existsSync(parent) && existsSync(join(directory, file))) {
      writeFileSync(join(directory, file), readFileSync(parent, 'utf8').trim());
    }
  }
}

/** Makes a cgroup at the root of every hierarchy. Safe to call again. */
export function makeCgroup(name: string): void {
  for (const hierarchy of hierarchies()) {
    const directory = join(hierarchy, name);
    mkdirSync(directory, { recursive: true });
    inheritCpuset(directory);
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(directory, entry.name));
  } catch {
    return [];
  }
}

/** A cgroup and all below it, the deepest first. */
function tree(directory: string): string[] {
  return [...list(directory).flatMap(tree), directory];
}

function processesOf(directory: string): number[] {
  try {
    return readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

const KILL_TIMEOUT_MS = 5_000;

/** Kills every process in a cgroup or below it, waits until they are gone, and removes the cgroup. */
export function removeCgroup(name: string): void {
  const directories = hierarchies()
    .map((hierarchy) => join(hierarchy, name))
    .filter((directory) => existsSync(directory))
    .flatMap(tree);
  const deadline = Date.now() + KILL_TIMEOUT_MS;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const pids = new Set(directories.flatMap(processesOf));
    if (pids.size === 0 || Date.now() > deadline) break;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    }
    Atomics.wait(sleeper, 0, 0, 10);
  }
  for (const directory of directories) {
    try {
      rmdirSync(directory);
    } catch {
      // A process that cannot be killed (in the kernel, uninterruptible) keeps it; the next sweep tries again.
    }
  }
}
