import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Answer, Request } from './answer-requests.ts';

/** A process that answers requests. See answer-requests.ts for what they look like. */
export class Contender implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #stdin: NodeJS.WritableStream;
  readonly #answers: AsyncIterator<string>;

  constructor(name: string, command: readonly string[]) {
    this.name = name;
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#stdin = child.stdin;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error when the process ends instead; what it said is on standard error. */
  async ask({ operation, id, start, count }: Request): Promise<Answer> {
    this.#stdin.write(`${operation} ${id} ${start} ${count}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`${await this.#end()} instead of answering ${operation}`);
    const [nanoseconds = Number.NaN, check = Number.NaN] = answer.value.split(' ').map(Number);
    return { nanoseconds, check };
  }

  /** How the process ended, for people. */
  async #end(): Promise<string> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return `${this.name} ended by ${child.signalCode ?? `exit code ${child.exitCode}`}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#stdin.end();
    await ended;
  }
}
