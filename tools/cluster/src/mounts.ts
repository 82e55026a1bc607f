import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The kernel writes spaces, tabs, newlines and backslashes of paths in octal (proc_pid_mountinfo(5)). */
const decode = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** What is mounted below a folder, the latest first. */
export function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => decode(line.split(' ')[1] ?? ''))
    .filter((path) => path.startsWith(`${directory}/`))
    .reverse();
}

/**
 * Unmounts everything below a folder, so that removing the folder removes nothing of what was mounted there.
 *
 * @returns what is still mounted: nothing, unless somebody mounts at the same time.
 */
export function unmountBelow(directory: string): string[] {
  const mounts = mountsBelow(directory);
  if (mounts.length === 0) return [];
  // Lazily: who has a file open there is a process that is about to end.
  spawnSync('umount', ['--lazy', '--', ...mounts]);
  return mountsBelow(directory);
}
