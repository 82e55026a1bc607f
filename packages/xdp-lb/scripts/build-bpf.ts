// Compiles the eBPF programs and generates from their BTF what TypeScript has to know of them:
//   bpf/*.bpf.c  -> build/bpf/*.o      bench/*.bpf.c -> build/bpf/bench/*.o
//   BTF          -> src/generated/types.ts
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BtfType, btfToTypeScript } from './btf-to-typescript.ts';
import { ENUMS, STRUCTS } from './shared-types.ts';

const PACKAGE = dirname(import.meta.dirname);
const OUTPUT = join(PACKAGE, 'build', 'bpf');

const FLAGS = [
  '-target',
  'bpf',
  '-mcpu=v3',
  '-O2',
  '-g',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wno-unused-parameter',
  '-Wno-sign-compare',
  '-Wno-address-of-packed-member',
  // Headers of the kernel's user-space API lie under the host's multiarch folder on Debian.
  `-I/usr/include/${execFileSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).trim()}`,
  `-I${join(PACKAGE, 'bpf')}`,
];

/** DWARF is stripped, BTF stays; the path of this checkout does not get into the object. */
function compile(source: string, object: string): void {
  mkdirSync(dirname(object), { recursive: true });
  execFileSync('clang', [...FLAGS, `-ffile-prefix-map=${PACKAGE}=.`, '-c', source, '-o', object], {
    stdio: 'inherit',
  });
  execFileSync('llvm-strip', ['-g', object], { stdio: 'inherit' });
}

function compileFolder(folder: string, output: string): void {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.bpf.c'))
    .sort()) {
    compile(join(folder, file), join(output, file.replace(/\.bpf\.c$/, '.o')));
  }
}

compileFolder(join(PACKAGE, 'bpf'), OUTPUT);
compileFolder(join(PACKAGE, 'bench'), join(OUTPUT, 'bench'));

const dump = execFileSync('bpftool', ['btf', 'dump', 'file', join(OUTPUT, 'xdp.o'), '-j'], {
  encoding: 'utf8',
  maxBuffer: 1 << 26,
});
const { types }: { types: BtfType[] } = JSON.parse(dump);
mkdirSync(join(PACKAGE, 'src', 'generated'), { recursive: true });
writeFileSync(join(PACKAGE, 'src', 'generated', 'types.ts'), btfToTypeScript(types, STRUCTS, ENUMS));
