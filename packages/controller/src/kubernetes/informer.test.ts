import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installCrds } from '@blixt/cluster';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { clusterForTests } from '../../test/kubernetes/cluster-for-tests.ts';
import { TcpProxy } from '../../test/kubernetes/tcp-proxy.ts';
import {
  type ConfigMap,
  ConfigMaps,
  clientOf,
  compactEtcd,
  kubeConfigOf,
  versions,
} from '../../test/kubernetes/test-server.ts';
import { RecordingLogger } from '../../test/recording-logger.ts';
import { ApiClient, type ApiRequestOptions } from './api-client.ts';
import type { ApiObject } from './api-resource.ts';
import { Informer, type InformerOptions, type InformerState } from './informer.ts';
import type { CacheEvent } from './object-cache.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const QUICK = { baseMs: 20, maxMs: 200 };

const cluster = await clusterForTests();
let spaces = 0;

/** A namespace of ConfigMaps, a breakable connection to them, and an informer that is not started. */
async function setUp(options: Partial<InformerOptions<ConfigMap, ConfigMap>> = {}) {
  spaces += 1;
  const maps = await ConfigMaps.inNamespace(cluster, `informer-${spaces}`);
  const stack = new AsyncDisposableStack();
  const proxy = stack.use(await TcpProxy.to(cluster.url));
  const client = stack.use(clientOf(cluster, proxy.url));
  const logger = new RecordingLogger();
  const informer = stack.use(
    new Informer<ConfigMap>({
      client,
      resource: CONFIG_MAPS,
      namespace: maps.namespace,
      backoff: QUICK,
      logger,
      ...options,
    }),
  );
  const events: string[] = [];
  informer.subscribe((batch) => {
    for (const event of batch) events.push(describeEvent(event));
  });
  return { maps, proxy, client, informer, events, logger, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const describeEvent = ({ type, object }: CacheEvent<ConfigMap>): string =>
  `${type} ${object.metadata.name} ${object.data?.value ?? ''}`.trim();

const upTo = async (maps: ConfigMaps, informer: Informer<ConfigMap>): Promise<void> => {
  await eventually(async () => expect(versions(informer.objects())).toEqual(await maps.list()), 10_000);
};

describe('an informer', () => {
  it('has the whole list when it is synced, and tells it as additions', async () => {
    await using world = await setUp();
    const { maps, informer, events } = world;
    await maps.create('a', '1');
    await maps.create('b', '2');
    expect(informer.hasSynced).toBe(false);
    await informer.start().synced();
    expect(informer.hasSynced).toBe(true);
    expect(events).toEqual(['add a 1', 'add b 2']);
    expect(informer.get('a', maps.namespace)).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: { value: '1' },
    });
  });

  it('tells what changes', async () => {
    await using world = await setUp();
    const { maps, informer, events } = world;
    await informer.start().synced();
    await maps.create('a', '1');
    await maps.update('a', '2');
    await maps.delete('a');
    await eventually(() => expect(events).toEqual(['add a 1', 'update a 2', 'delete a 2']));
    expect(informer.state).toMatchObject({
      phase: 'watching',
      lists: 1,
      watches: 1,
      failures: 0,
      objects: 0,
    });
  });

  it('tells a handler that comes later what there is', async () => {
    await using world = await setUp();
    const { maps, informer } = world;
    await maps.create('a', '1');
    await informer.start().synced();
    const events: string[] = [];
    const end = informer.subscribe((batch) => events.push(...batch.map(describeEvent)));
    expect(events).toEqual(['add a 1']);
    end();
    await maps.create('b');
    await upTo(maps, informer);
    expect(events).toEqual(['add a 1']);
  });

  it('outlives handlers that throw or reject', async () => {
    await using world = await setUp();
    const { maps, informer, events, logger } = world;
    informer.subscribe(() => {
      throw new Error('thrown');
    });
    informer.subscribe(async () => {
      throw new Error('rejected');
    });
    await informer.start().synced();
    await maps.create('a', '1');
    await maps.create('b', '2');
    await eventually(() => expect(events).toEqual(['add a 1', 'add b 2']));
    await eventually(() => expect(logger.messages('error').length).toBeGreaterThanOrEqual(2));
  });

  it('keeps of objects what its transform leaves, and leaves out what it leaves out', async () => {
    const kept: unknown[] = [];
    await using world = await setUp();
    const { maps, client } = world;
    await using informer = new Informer<ConfigMap, string>({
      client,
      resource: CONFIG_MAPS,
      namespace: maps.namespace,
      transform: ({ metadata, data }) => {
        if (data?.value === 'throw') throw new Error('cannot');
        return data?.value === 'hide' ? undefined : metadata.name;
      },
    });
    informer.subscribe((batch) => kept.push(...batch.map(({ type, object }) => `${type} ${object}`)));
    await maps.create('a');
    await maps.create('b', 'hide');
    await maps.create('c', 'throw');
    await informer.start().synced();
    expect([...informer.objects()]).toEqual(['a']);
    await maps.update('b', 'show');
    await maps.update('a', 'hide');
    await eventually(() => expect(kept).toEqual(['add a', 'add b', 'delete a']));
  });

  it('asks for a selection, and for metadata only', async () => {
    await using world = await setUp();
    const { maps, client } = world;
    await maps.create('a', '1', { app: 'web' });
    await maps.create('b', '2', { app: 'other' });
    await maps.create('c', '3', { app: 'web' });
    await using informer = new Informer<ConfigMap>({
      client,
      resource: CONFIG_MAPS,
      namespace: maps.namespace,
      labelSelector: 'app=web',
      fieldSelector: 'metadata.name!=c',
      metadataOnly: true,
    });
    await informer.start().synced();
    await maps.create('d', '4', { app: 'web' });
    await eventually(() => expect([...versions(informer.objects()).keys()]).toEqual(['a', 'd']));
    for (const object of informer.objects()) {
      expect(object).toMatchObject({ kind: 'PartialObjectMetadata' });
      expect(object).not.toHaveProperty('data');
    }
  });

  it('reads 500 objects in pages of 50', async () => {
    await using world = await setUp({ pageSize: 50 });
    const { maps } = world;
    const names = Array.from({ length: 500 }, (_, index) => `m-${String(index).padStart(3, '0')}`);
    for (let at = 0; at < names.length; at += 20) {
      await Promise.all(names.slice(at, at + 20).map((name) => maps.create(name)));
    }
    const client = new ObservedClient(kubeConfigOf(cluster));
    await using informer = new Informer<ConfigMap>({
      client,
      resource: CONFIG_MAPS,
      namespace: maps.namespace,
      pageSize: 50,
    });
    await informer.start().synced();
    expect(client.pages).toBe(10);
    expect(versions(informer.objects())).toEqual(await maps.list());
    await informer.stop();
    await client.close();
  });
});

