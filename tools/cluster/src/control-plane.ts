import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onProcessEnd } from '@blixt/lab';
import { type ApiAccess, ApiClient, type ApiRequest, type ApiResponse, isSuccess } from './api-client.ts';
import type { ReportProgress } from './binaries/command.ts';
import { kubernetesBinary } from './binaries/kubernetes-binaries.ts';
import { Daemon, type DaemonOptions } from './daemon.ts';
import { ClusterError } from './errors.ts';
import { startEtcd } from './etcd.ts';
import { type ApiServerSite, accessOf, type StartedApiServer, startKubeApiServer } from './kube-apiserver.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { makeStateDirectory, removeStateDirectory } from './state-directory.ts';

/** See {@link startControlPlane}. */
export interface ControlPlaneOptions {
  /** Called with a line now and then while binaries are built, which takes minutes the first time. */
  readonly report?: ReportProgress;
  /** At most so many connections to the API server. Default 8. */
  readonly connections?: number;
  /** How long it may take until the API server is ready, in milliseconds. Default 60,000. */
  readonly readyTimeoutMs?: number;
  /** Where it is and whom it knows, when nodes are to reach it. Default: this machine alone, by loopback. */
  readonly site?: ApiServerSite;
}

/** What a control plane is made of. */
interface Parts {
  readonly directory: string;
  readonly daemons: Daemon[];
  readonly access: ApiAccess;
  readonly client: ApiClient;
  /** Kills the daemons, waits until they are gone, and removes the folder. */
  readonly takeDown: () => Promise<void>;
}

/** Has daemons and their folder go when this process ends; tells how they go before. */
function guard(directory: string, daemons: readonly Daemon[]): () => Promise<void> {
  const kill = (): void => {
    for (const daemon of daemons) daemon.kill();
  };
  const unguard = onProcessEnd(() => {
    kill();
    removeStateDirectory(directory);
  });
  return async () => {
    kill();
    await Promise.all(daemons.map(({ ended }) => ended));
    removeStateDirectory(directory);
    unguard();
  };
}

/**
 * A running etcd and kube-apiserver: Kubernetes without nodes and controllers.
 *
 * It goes away with `stop()`, when the process exits, and on SIGINT, SIGTERM and SIGHUP; its daemons also when the
 * process is killed (SIGKILL), whose folder the next control plane removes.
 */
export class ControlPlane implements AsyncDisposable {
  readonly #parts: Parts;
  #stopped: Promise<void> | undefined;

  /** @internal Use {@link startControlPlane}. */
  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Of the API server, for example `https://127.77.1.2:6443`. */
  get url(): string {
    return this.#parts.access.url;
  }

  /** A bearer token of an administrator. */
  get token(): string {
    return this.#parts.access.token;
  }

  /** PEM: what the API server's certificate is checked against. */
  get certificateAuthority(): string {
    return this.#parts.access.certificateAuthority;
  }

