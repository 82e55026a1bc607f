import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { clusterForTests } from '../../test/kubernetes/cluster-for-tests.ts';
import { TcpProxy } from '../../test/kubernetes/tcp-proxy.ts';
import {
  type ConfigMap,
  ConfigMaps,
  clientOf,
  compactEtcd,
  versions,
} from '../../test/kubernetes/test-server.ts';
import { Informer } from './informer.ts';

const cluster = await clusterForTests();
let spaces = 0;

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
/** What may happen to the objects and to the connection. */
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('toggle'), name }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('update'), name }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('replace'), name }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('cut', 'refuse', 'accept', 'wait'), name }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('compact'), name }) },
);

it('after any changes and disconnections, an informer and who listens to it have what a fresh list has', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
      spaces += 1;
      const maps = await ConfigMaps.inNamespace(cluster, `property-${spaces}`);
      await using proxy = await TcpProxy.to(cluster.url);
      await using client = clientOf(cluster, proxy.url);
      await using informer = new Informer<ConfigMap>({
        client,
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        namespace: maps.namespace,
        pageSize: 2,
        backoff: { baseMs: 5, maxMs: 40 },
      });
      const heard = new Map<string, ConfigMap>();
      const contradictions: string[] = [];
      informer.subscribe((events) => {
        for (const { type, object } of events) {
          const { name, uid } = object.metadata;
          const known = heard.get(name)?.metadata.uid;
          // An addition is of what is not there; anything else is of what is, and is the same object.
          if (known !== (type === 'add' ? undefined : uid)) contradictions.push(`${type} ${name} ${uid}`);
          if (type === 'delete') heard.delete(name);
          else heard.set(name, object);
        }
      });
      informer.start();
      const there = new Set<string>();
      const toggle = async (name: string): Promise<void> => {
        if (there.delete(name)) return await maps.delete(name);
        there.add(name);
        await maps.create(name);
      };
      for (const [index, { what, name }] of actions.entries()) {
        if (what === 'toggle') await toggle(name);
        else if (what === 'update' && there.has(name)) await maps.update(name, String(index));
        else if (what === 'replace' && there.has(name)) await toggle(name).then(() => toggle(name));
        else if (what === 'cut') proxy.cut();
        else if (what === 'refuse') proxy.refuse();
        else if (what === 'accept') proxy.accept();
        else if (what === 'wait') await sleep(20);
        else if (what === 'compact') await compactEtcd(cluster).catch(() => undefined);
      }
      proxy.accept();
      const fresh = await maps.list();
      await eventually(() => expect(versions(informer.objects())).toEqual(fresh), 10_000);
      expect(versions(heard.values())).toEqual(fresh);
      expect(contradictions).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 120_000);
