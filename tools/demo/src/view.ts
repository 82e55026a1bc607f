import type { Host, RequestStats } from '@blixt/lab';
import Table from 'cli-table3';
import type { BackendCounters } from './blixt.ts';
import { compareShares, type PhaseResult, type Share, type Weights } from './phase.ts';

/** What the demo shows while it runs. */
export interface View {
  /** Something happened. */
  say(text: string): void;
  /** A phase begins. */
  begin(phase: string): void;
  /** How the load of the phase goes. */
  progress(weights: Weights, stats: RequestStats): void;
  /** What the data plane has counted. */
  counted(counters: BackendCounters): void;
  /** A phase has ended. */
  end(result: PhaseResult): void;
  /** All have ended. */
  summary(results: readonly PhaseResult[]): void;
}

/** Flows and packets of a backend, over both of its addresses. */
function countersOf({ ipv4, ipv6 }: Host, counters: BackendCounters): { flows: number; packets: number } {
  const found = [ipv4, ipv6].flatMap((address) => counters.get(address) ?? []);
  return {
    flows: found.reduce((sum, { flows }) => sum + flows, 0),
    packets: found.reduce((sum, { packets }) => sum + packets, 0),
  };
}

function describeShares(shares: Readonly<Record<string, Share>>): string {
  return Object.entries(shares)
    .map(([name, { expected, seen }]) => `${name} ${seen.toFixed(1)}% (${expected.toFixed(1)}%)`)
    .join(', ');
}

/** Lines that stay: for logs and pipes. */
export class PlainView implements View {
  readonly #write: (text: string) => void;
  readonly #phaseCount: number;
  readonly #backends: readonly Host[];
  #counters: BackendCounters = new Map();
  #phase = 0;

  constructor(write: (text: string) => void, phaseCount: number, backends: readonly Host[]) {
    this.#write = write;
    this.#phaseCount = phaseCount;
    this.#backends = backends;
  }

  say(text: string): void {
    this.#write(`      ${text}\n`);
  }

  begin(phase: string): void {
    this.#phase += 1;
    this.#write(`[${this.#phase}/${this.#phaseCount}] ${phase}\n`);
  }

  progress(): void {}

  counted(counters: BackendCounters): void {
    this.#counters = counters;
  }

  end(result: PhaseResult): void {
    this.say(`${result.requests} requests, ${result.failed} failed; ${describeShares(result.shares)}`);
    for (const observation of result.observations) this.say(observation);
    for (const problem of result.problems) this.say(`✘ ${problem}`);
    if (result.ok) this.say('✔ as claimed');
  }

  summary(results: readonly PhaseResult[]): void {
    const table = new Table({
      head: ['phase', 'requests', 'failed', 'share seen (expected)', ''],
      style: { head: [], border: [], compact: true },
      colAligns: ['left', 'right', 'right', 'left', 'left'],
    });
    for (const { name, requests, failed, shares, ok } of results) {
      table.push([name, requests, failed, describeShares(shares), ok ? '✔' : '✘']);
    }
    const failed = results.filter(({ ok }) => !ok).length;
    const verdict =
      failed === 0 ? 'All is as claimed.' : `${failed} of ${results.length} phases are not as claimed.`;
    const counted = this.#backends.map((backend) => {
      const { flows, packets } = countersOf(backend, this.#counters);
      return `${backend.name} ${flows} flows, ${packets} packets`;
    });
    this.#write(`\n${table.toString()}\nThe data plane counted: ${counted.join('; ')}.\n${verdict}\n`);
  }
}

/** The same lines, and below them a table that is redrawn in place: for terminals. */
export class LiveView implements View {
  readonly #plain: PlainView;
  readonly #write: (text: string) => void;
  readonly #backends: readonly Host[];
  #weights: Weights = {};
  #stats: RequestStats | undefined;
  #counters: BackendCounters = new Map();
  #drawnLines = 0;

  constructor(write: (text: string) => void, phaseCount: number, backends: readonly Host[]) {
    this.#write = write;
    this.#backends = backends;
    this.#plain = new PlainView(
      (text) => {
        this.#erase();
        write(text);
      },
      phaseCount,
      backends,
    );
  }

  say(text: string): void {
    this.#plain.say(text);
    this.#draw();
  }

  begin(phase: string): void {
    this.#stats = undefined;
    this.#plain.begin(phase);
    this.#draw();
  }

  progress(weights: Weights, stats: RequestStats): void {
    this.#weights = weights;
    this.#stats = stats;
    this.#draw();
  }

  counted(counters: BackendCounters): void {
    this.#plain.counted(counters);
    this.#counters = counters;
    this.#draw();
  }

  end(result: PhaseResult): void {
    this.#plain.end(result);
    this.#draw();
  }

  summary(results: readonly PhaseResult[]): void {
    this.#plain.summary(results);
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#write(`\x1b[${this.#drawnLines}A\x1b[J`);
    this.#drawnLines = 0;
  }

  #draw(): void {
    const table = new Table({
      head: ['backend', 'address', 'expected', 'seen', 'requests', 'flows', 'packets'],
      style: { head: ['bold'], border: ['gray'], compact: true },
      colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
    });
    const shares = compareShares(this.#weights, this.#stats?.backends ?? {});
    for (const backend of this.#backends) {
      const { name, ipv4, ipv6 } = backend;
      const { flows, packets } = countersOf(backend, this.#counters);
      const share = shares[name];
      table.push([
        name,
        `${ipv4} ${ipv6}`,
        share === undefined ? '' : `${share.expected.toFixed(1)}%`,
        share === undefined || this.#stats === undefined ? '' : `${share.seen.toFixed(1)}%`,
        this.#stats?.backends[name] ?? 0,
        flows,
        packets,
      ]);
    }
    const text = `${table.toString()}\n${this.#stats?.requests ?? 0} requests, ${this.#stats?.failed ?? 0} failed\n`;
    this.#erase();
    this.#write(text);
    this.#drawnLines = text.split('\n').length - 1;
  }
}
