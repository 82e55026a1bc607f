import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Demo {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<unknown[]>;
}

function startDemo(): Demo {
  const child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return { child, output: () => output, ended: once(child, 'exit') };
}

/** Namespaces, pins and folders of the demo of one process: all their names hold its pid. */
function traces(pid: number): string[] {
  return ['/run/netns', '/sys/fs/bpf', tmpdir()]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder))
    .filter((name) => name.startsWith(`blixtlab-${pid}-`));
}

/** Processes that a process has started: pids. */
function children(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** Whether a process runs; one that has ended but is not reaped yet has no command line. */
function runs(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).length > 0;
  } catch {
    return false;
  }
}

describe('the demo, interrupted in the middle', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing behind on %s',
    { timeout: 120_000 },
    async (signal) => {
      const demo = startDemo();
      await expect.poll(demo.output, { timeout: 90_000, interval: 50 }).toMatch(/\[2\/8\]/);
      const pid = demo.child.pid ?? 0;
      // Six namespaces, pins and a folder; three servers, two clients and blixt.
      expect(traces(pid).length).toBeGreaterThanOrEqual(8);
      const processes = children(pid);
      expect(processes.length).toBeGreaterThanOrEqual(6);

      demo.child.kill(signal);
      expect(await demo.ended).toEqual([null, signal]);
      expect(traces(pid)).toEqual([]);
      expect(processes.filter(runs)).toEqual([]);
    },
  );
});
