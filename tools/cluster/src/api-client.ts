import { Agent, request } from 'node:https';
import { ClusterError } from './errors.ts';

/** What is needed to speak with an API server. */
export interface ApiAccess {
  /** For example `https://127.77.1.2:6443`. */
  readonly url: string;
  /** A bearer token of an administrator (group system:masters). */
  readonly token: string;
  /** PEM: the certificates that the server's own is checked against. */
  readonly certificateAuthority: string;
}

/** A request, apart from its method and path. */
export interface ApiRequest {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; text is sent as it is. */
  readonly body?: unknown;
  /** Default: application/json. */
  readonly contentType?: string;
}

/** What the API server answered, whatever its status. */
export interface ApiResponse {
  /** HTTP status, for example 201 or 422. */
  readonly status: number;
  /** The body, parsed when it is JSON, otherwise text. */
  readonly body: unknown;
}

/** Whether the API server did what it was asked. */
export const isSuccess = ({ status }: ApiResponse): boolean => status >= 200 && status < 300;

/** HTTP with connections that are kept and reused. */
export class ApiClient {
  readonly #access: ApiAccess;
  readonly #agent: Agent;

  /** @param connections - at most so many are open; further requests wait for one. */
  constructor(access: ApiAccess, connections = 8) {
    this.#access = access;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: connections,
      ca: access.certificateAuthority,
    });
  }

  /**
   * Asks the API server.
   *
   * @param path - from the root, for example `/apis/gateway.networking.k8s.io/v1/gateways`.
   * @throws ClusterError `CLUSTER_REQUEST_FAILED` when there is no answer; any answer is a result.
   */
  request(method: string, path: string, { query, body, contentType }: ApiRequest = {}): Promise<ApiResponse> {
    const url = new URL(path, this.#access.url);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void =>
        reject(new ClusterError('CLUSTER_REQUEST_FAILED', `${method} ${url.pathname}: ${reason}`));
      const headers: Record<string, string> = {
        authorization: `Bearer ${this.#access.token}`,
        accept: 'application/json',
      };
      if (payload !== undefined) {
        headers['content-type'] = contentType ?? 'application/json';
        headers['content-length'] = String(Buffer.byteLength(payload));
      }
      const outgoing = request(url, { method, agent: this.#agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', (error) => fail(error.message));
        response.on('end', () => {
          const isJson = response.headers['content-type']?.startsWith('application/json') === true;
          try {
            resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
          } catch {
            fail(`an answer that is no JSON: ${text.slice(0, 200)}`);
          }
        });
      });
      outgoing.on('error', (error) => fail(error.message));
      outgoing.end(payload);
    });
  }

  /** Closes its connections. */
  close(): void {
    this.#agent.destroy();
  }
}