/** Counts pages, and lets something happen before each but the first. */
class ObservedClient extends ApiClient {
  pages = 0;
  between: (page: number) => Promise<void> = async () => undefined;

  override async request<T>(method: 'GET', path: string, options: ApiRequestOptions = {}): Promise<T> {
    this.pages += 1;
    if (options.query?.continue !== undefined) await this.between(this.pages);
    return await super.request<T>(method, path, options);
  }
}

describe('connections that break', () => {
  it('a watch that is cut is resumed where it was, without a list', async () => {
    await using world = await setUp();
    const { maps, proxy, informer, events } = world;
    await informer.start().synced();
    await maps.create('a', '1');
    await eventually(() => expect(events).toEqual(['add a 1']));
    proxy.refuse();
    await maps.create('b', '2');
    await maps.update('a', '3');
    await eventually(() => expect(informer.state).toMatchObject({ phase: 'waiting' }));
    expect(informer.state.error).toMatchObject({ code: 'ERR_API_UNREACHABLE' });
    proxy.accept();
    await eventually(() => expect(events).toEqual(['add a 1', 'add b 2', 'update a 3']));
    expect(informer.state).toMatchObject({ phase: 'watching', lists: 1, error: undefined });
  });

  it('an API server that cannot be reached is tried for ever, and told once', async () => {
    await using world = await setUp();
    const { maps, proxy, informer, logger } = world;
    proxy.refuse();
    informer.start();
    await eventually(() => expect(informer.state.failures).toBeGreaterThan(6));
    expect(informer.hasSynced).toBe(false);
    expect(logger.messages('warn').length).toBeLessThan(4);
    await maps.create('a');
    proxy.accept();
    await informer.synced();
    expect(informer.state).toMatchObject({ objects: 1 });
  });

  it('a watch on which nothing comes, not even bookmarks, is cut and resumed', async () => {
    await using world = await setUp({ idleTimeoutMs: 1_500 });
    const { maps, proxy, informer, events } = world;
    await informer.start().synced();
    await maps.create('a', '1');
    await eventually(() => expect(events).toEqual(['add a 1']));
    proxy.stall();
    await maps.create('b', '2');
    await eventually(() => expect(events).toEqual(['add a 1', 'add b 2']), 15_000);
    expect(informer.state).toMatchObject({ lists: 1 });
    expect(informer.state.watches).toBeGreaterThan(1);
  });

  it('a watch that the API server ends in time is resumed and is no failure', async () => {
    const states: InformerState[] = [];
    await using world = await setUp({
      watchTimeoutSeconds: 1,
      onStateChange: (state) => states.push(state),
    });
    const { maps, informer, events } = world;
    await informer.start().synced();
    await eventually(() => expect(informer.state.watches).toBeGreaterThan(2), 15_000);
    await maps.create('a', '1');
    await eventually(() => expect(events).toEqual(['add a 1']));
    expect(informer.state.lists).toBe(1);
    expect(states.map(({ phase }) => phase)).toEqual(['listing', 'watching']);
  });

  it('an object that was deleted and made again meanwhile is another one', async () => {
    await using world = await setUp();
    const { maps, proxy, informer, events } = world;
    await maps.create('a', 'old');
    await informer.start().synced();
    proxy.refuse();
    await maps.delete('a');
    await maps.create('a', 'new');
    // It forgets what happened, so that only a new list tells.
    await cluster.restartApiServer();
    proxy.accept();
    await eventually(() => expect(events).toEqual(['add a old', 'delete a old', 'add a new']), 15_000);
  }, 60_000);
});

