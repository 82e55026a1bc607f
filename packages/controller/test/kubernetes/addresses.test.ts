/** Addresses of Gateways in a real API server: parameters, nodes, and several instances that give them out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gateway, gatewayClass, listener, type ModelObject } from '@blixt/gateway-model';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { clusterForTests } from './cluster-for-tests.ts';
import { backend, GatewayWorld, gatewayAt, pathOf, routeTo, type StoredObject } from './gateway-world.ts';
import { InstanceProcess } from './instance-process.ts';
import { kubernetesController } from './kubernetes-controller.ts';
import { classWithParameters, parameters } from './parameters.ts';

const PATIENCE_MS = 60_000;

const cluster = await clusterForTests();
const world = await GatewayWorld.withCrds(cluster);

afterEach(async () => {
  await world.clear();
  await cluster.request('DELETE', '/apis/coordination.k8s.io/v1/namespaces/default/leases/blixt');
});

const conditionOf = ({ status }: StoredObject, type: string): unknown =>
  status?.conditions?.find((condition) => condition.type === type);
const addressesOf = async (object: ModelObject): Promise<string[]> =>
  ((await world.get(object)).status?.addresses ?? []).map(({ value }) => value);

describe('the CRD of BlixtParameters', () => {
  it('is one that an API server takes, with its defaults and its rules', async () => {
    await world.apply(parameters({ addresses: { pool: { ranges: ['192.0.2.0/28'] } } }));
    expect(await world.get(parameters({}))).toMatchObject({
      spec: {
        mode: 'snat',
        addresses: { provider: 'Pool', pool: { ranges: ['192.0.2.0/28'], requests: 'Pool' } },
      },
    });
    await expect(world.apply(parameters({ addresses: {} }))).rejects.toThrow(
      'pool must be set for provider Pool',
    );
    await expect(
      world.apply(parameters({ addresses: { provider: 'Node', pool: { ranges: ['192.0.2.1'] } } })),
    ).rejects.toThrow('and for no other');
    await expect(world.apply(parameters({ addresses: { pool: { ranges: ['banana'] } } }))).rejects.toThrow(
      'spec.addresses.pool.ranges[0]',
    );
  });
});

describe('provider Pool', () => {
  it('gives addresses of the class’s ranges, says that they are used up, and gives the next one that is free', async () => {
    const [first, second] = [gatewayAt('first'), gatewayAt('second')];
    await world.apply(
      parameters({ addresses: { pool: { ranges: ['192.0.2.77'] } } }),
      classWithParameters(),
      first,
    );
    const { start } = kubernetesController(cluster);
    await start();
    expect(await addressesOf(first)).toEqual(['192.0.2.77']);
    await world.apply(second);
    await eventually(async () =>
      expect(conditionOf(await world.get(second), 'Programmed')).toMatchObject({
        status: 'False',
        reason: 'AddressNotAssigned',
        message: expect.stringContaining('No address of the pool 192.0.2.77 is free'),
      }),
    );
    await world.delete(first);
    await eventually(async () => expect(await addressesOf(second)).toEqual(['192.0.2.77']));
    await eventually(async () =>
      expect(conditionOf(await world.get(second), 'Programmed')).toMatchObject({ status: 'True' }),
    );
  });
});

describe('provider Node', () => {
  const node = (name: string): { path: string; body: object } => ({
    path: `/api/v1/nodes/${name}`,
    body: { apiVersion: 'v1', kind: 'Node', metadata: { name } },
  });

  /** A node that is Ready or not, with addresses. */
  async function setNode(name: string, isReady: boolean, addresses: Record<string, string>): Promise<void> {
    const { path, body } = node(name);
    await cluster.request('POST', '/api/v1/nodes', { body });
    const answer = await cluster.request('PATCH', `${path}/status`, {
      contentType: 'application/merge-patch+json',
      body: {
        status: {
          conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
          addresses: Object.entries(addresses).map(([address, type]) => ({ type, address })),
        },
      },
    });
    expect(answer.status).toBe(200);
  }

  it('gives all Gateways the addresses of the nodes that are ready, as they are now', async () => {
    await setNode('b', true, { '198.51.100.2': 'InternalIP', '203.0.113.2': 'ExternalIP' });
    await setNode('a', true, { '198.51.100.1': 'InternalIP', '2001:db8::1': 'InternalIP', a: 'Hostname' });
    await setNode('c', false, { '198.51.100.3': 'InternalIP' });
    const edge = gatewayAt('edge');
    // Its port is none of edge's: they have the address in common.
    const asks = gateway(
      { listeners: [listener('TCP', 81)], addresses: [{ type: 'IPAddress', value: '198.51.100.2' }] },
      { name: 'asks' },
    );
    await world.apply(
      parameters({ addresses: { provider: 'Node' } }),
      classWithParameters(),
      edge,
      asks,
      gatewayAt('strange', '192.0.2.9'),
    );
    const { start } = kubernetesController(cluster);
    await start();
    await eventually(async () =>
      expect(await addressesOf(edge)).toEqual(['198.51.100.1', '2001:db8::1', '198.51.100.2']),
    );
    await eventually(async () => expect(await addressesOf(asks)).toEqual(['198.51.100.2']));
    await eventually(async () =>
      expect(conditionOf(await world.get(gatewayAt('strange')), 'Programmed')).toMatchObject({
        reason: 'AddressNotUsable',
        message: expect.stringContaining('it is no InternalIP of a node'),
      }),
    );
    await setNode('a', false, { '198.51.100.1': 'InternalIP' });
    await eventually(async () => expect(await addressesOf(edge)).toEqual(['198.51.100.2']));
    await world.apply(parameters({ addresses: { provider: 'Node', node: { type: 'ExternalIP' } } }));
    await eventually(async () => expect(await addressesOf(edge)).toEqual(['203.0.113.2']));
  });
});

