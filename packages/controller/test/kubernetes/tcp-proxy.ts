import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP connection in between, that a test can break: it passes bytes on, refuses, cuts, or stays silent.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #target: URL;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #accepts = true;
  /** Connections that were made through it. */
  accepted = 0;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((client) => this.#connect(client));
  }

  static async to(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    const { port } = address as AddressInfo;
    return `https://127.0.0.1:${port}`;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Ends all connections, as when a router forgets them. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Ends all connections and takes no more. */
  refuse(): void {
    this.#accepts = false;
    this.cut();
  }

  /** Takes connections again. */
  accept(): void {
    this.#accepts = true;
  }

  /** What is open stays open, but nothing comes through any more; new connections work. */
  stall(): void {
    for (const [client, server] of this.#pairs) {
      client.unpipe(server);
      server.unpipe(client);
      client.pause();
      server.pause();
    }
  }

  #connect(client: Socket): void {
    if (!this.#accepts) {
      client.resetAndDestroy();
      return;
    }
    this.accepted += 1;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('close', end).on('error', end);
    client.pipe(server);
    server.pipe(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
