/** `npm run prebuilds`: the addon for every platform that the package brings one for, in `prebuilds/`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_PATH, PREBUILT_ARCHITECTURES, prebuiltPath } from '../src/load-addon.ts';

const ROOT = join(import.meta.dirname, '..');

/** @returns the path of the addon, with its symbols. */
function build(architecture: string): string {
  // `npm run native` has built it.
  if (architecture === process.arch) return join('build', BUILT_PATH);
  const folder = `build/linux-${architecture}`;
  const toolchain = join(ROOT, 'cmake', `linux-${architecture}.cmake`);
  const options = ['--out', folder, '--CDBPF_MAPS_PORTABLE=ON', `--CDCMAKE_TOOLCHAIN_FILE=${toolchain}`];
  execFileSync('cmake-js', ['compile', '--silent', ...options], { cwd: ROOT, stdio: 'inherit' });
  return join(folder, BUILT_PATH);
}

rmSync(join(ROOT, 'prebuilds'), { recursive: true, force: true });
mkdirSync(join(ROOT, 'prebuilds'));
for (const architecture of PREBUILT_ARCHITECTURES) {
  const stripped = ['--strip-all', '-o', prebuiltPath(architecture), build(architecture)];
  execFileSync('llvm-strip', stripped, { cwd: ROOT, stdio: 'inherit' });
}
