import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './workspace.mjs';

/** Folders that builds write to, in each package. */
const OUTPUT_FOLDERS = ['dist', 'build/Release', 'build/bpf', 'generated', 'src/generated'];

/** Sources that no build reads. */
const NOT_BUILT = /(\.md|\.test\.m?ts)$/;

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} path - relative to the root.
 */
function addFile(hash, path) {
  const stat = statSync(join(ROOT, path), { throwIfNoEntry: false });
  hash.update(`${path}\0${stat?.size ?? 'gone'}\0${stat?.mtimeMs ?? ''}\n`);
}

/** @param {string} folder - relative to the root; need not exist. @returns {string[]} */
function filesBelow(folder) {
  try {
    return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
      .sort();
  } catch {
    return [];
  }
}

/** @returns {string[]} the folders of the packages, relative to the root. */
function packageFolders() {
  return ['packages', 'apps', 'tools'].flatMap((parent) => {
    try {
      return readdirSync(join(ROOT, parent)).map((name) => join(parent, name));
    } catch {
      return [];
    }
  });
}

/**
 * A hash of everything that a build reads and writes: path, size and modification time of each source file that
 * git knows or would add, and of each file in the output folders. It costs milliseconds, where asking nx costs
 * seconds.
 *
 * @returns {string | undefined} undefined outside a git work tree: then the build always runs (nx has its cache).
 */
export function buildFingerprint() {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (git.status !== 0) return undefined;
  const hash = createHash('sha256');
  const sources = new Set(git.stdout.split('\0').filter((path) => path !== '' && !NOT_BUILT.test(path)));
  for (const path of [...sources].sort()) addFile(hash, path);
  for (const folder of packageFolders()) {
    for (const output of OUTPUT_FOLDERS) {
      for (const path of filesBelow(join(folder, output))) addFile(hash, path);
    }
  }
  return hash.digest('hex');
}

/**
 * A hash of what npm installs from: the lock file and every package.json.
 *
 * @param {(path: string) => string} read - contents of a file, path relative to the root.
 */
export function npmFingerprint(read) {
  const hash = createHash('sha256');
  const manifests = packageFolders()
    .map((folder) => join(folder, 'package.json'))
    .filter((path) => statSync(join(ROOT, path), { throwIfNoEntry: false }) !== undefined);
  for (const path of ['package.json', 'package-lock.json', ...manifests.sort()]) {
    hash.update(`${path}\0${read(path)}\0`);
  }
  return hash.digest('hex');
}
