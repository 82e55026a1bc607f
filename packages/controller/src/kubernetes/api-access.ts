import type { RequestOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import type { Dispatcher } from 'undici';
import { ApiError } from './api-error.ts';

/** Credentials are asked for anew after this time: files are read, plugins decide by their own expiry. */
const CREDENTIALS_MAX_AGE_MS = 10_000;
/** Finds a dead peer below load balancers that forget quiet connections after a minute. */
const KEEP_ALIVE_PROBE_MS = 30_000;

/**
 * The part of `@kubernetes/client-node`'s KubeConfig that is used here; one that is loaded can be passed as it is.
 */
export interface KubeConfigAccess {
  /** The name of the current context. */
  getCurrentContext(): string;
  /** The cluster of the current context. */
  getCurrentCluster(): {
    /** As the kubeconfig calls it. */
    readonly name: string;
    /** URL of the API server. */
    readonly server: string;
    /** URL of the proxy before it. */
    readonly proxyUrl?: string;
  } | null;
  /** The user of the current context. */
  getCurrentUser(): {
    /** As the kubeconfig calls it. */
    readonly name: string;
  } | null;
  /** A context by its name. */
  getContextObject(name: string): {
    /** Where its user works, if it says so. */
    readonly namespace?: string;
  } | null;
  /** Adds TLS settings and the headers of authentication to options of node:https. */
  applyToHTTPSOptions(options: object): Promise<void>;
}

/** An import of what is loaded costs as much as a good part of a request. */
let undiciModule: Promise<typeof import('undici')> | undefined;

/** What a request needs to reach the API server. */
export interface Access {
  /** The pool of connections to send it over. */
  readonly dispatcher: Dispatcher;
  /** Who asks. Secret. */
  readonly headers: Readonly<Record<string, string>>;
}

/** TLS settings of a kubeconfig's cluster and user, as undici takes them. */
interface Tls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Tls;
}

/** The API server of a KubeConfig's current context: where it is, who we are, and the connections to it. */
export class ApiAccess {
  /** Of the API server, without a slash at the end. */
  readonly server: string;
  /** The namespace of the context, if it names one. */
  readonly namespace: string | undefined;
  readonly #config: KubeConfigAccess;
  readonly #proxy: string | undefined;
  #credentials: Promise<Credentials> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #pool: { readonly dispatcher: Dispatcher; readonly tls: Tls; readonly madeAt: number } | undefined;
  /** Pools that wait for their last requests. */
  readonly #retired = new Set<Dispatcher>();
  #closed = false;

  /** @throws ApiError `ERR_API_CONFIG` */
  constructor(config: KubeConfigAccess) {
    const cluster = config.getCurrentCluster();
    if (cluster === null || cluster === undefined) {
      const context = config.getCurrentContext();
      throw new ApiError(
        'ERR_API_CONFIG',
        `The kubeconfig's current context ${JSON.stringify(context ?? '')} names no cluster; set current-context to one of its contexts.`,
      );
    }
    if (!URL.canParse(cluster.server) || !/^https?:/.test(cluster.server)) {
      throw new ApiError(
        'ERR_API_CONFIG',
        `The server of cluster ${JSON.stringify(cluster.name)} must be an http or https URL, but is ${JSON.stringify(cluster.server)}.`,
      );
    }
    if (cluster.proxyUrl?.startsWith('socks')) {
      throw new ApiError(
        'ERR_API_CONFIG',
        `The proxy-url of cluster ${JSON.stringify(cluster.name)} is a SOCKS proxy; only http and https proxies are supported.`,
      );
    }
    this.server = cluster.server.replace(/\/+$/, '');
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace;
    this.#proxy = cluster.proxyUrl;
    this.#config = config;
  }

  /** @throws ApiError `ERR_API_CREDENTIALS`, `ERR_API_CLOSED` */
  async get(): Promise<Access> {
    const { headers, tls } = await this.#currentCredentials();
    // Loaded when it is needed: programs that ask no API server start without it.
    undiciModule ??= import('undici');
    const undici = await undiciModule;
    if (this.#closed) throw new ApiError('ERR_API_CLOSED', 'The API client was closed.');
    if (this.#pool === undefined || !isDeepStrictEqual(this.#pool.tls, tls)) {
      this.#retire();
      this.#pool = { dispatcher: this.#connect(undici, tls), tls, madeAt: performance.now() };
    }
    return { dispatcher: this.#pool.dispatcher, headers };
  }

  /**
   * A connection went silent: the others of its time, which take the same way, are used for nothing new.
   *
   * @param since - when the request that got no answer was sent, on the clock of performance.now()
   */
  distrust(since: number): void {
    if (this.#pool !== undefined && this.#pool.madeAt <= since) this.#retire();
  }

  /** Ends what runs, and closes all connections. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retire();
    await Promise.all(Array.from(this.#retired, (dispatcher) => dispatcher.destroy()));
  }

  /** What runs over the connections may end. */
  #retire(): void {
    const dispatcher = this.#pool?.dispatcher;
    this.#pool = undefined;
    if (dispatcher === undefined) return;
    this.#retired.add(dispatcher);
    const forget = (): boolean => this.#retired.delete(dispatcher);
    dispatcher.close().then(forget, forget);
  }

  #connect({ Agent, ProxyAgent }: typeof import('undici'), tls: Tls): Dispatcher {
    // HTTP/1.1: a watch that stalls must not hold up what shares its connection.
    const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS, allowH2: false };
    if (this.#proxy === undefined) return new Agent({ connect, allowH2: false });
    return new ProxyAgent({ uri: this.#proxy, requestTls: connect, allowH2: false });
  }

  #currentCredentials(): Promise<Credentials> {
    const now = performance.now();
    if (this.#credentials === undefined || now - this.#readAt > CREDENTIALS_MAX_AGE_MS) {
      this.#readAt = now;
      const reading = readCredentials(this.#config);
      this.#credentials = reading;
      reading.catch(() => {
        if (this.#credentials === reading) this.#credentials = undefined;
      });
    }
    return this.#credentials;
  }
}

async function readCredentials(config: KubeConfigAccess): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    // What a plugin printed may be quoted by a syntax error: it is not repeated.
    const reason =
      error instanceof Error && !(error instanceof SyntaxError)
        ? error.message.trim()
        : 'its answer is no JSON';
    throw new ApiError(
      'ERR_API_CREDENTIALS',
      `The credentials of user ${JSON.stringify(config.getCurrentUser()?.name ?? '')} cannot be read: ${reason}`,
    );
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  }
  if (typeof options.auth === 'string' && headers.authorization === undefined) {
    headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return { headers, tls: tlsOf(options) };
}

const isPem = (value: unknown): value is string | Buffer =>
  typeof value === 'string' || Buffer.isBuffer(value);

function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): Tls {
  return {
    ...(isPem(ca) ? { ca } : {}),
    ...(isPem(cert) ? { cert } : {}),
    ...(isPem(key) ? { key } : {}),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}
