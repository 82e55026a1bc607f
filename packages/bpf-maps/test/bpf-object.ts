import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePinDirectory } from './bpffs.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** A map of every type, `m_` and its name; see tools/every-map-type. */
export const EVERY_TYPE = '../../../tools/every-map-type/src/every-type.bpf.c';

/** An arena, `m_arena`. */
export const ARENA = '../../../tools/every-map-type/src/arena.bpf.c';

/** Programs and maps that libbpf (in bpftool) loaded from an object file that clang made. */
export interface LoadedObject extends Disposable {
  /** Where a map is pinned. */
  pin(map: string): string;
}

function inTemporaryDirectory<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'bpf-maps-'));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function compile(source: string, object: string, target: 'bpf' | 'bpfeb'): void {
  const multiarch = execFileSync('cc', ['-print-multiarch'], { encoding: 'utf8' }).trim();
  const include = `-I/usr/include/${multiarch}`;
  execFileSync('clang', [
    '-target',
    target,
    '-g',
    '-O2',
    '-Wall',
    include,
    '-c',
    join(HERE, source),
    '-o',
    object,
  ]);
}

/** Compiles `source`, a file beside this one, loads it, and pins its maps. */
export function loadObject(source: string): LoadedObject {
  const pins = makePinDirectory();
  try {
    inTemporaryDirectory((directory) => {
      const object = join(directory, 'object.o');
      compile(source, object, 'bpf');
      execFileSync(
        'bpftool',
        ['prog', 'loadall', object, `${pins.path}/programs`, 'pinmaps', `${pins.path}/maps`],
        {
          stdio: 'pipe',
        },
      );
    });
  } catch (error) {
    pins[Symbol.dispose]();
    throw error;
  }
  return {
    pin: (map) => `${pins.path}/maps/${map}`,
    [Symbol.dispose]() {
      pins[Symbol.dispose]();
    },
  };
}

/** The BTF that clang writes, in either byte order. */
export function compiledBtf(source: string, target: 'bpf' | 'bpfeb'): Uint8Array {
  return inTemporaryDirectory((directory) => {
    const object = join(directory, 'object.o');
    const section = join(directory, 'btf');
    compile(source, object, target);
    execFileSync('sh', ['-c', 'llvm-objcopy --dump-section=.BTF="$0" "$1"', section, object]);
    return new Uint8Array(readFileSync(section));
  });
}

/** What a C program, a file beside this one, prints. */
export function runC(source: string, ...args: readonly string[]): string {
  return inTemporaryDirectory((directory) => {
    const binary = join(directory, 'program');
    execFileSync('cc', ['-Wall', '-o', binary, join(HERE, source)]);
    return execFileSync(binary, args, { encoding: 'utf8', timeout: 60_000 });
  });
}
