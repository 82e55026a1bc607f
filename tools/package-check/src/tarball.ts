import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { type Packable, ROOT } from './packages.ts';

/**
 * Packs a package as `npm publish` would: what is built now, unpacked from `dist/`.
 *
 * @param folder - where the tarball is written.
 * @returns the path of the tarball.
 */
export function pack(packable: Packable, folder: string): string {
  const before = new Set(globSync('*.tgz', { cwd: folder }));
  execFileSync('npm', ['pack', '--loglevel=error', '--pack-destination', folder], {
    cwd: join(ROOT, packable.folder),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [tarball, ...others] = globSync('*.tgz', { cwd: folder }).filter((name) => !before.has(name));
  if (tarball === undefined || others.length > 0) {
    throw new Error(`npm pack of ${packable.name}: expected one new tarball in ${folder}`);
  }
  return join(folder, tarball);
}

/** The paths of the files in a tarball, from the package's root, sorted. */
export function filesOf(tarball: string): readonly string[] {
  return execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && !path.endsWith('/'))
    .map((path) => path.replace(/^package\//, ''))
    .sort();
}

/** The text of one file in a tarball. */
export function readFromTarball(tarball: string, path: string): string {
  return execFileSync('tar', ['-xzOf', tarball, `package/${path}`], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}
