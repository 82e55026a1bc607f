import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What a rival is made of, and how. */
interface Recipe {
  /** A folder next to this file. */
  readonly folder: string;
  /** A command whose answer names the compiler; what is built by another one is another thing. */
  readonly compiler: readonly string[];
  /** Run in a copy of the folder. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Where rivals are kept: outside of the repository, for all its clones. */
function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'blixt', 'maps-bench');
}

function run(
  [command = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): string {
  return execFileSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Builds a rival, unless the cache has what these sources and this compiler give; returns its folder. */
function build({ folder, compiler, command, env = {} }: Recipe): string {
  const source = join(import.meta.dirname, folder);
  const cache = cacheDirectory();
  mkdirSync(cache, { recursive: true });
  const hash = createHash('sha256').update(JSON.stringify([command, env, run(compiler, cache, env)]));
  for (const name of readdirSync(source).toSorted())
    hash.update(name).update(readFileSync(join(source, name)));
  const target = join(cache, `${folder}-${process.arch}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(target)) return target;
  console.error(`building the rival ${folder}: ${command.join(' ')}`);
  const building = mkdtempSync(join(cache, 'building-'));
  try {
    cpSync(source, building, { recursive: true });
    run(command, building, env);
    renameSync(building, target);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return target;
}

/** The rivals, each ready to be started. */
export interface Rivals {
  /** Path of the binary in C. */
  readonly c: string;
  /** Path of the binary in Go. */
  readonly cilium: string;
  /** The folder that `bpf` is installed in. */
  readonly npm: string;
}

/** Builds what the cache lacks: some seconds the first time, and downloads of the Go module and the npm package. */
export function buildRivals(): Rivals {
  const c = build({
    folder: 'c',
    compiler: ['cc', '--version'],
    command: ['sh', '-c', 'exec cc -O2 -Wall -Wextra -Werror -pthread -o rival *.c -lbpf'],
  });
  const cilium = build({
    folder: 'cilium-ebpf',
    compiler: ['go', 'version'],
    command: ['go', 'build', '-trimpath', '-buildvcs=false', '-o', 'rival', '.'],
    // No go.work and no flags of the user's take part.
    env: { GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' },
  });
  const npm = build({
    folder: 'npm-bpf',
    compiler: ['node', '--version'],
    // Its tarball has prebuilt addons, which it finds by itself: no script of its runs.
    command: ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'],
  });
  return { c: join(c, 'rival'), cilium: join(cilium, 'rival'), npm };
}
