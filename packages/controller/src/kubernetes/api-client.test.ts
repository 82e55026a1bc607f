import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { clusterForTests } from '../../test/kubernetes/cluster-for-tests.ts';
import { TcpProxy } from '../../test/kubernetes/tcp-proxy.ts';
import { ConfigMaps, clientOf, kubeConfigOf } from '../../test/kubernetes/test-server.ts';
import { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const cluster = await clusterForTests();

const failureOf = async (promise: Promise<unknown>): Promise<ApiError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
};

/** A kubeconfig of the cluster in the name of another user. */
function configOf(user: User): KubeConfig {
  const config = kubeConfigOf(cluster);
  const server = config.getCurrentCluster();
  if (server === null) throw new Error('the kubeconfig has no cluster');
  config.loadFromClusterAndUser(server, user);
  return config;
}

describe('ApiClient', () => {
  it('reads a kubeconfig and asks the API server in its name', async () => {
    await using client = await ApiClient.fromKubeconfig(cluster.kubeconfigPath);
    const { items } = await client.request<{ items: { metadata: { name: string } }[] }>(
      'GET',
      '/api/v1/namespaces',
      { query: { fieldSelector: 'metadata.name=default', limit: undefined } },
    );
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['default']);
    expect(client.server).toBe(cluster.url);
  });

  it('sends bodies and patches', async () => {
    await using client = clientOf(cluster);
    await client.request('POST', CONFIG_MAPS, { body: { metadata: { name: 'patched' }, data: { a: '1' } } });
    const patched = await client.request<{ data: object }>('PATCH', `${CONFIG_MAPS}/patched`, {
      body: { data: { b: 'ü' } },
      contentType: 'application/merge-patch+json',
    });
    expect(patched.data).toEqual({ a: '1', b: 'ü' });
  });

  it('uses its connections again', async () => {
    await using proxy = await TcpProxy.to(cluster.url);
    await using client = clientOf(cluster, proxy.url, { maxConcurrentRequests: 3 });
    await Promise.all(Array.from({ length: 30 }, () => client.request('GET', '/version')));
    for (let index = 0; index < 5; index += 1) await client.request('GET', '/version');
    // A connection is free again a moment after its answer was read.
    expect(proxy.accepted).toBeLessThanOrEqual(6);
  });

  it('takes what a service account file says by now', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'blixt-token-'));
    try {
      const tokenFile = join(folder, 'token');
      writeFileSync(tokenFile, `${cluster.token}\n`);
      const config = configOf({ name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile } } });
      await using client = new ApiClient(config);
      await client.request('GET', '/api/v1/namespaces');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('streams lines in order, and closes the stream when the consumer breaks off', async () => {
    const maps = await ConfigMaps.inNamespace(cluster, 'streamed');
    await using proxy = await TcpProxy.to(cluster.url);
    await using client = clientOf(cluster, proxy.url);
    const path = '/api/v1/namespaces/streamed/configmaps';
    const names: string[] = [];
    for await (const batch of client.stream<{ object: { metadata: { name: string } } }>(path, {
      query: { watch: true, resourceVersion: 0 },
    })) {
      if (batch.length === 0) for (const name of ['a', 'b', 'c']) await maps.create(name);
      names.push(...batch.map(({ object }) => object.metadata.name).filter((name) => name.length === 1));
      if (names.length === 3) break;
    }
    expect(names).toEqual(['a', 'b', 'c']);
    for await (const batch of client.stream(path, { query: { watch: true, resourceVersion: 0 } }))
      if (batch.length === 0) break;
    await eventually(() => expect(proxy.open).toBe(0));
  });
});

