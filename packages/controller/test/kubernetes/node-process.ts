import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ControlPlane } from '@blixt/cluster';

/** A process of `node-instance.ts`. */
export class NodeProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** The addresses that it answered for, each time that it was asked about them. */
  readonly claims: (readonly string[])[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit');
    if (child.stdout === null) throw new Error('the node has no output');
    createInterface({ input: child.stdout }).on('line', (line) => this.claims.push(JSON.parse(line)));
  }

  static start(cluster: ControlPlane, node: string, leaseMs: number): NodeProcess {
    return new NodeProcess(
      spawn(process.execPath, [join(import.meta.dirname, 'node-instance.ts')], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ...process.env,
          API_SERVER: cluster.url,
          TOKEN: cluster.token,
          CA_DATA: Buffer.from(cluster.certificateAuthority).toString('base64'),
          NODE: node,
          LEASE_MS: String(leaseMs),
        },
      }),
    );
  }

  /** The addresses that it answers for. */
  get ours(): readonly string[] {
    return this.claims.at(-1) ?? [];
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }
}
