import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command. */
export const COMMAND = fileURLToPath(new URL('../dist/main.js', import.meta.url));
export const EXAMPLES = fileURLToPath(new URL('../examples', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `blixt` to its end, without native addons: what is run so needs none. */
export function blixt(...args: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-addons', COMMAND, ...args], {
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}
