import { spawn, spawnSync } from 'node:child_process';
import { ClusterError } from '../errors.ts';

/** Whether a command is on PATH. */
export function isOnPath(command: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', command]).status === 0;
}

/** How far a build is: one line for people. */
export type ReportProgress = (line: string) => void;

/** Tells every 30 s that work goes on, such as `still compiling kubelet, 60 s`. */
export async function withClock<T>(what: string, report: ReportProgress, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const clock = setInterval(() => {
    report(`still ${what}, ${Math.round((Date.now() - startedAt) / 1000)} s`);
  }, 30_000);
  try {
    return await work();
  } finally {
    clearInterval(clock);
  }
}

/** How a command is run. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line on standard error, as it comes. */
  readonly onLine?: (line: string) => void;
}

/** At most this many characters of what a failing command wrote are shown (the latest). */
const SHOWN = 8_000;

/**
 * Runs a command of a build and returns its standard output.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED` with what it wrote on standard error.
 */
export function runBuildCommand(
  command: string,
  args: readonly string[],
  { cwd, env, onLine }: CommandOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaints = '';
    let unfinished = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      complaints = (complaints + chunk).slice(-SHOWN);
      const lines = (unfinished + chunk).split('\n');
      unfinished = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    });
    const commandLine = [command, ...args].join(' ');
    child.on('error', (error) =>
      reject(new ClusterError('CLUSTER_TOOL_MISSING', `${commandLine}: ${error.message}`)),
    );
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else {
        const why = `${commandLine}: exit code ${code ?? signal}\n${complaints.trim()}`;
        reject(new ClusterError('CLUSTER_BUILD_FAILED', why));
      }
    });
  });
}
