import { spawn } from 'node:child_process';
import { StepError } from './progress.mjs';
import { ROOT, workspaceEnvironment } from './workspace.mjs';

/** At most this many characters of a command's output are kept (the latest). */
const OUTPUT_LIMIT = 200_000;

/**
 * @typedef {object} CommandFailure
 * @property {string} code - the stable code of the error.
 * @property {string} advice - what to do about it.
 * @property {(output: string) => string} [select] - the part of the output that is worth showing. Default: all.
 */

/**
 * Runs a command in the root of the repository and keeps its output to itself, unless it fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandFailure} failure
 * @param {{ env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} [options]
 * @returns {Promise<string>} what it wrote on standard output and standard error.
 * @throws {StepError} with the output, when it cannot be started or its exit code is not 0.
 */
export function runCommand(command, args, failure, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      // What is kept may be printed anywhere, so without colours.
      env: { ...workspaceEnvironment(), FORCE_COLOR: '0', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let unfinishedLine = '';
    /** @param {string} chunk */
    const onData = (chunk) => {
      output = (output + chunk).slice(-OUTPUT_LIMIT);
      const lines = (unfinishedLine + chunk).split('\n');
      unfinishedLine = lines.pop() ?? '';
      for (const line of lines) options.onLine?.(line);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onData);
    /** @param {string} reason */
    const fail = (reason) => {
      const title = `${[command, ...args].join(' ')}: ${reason}`;
      reject(
        new StepError(
          failure.code,
          `${title}\n\n${(failure.select?.(output) ?? output).trim()}`.trim(),
          failure.advice,
        ),
      );
    };
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else fail(`exit code ${code ?? signal}`);
    });
  });
}
