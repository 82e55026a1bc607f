import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { ReportProgress } from '@blixt/cluster';
import { CliError } from '../errors.ts';

/** A Debian or Ubuntu package, and what shows that what is needed of it is there, wherever it comes from. */
interface Requirement {
  readonly name: string;
  readonly commands: readonly string[];
  readonly files?: readonly string[];
  /** A service that Debian starts with the package, and that the lab has no use for: it starts its own. */
  readonly service?: string;
}

const REQUIREMENTS: readonly Requirement[] = [
  { name: 'util-linux', commands: ['nsenter', 'setpriv', 'flock'] },
  { name: 'mount', commands: ['mount', 'umount'] },
  { name: 'iproute2', commands: ['ip'] },
  { name: 'nftables', commands: ['nft'] },
  { name: 'gcc', commands: ['gcc'] },
  { name: 'libc6-dev', commands: [], files: ['/usr/include/stdio.h'] },
  { name: 'etcd-server', commands: ['etcd'], service: 'etcd' },
  { name: 'containerd', commands: ['containerd', 'ctr'], service: 'containerd' },
  { name: 'runc', commands: ['runc'] },
  {
    name: 'containernetworking-plugins',
    commands: [],
    files: ['/usr/lib/cni/bridge', '/usr/lib/cni/host-local'],
  },
];

const isOnPath = (command: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$0"', command]).status === 0;

const isThere = ({ commands, files = [] }: Requirement): boolean =>
  commands.every(isOnPath) && files.every((file) => existsSync(file));

const missing = (message: string): CliError => new CliError('ERR_LAB', message);

function run(command: string, args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env });
  if (status === 0) return;
  const output = error?.message ?? `${stdout}${stderr}`.trim().slice(-4_000);
  throw missing(`${command} ${args.join(' ')}: exit code ${status}\n${output}`);
}

function install(packages: readonly Requirement[], report: ReportProgress): void {
  const names = packages.map(({ name }) => name);
  if (!isOnPath('apt-get')) throw missing(`there is no apt-get; install what has ${names.join(', ')}`);
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  report(`installing ${names.join(', ')}`);
  run('apt-get', [...apt, 'update']);
  run('apt-get', [...apt, 'install', '-y', '--no-install-recommends', ...names]);
  if (!existsSync('/run/systemd/system')) return;
  for (const { service } of packages)
    if (service !== undefined) run('systemctl', ['disable', '--now', service]);
}

/**
 * Checks that this machine has all that a cluster is made of; installs what Debian or Ubuntu have of it when told so.
 *
 * @throws CliError `ERR_LAB` that tells what is missing, and how to get it
 */
export function requireTools(mayInstall: boolean, report: ReportProgress): void {
  if (process.platform !== 'linux') throw missing(`the lab needs Linux, got ${process.platform}.`);
  if (process.getuid?.() !== 0) throw missing('the lab needs root: network namespaces, eBPF, containers.');
  if (!existsSync('/sys/kernel/btf/vmlinux'))
    throw missing(
      'the kernel has no BTF (/sys/kernel/btf/vmlinux): expected Linux 6.6 or newer with CONFIG_DEBUG_INFO_BTF.',
    );
  if (!isOnPath('go'))
    throw missing('go is not on PATH: install Go 1.26 or newer (https://go.dev/doc/install).');
  const absent = REQUIREMENTS.filter((requirement) => !isThere(requirement));
  if (absent.length === 0) return;
  if (mayInstall) {
    install(absent, report);
    return;
  }
  const names = absent.map(({ name }) => name).join(' ');
  throw missing(
    `missing: ${names}. With --install they are installed by apt-get, or: apt-get install ${names}`,
  );
}
