import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { StepError, step } from './progress.mjs';
import { runCommand } from './run-command.mjs';

/**
 * What the build and the lab need from the distribution. A package with a `command` counts as there when the
 * command is, wherever it comes from. A package's `service` is not wanted: tests start their own.
 *
 * @type {readonly { name: string, command?: string, service?: string }[]}
 */
const PACKAGES = [
  { name: 'ca-certificates' },
  { name: 'git', command: 'git' },
  { name: 'g++', command: 'g++' },
  // Each has the compiler of its own architecture already.
  { name: 'g++-aarch64-linux-gnu', command: 'aarch64-linux-gnu-g++' },
  { name: 'g++-x86-64-linux-gnu', command: 'x86_64-linux-gnu-g++' },
  { name: 'qemu-user', command: 'qemu-aarch64' },
  { name: 'python3-pip', command: 'pip' },
  { name: 'make', command: 'make' },
  { name: 'cmake', command: 'cmake' },
  { name: 'clang', command: 'clang' },
  { name: 'llvm', command: 'llvm-strip' },
  { name: 'libbpf-dev' },
  { name: 'libelf-dev' },
  { name: 'zlib1g-dev' },
  { name: 'bpftool', command: 'bpftool' },
  { name: 'iproute2', command: 'ip' },
  { name: 'mount', command: 'mount' },
  { name: 'ethtool', command: 'ethtool' },
  { name: 'etcd-server', command: 'etcd', service: 'etcd' },
  { name: 'containerd', command: 'containerd', service: 'containerd' },
  { name: 'runc', command: 'runc' },
  { name: 'containernetworking-plugins' },
  { name: 'nftables', command: 'nft' },
];

/** @param {string} command */
function isOnPath(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

/** @returns {string[]} the names of the packages that are missing. */
function missingPackages() {
  /** @param {string} name */
  const field = (name) => `\${${name}}`;
  const format = `${field('Package')} ${field('db:Status-Status')}\n`;
  const query = spawnSync(
    'dpkg-query',
    ['--show', `--showformat=${format}`, ...PACKAGES.map(({ name }) => name)],
    { encoding: 'utf8' },
  );
  const installed = new Set(
    (query.stdout ?? '')
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.slice(0, line.indexOf(' '))),
  );
  return PACKAGES.filter(
    ({ name, command }) => !installed.has(name) && (command === undefined || !isOnPath(command)),
  ).map(({ name }) => name);
}

/** Debian starts the services that it installs, and again at each start of the machine. @param {string[]} installed */
function disableServices(installed) {
  if (!existsSync('/run/systemd/system')) return;
  for (const { name, service } of PACKAGES) {
    if (service !== undefined && installed.includes(name)) {
      spawnSync('systemctl', ['disable', '--now', service]);
    }
  }
}

/** Installs what is missing, through apt. Nothing is asked of the network when nothing is missing. */
export async function installDebianPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const advice = `Install these by hand, then run this again: ${missing.join(' ')}`;
  if (!isOnPath('apt-get')) {
    throw new StepError(
      'SETUP_NO_APT',
      `missing: ${missing.join(' ')}, and there is no apt-get here`,
      advice,
    );
  }
  const options = {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  };
  const failure = { code: 'SETUP_APT_FAILED', advice };
  const waitForLock = ['-o', 'DPkg::Lock::Timeout=300'];
  await step(`Installing Debian packages: ${missing.join(' ')}`, async (note) => {
    note('apt-get update');
    await runCommand('apt-get', [...waitForLock, '-q', 'update'], failure, options);
    note('apt-get install');
    await runCommand(
      'apt-get',
      [...waitForLock, '-q', 'install', '-y', '--no-install-recommends', ...missing],
      failure,
      options,
    );
  });
  const still = missingPackages();
  if (still.length > 0) {
    throw new StepError(failure.code, `apt-get reported success, but ${still.join(' ')} are missing`, advice);
  }
  disableServices(missing);
}

/** Go reads the Gateway API's module and builds Kubernetes; Debian's own is too old, so it is not installed here. */
export function checkGo() {
  if (isOnPath('go')) return;
  throw new StepError(
    'SETUP_NO_GO',
    'the command `go` is not on PATH',
    'Install Go 1.26 or later (https://go.dev/doc/install), then run this again.',
  );
}
