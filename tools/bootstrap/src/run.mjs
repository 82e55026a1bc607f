/**
 * `node tools/bootstrap/src/run.mjs [COMMAND ARG...]`: sets the machine up, then becomes the command.
 *
 * Runs on any Node from 20 and without any npm package, as it is what installs them. What it does is shown on
 * standard error; its exit code is the command's, or 1 when the set-up failed.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { StepError } from './progress.mjs';
import { setUp } from './set-up.mjs';
import { ROOT } from './workspace.mjs';

/** @param {readonly string[]} commandLine @param {NodeJS.ProcessEnv} env */
function become([command = '', ...args], env) {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    console.error(`${command}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}

try {
  const env = await setUp();
  const commandLine = process.argv.slice(2);
  if (commandLine.length > 0) become(commandLine, env);
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(`\n${error.message}\n\n${error.code}: the set-up did not finish. ${error.advice}`);
  process.exitCode = 1;
}
