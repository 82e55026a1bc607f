import { readFileSync } from 'node:fs';
import { Output } from './output.ts';
import { main } from './program.ts';
import { exitCodeOf, formatError } from './tool-error.ts';

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null ? String(Reflect.get(manifest, 'version')) : '';
}

function fail(error: unknown): void {
  process.stderr.write(`${formatError(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

/** Carries out the command line of this process. */
export async function start(): Promise<void> {
  // Whoever reads the output may have had enough of it, as `head` has.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fail(error);
    process.exit();
  });
  try {
    process.exitCode = await main(new Output(process.stdout), process.argv.slice(2), version());
  } catch (error) {
    fail(error);
  }
}
