import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** How Blixt is run in a node. */
export interface BlixtOptions {
  readonly namespacePath: string;
  readonly kubeconfig: string;
  readonly interfaces: readonly string[];
  readonly pool: readonly string[];
  readonly pinDirectory: string;
  readonly logPath: string;
}

const MAIN = fileURLToPath(new URL('dist/main.js', import.meta.resolve('@blixt/blixt/package.json')));
const READY_TIMEOUT_MS = 60_000;

/** A running `blixt run`; it is killed when the process that started it ends. */
export class BlixtProcess {
  readonly #child: ChildProcess;
  readonly #logPath: string;

  private constructor(child: ChildProcess, logPath: string) {
    this.#child = child;
    this.#logPath = logPath;
  }

  /** Starts Blixt in a node's namespace, and waits until it is ready. */
  static async start(options: BlixtOptions): Promise<BlixtProcess> {
    const log = openSync(options.logPath, 'w');
    const child = spawn(
      'nsenter',
      [
        `--net=${options.namespacePath}`,
        ...['setpriv', '--pdeathsig', 'KILL', process.execPath, MAIN, 'run'],
        ...['--kubeconfig', options.kubeconfig, '--interface', ...options.interfaces],
        ...['--pool', ...options.pool, '--announce', '--pin-dir', options.pinDirectory],
        ...['--log-format', 'json'],
      ],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
    const blixt = new BlixtProcess(child, options.logPath);
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!blixt.log.includes('"msg":"ready"')) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        throw new Error(`blixt is not ready:\n${blixt.log.slice(-4000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return blixt;
  }

  get log(): string {
    return readFileSync(this.#logPath, 'utf8');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