describe('versions that the API server has forgotten (410)', () => {
  it('make it list anew and tell the difference', async () => {
    await using world = await setUp();
    const { maps, proxy, informer, events } = world;
    for (const name of ['changed', 'deleted', 'same']) await maps.create(name, '1');
    await informer.start().synced();
    events.length = 0;
    proxy.refuse();
    await maps.delete('deleted');
    await maps.update('changed', '2');
    await maps.create('made', '1');
    await compactEtcd(cluster);
    await cluster.restartApiServer();
    proxy.accept();
    await eventually(
      () => expect(events).toEqual(['delete deleted 1', 'update changed 2', 'add made 1']),
      15_000,
    );
    expect(informer.state.lists).toBe(2);
    expect(versions(informer.objects())).toEqual(await maps.list());
  }, 60_000);

  it('between two pages make it list from the start', async () => {
    await using world = await setUp();
    const { maps } = world;
    for (let index = 0; index < 30; index += 1) await maps.create(`m-${index}`);
    await using client = new ObservedClient(kubeConfigOf(cluster));
    let once = true;
    client.between = async () => {
      if (!once) return;
      once = false;
      await maps.create('made-meanwhile');
      await compactEtcd(cluster);
      await cluster.restartApiServer();
    };
    await using informer = new Informer<ConfigMap>({
      client,
      resource: CONFIG_MAPS,
      namespace: maps.namespace,
      pageSize: 10,
      backoff: QUICK,
    });
    await informer.start().synced();
    // Two pages of the first try, four of the second.
    expect(client.pages).toBe(6);
    expect(informer.state.lists).toBe(1);
    expect(versions(informer.objects())).toEqual(await maps.list());
  }, 60_000);
});

