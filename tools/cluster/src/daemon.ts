import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterError } from './errors.ts';

/** How a daemon is started. */
export interface DaemonOptions {
  /** What it is called in messages, and the name of its log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Its working directory; its log goes there as `NAME.log`. */
  readonly directory: string;
}

/** At most this much of a log's end is shown in messages, in characters. */
const SHOWN = 4_000;

/**
 * A process of the cluster. It is killed when the process (more exactly: the thread) that started it ends,
 * whatever way (`PR_SET_PDEATHSIG`).
 */
export class Daemon {
  readonly name: string;
  /** Where its output goes. */
  readonly logPath: string;
  /** Resolves when it has ended, with a description such as `exit code 1`. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #exit: string | undefined;
  #stopping = false;

  constructor({ name, command, args, directory }: DaemonOptions) {
    this.name = name;
    this.logPath = join(directory, `${name}.log`);
    const log = openSync(this.logPath, 'a');
    try {
      this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
        cwd: directory,
        stdio: ['ignore', log, log],
        // A session of its own: Ctrl-C reaches the process that started it, which then decides what ends.
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#exit ??= how;
        resolve(this.#exit);
      };
      this.#child.on('error', (error) => end(error.message));
      this.#child.on('exit', (code, signal) => end(code === null ? `signal ${signal}` : `exit code ${code}`));
    });
  }

  /** 0 when it did not start. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The end of its log. */
  get log(): string {
    try {
      return readFileSync(this.logPath, 'utf8').slice(-SHOWN).trim();
    } catch {
      return '';
    }
  }

  /** An error that tells that it ended although nobody stopped it; undefined while all is well. */
  get failure(): ClusterError | undefined {
    if (this.#exit === undefined || this.#stopping) return undefined;
    const message = `${this.name} ended (${this.#exit}). The end of its log:\n${this.log}`;
    return new ClusterError('CLUSTER_DAEMON_ENDED', message);
  }

  /** Kills it at once: what it keeps on disk is thrown away, so that nothing is gained by a clean end. */
  kill(): void {
    this.#stopping = true;
    if (this.#exit === undefined) this.#child.kill('SIGKILL');
  }
}
