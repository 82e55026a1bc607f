import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { NodeRelease } from './nodes.ts';
import { ROOT } from './packages.ts';

/** A folder outside of the repository with a package.json and nothing else, as a user starts with. */
export class EmptyProject implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'blixt-project-'));

  constructor() {
    this.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  }

  /** @param path - from the project's folder. */
  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  /**
   * Installs packages with npm, on a release of Node; one that the packages do not support is an error.
   *
   * @param specifiers - tarballs, or names with versions.
   */
  install(specifiers: readonly string[], node: NodeRelease): SpawnSyncReturns<string> {
    const options = ['--prefer-offline', '--engine-strict', '--no-audit', '--no-fund', '--loglevel=error'];
    return this.run('npm', ['install', ...options, ...specifiers], node);
  }

  /**
   * Runs a command in the project; `node` and commands of the repository's packages are found on its PATH.
   *
   * @param timeout - in milliseconds; then it is ended.
   */
  run(
    command: string,
    args: readonly string[],
    node: NodeRelease,
    timeout = 120_000,
  ): SpawnSyncReturns<string> {
    return spawnSync(command, args, {
      cwd: this.folder,
      encoding: 'utf8',
      timeout,
      env: {
        ...process.env,
        PATH: [node.bin, join(ROOT, 'node_modules/.bin'), process.env.PATH].join(':'),
        FORCE_COLOR: '0',
        NODE_OPTIONS: '',
      },
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
