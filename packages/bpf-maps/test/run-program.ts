import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a pinned XDP program `times` times on a packet of zeros (BPF_PROG_TEST_RUN, by bpftool). */
export async function runProgram(pin: string, times = 1): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'run-program-'));
  try {
    const packet = join(directory, 'packet');
    writeFileSync(packet, new Uint8Array(64));
    await run('bpftool', ['prog', 'run', 'pinned', pin, 'data_in', packet, 'repeat', String(times)]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
