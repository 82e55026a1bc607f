import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkGo, installDebianPackages } from './debian-packages.mjs';
import { buildFingerprint, npmFingerprint } from './fingerprint.mjs';
import { failedTasksOnly } from './nx-output.mjs';
import { StepError, step } from './progress.mjs';
import { runCommand } from './run-command.mjs';
import { BIN, ROOT, STATE_DIRECTORY, workspaceEnvironment } from './workspace.mjs';

/** @param {string} path - relative to the root. */
function readText(path) {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** @param {'npm' | 'build'} name @returns {string | undefined} */
function readStamp(name) {
  try {
    return readText(join('.blixt', `${name}.stamp`));
  } catch {
    return undefined;
  }
}

/** @param {'npm' | 'build'} name @param {string} fingerprint */
function writeStamp(name, fingerprint) {
  mkdirSync(STATE_DIRECTORY, { recursive: true });
  writeFileSync(join(STATE_DIRECTORY, `${name}.stamp`), fingerprint);
}

/** Namespaces, eBPF and apt need root; say so before anything is done. */
function checkRoot() {
  if (process.getuid?.() === 0) return;
  throw new StepError(
    'SETUP_NOT_ROOT',
    `root is needed to load eBPF programs and to make network namespaces; this runs as uid ${process.getuid?.()}`,
    'Run the same command as root, for example with sudo.',
  );
}

/** @returns {string | undefined} the version that `node_modules/.bin/node` answers, without the v. */
function installedNode() {
  const answer = spawnSync(join(BIN, 'node'), ['--version'], { encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.trim().slice(1) : undefined;
}

async function installNpmPackages() {
  const fingerprint = npmFingerprint(readText);
  const isInstalled =
    existsSync(join(ROOT, 'node_modules/.package-lock.json')) && existsSync(join(BIN, 'node'));
  if (isInstalled && readStamp('npm') === fingerprint) return;

  // `install`, not `ci`: it takes the same locked versions with their checksums, but lives with registries that
  // do not carry the native packages of other platforms.
  const npmArgs = ['install', '--no-audit', '--no-fund', '--loglevel=warn'];
  const npmScript = process.env.npm_execpath;
  const [command, args] =
    npmScript === undefined ? ['npm', npmArgs] : [process.execPath, [npmScript, ...npmArgs]];
  await step('Installing npm packages', () =>
    runCommand(command, args, {
      code: 'SETUP_NPM_FAILED',
      advice: 'Check that the npm registry can be reached, delete node_modules, then run this again.',
    }),
  );
  /** @type {{ devDependencies: { node: string } }} */
  const manifest = JSON.parse(readText('package.json'));
  const wanted = manifest.devDependencies.node;
  const installed = installedNode();
  if (installed !== wanted) {
    throw new StepError(
      'SETUP_NODE_MISSING',
      `node_modules/.bin/node: expected version ${wanted}, got ${installed ?? 'nothing that runs'}`,
      'Allow install scripts (`npm config get ignore-scripts` must say false), delete node_modules, run this again.',
    );
  }
  writeStamp('npm', npmFingerprint(readText));
}

async function build() {
  if (readStamp('build') === (buildFingerprint() ?? '')) return;
  await step('Building packages (native addons, eBPF programs, generated types)', (note) =>
    runCommand(
      join(BIN, 'nx'),
      ['run-many', '--target=build', '--output-style=static'],
      {
        code: 'SETUP_BUILD_FAILED',
        select: failedTasksOnly,
        advice: 'The failing target and its output are above; `npx nx run PROJECT:TARGET` repeats it alone.',
      },
      {
        onLine: (line) => {
          const target = /nx run (@blixt\/)?([\w-]+:[\w-]+)/.exec(line)?.[2];
          if (target !== undefined) note(target);
        },
      },
    ),
  );
  const fingerprint = buildFingerprint();
  if (fingerprint !== undefined) writeStamp('build', fingerprint);
}

function mountBpffs() {
  if (spawnSync('mountpoint', ['-q', '/sys/fs/bpf']).status === 0) return;
  const script = 'mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf';
  const mount = spawnSync('flock', ['/run/blixt-bpffs.lock', 'sh', '-c', script], { encoding: 'utf8' });
  if (mount.status === 0) return;
  throw new StepError(
    'SETUP_NO_BPFFS',
    `mount -t bpf bpf /sys/fs/bpf: ${mount.stderr.trim() || mount.error?.message}`,
    'The kernel must have CONFIG_BPF_SYSCALL, and this must be a root that may mount (not in an unprivileged container).',
  );
}

/**
 * Brings a machine to where everything in this repository runs; does only what is missing.
 *
 * @returns {Promise<NodeJS.ProcessEnv>} the environment for what runs next.
 * @throws {StepError}
 */
export async function setUp() {
  checkRoot();
  await installDebianPackages();
  checkGo();
  await installNpmPackages();
  await build();
  mountBpffs();
  return workspaceEnvironment();
}
