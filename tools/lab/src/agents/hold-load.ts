import { connect, type Socket } from 'node:net';
import type { HeldConnection, HeldState, HoldLoad } from '../load-protocol.ts';

const MAX_DURATION_MS = 300_000;
/** Connections are opened this far apart, so that a listen queue is not the thing that is tested. */
const OPEN_EVERY_MS = 2;

/** One TCP connection that sends a numbered line, waits for its echo, pauses, and so on. */
class Connection {
  readonly #socket: Socket;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #backend = '';
  #localPort = 0;
  #state: HeldState = 'connecting';
  #errno: string | undefined;
  #pings = 0;
  #longestGapMs = 0;
  #sentAt = performance.now();
  #received = '';
  #timer: NodeJS.Timeout;

  constructor(load: HoldLoad) {
    this.#intervalMs = load.intervalMs ?? 50;
    this.#timeoutMs = load.timeoutMs ?? 5_000;
    this.#socket = connect({ host: load.address, port: load.port, noDelay: true });
    this.#timer = this.#expectAnswer();
    this.#socket.setEncoding('latin1');
    this.#socket.on('connect', () => {
      this.#localPort = this.#socket.localPort ?? 0;
    });
    this.#socket.on('data', (chunk: string) => this.#onData(chunk));
    this.#socket.on('error', (error) => {
      this.#errno = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
      this.#end(this.#errno === 'ECONNRESET' || this.#errno === 'EPIPE' ? 'reset' : 'failed');
    });
    this.#socket.on('close', () => this.#end('closed'));
  }

  view(): HeldConnection {
    return {
      backend: this.#backend,
      localPort: this.#localPort,
      state: this.#state,
      ...(this.#errno === undefined ? {} : { errno: this.#errno }),
      pings: this.#pings,
      longestGapMs: this.#longestGapMs,
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
  }

  #expectAnswer(): NodeJS.Timeout {
    return setTimeout(() => this.#end('timeout'), this.#timeoutMs);
  }

  #end(state: HeldState): void {
    if (this.#state === 'connecting' || this.#state === 'open') this.#state = state;
    this.close();
  }

  #onData(chunk: string): void {
    this.#received += chunk;
    const newline = this.#received.indexOf('\n');
    if (newline < 0) return;
    const line = this.#received.slice(0, newline);
    this.#received = this.#received.slice(newline + 1);
    clearTimeout(this.#timer);
    if (this.#state === 'connecting') {
      this.#backend = line;
      this.#state = 'open';
    } else if (line === `ping ${this.#pings}`) {
      this.#pings += 1;
      this.#longestGapMs = Math.max(this.#longestGapMs, performance.now() - this.#sentAt);
    } else {
      this.#end('wrong answer');
      return;
    }
    this.#timer = setTimeout(() => this.#ping(), this.#intervalMs);
  }

  #ping(): void {
    this.#sentAt = performance.now();
    this.#timer = this.#expectAnswer();
    this.#socket.write(`ping ${this.#pings}\n`);
  }
}

/** Running held connections; bounded by time or `stop()`. */
export class RunningHoldLoad {
  readonly done: Promise<void>;
  readonly #connections: Connection[] = [];
  #final: readonly HeldConnection[] | undefined;
  #finish: () => void = () => undefined;

  constructor(load: HoldLoad) {
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const timer = setTimeout(() => this.stop(), Math.min(load.durationMs ?? 60_000, MAX_DURATION_MS));
    void this.done.then(() => clearTimeout(timer));
    void this.#open(load);
  }

  held(): readonly HeldConnection[] {
    return this.#final ?? this.#connections.map((connection) => connection.view());
  }

  /** Notes the state of every connection, then closes them. */
  stop(): void {
    if (this.#final !== undefined) return;
    this.#final = this.held();
    for (const connection of this.#connections) connection.close();
    this.#finish();
  }

  async #open(load: HoldLoad): Promise<void> {
    for (let opened = 0; opened < load.connections && this.#final === undefined; opened += 1) {
      this.#connections.push(new Connection(load));
      await new Promise((resolve) => setTimeout(resolve, OPEN_EVERY_MS));
    }
  }
}
