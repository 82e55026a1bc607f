import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { RequestLoad, RequestStats } from '../load-protocol.ts';

const MAX_DURATION_MS = 300_000;
const MAX_LATENCIES = 10_000;

/** What went wrong with one request, in a word or two. */
class RequestFailure extends Error {}

function reasonOf(error: unknown): string {
  if (error instanceof RequestFailure) return error.message;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return String(error);
}

/** One short TCP connection: read the backend's name, have a line echoed, close in order. */
function requestOverTcp(load: RequestLoad, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const token = randomBytes(6).toString('hex');
    const socket = connect({ host: load.address, port: load.port, noDelay: true });
    let received = '';
    const timer = setTimeout(() => socket.destroy(new RequestFailure('timeout')), timeoutMs);
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(`${token}\n`));
    socket.on('data', (chunk: string) => {
      received += chunk;
      const [name, echo, rest] = received.split('\n');
      if (rest === undefined || name === undefined) return;
      if (echo !== token) socket.destroy(new RequestFailure('wrong answer'));
      else {
        resolve(name);
        // The client closes first, so that TIME_WAIT is spread over the clients' ports.
        socket.end();
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new RequestFailure('closed early'));
    });
  });
}

/** One datagram and its answer, from a fresh socket. Nothing is sent twice. */
function requestOverUdp(load: RequestLoad, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const token = randomBytes(6).toString('hex');
    const socket = createSocket(isIPv6(load.address) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => finish(() => reject(new RequestFailure('timeout'))), timeoutMs);
    let finished = false;
    const finish = (settle: () => void): void => {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      socket.close();
      settle();
    };
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('message', (message) => {
      const [name, echo] = message.toString('latin1').split(':');
      finish(() => {
        if (name !== undefined && echo === token) resolve(name);
        else reject(new RequestFailure('wrong answer'));
      });
    });
    // Connected, so that ICMP errors are seen and answers from elsewhere are not.
    socket.connect(load.port, load.address, () => {
      if (!finished) socket.send(token);
    });
  });
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** A running request load; bounded by requests, time, or `stop()`, whichever comes first. */
export class RunningRequestLoad {
  readonly done: Promise<void>;
  readonly #load: RequestLoad;
  readonly #startedAt = performance.now();
  readonly #backends: Record<string, number> = {};
  readonly #failures: Record<string, number> = {};
  readonly #latencies: number[] = [];
  #begun = 0;
  #ended = 0;
  #failed = 0;
  #stopped = false;

  constructor(load: RequestLoad) {
    this.#load = load;
    const workers = Array.from({ length: load.concurrency ?? 8 }, () => this.#work());
    this.done = Promise.all(workers).then(() => undefined);
  }

  /** Begins no more requests; those in flight are awaited. */
  stop(): void {
    this.#stopped = true;
  }

  stats(): RequestStats {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    return {
      requests: this.#ended,
      failed: this.#failed,
      backends: { ...this.#backends },
      failures: { ...this.#failures },
      latencyMs: { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: sorted.at(-1) ?? 0 },
      seconds: (performance.now() - this.#startedAt) / 1000,
    };
  }

  async #work(): Promise<void> {
    const { durationMs = 10_000, requests = Number.POSITIVE_INFINITY, ratePerSecond, protocol } = this.#load;
    const timeoutMs = this.#load.timeoutMs ?? 5_000;
    const endsAt = this.#startedAt + Math.min(durationMs, MAX_DURATION_MS);
    while (!this.#stopped && this.#begun < requests && performance.now() < endsAt) {
      const number = this.#begun++;
      if (ratePerSecond !== undefined) {
        const dueAt = this.#startedAt + (number * 1000) / ratePerSecond;
        const waitMs = Math.min(dueAt, endsAt) - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        if (this.#stopped || dueAt >= endsAt) return;
      }
      const startedAt = performance.now();
      try {
        const backend = await (protocol === 'tcp'
          ? requestOverTcp(this.#load, timeoutMs)
          : requestOverUdp(this.#load, timeoutMs));
        increment(this.#backends, backend);
        this.#latencies[(this.#ended - this.#failed) % MAX_LATENCIES] = performance.now() - startedAt;
      } catch (error) {
        this.#failed += 1;
        increment(this.#failures, reasonOf(error));
      }
      this.#ended += 1;
    }
  }
}
