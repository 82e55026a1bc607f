import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  at,
  CLASS,
  condition,
  gateway,
  route,
  service,
  DirectoryWorld as World,
} from '../test/directory-world.ts';
import { eventually } from '../test/eventually.ts';
import { MemoryDataPlane } from '../test/memory-data-plane.ts';

const WEB = {
  'gateway.yaml': CLASS + gateway('g', at('192.0.2.1')),
  'routes.yaml': route('r', 'g', { a: 1, b: 3 }),
  'backends.yaml': service('a', '10.0.0.1') + service('b', '10.0.0.2'),
};

describe('Controller, from a directory to a data plane', () => {
  it('has loaded everything when start() resolves, in one change', async () => {
    const { dataPlane, started } = await new World(WEB).start();
    await started;
    expect(dataPlane.changes).toHaveLength(1);
    expect(dataPlane.served()).toEqual({ 'TCP 192.0.2.1:80': { '10.0.0.1:8080': 1, '10.0.0.2:8080': 3 } });
  });

  it('makes the first load also when there is no Gateway, so that leftovers go', async () => {
    const { dataPlane, started } = await new World({}).start();
    await started;
    expect(dataPlane.changes).toEqual([{ set: [], remove: [] }]);
  });

  it('brings a change on disk into the data plane within 100 ms', async () => {
    const world = new World(WEB);
    const { dataPlane, started } = await world.start();
    await started;
    const times: number[] = [];
    for (let weight = 10; weight < 20; weight += 1) {
      world.write('routes.yaml', route('r', 'g', { a: weight, b: 1 }));
      const served = { 'TCP 192.0.2.1:80': { '10.0.0.1:8080': weight, '10.0.0.2:8080': 1 } };
      times.push(await eventually(() => expect(dataPlane.served()).toEqual(served)));
    }
    expect(times.sort((a, b) => a - b)[5]).toBeLessThan(100);
  });

  it('brings a burst of changes with few loads, and ends right', async () => {
    const world = new World(WEB);
    const { dataPlane, started } = await world.start();
    await started;
    dataPlane.delay = 20;
    for (let weight = 1; weight <= 60; weight += 1) {
      world.write('routes.yaml', route('r', 'g', { a: weight, b: 1 }));
      await sleep(1);
    }
    await eventually(() =>
      expect(dataPlane.served()['TCP 192.0.2.1:80']).toMatchObject({ '10.0.0.1:8080': 60 }),
    );
    expect(dataPlane.changes.length).toBeLessThan(20);
  });

  it('takes away what a deleted Gateway had, and every status with it', async () => {
    const world = new World(WEB);
    const { dataPlane, started, controller } = await world.start();
    await started;
    expect(world.files()).toEqual([
      'GatewayClass_blixt.yaml',
      'Gateway_default_g.yaml',
      'TCPRoute_default_r.yaml',
    ]);
    world.write('gateway.yaml', CLASS);
    await eventually(() => expect(dataPlane.served()).toEqual({}));
    await controller.idle();
    expect(world.files()).toEqual(['GatewayClass_blixt.yaml', 'TCPRoute_default_r.yaml']);
    expect(world.status('TCPRoute_default_r.yaml')).toEqual({ parents: [] });
    world.remove('routes.yaml');
    await eventually(() => expect(world.files()).toEqual(['GatewayClass_blixt.yaml']));
  });

  it('leaves Gateways of other controllers alone', async () => {
    const world = new World({
      'a.yaml': CLASS.replace('io/blixt', 'io/other') + gateway('g', at('192.0.2.1')),
    });
    const { dataPlane, started } = await world.start();
    await started;
    expect([dataPlane.served(), world.files()]).toEqual([{}, []]);
  });

  it('keeps what runs when a file breaks', async () => {
    const world = new World(WEB);
    const { dataPlane, started, logger } = await world.start();
    await started;
    const served = dataPlane.served();
    world.write('backends.yaml', 'kind: [');
    await eventually(() => expect(logger.messages('error')).toHaveLength(1));
    await sleep(50);
    expect(dataPlane.served()).toEqual(served);
  });
});

