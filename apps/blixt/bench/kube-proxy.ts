import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Daemon, kubeProxyDaemon, kubernetesBinary } from '@blixt/cluster';
import type { Contender, EndpointChange } from './contender.ts';
import type { BenchSite } from './site.ts';
import { TARGET_PORT, type Way } from './world.ts';

const HEALTH_PORT = 10256;
const START_MS = 300_000;
const CHANGE_MS = 120_000;
const LOOK_EVERY_MS = 50;
/** nft reads the rules that there are before it tells those that come. */
const LISTEN_MS = 10_000;
/** An endpoint in the map of a service's rule. */
const ENDPOINT = new RegExp(` (\\d+\\.\\d+\\.\\d+\\.\\d+) \\. ${TARGET_PORT}`, 'g');

/** kube-proxy in mode nftables on a node, seen through its health check and nft. */
export class KubeProxy implements Contender {
  readonly #site: BenchSite;
  #daemon: Daemon | undefined;
  readonly #seen = new Map<string, number>();
  readonly #waiting = new Map<string, (at: number) => void>();
  #monitor: ChildProcess | undefined;

  constructor(site: BenchSite) {
    this.#site = site;
  }

  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  async start(ways: readonly Way[]): Promise<number> {
    const { control, rival } = this.#site;
    const binary = await kubernetesBinary('kube-proxy');
    const options = kubeProxyDaemon(binary, control.directory, rival, this.#site.kubeconfig('rival'));
    const started = performance.now();
    this.#daemon = control.startDaemon(options);
    const expected = { services: ways.length, endpoints: ways.length * (ways[0]?.endpoints.length ?? 0) };
    for (;;) {
      if (await this.#isHealthy()) {
        const seconds = (performance.now() - started) / 1000;
        const found = await this.#loaded();
        // The API server's own Service is there as well.
        if (found.services >= expected.services && found.endpoints >= expected.endpoints) {
          await this.#listen();
          return seconds;
        }
      }
      if (control.failure !== undefined) throw control.failure;
      if (performance.now() - started > START_MS)
        throw new Error(`kube-proxy has not loaded everything: ${JSON.stringify(await this.#loaded())}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** The kernel tells the rule that leads to the endpoint (`nft monitor`). */
  async seen({ address }: EndpointChange): Promise<number> {
    const known = this.#seen.get(address);
    if (known !== undefined) return known;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.set(address, resolve);
    const limit = new AbortController();
    const late = sleep(CHANGE_MS, undefined, { signal: limit.signal }).then(() => {
      throw new Error(`kube-proxy has no rule for ${address} after ${CHANGE_MS} ms`);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      limit.abort();
      late.catch(() => undefined);
      this.#waiting.delete(address);
    }
  }

  async stop(): Promise<void> {
    this.#monitor?.kill('SIGKILL');
    const { pid } = this;
    if (pid !== 0) process.kill(pid, 'SIGSTOP');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** 200 from the time when it has written all its rules for the first time. */
  async #isHealthy(): Promise<boolean> {
    const url = `http://${this.#site.rival.address.ipv4}:${HEALTH_PORT}/healthz`;
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    await response?.arrayBuffer();
    return response?.ok === true;
  }

  async #loaded(): Promise<{ readonly services: number; readonly endpoints: number }> {
    // Counted there: the listing is large, and takes its time. A service's rule names its endpoints.
    const count = `/chain service-.*tcp/ {s++} / dnat ip to / {e += gsub(/ [.] ${TARGET_PORT}/, "")} END {print s+0, e+0}`;
    const listing = this.#site.rival.namespace.start('sh', [
      '-c',
      `nft list table ip kube-proxy 2>/dev/null | awk '${count}'`,
    ]);
    await listing.ended();
    const [services = 0, endpoints = 0] = listing.output.trim().split(' ').map(Number);
    return { services, endpoints };
  }

  async #listen(): Promise<void> {
    const { path } = this.#site.rival.namespace;
    const command = ['setpriv', '--pdeathsig', 'KILL', 'stdbuf', '-oL', 'nft', 'monitor', 'new', 'rules'];
    const monitor = spawn('nsenter', [`--net=${path}`, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#monitor = monitor;
    createInterface({ input: monitor.stdout }).on('line', (line) => this.#take(line));
    await sleep(LISTEN_MS);
  }

  #take(line: string): void {
    const now = performance.now();
    for (const [, address = ''] of line.matchAll(ENDPOINT)) {
      if (!this.#seen.has(address)) this.#seen.set(address, now);
      this.#waiting.get(address)?.(now);
    }
  }
}
