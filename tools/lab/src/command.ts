import { spawnSync } from 'node:child_process';
import { LabError } from './errors.ts';

/** Longest time that one configuration command may take, in milliseconds. */
const COMMAND_TIMEOUT_MS = 30_000;

/** What a command printed. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end and returns what it printed.
 *
 * It blocks, so that the same code can tear a lab down in a process's `exit` handler.
 *
 * @throws LabError `LAB_COMMAND_FAILED` when it cannot be started, takes over 30 s, or its exit code is not 0.
 */
export function runCommand(command: string, args: readonly string[], input = ''): CommandOutput {
  const result = spawnSync(command, args, { input, encoding: 'utf8', timeout: COMMAND_TIMEOUT_MS });
  if (result.error !== undefined || result.status !== 0) {
    const reason = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
    const detail = `${result.stderr ?? ''}${result.stdout ?? ''}`.trim();
    const fed = input === '' ? '' : `\ninput:\n${input}`;
    throw new LabError(
      'LAB_COMMAND_FAILED',
      `${[command, ...args].join(' ')}: ${reason}${detail === '' ? '' : `\n${detail}`}${fed}`,
    );
  }
  return { stdout: result.stdout, stderr: result.stderr };
}
