import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './packages.ts';

/**
 * Runs a command to its end; commands of npm packages are found.
 *
 * @param cwd - default: the root of the repository.
 * @returns its standard output.
 * @throws an Error with all that it wrote, when its exit code is not 0.
 */
export function runCommand(command: string, args: readonly string[], cwd: string = ROOT): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      PATH: [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(':'),
      FORCE_COLOR: '0',
      NX_DAEMON: 'false',
    },
  });
  if (status === 0) return stdout;
  throw new Error(
    `${[command, ...args].join(' ')}: ${error?.message ?? `exit code ${status}\n${stdout}${stderr}`}`,
  );
}
