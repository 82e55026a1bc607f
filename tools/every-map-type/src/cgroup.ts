import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';

/** A cgroup of its own, without processes. */
export interface Cgroup extends Disposable {
  readonly path: string;
}

/** Where cgroups of version 2 are (proc(5): mountinfo). */
function cgroupRoot(): string {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const mountPoint = before.split(' ')[4];
    if (mountPoint !== undefined && after.startsWith('cgroup2 ')) return mountPoint;
  }
  throw new Error('no cgroup2 file system is mounted');
}

let made = 0;

export function makeCgroup(): Cgroup {
  const path = `${cgroupRoot()}/every-map-type-${process.pid}-${++made}`;
  mkdirSync(path);
  return {
    path,
    [Symbol.dispose]() {
      rmdirSync(path);
    },
  };
}
