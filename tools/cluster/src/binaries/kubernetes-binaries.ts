import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ClusterError } from '../errors.ts';
import { versions } from '../versions.ts';
import { underLock } from './build-lock.ts';
import { isOnPath, type ReportProgress, runBuildCommand, withClock } from './command.ts';
import { buildGoMod, KUBERNETES_MODULE, linkerFlags, toolsFile } from './kubernetes-module.ts';

/** The commands of Kubernetes that are built: all that a cluster runs, and kubectl. */
export const kubernetesCommands = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
] as const;

/** One of {@link kubernetesCommands}. */
export type KubernetesCommand = (typeof kubernetesCommands)[number];

const packageOf = (command: KubernetesCommand): string => `${KUBERNETES_MODULE}/cmd/${command}`;

/** Where binaries are kept: outside of the repository, for all its clones. */
export function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'blixt', 'cluster');
}

const UNFINISHED = 'building-';

/** Removes what builds left that were killed. Only under the lock: nobody else builds then. */
function removeUnfinished(cache: string): void {
  for (const name of readdirSync(cache)) {
    if (name.startsWith(UNFINISHED)) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

const BUILD_FLAGS = ['-mod=mod', '-trimpath', '-buildvcs=false'];

/** Everything that a binary depends on but the sources, which the version names. */
function recipeOf(goVersion: string): string {
  const recipe = [buildGoMod(versions.kubernetes, ''), linkerFlags(versions.kubernetes), ...BUILD_FLAGS];
  const hash = createHash('sha256').update(recipe.join('\0')).digest('hex').slice(0, 8);
  return `kubernetes-${versions.kubernetes}-${goVersion}-${process.arch}-${hash}`;
}

async function build(
  commands: readonly KubernetesCommand[],
  target: string,
  report: ReportProgress,
): Promise<void> {
  const version = versions.kubernetes;
  const folder = mkdtempSync(join(cacheDirectory(), UNFINISHED));
  // No go.work and no flags of the user's take part.
  const env = { GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' };
  const onLine = (line: string): void => {
    if (/^go: downloading/.test(line)) report(line.slice('go: '.length));
  };
  try {
    report(`fetching the Go module ${KUBERNETES_MODULE} v${version}`);
    const download = ['mod', 'download', '-json', `${KUBERNETES_MODULE}@v${version}`];
    const { GoMod: goModPath } = JSON.parse(
      await runBuildCommand('go', download, { cwd: folder, env, onLine }),
    );
    if (typeof goModPath !== 'string') {
      throw new ClusterError('CLUSTER_BUILD_FAILED', `go ${download.join(' ')} named no go.mod`);
    }
    const packages = commands.map(packageOf);
    writeFileSync(join(folder, 'go.mod'), buildGoMod(version, readFileSync(goModPath, 'utf8')));
    writeFileSync(join(folder, 'tools.go'), toolsFile(packages));
    const what = commands.join(', ');
    report(`compiling ${what} v${version}: 5 to 10 minutes on two cores when Go's cache is empty`);
    const output = join(folder, 'bin');
    mkdirSync(output);
    const args = ['build', ...BUILD_FLAGS, '-ldflags', linkerFlags(version), '-o', output];
    await withClock(`compiling ${what}`, report, () =>
      runBuildCommand('go', [...args, ...packages], { cwd: folder, env, onLine }),
    );
    mkdirSync(target, { recursive: true });
    for (const command of commands) renameSync(join(output, command), join(target, command));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The paths of commands of Kubernetes, in the order asked for. What the cache does not have is built, all of it by
 * one run of Go: some minutes the first time, milliseconds from then on. Processes that ask at the same time build
 * once.
 *
 * @param report - called with a line now and then while it builds; not at all when there is nothing to do.
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`
 */
export async function kubernetesBinaries(
  commands: readonly KubernetesCommand[],
  report: ReportProgress = () => undefined,
): Promise<string[]> {
  if (!isOnPath('go')) {
    throw new ClusterError(
      'CLUSTER_TOOL_MISSING',
      `go is needed to build ${commands.join(', ')} and is not on PATH; install Go 1.26 or later (https://go.dev/doc/install)`,
    );
  }
  const cache = cacheDirectory();
  mkdirSync(cache, { recursive: true });
  const goVersion = (await runBuildCommand('go', ['env', 'GOVERSION'], { cwd: cache })).trim();
  const target = join(cache, recipeOf(goVersion));
  const missing = (): KubernetesCommand[] => commands.filter((command) => !existsSync(join(target, command)));
  if (missing().length > 0) {
    const onWait = (): void => report(`waiting for another process that builds ${missing().join(', ')}`);
    await underLock(join(cache, 'build.lock'), onWait, async () => {
      const commandsToBuild = missing();
      if (commandsToBuild.length === 0) return;
      removeUnfinished(cache);
      await build(commandsToBuild, target, report);
    });
  }
  return commands.map((command) => join(target, command));
}

/** The path of one command, as {@link kubernetesBinaries}. */
export async function kubernetesBinary(
  command: KubernetesCommand,
  report: ReportProgress = () => undefined,
): Promise<string> {
  const [path = ''] = await kubernetesBinaries([command], report);
  return path;
}
