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
  return blixtWith({}, ...args);
}

/** Around a run. */
export interface Surroundings {
  /** Working directory. */
  readonly cwd?: string;
  /** What standard input has. */
  readonly input?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `blixt` as {@link blixt} does, somewhere. */
export function blixtWith({ cwd, input, env }: Surroundings, ...args: string[]): Outcome {
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...inherited } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-addons', COMMAND, ...args], {
    encoding: 'utf8',
    env: { ...inherited, ...env },
    ...(cwd !== undefined && { cwd }),
    ...(input !== undefined && { input }),
  });
  return { code: status, stdout, stderr };
}