describe('an error of the API', () => {
  it('has the status that the API server answered', async () => {
    await using client = clientOf(cluster);
    const error = await failureOf(client.request('GET', `${CONFIG_MAPS}/nobody`));
    expect(error).toMatchObject({
      code: 'ERR_API_STATUS',
      message: `GET ${CONFIG_MAPS}/nobody: 404 NotFound: configmaps "nobody" not found`,
      status: { code: 404, reason: 'NotFound', details: { name: 'nobody', kind: 'configmaps' } },
      isNotFound: true,
      isGone: false,
    });
    const body = { metadata: { name: 'twice' } };
    await client.request('POST', CONFIG_MAPS, { body });
    expect(await failureOf(client.request('POST', CONFIG_MAPS, { body }))).toMatchObject({
      isConflict: true,
    });
  });

  it('tells what is wrong with the object that was sent', async () => {
    await using client = clientOf(cluster);
    const error = await failureOf(
      client.request('POST', CONFIG_MAPS, { body: { metadata: { name: 'No!' } } }),
    );
    expect(error.status).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(error.status?.details).toMatchObject({ causes: [{ field: 'metadata.name' }] });
  });

  it('says that nobody answers', async () => {
    await using proxy = await TcpProxy.to(cluster.url);
    await using client = clientOf(cluster, proxy.url);
    proxy.refuse();
    const error = await failureOf(client.request('GET', '/version'));
    expect(error.code).toBe('ERR_API_UNREACHABLE');
    expect(error.message).toContain(`GET /version: ${proxy.url} cannot be reached: `);
  });

  it('says that a certificate is not trusted', async () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'test', server: cluster.url, skipTLSVerify: false },
      { name: 'admin', token: cluster.token },
    );
    await using client = new ApiClient(config);
    const error = await failureOf(client.request('GET', '/version'));
    expect(error).toMatchObject({
      code: 'ERR_API_UNREACHABLE',
      message: expect.stringMatching(/certificate/),
    });
  });

  it('says that there was no answer in time, and takes other connections from then on', async () => {
    await using proxy = await TcpProxy.to(cluster.url);
    await using client = clientOf(cluster, proxy.url, { requestTimeoutMs: 10_000 });
    await client.request('GET', '/version');
    await sleep(50);
    proxy.stall();
    const error = await failureOf(client.request('GET', '/version', { timeoutMs: 100 }));
    expect(error.code).toBe('ERR_API_TIMEOUT');
    expect(error.message).toMatch(/within 100 ms$/);
    await client.request('GET', '/version', { timeoutMs: 5_000 });
  });

  it('is the reason of the signal that aborted it', async () => {
    await using client = clientOf(cluster);
    const reason = new Error('enough');
    await expect(client.request('GET', '/version', { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });

  it('says that the client was closed', async () => {
    const client = clientOf(cluster);
    await client.close();
    await client.close();
    expect((await failureOf(client.request('GET', '/version'))).code).toBe('ERR_API_CLOSED');
  });

  it('never holds the token', async () => {
    const token = 'secret-token-of-nobody';
    await using client = new ApiClient(kubeConfigOf(cluster, { token }));
    await using unreachable = new ApiClient(kubeConfigOf(cluster, { token, server: 'https://127.0.0.1:1' }));
    const denied = await failureOf(client.request('GET', '/api/v1/secrets'));
    expect(denied.status).toMatchObject({ code: 401 });
    const refused = await failureOf(unreachable.request('GET', '/api/v1/secrets'));
    for (const error of [denied, refused]) {
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(token);
    }
  });

  it('does not repeat what a credential plugin printed', async () => {
    const exec = { command: 'echo', args: ['secret-token'], interactiveMode: 'Never' };
    const config = configOf({ name: 'plugin', exec });
    await using client = new ApiClient(config);
    const error = await failureOf(client.request('GET', '/version'));
    expect(error.code).toBe('ERR_API_CREDENTIALS');
    expect(inspect(error, { depth: 20 })).not.toContain('secret-token');
  });
});

describe('a kubeconfig that cannot be used', () => {
  it('is missing, or no kubeconfig', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'blixt-kubeconfig-'));
    try {
      const missing = join(folder, 'missing');
      expect(await failureOf(ApiClient.fromKubeconfig(missing))).toMatchObject({
        code: 'ERR_API_CONFIG',
        message: expect.stringContaining(missing),
      });
      const wrong = join(folder, 'wrong');
      writeFileSync(wrong, 'token: [secret');
      const error = await failureOf(ApiClient.fromKubeconfig(wrong));
      expect(error.code).toBe('ERR_API_CONFIG');
      expect(inspect(error)).not.toContain('[secret');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('names a context that it does not have', async () => {
    const error = await failureOf(ApiClient.fromKubeconfig(cluster.kubeconfigPath, { context: 'nowhere' }));
    expect(error).toMatchObject({ code: 'ERR_API_CONFIG', message: expect.stringContaining('"nowhere"') });
  });
});

describe('an answer that is no JSON', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((_, response) => response.end('<html>secret</html>'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('is an error that does not repeat it', async () => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: 'test', server: url, skipTLSVerify: true }, { name: 'nobody' });
    await using client = new ApiClient(config);
    const error = await failureOf(client.request('GET', '/version'));
    expect(error.code).toBe('ERR_API_RESPONSE');
    expect(inspect(error)).not.toContain('secret');
  });
});
