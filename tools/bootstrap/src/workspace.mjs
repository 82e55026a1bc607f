import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Where npm puts the commands of installed packages, `node` among them. */
export const BIN = join(ROOT, 'node_modules/.bin');

/** What the set-up remembers between two runs; not in git. */
export const STATE_DIRECTORY = join(ROOT, '.blixt');

/**
 * The environment of everything that runs after the set-up: the repository's own Node and tools come first on
 * PATH, and nx leaves no daemon behind.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function workspaceEnvironment() {
  const path = (process.env.PATH ?? '').split(':').filter((entry) => entry !== BIN);
  return {
    ...process.env,
    PATH: [BIN, ...path].join(':'),
    NX_DAEMON: 'false',
    // nx paints what its tasks print, unless told so, also in files.
    ...(process.stdout.isTTY ? {} : { FORCE_COLOR: '0' }),
    // npm hands its settings to scripts; silence is for `npm run` only (see .npmrc).
    npm_config_loglevel: 'notice',
  };
}
