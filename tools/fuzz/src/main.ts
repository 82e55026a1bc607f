// npm run fuzz -- PACKAGE [OPTION...]: runs a package's fuzzer, `packages/PACKAGE/fuzz/main.ts`, which has the options.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');

const fuzzers = new Map(
  globSync('packages/*/fuzz/main.ts', { cwd: ROOT }).map((file) => [
    basename(dirname(dirname(file))),
    join(ROOT, file),
  ]),
);
const [name = '', ...options] = process.argv.slice(2);
const file = fuzzers.get(name);
if (file === undefined) {
  const problem = name === '' ? '' : `fuzz: ${JSON.stringify(name)} has no fuzzer\n\n`;
  console.error(
    `${problem}usage: npm run fuzz -- PACKAGE [OPTION...]\n\n  PACKAGE  ${[...fuzzers.keys()].join(', ')}`,
  );
  process.exitCode = 2;
} else {
  const child = spawn(process.execPath, [file, ...options], { stdio: 'inherit' });
  // The terminal sends it to both; this process waits for what the fuzzer says last.
  process.on('SIGINT', () => {});
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
  });
}