describe('Statuses', () => {
  it('say what is loaded, with the generation that it was judged on', async () => {
    const world = new World(WEB);
    const { started } = await world.start();
    await started;
    expect(world.status('GatewayClass_blixt.yaml').conditions).toEqual(
      condition('Accepted', 'True', 'Accepted'),
    );
    expect(world.status('Gateway_default_g.yaml')).toMatchObject({
      addresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
      conditions: condition('Programmed', 'True', 'Programmed'),
    });
    expect(world.status('TCPRoute_default_r.yaml').parents?.[0]?.conditions).toEqual(
      condition('ResolvedRefs', 'True', 'ResolvedRefs'),
    );
    world.write('gateway.yaml', CLASS + gateway('g', at('192.0.2.2')));
    await eventually(() =>
      expect(world.status('Gateway_default_g.yaml').conditions).toEqual(
        expect.arrayContaining([expect.objectContaining({ type: 'Programmed', observedGeneration: 2 })]),
      ),
    );
  });

  it('of a route name each of its Gateways', async () => {
    const world = new World({
      'a.yaml':
        CLASS +
        gateway('g', at('192.0.2.1')) +
        gateway('h', at('192.0.2.2')) +
        route('r', 'g h', { none: 1 }),
    });
    const { started } = await world.start();
    await started;
    const refused = { conditions: condition('ResolvedRefs', 'False', 'BackendNotFound') };
    expect(world.status('TCPRoute_default_r.yaml').parents).toMatchObject([
      { parentRef: { name: 'g' }, ...refused },
      { parentRef: { name: 'h' }, ...refused },
    ]);
    world.write(
      'a.yaml',
      CLASS + gateway('g', at('192.0.2.1')) + gateway('h', at('192.0.2.2')) + route('r', 'h', { none: 1 }),
    );
    await eventually(() =>
      expect(world.status('TCPRoute_default_r.yaml').parents).toMatchObject([{ parentRef: { name: 'h' } }]),
    );
  });

  it('keep the time of the last transition, over a restart, too', async () => {
    const world = new World(WEB);
    const first = await world.start({ now: () => new Date('2026-01-01T00:00:00Z') });
    await first.started;
    await first.controller.stop();
    const before = readFileSync(join(world.statusDirectory, 'Gateway_default_g.yaml'), 'utf8');
    const second = await world.start({ now: () => new Date('2026-02-02T00:00:00Z') });
    await second.started;
    expect(readFileSync(join(world.statusDirectory, 'Gateway_default_g.yaml'), 'utf8')).toBe(before);
    expect(before).toContain('lastTransitionTime: 2026-01-01T00:00:00Z');
  });

  it('of objects that went while nothing ran are removed at the start', async () => {
    const world = new World(WEB);
    const first = await world.start();
    await first.started;
    await first.controller.stop();
    world.remove('routes.yaml');
    const second = await world.start();
    await second.started;
    expect(world.files()).toEqual(['GatewayClass_blixt.yaml', 'Gateway_default_g.yaml']);
  });

  it('do not say Programmed before the data plane has loaded the rules', async () => {
    const world = new World(WEB);
    const dataPlane = new MemoryDataPlane();
    dataPlane.refuse.set('default/g', new Error('full'));
    const { started, logger } = await world.start({ dataPlane });
    await started;
    const gatewayStatus = () => world.status('Gateway_default_g.yaml').conditions;
    expect(gatewayStatus()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'Programmed',
          status: 'False',
          reason: 'NoResources',
          message: expect.stringContaining('full'),
        }),
      ]),
    );
    expect(logger.messages('error')).toContainEqual(
      'loading Gateway default/g failed and is tried again: full',
    );
    dataPlane.refuse.clear();
    await eventually(() => expect(gatewayStatus()).toEqual(condition('Programmed', 'True', 'Programmed')));
  });

  it('are not invented from a status file that somebody has spoilt', async () => {
    const world = new World(WEB);
    mkdirSync(world.statusDirectory);
    const head =
      'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: default}\n';
    writeFileSync(
      join(world.statusDirectory, 'Gateway_default_g.yaml'),
      `${head}status: {conditions: 7, listeners: {}, addresses: [1]}`,
    );
    const { started } = await world.start();
    await started;
    expect(world.status('Gateway_default_g.yaml').conditions).toEqual(
      condition('Programmed', 'True', 'Programmed'),
    );
  });
});

describe('A data plane that fails', () => {
  it('is tried again until it has loaded everything', async () => {
    const dataPlane = new MemoryDataPlane();
    dataPlane.outage = new Error('no memory');
    const { started, logger } = await new World(WEB).start({ dataPlane });
    await eventually(() => expect(logger.messages('error').length).toBeGreaterThan(2));
    expect(logger.messages('error')[0]).toBe('loading the data plane failed and is tried again: no memory');
    dataPlane.outage = undefined;
    await started;
    expect(Object.keys(dataPlane.served())).toEqual(['TCP 192.0.2.1:80']);
    // Whatever the first load lacks, a data plane that was taken over takes away.
    expect(dataPlane.changes[0]?.set).toHaveLength(1);
  });

  it('gets what changed during the outage', async () => {
    const world = new World(WEB);
    const { dataPlane, started, logger } = await world.start();
    await started;
    dataPlane.outage = new Error('gone');
    world.write('routes.yaml', route('r', 'g', { a: 7, b: 1 }));
    await eventually(() => expect(logger.messages('error').length).toBeGreaterThan(0));
    await eventually(() =>
      expect(world.status('Gateway_default_g.yaml').conditions).toEqual(
        condition('Programmed', 'False', 'NoResources'),
      ),
    );
    dataPlane.outage = undefined;
    await eventually(() =>
      expect(dataPlane.served()['TCP 192.0.2.1:80']).toMatchObject({ '10.0.0.1:8080': 7 }),
    );
    await eventually(() =>
      expect(world.status('Gateway_default_g.yaml').conditions).toEqual(
        condition('Programmed', 'True', 'Programmed'),
      ),
    );
  });
});

