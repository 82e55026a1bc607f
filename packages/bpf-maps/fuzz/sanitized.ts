import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGE = join(import.meta.dirname, '..');
const FOLDER = join(PACKAGE, '..', '..', '.blixt', 'fuzz', 'bpf-maps');

const run = promisify(execFile);

/** The addon with sanitizers, and how a process runs with it. */
export interface Sanitized {
  readonly env: NodeJS.ProcessEnv;
  /** What node is called with before the script. */
  readonly nodeArguments: readonly string[];
}

/** Builds the addon with sanitizers into a folder of its own, where that is not up to date. */
export async function buildSanitized(): Promise<Sanitized> {
  mkdirSync(FOLDER, { recursive: true });
  // One build at a time: the tests may run beside somebody's fuzzer.
  const build = ['cmake-js', 'build', '--silent', '--out', FOLDER, '--CDBPF_MAPS_SANITIZED=ON'];
  await run('flock', [join(FOLDER, 'lock'), ...build], { cwd: PACKAGE, maxBuffer: 64 * 1024 * 1024 });
  const asan = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
  return {
    env: {
      ...process.env,
      BPF_MAPS_FUZZ_ADDON: join(FOLDER, 'Release', 'bpf-maps.node'),
      // The sanitizer's runtime has to come first.
      LD_PRELOAD: `${asan} ${join(FOLDER, 'Release', 'bpf-guard.so')}`,
      // V8 leaks at exit by design, so leaks are looked for otherwise (leaks.ts). What asks for more than this at
      // once is taken for a size that nobody checked. Node has a handler of SIGSEGV, for WebAssembly.
      ASAN_OPTIONS:
        'detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=1024:handle_segv=2:handle_sigbus=2:malloc_context_size=12:quarantine_size_mb=32',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    },
    nodeArguments: [
      '--expose-gc',
      '--no-warnings',
      '--import',
      join(import.meta.dirname, 'load-sanitized.ts'),
    ],
  };
}
