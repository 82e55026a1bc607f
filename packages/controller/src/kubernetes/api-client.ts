import { StringDecoder } from 'node:string_decoder';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { ApiAccess, type KubeConfigAccess } from './api-access.ts';
import { ApiError, readStatus, statusError } from './api-error.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { RequestSignal } from './request-signal.ts';

/** Settings of an {@link ApiClient}. */
export interface ApiClientOptions {
  /** How many requests run at a time; others wait. Streams do not count. Default 16. */
  readonly maxConcurrentRequests?: number;
  /** How long a request may take from its turn to the end of its answer, in milliseconds. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Sent as the header User-Agent; seen in the API server's audit log. Default `blixt-controller`. */
  readonly userAgent?: string;
}

/** The methods that the API knows. */
export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Parameters of a query; those that are undefined are left out. */
export type ApiQuery = Readonly<Record<string, string | number | boolean | undefined>>;

/** A request, apart from its method and path. */
export interface ApiRequestOptions {
  /** Parameters of the query. */
  readonly query?: ApiQuery;
  /** Sent as JSON. */
  readonly body?: unknown;
  /**
   * Media type of the body (default `application/json`). Patches need
   * `application/merge-patch+json`, `application/json-patch+json` or `application/apply-patch+yaml`.
   */
  readonly contentType?: string;
  /** Media types of the answer (default `application/json`). */
  readonly accept?: string;
  /** Ends the request; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Instead of the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** Settings of {@link ApiClient.stream}. */
export interface ApiStreamOptions {
  /** Parameters of the query. */
  readonly query?: ApiQuery;
  /** Media types of the answer (default `application/json`). */
  readonly accept?: string;
  /** Ends the stream; it throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** The stream ends with `ERR_API_TIMEOUT` when nothing comes for so long, in milliseconds. Default: never. */
  readonly idleTimeoutMs?: number;
}

/** A line of a stream that is longer is refused, in UTF-16 code units: etcd keeps no object of that size. */
const MAX_LINE_LENGTH = 64 * 1024 * 1024;

/**
 * JSON requests and streams to one Kubernetes API server, over connections that are kept and reused.
 *
 * Credentials come from a kubeconfig or the pod's service account by `@kubernetes/client-node`'s KubeConfig:
 * tokens and token files, client certificates, exec plugins, OIDC; they are read anew when they may have
 * changed. Nothing is tried again here: see {@link Informer} and {@link WorkQueue} for that.
 */
export class ApiClient implements AsyncDisposable {
  readonly #access: ApiAccess;
  readonly #limit: ConcurrencyLimit;
  readonly #timeoutMs: number;
  readonly #userAgent: string;
  readonly #closing = new AbortController();

  /**
   * A client for the current context of a KubeConfig that is loaded.
   *
   * @throws ApiError `ERR_API_CONFIG` when the context names no cluster, or one that cannot be reached
   */
  constructor(config: KubeConfigAccess, options: ApiClientOptions = {}) {
    this.#access = new ApiAccess(config);
    this.#limit = new ConcurrencyLimit(options.maxConcurrentRequests ?? 16);
    this.#timeoutMs = options.requestTimeoutMs ?? 30_000;
    this.#userAgent = options.userAgent ?? 'blixt-controller';
  }

  /**
   * A client from a kubeconfig file; without a path as kubectl finds it ($KUBECONFIG, ~/.kube/config), else the
   * pod's service account.
   *
   * @param path - of the file
   * @param options - with a `context`, instead of the file's current one
   * @throws ApiError `ERR_API_CONFIG`
   */
  static async fromKubeconfig(
    path?: string,
    options: ApiClientOptions & { readonly context?: string } = {},
  ): Promise<ApiClient> {
    const config = await emptyConfig();
    try {
      if (path === undefined) config.loadFromDefault();
      else config.loadFromFile(path);
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? error.message : 'it is no kubeconfig';
      throw new ApiError('ERR_API_CONFIG', `Cannot read the kubeconfig ${path ?? 'of this user'}: ${reason}`);
    }
    if (options.context !== undefined) config.setCurrentContext(options.context);
    return new ApiClient(config, options);
  }

  /**
   * A client with the service account of the pod that this process runs in.
   *
   * @throws ApiError `ERR_API_CONFIG` outside a pod
   */
  static async inCluster(options: ApiClientOptions = {}): Promise<ApiClient> {
    if (!process.env.KUBERNETES_SERVICE_HOST || !process.env.KUBERNETES_SERVICE_PORT) {
      throw new ApiError(
        'ERR_API_CONFIG',
        'This process does not run in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set.',
      );
    }
    const config = await emptyConfig();
    config.loadFromCluster();
    return new ApiClient(config, options);
  }

  /** The API server, for example `https://10.96.0.1:443`. */
  get server(): string {
    return this.#access.server;
  }

  /** The namespace of the kubeconfig's context, or of the pod; undefined when none is named. */
  get namespace(): string | undefined {
    return this.#access.namespace;
  }

  /**
   * Sends a request and reads its answer.
   *
   * @typeParam T - what the answer is taken for; the API server validates what it stores, this does not
   * @param path - from the root, for example `/api/v1/namespaces`
   * @throws ApiError `ERR_API_STATUS` for any answer but 2xx, `ERR_API_UNREACHABLE`, `ERR_API_TIMEOUT`,
   * `ERR_API_RESPONSE`, `ERR_API_CREDENTIALS`, `ERR_API_CLOSED`; or the signal's reason
   */
  request<T>(method: ApiMethod, path: string, options: ApiRequestOptions = {}): Promise<T> {
    return this.#limit.run(() => this.#request<T>(method, path, options), options.signal);
  }

