import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory, type ReportProgress, runBuildCommand, underLock } from '@blixt/cluster';

/** One of the Go modules below `go/`. */
export type GoModule = 'suite' | 'coredns';

const folderOf = (module: GoModule): string => join(import.meta.dirname, '..', 'go', module);

/** Without a C compiler: what is built runs in images that hold nothing else. */
const ENVIRONMENT = { GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' };

/** Of the sources and the compiler; what they name by version, go.sum has the sums of. */
async function keyOf(module: GoModule): Promise<string> {
  const folder = folderOf(module);
  const hash = createHash('sha256').update(await runBuildCommand('go', ['version'], { cwd: folder }));
  for (const name of readdirSync(folder).toSorted())
    hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}

/** What is built, and how. */
export interface GoBinary {
  readonly module: GoModule;
  readonly name: string;
  /** `go` is run in the module's folder with these, and `-o` with a path. */
  readonly args: readonly string[];
}

/**
 * The path of a binary of one of our Go modules; it is built when the cache does not have what these sources and
 * this compiler give, which takes minutes.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`
 */
export async function goBinary({ module, name, args }: GoBinary, report: ReportProgress): Promise<string> {
  const cache = join(dirname(cacheDirectory()), 'conformance');
  mkdirSync(cache, { recursive: true });
  const target = join(cache, `${module}-${process.arch}-${await keyOf(module)}`, name);
  if (existsSync(target)) return target;
  const onWait = (): void => report(`waiting for another process that builds ${name}`);
  await underLock(join(cache, 'build.lock'), onWait, async () => {
    if (existsSync(target)) return;
    report(`building ${name}: some minutes when Go's cache is empty`);
    const folder = mkdtempSync(join(cache, 'building-'));
    try {
      const output = join(folder, name);
      const options = { cwd: folderOf(module), env: ENVIRONMENT };
      const [verb = '', ...rest] = args;
      await runBuildCommand('go', [verb, '-trimpath', '-o', output, ...rest], options);
      mkdirSync(dirname(target), { recursive: true });
      renameSync(output, target);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return target;
}

/** The folder of the suite's module, as Go keeps it: its manifests are in it. */
export async function suiteFolder(): Promise<string> {
  const args = ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/gateway-api/conformance'];
  const options = { cwd: folderOf('suite'), env: ENVIRONMENT };
  await runBuildCommand('go', ['mod', 'download', 'sigs.k8s.io/gateway-api/conformance'], options);
  return (await runBuildCommand('go', args, options)).trim();
}

/** The version of the suite and of the CRDs that it wants, such as `v1.6.3`. */
export function suiteVersion(): string {
  const goMod = readFileSync(join(folderOf('suite'), 'go.mod'), 'utf8');
  const [, version] = /^require sigs\.k8s\.io\/gateway-api\/conformance (\S+)$/m.exec(goMod) ?? [];
  if (version === undefined)
    throw new Error('go/suite/go.mod requires no sigs.k8s.io/gateway-api/conformance');
  return version;
}