describe('a resource that is not served', () => {
  const crd = (group: string, version = 'v1'): object => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [
        { name: version, served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ...(version === 'v1'
          ? []
          : [{ name: 'v1', served: false, storage: false, schema: { openAPIV3Schema: { type: 'object' } } }]),
      ],
    },
  });

  async function install(group: string, version?: string): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'blixt-crds-'));
    try {
      writeFileSync(join(folder, 'a.yaml'), JSON.stringify(crd(group, version)));
      await installCrds(cluster, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async function create(group: string, name: string): Promise<void> {
    const body = { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name } };
    const made = await cluster.request('POST', `/apis/${group}/v1/namespaces/default/things`, { body });
    expect(made.status).toBe(201);
  }

  it('is waited for, and told once', async () => {
    const states: string[] = [];
    const logger = new RecordingLogger();
    await using client = clientOf(cluster);
    await using informer = new Informer<ApiObject>({
      client,
      resource: { group: 'late.blixt.test', version: 'v1', resource: 'things' },
      missingRetryMs: 50,
      logger,
      onStateChange: ({ phase }) => states.push(phase),
    });
    informer.start();
    await eventually(() => expect(informer.state.failures).toBeGreaterThan(3));
    expect(informer.hasSynced).toBe(false);
    expect(logger.messages('warn')).toEqual([
      'the API server does not serve things.late.blixt.test: install its CustomResourceDefinition; waiting for it',
    ]);
    await install('late.blixt.test');
    await create('late.blixt.test', 'first');
    await informer.synced();
    await eventually(() => expect(informer.get('first', 'default')).toBeDefined());
    await eventually(() => expect(states).toEqual(['listing', 'missing', 'watching']));
  });

  it('but in another version: says what is served and what is wanted, and waits', async () => {
    const logger = new RecordingLogger();
    await using client = clientOf(cluster);
    await using informer = new Informer<ApiObject>({
      client,
      resource: { group: 'old.blixt.test', version: 'v1', resource: 'things' },
      missingRetryMs: 50,
      logger,
    });
    informer.start();
    await eventually(() => expect(logger.messages('warn')).toHaveLength(1));
    await install('old.blixt.test', 'v1alpha2');
    await eventually(() =>
      expect(logger.messages('warn').slice(1)).toEqual([
        'the API server serves things.old.blixt.test as v1alpha2, and not as v1: install a release of its CustomResourceDefinition that serves v1; waiting for it',
      ]),
    );
    const { failures } = informer.state;
    await eventually(() => expect(informer.state.failures).toBeGreaterThan(failures + 3));
    expect(logger.messages('warn')).toHaveLength(2);
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.old.blixt.test';
    const served = [{ op: 'replace', path: '/spec/versions/1/served', value: true }];
    const patched = await cluster.request('PATCH', path, {
      body: served,
      contentType: 'application/json-patch+json',
    });
    expect(patched.status).toBe(200);
    await informer.synced();
    expect(logger.messages('warn')).toHaveLength(2);
  });

  it('counts as empty when it is optional', async () => {
    await using client = clientOf(cluster);
    await using informer = new Informer<ApiObject>({
      client,
      resource: { group: 'never.blixt.test', version: 'v1', resource: 'things' },
      optional: true,
    });
    await informer.start().synced();
    expect(informer.state).toMatchObject({ hasSynced: true, objects: 0 });
  });

  it('any more takes its objects with it', async () => {
    await install('gone.blixt.test');
    await create('gone.blixt.test', 'first');
    await using client = clientOf(cluster);
    await using informer = new Informer<ApiObject>({
      client,
      resource: { group: 'gone.blixt.test', version: 'v1', resource: 'things' },
      missingRetryMs: 50,
      backoff: QUICK,
    });
    const events: string[] = [];
    informer.subscribe((batch) => events.push(...batch.map(({ type }) => type)));
    await informer.start().synced();
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.gone.blixt.test';
    expect((await cluster.request('DELETE', path)).status).toBe(200);
    await eventually(() => expect(informer.state.phase).toBe('missing'), 15_000);
    expect(events).toEqual(['add', 'delete']);
  });
});

describe('stop', () => {
  it.each([0, 1, 5, 20, 60])('%s ms after the start leaves nothing open', async (delay) => {
    await using world = await setUp({ pageSize: 1 });
    const { maps, proxy, client, informer, events } = world;
    for (let index = 0; index < 10; index += 1) await maps.create(`m-${index}`);
    informer.start();
    await sleep(delay);
    await informer.stop();
    const told = events.length;
    await maps.create('later');
    await sleep(50);
    expect(events).toHaveLength(told);
    expect(informer.state.phase).toBe('stopped');
    await client.close();
    await eventually(() => expect(proxy.open).toBe(0));
  });

  it('ends a watch and a wait, and tells who waits for the list', async () => {
    await using world = await setUp({ backoff: { baseMs: 60_000, maxMs: 60_000 } });
    const { proxy, informer } = world;
    proxy.refuse();
    const synced = informer.start().synced();
    await eventually(() => expect(informer.state.phase).toBe('waiting'));
    await informer.stop();
    await expect(synced).rejects.toMatchObject({ code: 'ERR_API_CLOSED' });
  });

  it('happens when the signal aborts', async () => {
    const controller = new AbortController();
    await using world = await setUp({ signal: controller.signal });
    const { informer } = world;
    await informer.start().synced();
    controller.abort();
    await eventually(() => expect(informer.state.phase).toBe('stopped'));
  });
});
