import { type Dirent, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { addon } from './native.ts';

/** BPF_FS_MAGIC of include/uapi/linux/magic.h. */
export const BPF_FS_MAGIC = 0xcafe4a11;

/** The mount points of BPF file systems that this process sees, from /proc/self/mountinfo (proc(5)). */
export function bpfMounts(mountinfo: string): string[] {
  const mounts = new Set<string>();
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const mountPoint = before.split(' ')[4];
    if (mountPoint === undefined || after.split(' ')[0] !== 'bpf') continue;
    // Space, tab, newline and backslash are written as octal numbers.
    mounts.add(
      mountPoint.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    );
  }
  return [...mounts];
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    // Removed meanwhile, or not for this process to read.
    return [];
  }
}

function isBpfFs(path: string): boolean {
  try {
    return statfsSync(path).type === BPF_FS_MAGIC;
  } catch {
    return false;
  }
}

function* filesUnder(root: string): Generator<string> {
  const directories = [root];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    for (const entry of entriesOf(directory)) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) directories.push(path);
      else if (entry.isFile()) yield path;
    }
  }
}

/**
 * Where maps are pinned, by their ids: every BPF file system in this process's mount namespace is walked.
 * What cannot be read, and what goes meanwhile, is passed over.
 */
export function findPins(): Map<number, string[]> {
  const pins = new Map<number, string[]>();
  let mountinfo = '';
  try {
    mountinfo = readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return pins;
  }
  for (const mount of bpfMounts(mountinfo)) {
    // Another file system may lie over it.
    if (!isBpfFs(mount)) continue;
    for (const path of filesUnder(mount)) {
      const map = addon().openPinned(path);
      if (typeof map === 'number') continue;
      const { id } = map.info();
      map.close();
      const paths = pins.get(id);
      if (paths === undefined) pins.set(id, [path]);
      else if (!paths.includes(path)) paths.push(path);
    }
  }
  return pins;
}