describe('while leaders are killed, stopped and cut off', { timeout: 300_000 }, () => {
  it('no address is given to two Gateways, and in the end each has the one that it had first', async () => {
    await using stack = new AsyncDisposableStack();
    await world.apply(gatewayClass(), ...backend('web', '10.0.0.1'));
    const seen = watchAddresses();
    stack.defer(() => seen.stop());
    let next = 0;
    const join = async (): Promise<InstanceProcess> => {
      next += 1;
      const instance = await InstanceProcess.start(cluster, `instance-${next}`);
      stack.use(instance);
      await eventually(() => expect(instance.isReady).toBe(true), PATIENCE_MS);
      return instance;
    };
    const instances = [await join(), await join()];
    const gateways: ModelObject[] = [];
    const ends = ['SIGKILL', 'SIGTERM', 'partition', 'SIGKILL'] as const;
    for (const [round, end] of ends.entries()) {
      for (let number = 0; number < 3; number += 1) {
        const edge = gatewayAt(`gateway-${round}-${number}`);
        gateways.push(edge);
        await world.apply(edge, routeTo(`route-${round}-${number}`, edge.metadata.name, 'web'));
        await sleep(20);
      }
      // In the middle of its work.
      await eventually(() => expect(instances.some(({ leads }) => leads)).toBe(true), PATIENCE_MS);
      const leader = instances.find(({ leads }) => leads);
      if (end === 'partition') {
        leader?.api.refuse();
        leader?.lease.refuse();
      } else leader?.signal(end);
      instances.splice(0, instances.length, ...instances.filter((it) => it !== leader), await join());
      if (round === 1) await world.delete(...gateways.splice(1, 2));
    }
    await eventually(async () => {
      for (const edge of gateways) expect(await addressesOf(edge)).toHaveLength(1);
    }, PATIENCE_MS);
    expect(seen.snapshots).toBeGreaterThan(10);
    expect(seen.shared).toEqual([]);
    expect(seen.moved).toEqual([]);
  });

  /** Lists all Gateways again and again: each list is the state of one moment. */
  function watchAddresses() {
    const seen = { snapshots: 0, shared: [] as string[], moved: [] as string[], stop };
    const first = new Map<string, string>();
    let isOver = false;
    const { namespace = 'default' } = gatewayAt('any').metadata;
    const collection = pathOf(gatewayAt('any')).replace(/\/any$/, '');
    const watching = (async () => {
      while (!isOver) {
        const { body } = await cluster.request('GET', collection);
        const { items = [] } = body as { items?: StoredObject[] };
        const holders = new Map<string, string>();
        for (const { metadata, status } of items) {
          const name = `${namespace}/${metadata.name} ${metadata.uid}`;
          for (const { value } of status?.addresses ?? []) {
            const other = holders.get(value);
            if (other !== undefined) seen.shared.push(`${value}: ${other} and ${name}`);
            holders.set(value, name);
            const before = first.get(name) ?? value;
            if (before !== value) seen.moved.push(`${name}: ${before} to ${value}`);
            first.set(name, before);
          }
        }
        seen.snapshots += 1;
        await sleep(20);
      }
    })();
    async function stop(): Promise<void> {
      isOver = true;
      await watching;
    }
    return seen;
  }
});
