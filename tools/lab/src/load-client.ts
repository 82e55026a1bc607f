import { fileURLToPath } from 'node:url';
import { LabError } from './errors.ts';
import type { LabProcess } from './lab-process.ts';
import type {
  AgentReport,
  AgentRequest,
  HeldConnection,
  HoldLoad,
  RequestLoad,
  RequestStats,
} from './load-protocol.ts';
import type { Namespace } from './namespace.ts';

/** A load that runs; `T` is what it reports. */
export interface LoadJob<T> {
  /** The latest report, at most about 100 ms old. */
  readonly current: T;
  /** The final report. Rejects with LabError `LAB_AGENT_GONE` when the agent ends first. */
  readonly done: Promise<T>;
  /** Ends the load early and returns the final report. */
  stop(): Promise<T>;
}

const NO_REQUESTS: RequestStats = {
  requests: 0,
  failed: 0,
  backends: {},
  failures: {},
  latencyMs: { p50: 0, p99: 0, max: 0 },
  seconds: 0,
};

class Job<T> implements LoadJob<T> {
  current: T;
  readonly done: Promise<T>;
  readonly #settle: PromiseWithResolvers<T> = Promise.withResolvers<T>();
  readonly #requestStop: () => void;

  constructor(initial: T, requestStop: () => void) {
    this.current = initial;
    this.#requestStop = requestStop;
    this.done = this.#settle.promise;
    // A caller may only ever look at `current`.
    this.done.catch(() => undefined);
  }

  update(report: T): void {
    this.current = report;
  }

  finish(report: T): void {
    this.current = report;
    this.#settle.resolve(report);
  }

  fail(error: Error): void {
    this.#settle.reject(error);
  }

  stop(): Promise<T> {
    this.#requestStop();
    return this.done;
  }
}

/** A process in a client's namespace that runs any number of loads at the same time. */
export class LoadClient implements AsyncDisposable {
  readonly #process: LabProcess;
  readonly #requestJobs = new Map<number, Job<RequestStats>>();
  readonly #holdJobs = new Map<number, Job<readonly HeldConnection[]>>();
  #nextJob = 1;

  private constructor(agent: LabProcess) {
    this.#process = agent;
    agent.onMessage((message) => this.#onReport(message as AgentReport));
    agent.onExit((exit) => {
      const error = new LabError(
        'LAB_AGENT_GONE',
        `the load agent ended (${exit.code ?? exit.signal}) while a load ran\n${agent.output}`.trim(),
      );
      for (const job of [...this.#requestJobs.values(), ...this.#holdJobs.values()]) job.fail(error);
    });
  }

  /** Starts a load client in a namespace. @throws LabError `LAB_PROCESS_NOT_READY` */
  static async start(namespace: Namespace): Promise<LoadClient> {
    const agent = namespace.start(
      process.execPath,
      [fileURLToPath(new URL('./agents/load-agent.ts', import.meta.url))],
      { ipc: true },
    );
    const client = new LoadClient(agent);
    let said = false;
    agent.onMessage(() => {
      said = true;
    });
    await agent.ready(() => said);
    return client;
  }

  /** Starts short requests over TCP or UDP, each a new flow. */
  startRequests(load: RequestLoad): LoadJob<RequestStats> {
    const id = this.#nextJob++;
    const job = new Job(NO_REQUESTS, () => this.#send({ type: 'stop', job: id }));
    this.#requestJobs.set(id, job);
    this.#send({ type: 'start', job: id, kind: 'requests', load });
    return job;
  }

  /** Short requests to their end: `startRequests(load).done`. */
  requests(load: RequestLoad): Promise<RequestStats> {
    return this.startRequests(load).done;
  }

  /** Opens TCP connections that stay and ping; they are `open` for as long as all is well. */
  hold(load: HoldLoad): LoadJob<readonly HeldConnection[]> {
    const id = this.#nextJob++;
    const job = new Job<readonly HeldConnection[]>([], () => this.#send({ type: 'stop', job: id }));
    this.#holdJobs.set(id, job);
    this.#send({ type: 'start', job: id, kind: 'hold', load });
    return job;
  }

  /** Ends the process and its loads. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #send(request: AgentRequest): void {
    // A closed channel means that the process is gone: the jobs are failed by its exit.
    this.#process.send(request);
  }

  #onReport(report: AgentReport): void {
    if (report.type === 'ready') return;
    if ('stats' in report) this.#deliver(this.#requestJobs, report.job, report.type, report.stats);
    else this.#deliver(this.#holdJobs, report.job, report.type, report.held);
  }

  #deliver<T>(jobs: Map<number, Job<T>>, id: number, type: 'progress' | 'done', report: T): void {
    const job = jobs.get(id);
    if (type === 'progress') job?.update(report);
    else {
      jobs.delete(id);
      job?.finish(report);
    }
  }
}

/**
 * Waits until every held connection has said which backend serves it.
 *
 * @throws LabError `LAB_PROCESS_NOT_READY` with the states, when that takes over `timeoutMs`.
 */
export async function untilOpen(
  job: LoadJob<readonly HeldConnection[]>,
  connections: number,
  timeoutMs = 5_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const open = (): number => job.current.filter(({ state }) => state === 'open').length;
  while (open() < connections) {
    if (Date.now() > deadline) {
      const states = job.current.map(({ state, errno }) => errno ?? state).join(', ');
      throw new LabError(
        'LAB_PROCESS_NOT_READY',
        `${open()} of ${connections} connections are open after ${timeoutMs} ms: ${states}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