describe('Addresses', () => {
  const addressesOf = (world: World, name: string): string[] =>
    (world.status(`Gateway_default_${name}.yaml`).addresses ?? []).map((address) => address.value);

  it('come from the pool, one of each family, by namespace and name', async () => {
    const world = new World({ 'b.yaml': CLASS + gateway('b'), 'a.yaml': gateway('a') });
    const { started } = await world.start({ pool: ['192.0.2.0/29', '2001:db8::/120'] });
    await started;
    expect(addressesOf(world, 'a')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(addressesOf(world, 'b')).toEqual(['192.0.2.2', '2001:db8::2']);
  });

  it('stay over a restart, also when an older Gateway went meanwhile', async () => {
    const world = new World({ 'c.yaml': CLASS, 'a.yaml': gateway('a'), 'b.yaml': gateway('b') });
    const first = await world.start({ pool: ['192.0.2.0/29'] });
    await first.started;
    await first.controller.stop();
    world.remove('a.yaml');
    world.write('0.yaml', gateway('0new'));
    const second = await world.start({ pool: ['192.0.2.0/29'] });
    await second.started;
    expect([addressesOf(world, 'b'), addressesOf(world, '0new')]).toEqual([['192.0.2.2'], ['192.0.2.1']]);
  });

  it('are not assigned where somebody asks for them', async () => {
    const world = new World({ 'a.yaml': CLASS + gateway('a') + gateway('b', at('192.0.2.1')) });
    const { started } = await world.start({ pool: ['192.0.2.0/29'] });
    await started;
    expect([addressesOf(world, 'a'), addressesOf(world, 'b')]).toEqual([['192.0.2.2'], ['192.0.2.1']]);
  });

  it('that are not there make a Gateway wait, and come when one is free', async () => {
    const world = new World({ 'a.yaml': CLASS + gateway('a'), 'b.yaml': gateway('b') });
    const { started } = await world.start({ pool: ['192.0.2.1/32'] });
    await started;
    expect(world.status('Gateway_default_b.yaml').conditions).toEqual(
      condition('Programmed', 'False', 'AddressNotAssigned'),
    );
    world.write('a.yaml', CLASS);
    await eventually(() => expect(addressesOf(world, 'b')).toEqual(['192.0.2.1']));
  });

  it('that no Gateway can have are refused', async () => {
    const world = new World({ 'a.yaml': CLASS + gateway('a', at('224.0.0.1')) });
    const { started, dataPlane } = await world.start();
    await started;
    expect(world.status('Gateway_default_a.yaml').conditions).toEqual(
      condition('Programmed', 'False', 'AddressNotUsable'),
    );
    expect(dataPlane.served()).toEqual({});
  });
});

describe('Two Gateways that want one port of one address', () => {
  const files = {
    'a.yaml': CLASS + gateway('young', at('192.0.2.1'), ', creationTimestamp: 2026-01-02T00:00:00Z'),
    'b.yaml': gateway('old', at('192.0.2.1'), ', creationTimestamp: 2026-01-01T00:00:00Z'),
    'c.yaml':
      route('r', 'young', { a: 1 }) +
      route('s', 'old', { b: 1 }) +
      service('a', '10.0.0.1') +
      service('b', '10.0.0.2'),
  };

  it('the older one has it, the other says so; and takes over when it goes', async () => {
    const world = new World(files);
    const { dataPlane, started, logger } = await world.start();
    await started;
    expect(dataPlane.served()).toEqual({ 'TCP 192.0.2.1:80': { '10.0.0.2:8080': 1 } });
    const young = world.status('Gateway_default_young.yaml');
    expect(young.conditions).toEqual(condition('Accepted', 'False', 'ListenersNotValid'));
    expect(young.listeners?.[0]?.conditions).toEqual(condition('Accepted', 'False', 'PortUnavailable'));
    expect(logger.messages('warn')).toEqual([
      expect.stringContaining('Gateway default/old is older and has it'),
    ]);
    world.remove('b.yaml');
    await eventually(() =>
      expect(dataPlane.served()).toEqual({ 'TCP 192.0.2.1:80': { '10.0.0.1:8080': 1 } }),
    );
    await eventually(() =>
      expect(world.status('Gateway_default_young.yaml').conditions).toEqual(
        condition('Programmed', 'True', 'Programmed'),
      ),
    );
  });
});
