import { type ChildProcess, type Serializable, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { LabError } from './errors.ts';

/** How a process is started. */
export interface StartOptions {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Opens a message channel (`process.send` in a Node child). Default false. */
  readonly ipc?: boolean;
  /** Working directory. */
  readonly cwd?: string;
}

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** At most this many characters of a process's output are kept (the latest). */
const OUTPUT_LIMIT = 256 * 1024;

/** A running process in a namespace of a lab. */
export class LabProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #command: string;
  #output = '';
  #exit: ProcessExit | undefined;

  private constructor(child: ChildProcess, command: string) {
    this.#child = child;
    this.#command = command;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (chunk: string) => {
        this.#output = (this.#output + chunk).slice(-OUTPUT_LIMIT);
      });
    }
    child.on('exit', (code, signal) => {
      this.#exit = { code, signal };
    });
    child.on('error', (error) => {
      this.#output += `${error.message}\n`;
    });
  }

  /** @internal Used by `Namespace.start`. */
  static start(
    namespace: { readonly path: string },
    command: string,
    args: readonly string[],
    options: StartOptions,
  ): LabProcess {
    const stdio: StdioOptions =
      options.ipc === true ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'];
    const child = spawn(
      'nsenter',
      [`--net=${namespace.path}`, 'setpriv', '--pdeathsig', 'KILL', command, ...args],
      {
        stdio,
        // A session of its own: Ctrl-C reaches the lab's process, which then decides what ends, and when.
        detached: true,
        env: { ...process.env, ...options.env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
    );
    return new LabProcess(child, [command, ...args].join(' '));
  }

  /** The pid of the command itself (nsenter and setpriv replace themselves by it); 0 when it did not start. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The latest 256 KiB of what it wrote on standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  /** How it ended; undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Calls a listener for each message; needs `ipc`. */
  onMessage(listener: (message: unknown) => void): void {
    this.#child.on('message', listener);
  }

  /** Calls a listener once, when the process has ended (at once when it already has). */
  onExit(listener: (exit: ProcessExit) => void): void {
    if (this.#exit !== undefined) listener(this.#exit);
    else this.#child.once('exit', (code, signal) => listener({ code, signal }));
  }

  /** Sends a message; needs `ipc`. Returns false when the channel is closed. */
  send(message: Serializable): boolean {
    return this.#child.connected && this.#child.send(message);
  }

  /**
   * Waits until a condition on the output or a message holds.
   *
   * @param isReady - called with the output so far after each piece of output.
   * @throws LabError `LAB_PROCESS_NOT_READY` with the output, when it ends before or after `timeoutMs`.
   */
  async ready(isReady: (output: string) => boolean, timeoutMs = 10_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!isReady(this.#output)) {
      if (this.#exit !== undefined || Date.now() > deadline) {
        const why =
          this.#exit === undefined
            ? `not ready within ${timeoutMs} ms`
            : `ended (${this.#exit.code ?? this.#exit.signal}) before it was ready`;
        throw new LabError('LAB_PROCESS_NOT_READY', `${this.#command}: ${why}\n${this.#output}`.trim());
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Sends a signal. Returns false when it has already ended. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    return this.#child.kill(signal);
  }

  /** Waits for its end. */
  async ended(): Promise<ProcessExit> {
    if (this.#exit === undefined) await once(this.#child, 'exit');
    return this.#exit ?? { code: this.#child.exitCode, signal: this.#child.signalCode };
  }

  /** Sends SIGTERM, after `graceMs` SIGKILL, and waits for its end. */
  async stop(graceMs = 3_000): Promise<ProcessExit> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    try {
      return await this.ended();
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
