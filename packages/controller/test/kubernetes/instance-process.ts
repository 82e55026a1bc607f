import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ControlPlane } from '@blixt/cluster';
import { TcpProxy } from './tcp-proxy.ts';

/** A status that was written. */
export interface Write {
  readonly object: string;
  /** Of the object afterwards: what the API server did first has the lower one. */
  readonly resourceVersion: number;
}

interface Line {
  readonly message: string;
  readonly object?: string;
  readonly resourceVersion?: string;
  readonly served?: readonly string[];
}

/** A process of `instance.ts`, with a connection to the API server and one to the Lease that a test can break. */
export class InstanceProcess implements AsyncDisposable {
  readonly identity: string;
  readonly api: TcpProxy;
  readonly lease: TcpProxy;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly writes: Write[] = [];
  readonly messages: string[] = [];
  /** What its data plane served last. */
  served: readonly string[] = [];

  private constructor(identity: string, api: TcpProxy, lease: TcpProxy, child: ChildProcess) {
    this.identity = identity;
    this.api = api;
    this.lease = lease;
    this.#child = child;
    this.#ended = once(child, 'exit');
    if (child.stdout === null) throw new Error('the instance has no output');
    createInterface({ input: child.stdout }).on('line', (line) => this.#note(JSON.parse(line)));
  }

  static async start(cluster: ControlPlane, identity: string): Promise<InstanceProcess> {
    const api = await TcpProxy.to(cluster.url);
    const lease = await TcpProxy.to(cluster.url);
    const child = spawn(process.execPath, [join(import.meta.dirname, 'instance.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        API_SERVER: api.url,
        LEASE_SERVER: lease.url,
        TOKEN: cluster.token,
        CA_DATA: Buffer.from(cluster.certificateAuthority).toString('base64'),
        IDENTITY: identity,
      },
    });
    return new InstanceProcess(identity, api, lease, child);
  }

  get isReady(): boolean {
    return this.messages.includes('ready');
  }

  /** Whether it said last that it leads. */
  get leads(): boolean {
    const lead = this.messages.findLast((it) => it.startsWith('this instance writes statuses'));
    return lead === 'this instance writes statuses now';
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<void> {
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
    await this.api[Symbol.asyncDispose]();
    await this.lease[Symbol.asyncDispose]();
  }

  #note({ message, object, resourceVersion, served }: Line): void {
    if (served !== undefined) this.served = served;
    else this.messages.push(message);
    if (message.startsWith('wrote the status') && object !== undefined)
      this.writes.push({ object, resourceVersion: Number(resourceVersion) });
  }
}