  /** Path of a kubeconfig file with all of these. It goes with the control plane. */
  get kubeconfigPath(): string {
    return join(this.#parts.directory, 'kubeconfig');
  }

  /** Where logs and data are. It goes with the control plane. */
  get directory(): string {
    return this.#parts.directory;
  }

  /** The pids of its daemons, by name. */
  get pids(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#parts.daemons.map(({ name, pid }) => [name, pid]));
  }

  /** Starts another daemon, which goes with the control plane. @throws ClusterError `CLUSTER_STOPPED` */
  startDaemon(options: DaemonOptions): Daemon {
    if (this.#stopped !== undefined) {
      throw new ClusterError('CLUSTER_STOPPED', `${options.name}: the control plane was stopped`);
    }
    const daemon = new Daemon(options);
    this.#parts.daemons.push(daemon);
    return daemon;
  }

  /** The error of a daemon that ended though nobody stopped it. */
  get failure(): ClusterError | undefined {
    return this.#parts.daemons.find(({ failure }) => failure !== undefined)?.failure;
  }

  /** Resolves with an error, which holds the daemon's log, when a daemon ends that nobody stopped. */
  async failed(): Promise<ClusterError> {
    const { daemons } = this.#parts;
    await Promise.race(daemons.map(({ ended }) => ended));
    return this.failure ?? (await new Promise<never>(() => undefined));
  }

  /**
   * Asks the API server, over connections that are kept.
   *
   * @param path - from the root, for example `/api/v1/namespaces`.
   * @throws ClusterError `CLUSTER_REQUEST_FAILED`, `CLUSTER_DAEMON_ENDED`, `CLUSTER_STOPPED`; any answer is a
   * result.
   */
  async request(method: string, path: string, options: ApiRequest = {}): Promise<ApiResponse> {
    if (this.#stopped !== undefined) {
      throw new ClusterError('CLUSTER_STOPPED', `${method} ${path}: the control plane was stopped`);
    }
    try {
      return await this.#parts.client.request(method, path, options);
    } catch (error) {
      throw this.failure ?? error;
    }
  }

  /**
   * Kills kube-apiserver and starts it anew over the same data, at the same address; resolves when it is ready,
   * after about 4 seconds. It forgets its caches: what a watch could resume from before, is gone.
   *
   * @throws ClusterError as {@link startControlPlane} does
   */
  async restartApiServer(): Promise<void> {
    const { daemons, client } = this.#parts;
    await daemons.find(({ name }) => name === 'kube-apiserver')?.restart();
    const deadline = Date.now() + 60_000;
    for (;;) {
      const { failure } = this;
      if (failure !== undefined) throw failure;
      const answer = await client.request('GET', '/readyz').catch(() => undefined);
      if (answer !== undefined && isSuccess(answer)) return;
      if (Date.now() > deadline)
        throw new ClusterError('CLUSTER_NOT_READY', 'kube-apiserver is not ready again');
      await sleep(50);
    }
  }

  /** Ends its daemons and removes all that it made. Safe to call again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#parts.client.close();
    await this.#parts.takeDown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Waits until the API server says that it is ready and the namespace `default` is there. */
async function ready(
  server: StartedApiServer,
  daemons: readonly Daemon[],
  {
    directory,
    deadline,
    connections,
  }: { directory: string; deadline: number; connections: number | undefined },
): Promise<{ readonly access: ApiAccess; readonly client: ApiClient }> {
  let last = 'no certificate yet';
  let client: ApiClient | undefined;
  for (;;) {
    const failure = daemons.find((daemon) => daemon.failure !== undefined)?.failure;
    if (failure !== undefined || Date.now() > deadline) {
      client?.close();
      if (failure !== undefined) throw failure;
      const logs = daemons.map(({ name, log }) => `The end of the log of ${name}:\n${log}`).join('\n');
      throw new ClusterError('CLUSTER_NOT_READY', `kube-apiserver is not ready: ${last}\n${logs}`);
    }
    const access = accessOf(server, directory);
    if (access !== undefined) {
      client ??= new ApiClient(access, connections);
      try {
        const answers = [
          await client.request('GET', '/readyz'),
          await client.request('GET', '/api/v1/namespaces/default'),
        ];
        const unready = answers.find((answer) => !isSuccess(answer));
        if (unready === undefined) return { access, client };
        last = typeof unready.body === 'string' ? unready.body : JSON.stringify(unready.body);
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
    }
    await sleep(50);
  }
}

/** Somebody else had the address: one in millions, so a second try will do. */
const isAddressInUse = (error: unknown): boolean =>
  error instanceof ClusterError && error.message.includes('bind: address already in use');

/**
 * Starts etcd and kube-apiserver on this machine, builds kube-apiserver when the cache does not have it, and waits
 * until it is ready: about 4 seconds. Any number can run at the same time. Needs no root and changes nothing of
 * the machine's network.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`, `CLUSTER_DAEMON_ENDED`, `CLUSTER_NOT_READY`
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binary = await kubernetesBinary('kube-apiserver', options.report);
  const deadline = Date.now() + (options.readyTimeoutMs ?? 60_000);
  for (let attempt = 1; ; attempt += 1) {
    const directory = makeStateDirectory();
    const daemons: Daemon[] = [];
    const takeDown = guard(directory, daemons);
    try {
      daemons.push(startEtcd(directory));
      const server = startKubeApiServer(binary, directory, options.site);
      daemons.push(server.daemon);
      const { access, client } = await ready(server, daemons, {
        directory,
        deadline,
        connections: options.connections,
      });
      writeKubeconfig(join(directory, 'kubeconfig'), access);
      return new ControlPlane({ directory, daemons, access, client, takeDown });
    } catch (error) {
      await takeDown();
      if (attempt === 3 || !isAddressInUse(error)) throw error;
    }
  }
}
