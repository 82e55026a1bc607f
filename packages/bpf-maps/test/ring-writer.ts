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
  /** Writes records of any size, of which only the number is written. */
  submit(pin: string, first: number, count: number, size: number): Promise<number>;
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
  const write = async (pin: string, first: number, count: number, size: number, how: string) => {
    const { stdout } = await run(binary, [pin, `${first}`, `${count}`, `${size}`, how], { timeout: 60_000 });
    return Number(stdout);
  };
  return {
    write: (pin, first, count, size) => write(pin, first, count, size, 'output'),
    submit: (pin, first, count, size) => write(pin, first, count, size, 'submit'),
    async discard(pin, count, size) {
      await write(pin, 0, count, size, 'discard');
    },
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
