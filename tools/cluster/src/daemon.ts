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
  /** Path of the network namespace that it runs in. Default: this process's. */
  readonly namespacePath?: string;
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
  /** Resolves when it has ended and is not started again, with a description such as `exit code 1`. */
  readonly ended: Promise<string>;
  readonly #options: DaemonOptions;
  readonly #ended = Promise.withResolvers<string>();
  #child: ChildProcess;
  #exit: string | undefined;
  #stopping = false;
  #restarting: PromiseWithResolvers<void> | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.name = options.name;
    this.logPath = join(options.directory, `${options.name}.log`);
    this.ended = this.#ended.promise;
    this.#child = this.#start();
  }

  #start(): ChildProcess {
    const { command, args, directory, namespacePath } = this.#options;
    const log = openSync(this.logPath, 'a');
    // Not `ip netns exec`: that one mounts a new /sys, which hides cgroups and pinned BPF maps.
    const enter = namespacePath === undefined ? [] : ['nsenter', `--net=${namespacePath}`];
    const [file = '', ...rest] = [...enter, 'setpriv', '--pdeathsig', 'KILL', command, ...args];
    try {
      const child = spawn(file, rest, {
        cwd: directory,
        stdio: ['ignore', log, log],
        // A session of its own: Ctrl-C reaches the process that started it, which then decides what ends.
        detached: true,
      });
      child.on('error', (error) => this.#end(error.message));
      child.on('exit', (code, signal) => this.#end(code === null ? `signal ${signal}` : `exit code ${code}`));
      return child;
    } finally {
      closeSync(log);
    }
  }

  #end(how: string): void {
    if (this.#restarting !== undefined && !this.#stopping) {
      this.#restarting.resolve();
      return;
    }
    this.#exit ??= how;
    this.#restarting?.resolve();
    this.#ended.resolve(this.#exit);
  }

  /** Kills it and starts it anew, with the same settings and data. Does nothing when it has ended. */
  async restart(): Promise<void> {
    if (this.#exit !== undefined || this.#stopping || this.#restarting !== undefined) return;
    this.#restarting = Promise.withResolvers();
    this.#child.kill('SIGKILL');
    await this.#restarting.promise;
    this.#restarting = undefined;
    if (this.#exit === undefined) this.#child = this.#start();
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
