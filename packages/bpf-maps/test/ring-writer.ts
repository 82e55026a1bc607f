import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Writes records into a pinned ring buffer, from a program in the kernel. See ring-writer.c. */
export interface RingWriter extends Disposable {
  /** @returns how often the ring was full */
  write(pin: string, first: number, count: number, size: number): Promise<number>;
  /** Reserves records and discards them. */
  discard(pin: string, count: number, size: number): Promise<void>;
}

export function buildRingWriter(): RingWriter {
  const directory = mkdtempSync(join(tmpdir(), 'ring-writer-'));
  const binary = join(directory, 'ring-writer');
  execFileSync('cc', [
    '-O1',
    '-Wall',
    '-Werror',
    '-o',
    binary,
    fileURLToPath(new URL('ring-writer.c', import.meta.url)),
  ]);
  return {
    async write(pin, first, count, size) {
      const { stdout } = await run(binary, [pin, `${first}`, `${count}`, `${size}`, 'output'], {
        timeout: 60_000,
      });
      return Number(stdout);
    },
    async discard(pin, count, size) {
      await run(binary, [pin, '0', `${count}`, `${size}`, 'discard'], { timeout: 60_000 });
    },
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
