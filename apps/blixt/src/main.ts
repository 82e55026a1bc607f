#!/usr/bin/env -S node --max-semi-space-size=4 --heap-growing-percent=30
// A small nursery, and a heap that is collected before it has grown by a third: what a large cluster takes beside them
// stays resident for good, some 250 MB at 10,000 Services.
import { readFileSync } from 'node:fs';
import { CliError, ExitCode, exitCodeOf, formatError } from './errors.ts';
import { main } from './program.ts';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const version =
  typeof manifest === 'object' && manifest !== null ? String(Reflect.get(manifest, 'version')) : '';

/** As package.json's `engines` says: an older Node.js fails somewhere inside, with a riddle. */
function checkNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return;
  throw new CliError(
    'ERR_NODE',
    `expected Node.js 22.19 or newer, got ${process.versions.node}: install a newer one.`,
    ExitCode.usage,
  );
}

// Whoever reads the output may have had enough of it, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  checkNode();
  process.exitCode = await main(process.argv.slice(2), version);
} catch (error) {
  process.stderr.write(`${formatError(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
