/**
 * `npm run every-map-type [-- --json]`: makes a map of every type that Linux 6.18 has with libbpf and bpftool, and
 * shows that @blixt/bpf-maps reads, types and changes each. Needs root, clang and bpftool.
 *
 * Exit code 0 when all maps were as they must be, 1 otherwise. It takes everything down that it made.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeCgroup } from './cgroup.ts';
import type { Row } from './row.ts';
import { render } from './table.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function checkAll(): Row[] {
  const pins = `/sys/fs/bpf/every-map-type-${process.pid}`;
  const build = mkdtempSync(join(tmpdir(), 'every-map-type-'));
  using cgroup = makeCgroup();
  try {
    const run = (command: string, ...args: readonly string[]): string =>
      execFileSync(command, args, {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: 60_000,
      });
    run(here('make-maps.sh'), pins, build);
    const checks = [process.execPath, here('checks.ts'), pins, build, cgroup.path];
    return JSON.parse(run(join(build, 'with-descriptors'), `${pins}/programs`, cgroup.path, ...checks));
  } finally {
    rmSync(pins, { recursive: true, force: true });
    rmSync(build, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const rows = checkAll();
console.log(values.json ? JSON.stringify(rows, undefined, 2) : render(rows));
process.exitCode = rows.every((row) => !('failure' in row)) ? 0 : 1;
