import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

/** The command, as it was built. */
export const COMMAND = fileURLToPath(new URL('../dist/bpf-maps.js', import.meta.url));

// Node.js takes no CI for a terminal with colours.
const environment = { ...process.env, CI: undefined, FORCE_COLOR: undefined, NO_COLOR: undefined };

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command until it ends. */
export function run(...args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: 'utf8',
    timeout: 25_000,
    env: environment,
    maxBuffer: 1 << 28,
  });
  return { code: status, stdout, stderr };
}

/** What a command prints that goes well. */
export function output(...args: readonly string[]): string {
  const { code, stdout, stderr } = run(...args);
  if (code !== 0 || stderr !== '') throw new Error(`bpf-maps ${args.join(' ')}: exit ${code}, ${stderr}`);
  return stdout;
}

/** A line of a shell, in which `$COMMAND` is the command. */
export function shell(line: string, env: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], {
    encoding: 'utf8',
    timeout: 25_000,
    env: { ...environment, COMMAND: `${process.execPath} ${COMMAND}`, ...env },
  });
  return { code: status, stdout, stderr };
}

/** A command that goes on. */
export interface Running {
  /** The next line that it prints. */
  line(): Promise<string>;
  /** Sends a signal, and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** The exit code, once it has ended by itself. */
  readonly ended: Promise<number | null>;
}

/** Begins a command. */
export function begin(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: environment,
    timeout: 40_000,
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stdout.setEncoding('utf8');
  const chunks = child.stdout[Symbol.asyncIterator]();
  let text = '';
  return {
    async line() {
      for (;;) {
        const end = text.indexOf('\n');
        if (end >= 0) {
          const line = text.slice(0, end);
          text = text.slice(end + 1);
          return line;
        }
        const { value, done } = await chunks.next();
        if (done === true) throw new Error(`bpf-maps ${args.join(' ')} ended`);
        text += String(value);
      }
    },
    end(signal) {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

/** A name that no other map has. */
export function uniqueName(): string {
  return `t${randomBytes(6).toString('hex')}`;
}

/** Does something again and again, until it is disposed of. */
export function every(milliseconds: number, work: () => unknown): Disposable {
  const timer = setInterval(work, milliseconds);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
