import { setTimeout as sleep } from 'node:timers/promises';
import { type Daemon, kubeProxyDaemon, kubernetesBinary } from '@blixt/cluster';
import type { LabProcess } from '@blixt/lab';
import type { Contender, EndpointChange } from './contender.ts';
import type { BenchSite } from './site.ts';
import { TARGET_PORT, type Way } from './world.ts';

const HEALTH_PORT = 10256;
const START_MS = 300_000;
const CHANGE_MS = 120_000;
const LOOK_EVERY_MS = 50;

/** kube-proxy in mode nftables on a node, seen through its health check and nft. */
export class KubeProxy implements Contender {
  readonly #site: BenchSite;
  #daemon: Daemon | undefined;
  #monitor: LabProcess | undefined;

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
        const found = this.#loaded();
        // The API server's own Service is there as well.
        if (found.services >= expected.services && found.endpoints >= expected.endpoints) {
          await this.#listen();
          return seconds;
        }
      }
      if (control.failure !== undefined) throw control.failure;
      if (performance.now() - started > START_MS)
        throw new Error(`kube-proxy has not loaded everything: ${JSON.stringify(this.#loaded())}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** The kernel tells that there is a chain for the endpoint (`nft monitor`), which comes with the rule that leads to it. */
  async seen({ way, address }: EndpointChange): Promise<number> {
    const chain = `${way.namespace}/${way.service}/tcp/__${address}/${TARGET_PORT}`;
    await this.#monitor?.ready((output) => output.includes(chain), CHANGE_MS);
    return performance.now();
  }

  async stop(): Promise<void> {
    await this.#monitor?.stop();
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

  #loaded(): { readonly services: number; readonly endpoints: number } {
    const { namespace } = this.#site.rival;
    // Counted there: the listing is large.
    const script = `nft list chains ip | awk '/chain service-/ {s++} /chain endpoint-/ {e++} END {print s+0, e+0}'`;
    const { stdout } = namespace.run('sh', ['-c', script]);
    const [services = 0, endpoints = 0] = stdout.trim().split(' ').map(Number);
    return { services, endpoints };
  }

  async #listen(): Promise<void> {
    this.#monitor = this.#site.rival.namespace.start('stdbuf', ['-oL', 'nft', 'monitor', 'new', 'chains']);
    await sleep(3_000);
  }
}
