import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const PARENT = '/run/blixt';

/**
 * Where statuses are kept unless `--status-dir` says otherwise: one directory for each pin directory, gone
 * after a reboot, like the data plane.
 */
export function defaultStatusDirectory(pinDirectory: string): string {
  const name = resolve(pinDirectory).replace(/^\/sys\/fs\/bpf\//, '');
  return `${PARENT}/${name.replace(/^\//, '').replaceAll('/', '-')}`;
}

/** Removes it, and the folder that it is in when no other instance has one. Returns its path when it was there. */
export function removeDefaultStatusDirectory(pinDirectory: string): string | undefined {
  const directory = defaultStatusDirectory(pinDirectory);
  if (!existsSync(directory)) return undefined;
  rmSync(directory, { recursive: true, force: true });
  try {
    rmdirSync(dirname(directory));
  } catch {
    // Another instance has its statuses there.
  }
  return directory;
}
