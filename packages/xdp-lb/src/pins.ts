import { existsSync, mkdirSync, readdirSync, rmdirSync, statfsSync, statSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoCode, LoadBalancerError } from './errors.ts';
import { native } from './native.ts';

/**
 * What an instance leaves in bpffs:
 *
 *   PIN_DIRECTORY/maps/NAME            every map of bpf/maps.h, and `instance`
 *   PIN_DIRECTORY/links/IFINDEX-HOOK   what attaches a program to an interface
 *
 * The directory itself is what a process locks while it drives the instance.
 */
export const LINK_HOOKS = ['xdp', 'xdpgeneric', 'tcxin', 'tcxout'] as const;

/** What a link attaches to. */
export type LinkHook = (typeof LINK_HOOKS)[number];

/** A pinned link. */
export interface PinnedLink {
  readonly ifindex: number;
  readonly hook: LinkHook;
  readonly path: string;
}

export function linkPath(pinDirectory: string, ifindex: number, hook: LinkHook): string {
  return join(pinDirectory, 'links', `${ifindex}-${hook}`);
}

/** Every link that is pinned, in order of interface. */
export function pinnedLinks(pinDirectory: string): PinnedLink[] {
  const folder = join(pinDirectory, 'links');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const [ifindex, hook] = name.split('-');
      const known = LINK_HOOKS.find((candidate) => candidate === hook);
      return known ? [{ ifindex: Number(ifindex), hook: known, path: join(folder, name) }] : [];
    })
    .toSorted((a, b) => a.ifindex - b.ifindex);
}

/** The mount point of bpffs that a pin directory lies under, by convention. */
const BPFFS = '/sys/fs/bpf';

/** BPF_FS_MAGIC, include/uapi/linux/magic.h. */
const BPFFS_MAGIC = 0xcafe4a11;

/** Would a directory of this name lie on bpffs? */
function isOnBpffs(path: string): boolean {
  const existing = existsSync(path) || path === '/' ? path : undefined;
  return existing === undefined ? isOnBpffs(dirname(path)) : statfsSync(existing).type === BPFFS_MAGIC;
}

/**
 * Makes the pin directory, mounting bpffs where it is missing.
 *
 * @throws LoadBalancerError `ERR_LB_BPFFS`, `ERR_LB_PRIVILEGE`
 */
export function makePinDirectory(pinDirectory: string): void {
  try {
    if (pinDirectory === BPFFS || pinDirectory.startsWith(`${BPFFS}/`)) native().mountBpfFs(BPFFS);
    if (!isOnBpffs(pinDirectory)) throw new Error(`${pinDirectory} is on another file system`);
    mkdirSync(join(pinDirectory, 'maps'), { recursive: true, mode: 0o700 });
    mkdirSync(join(pinDirectory, 'links'), { recursive: true, mode: 0o700 });
  } catch (cause) {
    if (errnoCode(cause) === 'EPERM' || errnoCode(cause) === 'EACCES') {
      throw new LoadBalancerError(
        'ERR_LB_PRIVILEGE',
        `${pinDirectory} cannot be made: run as root, or mount bpffs first (mount -t bpf bpf ${BPFFS})`,
        { cause },
      );
    }
    throw new LoadBalancerError(
      'ERR_LB_BPFFS',
      `${pinDirectory} cannot be made: pinDirectory has to be on a mounted bpffs (mount -t bpf bpf ${BPFFS})`,
      { cause },
    );
  }
}

function openLock(pinDirectory: string): number {
  try {
    return native().lockDirectory(pinDirectory);
  } catch (cause) {
    throw refusePins(pinDirectory, cause);
  }
}

/**
 * Locks an instance for this process; the lock goes with the file descriptor.
 *
 * @throws LoadBalancerError `ERR_LB_BUSY`, `ERR_LB_PRIVILEGE`
 */
export function lockPinDirectory(pinDirectory: string): number {
  const lock = openLock(pinDirectory);
  if (lock < 0) {
    throw new LoadBalancerError(
      'ERR_LB_BUSY',
      `another process already drives the data plane pinned at ${pinDirectory}: stop it, or use another pin directory`,
    );
  }
  return lock;
}

/** Takes a pinned link off its interface before its pin goes: else the kernel does it some time later. */
export function removeLink(path: string): void {
  const link = native().openPinned(path);
  try {
    native().detachLink(link);
  } finally {
    native().closeFd(link);
  }
  unlinkSync(path);
}

function removeFolder(folder: string, removed: string[]): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    unlinkSync(join(folder, name));
    removed.push(join(folder, name));
  }
  rmdirSync(folder);
}

/**
 * Removes everything that is pinned, links first, so that no program runs on maps that are gone. The directory
 * itself, which holds the lock, stays.
 */
export function clearPins(pinDirectory: string): string[] {
  const removed: string[] = [];
  for (const { path } of pinnedLinks(pinDirectory)) {
    removeLink(path);
    removed.push(path);
  }
  removeFolder(join(pinDirectory, 'links'), removed);
  removeFolder(join(pinDirectory, 'maps'), removed);
  return removed;
}

/** {@link clearPins}, and the directory goes too. */
export function removePins(pinDirectory: string): string[] {
  const removed = clearPins(pinDirectory);
  if (existsSync(pinDirectory)) rmdirSync(pinDirectory);
  return removed;
}

/**
 * Is a data plane pinned there?
 *
 * @throws LoadBalancerError `ERR_LB_PRIVILEGE` when that cannot be seen
 */
export function isPinned(pinDirectory: string): boolean {
  try {
    return statSync(join(pinDirectory, 'maps', 'instance'), { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    throw refusePins(pinDirectory, cause);
  }
}

/** An error for pins that this process may not look into. */
function refusePins(pinDirectory: string, cause: unknown): unknown {
  const code = errnoCode(cause);
  if (code !== 'EPERM' && code !== 'EACCES') return cause;
  return new LoadBalancerError(
    'ERR_LB_PRIVILEGE',
    `${pinDirectory} belongs to another user: run as root, or as whoever made it`,
    { cause },
  );
}

/** Where the package's programs are: beside the built code, or in the build folder when run from source. */
export function programPath(name: 'xdp' | 'tcx'): string {
  const beside = join(import.meta.dirname, 'bpf', `${name}.o`);
  return existsSync(beside) ? beside : join(dirname(import.meta.dirname), 'build', 'bpf', `${name}.o`);
}
