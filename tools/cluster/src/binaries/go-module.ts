import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { underLock } from './build-lock.ts';
import { type ReportProgress, runBuildCommand, withClock } from './command.ts';
import { cacheDirectory } from './kubernetes-binaries.ts';

/** Without a C compiler, and without a workspace or flags of the user's. */
const ENVIRONMENT = { GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' };

/** A folder with `go.mod`, `go.sum` and few sources of ours, which name what of other modules is used. */
export interface GoModule {
  /** Folder of the cache beside that of Kubernetes, which modules may share. */
  readonly cache: string;
  /** Names the module in the cache. */
  readonly name: string;
  readonly folder: string;
}

/** What is built, and how. */
export interface GoBinary {
  readonly module: GoModule;
  readonly name: string;
  /** `go` is run in the module's folder with these, and `-o` with a path. */
  readonly args: readonly string[];
}

/** Of the sources and the compiler; what they name by version, go.sum has the sums of. */
async function keyOf({ folder }: GoModule): Promise<string> {
  const hash = createHash('sha256').update(await runBuildCommand('go', ['version'], { cwd: folder }));
  for (const name of readdirSync(folder).toSorted())
    hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * The path of a binary of a Go module; it is built when the cache does not have what these sources and this
 * compiler give, which takes minutes.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`
 */
export async function goBinary({ module, name, args }: GoBinary, report: ReportProgress): Promise<string> {
  const cache = join(dirname(cacheDirectory()), module.cache);
  mkdirSync(cache, { recursive: true });
  const target = join(cache, `${module.name}-${process.arch}-${await keyOf(module)}`, name);
  if (existsSync(target)) return target;
  const onWait = (): void => report(`waiting for another process that builds ${name}`);
  await underLock(join(cache, 'build.lock'), onWait, async () => {
    if (existsSync(target)) return;
    report(`building ${name}: some minutes when Go's cache is empty`);
    const folder = mkdtempSync(join(cache, 'building-'));
    try {
      const output = join(folder, name);
      const [verb = '', ...rest] = args;
      await withClock(`building ${name}`, report, () =>
        runGo(module, [verb, '-trimpath', '-o', output, ...rest]),
      );
      mkdirSync(dirname(target), { recursive: true });
      renameSync(output, target);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return target;
}

/**
 * The folder of another module, as Go keeps it, in the version that a module of ours requires: manifests are in it.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`
 */
export async function goModuleFolder(module: GoModule, path: string): Promise<string> {
  await runGo(module, ['mod', 'download', path]);
  return (await runGo(module, ['list', '-m', '-f', '{{.Dir}}', path])).trim();
}

const runGo = ({ folder }: GoModule, args: readonly string[]): Promise<string> =>
  runBuildCommand('go', args, { cwd: folder, env: ENVIRONMENT });