  async #request<T>(method: ApiMethod, path: string, options: ApiRequestOptions): Promise<T> {
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const name = `${method} ${path}`;
    const since = performance.now();
    using end = new RequestSignal([this.#closing.signal, options.signal], timeoutMs);
    try {
      const answer = await this.#send(method, path, options, end.signal);
      const text = await answer.body.text();
      if (answer.statusCode < 200 || answer.statusCode > 299) throw refusal(name, answer, text);
      return parseJson(text, name);
    } catch (error) {
      throw this.#failure(error, { name, signal: options.signal, timeoutMs, since });
    }
  }

  /**
   * Opens a stream of JSON lines, such as a watch, and yields what came together, in order; first nothing, an
   * empty array, when the server has accepted the request. It ends when the server ends it. A consumer that
   * breaks off closes it.
   *
   * @param path - from the root
   * @throws ApiError as {@link ApiClient.request} does
   */
  async *stream<T>(path: string, options: ApiStreamOptions = {}): AsyncGenerator<T[], void, undefined> {
    const name = `WATCH ${path}`;
    const idleTimeoutMs = options.idleTimeoutMs ?? 0;
    const since = performance.now();
    using end = new RequestSignal([this.#closing.signal, options.signal]);
    const limits = { headersTimeout: this.#timeoutMs, bodyTimeout: idleTimeoutMs };
    try {
      const answer = await this.#send('GET', path, options, end.signal, limits);
      if (answer.statusCode !== 200) throw refusal(name, answer, await answer.body.text());
      yield* jsonLines<T>(answer.body, name);
    } catch (error) {
      throw this.#failure(error, { name, signal: options.signal, timeoutMs: idleTimeoutMs, since });
    }
  }

  async #send(
    method: ApiMethod,
    path: string,
    { query, accept, body, contentType = 'application/json' }: ApiRequestOptions,
    signal: AbortSignal,
    limits = { headersTimeout: 0, bodyTimeout: 0 },
  ): Promise<Dispatcher.ResponseData> {
    const url = new URL(this.#access.server + path);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const { dispatcher, headers } = await this.#access.get();
    return await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: {
        ...headers,
        accept: accept ?? 'application/json',
        'user-agent': this.#userAgent,
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
      ...limits,
    });
  }

  /** What a caller gets to see of an error. */
  #failure(
    error: unknown,
    request: { name: string; signal: AbortSignal | undefined; timeoutMs: number; since: number },
  ): unknown {
    const { name, signal, since } = request;
    if (this.#closing.signal.aborted) {
      return new ApiError('ERR_API_CLOSED', `${name}: the API client was closed`);
    }
    if (signal?.aborted) return signal.reason;
    if (error instanceof ApiError) return error;
    if (TIMEOUTS.includes(kindOf(error))) {
      this.#access.distrust(since);
      const waited = kindOf(error) === NO_HEADERS ? this.#timeoutMs : request.timeoutMs;
      return new ApiError('ERR_API_TIMEOUT', `${name}: nothing came from ${this.server} within ${waited} ms`);
    }
    const message = `${name}: ${this.server} cannot be reached: ${reasonOf(error)}`;
    return new ApiError('ERR_API_UNREACHABLE', message, { cause: error });
  }

  /** Ends what runs with `ERR_API_CLOSED` and closes the connections. Safe to call again. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#access.close();
  }

  /** Closes it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function* jsonLines<T>(body: Dispatcher.ResponseData['body'], name: string): AsyncGenerator<T[]> {
  // A consumer that breaks off before the first line: destroying what nobody reads is an error to undici.
  body.on('error', () => undefined);
  try {
    yield [];
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for await (const chunk of body) {
      const text = rest + decoder.write(chunk);
      const end = text.lastIndexOf('\n');
      rest = text.slice(end + 1);
      if (rest.length > MAX_LINE_LENGTH) {
        throw new ApiError('ERR_API_RESPONSE', `${name}: a line that does not end`);
      }
      if (end < 0) continue;
      const lines = text.slice(0, end).split('\n');
      yield lines.filter((line) => line !== '').map((line) => parseJson<T>(line, name));
    }
  } finally {
    body.destroy();
  }
}

/** The code of undici's errors, or the name of others. */
const kindOf = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

const NO_HEADERS = 'UND_ERR_HEADERS_TIMEOUT';
const TIMEOUTS: readonly string[] = [NO_HEADERS, 'UND_ERR_BODY_TIMEOUT', 'TimeoutError'];

/** client-node takes most of a second to load: it is loaded when it is needed. */
async function emptyConfig(): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  return new KubeConfig();
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function refusal(name: string, { statusCode, headers }: Dispatcher.ResponseData, text: string): ApiError {
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy may answer in another language than JSON.
  }
  const seconds = Number(headers['retry-after']);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  return statusError(name, readStatus(body, statusCode), retryAfterMs);
}

function parseJson<T>(text: string, name: string): T {
  try {
    return JSON.parse(text);
  } catch {
    // It may hold a secret: it is not repeated.
    throw new ApiError(
      'ERR_API_RESPONSE',
      `${name}: an answer that is no JSON, ${text.length} characters long`,
    );
  }
}
