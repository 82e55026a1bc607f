import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTimeOf, sweepLeftovers } from '@blixt/lab';
import { underLock } from '../binaries/build-lock.ts';
import type { ReportProgress } from '../binaries/command.ts';
import { ClusterError, type ClusterErrorCode } from '../errors.ts';
import { sweepStateDirectories } from '../state-directory.ts';

/** Tells a process that keeps something in the background. */
export interface Keeper {
  readonly pid: number;
  /** Tells the process from a later one with its pid. */
  readonly startTime: string;
  /** When what it keeps was ready, RFC 3339. */
  readonly since: string;
}

/** What the process that keeps something tells the one that started it. */
type KeeperMessage<T> =
  | { readonly type: 'progress'; readonly line: string }
  | { readonly type: 'ready'; readonly record: T & Keeper }
  | { readonly type: 'failed'; readonly message: string; readonly code: ClusterErrorCode };

/** What {@link Background.keep} keeps. */
export interface Kept<T> extends AsyncDisposable {
  /** What is to be known of it: JSON. */
  readonly description: T;
  /** Resolves with an error when it ends though nobody ended it. */
  failed(): Promise<Error>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const GRACE_MS = 20_000;

/**
 * Something that a process of its own keeps until it is stopped: one of a name on a machine, or in each folder that
 * `BLIXT_CLUSTER_RUN` names.
 */
export class Background<T extends object> {
  readonly #name: string;
  readonly #recordPath: string;
  /** What the process that keeps it writes. */
  readonly logPath: string;

  /** @param name - of it in messages, and of its files: `cluster` */
  constructor(name: string, folder: string = process.env.BLIXT_CLUSTER_RUN ?? '/run/blixt') {
    this.#name = name;
    this.#recordPath = join(folder, `${name}.json`);
    this.logPath = join(folder, `${name}.log`);
  }

  /** What runs; undefined if nothing does. */
  read(): (T & Keeper) | undefined {
    let text: string;
    try {
      text = readFileSync(this.#recordPath, 'utf8');
    } catch {
      return undefined;
    }
    const record: T & Keeper = JSON.parse(text);
    return startTimeOf(record.pid) === record.startTime ? record : undefined;
  }

  /**
   * Has a Node.js process started that calls {@link keep}, and waits until what it keeps is ready; does nothing if
   * it runs. Interrupted or killed, what was begun is taken down.
   *
   * @param args - a module, and its arguments
   * @throws ClusterError as what is started
   */
  async start(args: readonly string[], report: ReportProgress): Promise<T & Keeper> {
    mkdirSync(dirname(this.logPath), { recursive: true });
    const onWait = (): void => report(`waiting for another process that starts the ${this.#name}`);
    return await underLock(join(dirname(this.logPath), `${this.#name}.lock`), onWait, async () => {
      const running = this.read();
      if (running === undefined) return await this.#start(args, report);
      report('already up');
      return running;
    });
  }

  async #start(args: readonly string[], report: ReportProgress): Promise<T & Keeper> {
    const log = openSync(this.logPath, 'w');
    const keeper = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    const interrupt = (): void => {
      keeper.kill('SIGTERM');
    };
    for (const signal of SIGNALS) process.on(signal, interrupt);
    try {
      return await new Promise<T & Keeper>((resolve, reject) => {
        keeper.on('message', (message: KeeperMessage<T>) => {
          if (message.type === 'progress') report(message.line);
          if (message.type === 'ready') resolve(message.record);
          if (message.type === 'failed') reject(new ClusterError(message.code, message.message));
        });
        keeper.on('exit', (code, signal) => {
          const how = `the process that keeps the ${this.#name} ended (${code ?? signal}); see ${this.logPath}`;
          reject(new ClusterError('CLUSTER_NOT_READY', how));
        });
      });
    } finally {
      for (const signal of SIGNALS) process.removeListener(signal, interrupt);
      keeper.removeAllListeners();
      if (keeper.connected) keeper.disconnect();
      keeper.unref();
    }
  }

  /**
   * Makes something and keeps it until SIGTERM: what {@link start} starts.
   *
   * @returns the exit code
   */
  async keep(make: (report: ReportProgress) => Promise<Kept<T>>): Promise<number> {
    const interrupted = new Promise<void>((resolve) => {
      for (const signal of SIGNALS) process.on(signal, () => resolve());
    });
    const tell = (message: KeeperMessage<T>): Promise<void> =>
      new Promise((resolve) => {
        if (process.connected && process.send) process.send(message, () => resolve());
        else resolve();
      });
    // Killed before it was ready, whoever started it is not there to be told where it is.
    const abandon = (): boolean => process.kill(process.pid, 'SIGTERM');
    process.once('disconnect', abandon);
    try {
      const making = make((line) => {
        console.log(line);
        void tell({ type: 'progress', line });
      });
      const early = await Promise.race([making.then(() => false), interrupted.then(() => true)]);
      if (early) {
        const message = 'stopped before it was ready';
        console.error(message);
        await tell({ type: 'failed', message, code: 'CLUSTER_STOPPED' });
        // What it is at, such as a build of minutes, ends with it; what it has made goes with it.
        process.exit(1);
      }
      await using kept = await making;
      process.removeListener('disconnect', abandon);
      const record = {
        pid: process.pid,
        startTime: startTimeOf(process.pid) ?? '',
        since: new Date().toISOString(),
        ...kept.description,
      };
      writeFileSync(this.#recordPath, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
      void tell({ type: 'ready', record });
      const failure = await Promise.race([interrupted, kept.failed()]);
      rmSync(this.#recordPath, { force: true });
      if (failure !== undefined) throw failure;
      return 0;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.error(message);
      const code = error instanceof ClusterError ? error.code : 'CLUSTER_NOT_READY';
      await tell({ type: 'failed', message, code });
      return 1;
    }
  }

  /**
   * Takes down what {@link start} started, and whatever dead processes left.
   *
   * @returns whether it was up
   */
  async stop(): Promise<boolean> {
    const record = this.read();
    if (record !== undefined) {
      const runs = (): boolean => startTimeOf(record.pid) === record.startTime;
      const deadline = Date.now() + GRACE_MS;
      process.kill(record.pid, 'SIGTERM');
      while (runs() && Date.now() < deadline) await sleep(50);
      if (runs()) process.kill(record.pid, 'SIGKILL');
      while (runs()) await sleep(50);
    }
    rmSync(this.#recordPath, { force: true });
    sweepLeftovers();
    sweepStateDirectories();
    return record !== undefined;
  }
}
