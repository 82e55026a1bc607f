import { fileURLToPath } from 'node:url';
import type { LabProcess, Namespace, ProcessExit } from '@blixt/lab';

const COMMAND = fileURLToPath(new URL('../../../apps/blixt/dist/main.js', import.meta.url));
const READY = /"msg":"ready"/;

/** Where and on what the demo's `blixt` runs. */
export interface BlixtSettings {
  readonly namespace: Namespace;
  readonly source: string;
  readonly interfaces: readonly string[];
  readonly pinDirectory: string;
  readonly statusDirectory: string;
}

/** Flows and packets that the data plane has counted, by backend address. */
export type BackendCounters = ReadonlyMap<string, { readonly flows: number; readonly packets: number }>;

/** The part of `blixt status --output json` that the demo shows. */
interface StatusOutput {
  readonly services: readonly {
    readonly backends: readonly {
      readonly address: string;
      readonly flows: number | string;
      readonly packets: number | string;
    }[];
  }[];
}

/** `blixt run` in the load balancer's namespace: it can be killed and started again. */
export class Blixt {
  readonly #settings: BlixtSettings;
  #process: LabProcess | undefined;

  constructor(settings: BlixtSettings) {
    this.#settings = settings;
  }

  /** The command line, as one would type it. */
  get commandLine(): string {
    return ['blixt', ...this.#runArguments()].join(' ');
  }

  /** Starts it and waits until the rules are loaded. Returns how long that took, in milliseconds. */
  async start(): Promise<number> {
    const startedAt = performance.now();
    this.#process = this.#settings.namespace.start(process.execPath, [COMMAND, ...this.#runArguments()]);
    await this.#process.ready((output) => READY.test(output), 60_000);
    return Math.round(performance.now() - startedAt);
  }

  /** Kills it without a warning. */
  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process?.ended();
  }

  /** Asks it to end, and waits. */
  async stop(): Promise<ProcessExit | undefined> {
    return this.#process?.stop(10_000);
  }

  /** What it has logged, the latest start only. */
  get log(): string {
    return this.#process?.output ?? '';
  }

  /** Flows and packets by backend address, summed over services. Undefined when it cannot be asked. */
  async counters(): Promise<BackendCounters | undefined> {
    const { namespace, pinDirectory, statusDirectory } = this.#settings;
    const args = ['status', '--output', 'json', '--pin-dir', pinDirectory, '--status-dir', statusDirectory];
    const status = namespace.start(process.execPath, [COMMAND, ...args]);
    const { code } = await status.ended();
    if (code !== 0) return undefined;
    const { services }: StatusOutput = JSON.parse(status.output);
    const counters = new Map<string, { flows: number; packets: number }>();
    for (const { address, flows, packets } of services.flatMap(({ backends }) => backends)) {
      const sum = counters.get(address) ?? { flows: 0, packets: 0 };
      counters.set(address, { flows: sum.flows + Number(flows), packets: sum.packets + Number(packets) });
    }
    return counters;
  }

  #runArguments(): string[] {
    const { source, interfaces, pinDirectory, statusDirectory } = this.#settings;
    return [
      'run',
      ...['--source', `dir:${source}`],
      ...interfaces.flatMap((name) => ['--interface', name]),
      ...['--pin-dir', pinDirectory, '--status-dir', statusDirectory],
    ];
  }
}
