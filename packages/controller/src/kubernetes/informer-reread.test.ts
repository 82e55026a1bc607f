/** Objects that an informer reads again, is offered, or lets go. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { clusterForTests } from '../../test/kubernetes/cluster-for-tests.ts';
import { TcpProxy } from '../../test/kubernetes/tcp-proxy.ts';
import { type ConfigMap, ConfigMaps, clientOf, versions } from '../../test/kubernetes/test-server.ts';
import { Informer } from './informer.ts';

const cluster = await clusterForTests();
let spaces = 0;

/** An informer that keeps ConfigMaps of the kinds that are wanted. */
async function setUp(wanted: Set<string>) {
  spaces += 1;
  const maps = await ConfigMaps.inNamespace(cluster, `reread-${spaces}`);
  const proxy = await TcpProxy.to(cluster.url);
  const client = clientOf(cluster, proxy.url);
  const informer = new Informer<ConfigMap & { metadata: { labels?: Record<string, string> } }, ConfigMap>({
    client,
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    namespace: maps.namespace,
    transform: (map) => (wanted.has(map.metadata.labels?.kind ?? '') ? map : undefined),
    backoff: { baseMs: 20, maxMs: 100 },
    pageSize: 5,
  });
  onTestFinished(async () => {
    await informer.stop();
    await client.close();
    await proxy[Symbol.asyncDispose]();
  });
  const events: string[] = [];
  informer.subscribe((batch) => {
    for (const { type, object } of batch) events.push(`${type} ${object.metadata.name}`);
  });
  return { maps, proxy, informer, events };
}

describe('an informer', () => {
  it('reads what it left out before, by labels or by name', async () => {
    const wanted = new Set(['a']);
    const { maps, informer, events } = await setUp(wanted);
    await maps.create('first', '', { kind: 'a' });
    await maps.create('second', '', { kind: 'b' });
    await maps.create('third', '', { kind: 'c' });
    await informer.start().synced();
    expect(events).toEqual(['add first']);
    wanted.add('b').add('c');
    await informer.reread({ labelSelector: 'kind=b' });
    expect(events).toEqual(['add first', 'add second']);
    await informer.reread({ fieldSelector: 'metadata.name=third' });
    expect(events).toEqual(['add first', 'add second', 'add third']);
    await maps.update('second', 'new');
    await eventually(() => expect(events.at(-1)).toBe('update second'));
    expect(informer.state.lists).toBe(1);
  });

  it('is right after it read again while objects came, changed and went', async () => {
    const wanted = new Set<string>();
    const { maps, informer } = await setUp(wanted);
    const names = Array.from({ length: 60 }, (_, index) => `map-${index}`);
    await Promise.all(names.map((name) => maps.create(name, '', { kind: 'a' })));
    await informer.start().synced();
    expect(informer.state.objects).toBe(0);
    wanted.add('a');
    const reread = informer.reread({ labelSelector: 'kind=a' });
    await Promise.all(
      names.map(async (name, index) => {
        if (index % 3 === 0) await maps.delete(name);
        if (index % 3 === 1) await maps.update(name, 'new');
        if (index % 3 === 2) await maps.create(`${name}-too`, '', { kind: 'a' });
      }),
    );
    await reread;
    await eventually(async () => {
      const stored = await maps.list();
      stored.delete('kube-root-ca.crt');
      expect(versions(informer.objects())).toEqual(stored);
    });
  });

  it('reads again until it works', async () => {
    const wanted = new Set(['a']);
    const { maps, proxy, informer, events } = await setUp(wanted);
    await maps.create('late', '', { kind: 'b' });
    await informer.start().synced();
    proxy.refuse();
    wanted.add('b');
    const reread = informer.reread({ labelSelector: 'kind=b' });
    await eventually(() => expect(informer.state.failures).toBeGreaterThan(0));
    proxy.accept();
    await reread;
    expect(events).toEqual(['add late']);
  });

  it('that is stopped reads nothing again', async () => {
    const { informer } = await setUp(new Set());
    await informer.start().synced();
    await informer.stop();
    await expect(informer.reread()).rejects.toMatchObject({ code: 'ERR_API_CLOSED' });
  });

  it('lets go what is not wanted any more', async () => {
    const wanted = new Set(['a', 'b']);
    const { maps, informer, events } = await setUp(wanted);
    await maps.create('first', '', { kind: 'a' });
    await maps.create('second', '', { kind: 'b' });
    await informer.start().synced();
    events.length = 0;
    wanted.delete('b');
    informer.evict(({ metadata }) => metadata.name === 'second');
    expect(events).toEqual(['delete second']);
    await maps.update('second', 'new');
    await maps.update('first', 'new');
    await eventually(() => expect(events).toEqual(['delete second', 'update first']));
  });
});
