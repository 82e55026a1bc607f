import { once } from 'node:events';
import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ControlPlane } from '@blixt/cluster';
import { KubeConfig } from '@kubernetes/client-node';
import { ApiClient, type ApiClientOptions } from '../../src/kubernetes/api-client.ts';

/** A name of the API server's certificate, for connections to another address. */
const SERVER_NAME = 'kubernetes.default.svc';

/** A KubeConfig for the control plane, or for what stands before it. */
export function kubeConfigOf(
  cluster: ControlPlane,
  { server = cluster.url, token = cluster.token }: { server?: string; token?: string } = {},
): KubeConfig {
  const config = new KubeConfig();
  const caData = Buffer.from(cluster.certificateAuthority).toString('base64');
  const tlsServerName = server === cluster.url ? {} : { tlsServerName: SERVER_NAME };
  config.loadFromClusterAndUser(
    { name: 'test', server, caData, skipTLSVerify: false, ...tlsServerName },
    { name: 'admin', token },
  );
  return config;
}

export function clientOf(cluster: ControlPlane, server?: string, options?: ApiClientOptions): ApiClient {
  return new ApiClient(kubeConfigOf(cluster, server === undefined ? {} : { server }), options);
}

const configMaps = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;

/** Changes ConfigMaps of a namespace, not through what is tested. */
export class ConfigMaps {
  readonly #cluster: ControlPlane;
  readonly namespace: string;

  private constructor(cluster: ControlPlane, namespace: string) {
    this.#cluster = cluster;
    this.namespace = namespace;
  }

  static async inNamespace(cluster: ControlPlane, namespace: string): Promise<ConfigMaps> {
    const made = new ConfigMaps(cluster, namespace);
    await made.#request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    return made;
  }

  async #request(method: string, path: string, body?: unknown, contentType?: string): Promise<unknown> {
    const answer = await this.#cluster.request(method, path, {
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    });
    if (answer.status > 299) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async create(name: string, value = '', labels: Record<string, string> = {}): Promise<void> {
    await this.#request('POST', configMaps(this.namespace), { metadata: { name, labels }, data: { value } });
  }

  async update(name: string, value: string): Promise<void> {
    const path = `${configMaps(this.namespace)}/${name}`;
    await this.#request('PATCH', path, { data: { value } }, 'application/merge-patch+json');
  }

  async delete(name: string): Promise<void> {
    await this.#request('DELETE', `${configMaps(this.namespace)}/${name}`);
  }

  /** What a fresh list has, by name: uid and resourceVersion. */
  async list(): Promise<Map<string, string>> {
    const body = (await this.#request('GET', configMaps(this.namespace))) as { items: ConfigMap[] };
    return versions(body.items);
  }
}

export interface ConfigMap {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** By name: uid and resourceVersion. */
export function versions(objects: Iterable<ConfigMap>): Map<string, string> {
  const entries = Array.from(objects, ({ metadata }): [string, string] => [
    metadata.name,
    `${metadata.uid}@${metadata.resourceVersion}`,
  ]);
  return new Map(entries.sort());
}

/** Makes etcd forget all versions before the current one, as it does of itself every five minutes. */
export async function compactEtcd(cluster: ControlPlane): Promise<void> {
  const { body } = await cluster.request('GET', '/api/v1/namespaces');
  const revision = Number((body as { metadata: { resourceVersion: string } }).metadata.resourceVersion);
  const socket = connect(join(cluster.directory, 'etcd-client:1'));
  const session = connectHttp2('http://etcd', { createConnection: () => socket });
  try {
    // etcdserverpb.CompactionRequest { revision = 1: int64, physical = 2: bool } in a gRPC frame.
    const message = Buffer.from([0x08, ...varint(revision), 0x10, 1]);
    const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/etcdserverpb.KV/Compact',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status: unknown;
    const note = (headers: IncomingHttpHeaders): void => {
      status = headers['grpc-status'] ?? status;
    };
    stream.on('response', note).on('trailers', note).resume();
    stream.end(frame);
    await once(stream, 'close');
    if (status !== '0') throw new Error(`etcd did not compact: gRPC status ${String(status)}`);
  } finally {
    session.destroy();
  }
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
