/** What the parameters of a GatewayClass do to its Gateways. */
import { describe, expect, it } from 'vitest';
import { at, condition, DirectoryWorld, gateway, route, service } from '../test/directory-world.ts';
import { eventually } from '../test/eventually.ts';

const CLASS = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: blixt}
spec:
  controllerName: gateway.networking.k8s.io/blixt
  parametersRef: {group: blixt.dev, kind: BlixtParameters, name: edge}
`;

const parameters = (spec: object): string => `
---
apiVersion: blixt.dev/v1alpha1
kind: BlixtParameters
metadata: {name: edge}
spec: ${JSON.stringify(spec)}
`;

const pool = (...ranges: string[]): object => ({ addresses: { pool: { ranges } } });

const SERVED = gateway('web') + route('web', 'web', { app: 1 }) + service('app', '10.0.0.1');
const CLASS_STATUS = 'GatewayClass_blixt.yaml';
const GATEWAY_STATUS = 'Gateway_default_web.yaml';

const addressesOf = (world: DirectoryWorld): unknown =>
  world.status(GATEWAY_STATUS).addresses?.map(({ value }) => value);
const classConditions = (world: DirectoryWorld): unknown => world.status(CLASS_STATUS).conditions;

async function start(settings: object) {
  const world = new DirectoryWorld({
    'class.yaml': CLASS,
    'parameters.yaml': parameters(settings),
    'web.yaml': SERVED,
  });
  const running = await world.start();
  await running.started;
  return { world, ...running };
}

describe('parameters of a GatewayClass', () => {
  it('give its Gateways their pool and their mode, and change them while they run', async () => {
    const { world, dataPlane } = await start({ mode: 'local', ...pool('192.0.2.0/29') });
    expect(addressesOf(world)).toEqual(['192.0.2.1']);
    expect(classConditions(world)).toEqual(condition('Accepted', 'True', 'Accepted'));
    const loaded = (): unknown => dataPlane.changes.at(-1)?.set;
    expect(loaded()).toMatchObject([{ mode: 'local', services: [{ address: '192.0.2.1' }] }]);
    world.write('parameters.yaml', parameters({ mode: 'snat', ...pool('192.0.2.0/29') }));
    await eventually(() => expect(loaded()).toMatchObject([{ mode: 'snat' }]));
    world.write('parameters.yaml', parameters(pool('198.51.100.0/29')));
    await eventually(() => expect(addressesOf(world)).toEqual(['198.51.100.1']));
    await eventually(() => expect(loaded()).toMatchObject([{ services: [{ address: '198.51.100.1' }] }]));
  });

  it('refuse addresses outside of the pool', async () => {
    const { world } = await start(pool('192.0.2.0/29'));
    world.write('web.yaml', gateway('web', at('203.0.113.9')));
    await eventually(() =>
      expect(world.status(GATEWAY_STATUS).conditions).toEqual(
        condition('Programmed', 'False', 'AddressNotUsable'),
      ),
    );
    world.write('web.yaml', gateway('web', at('192.0.2.5')));
    await eventually(() => expect(addressesOf(world)).toEqual(['192.0.2.5']));
  });

  it('that are missing make the class not accepted, until they are there', async () => {
    const world = new DirectoryWorld({ 'class.yaml': CLASS, 'web.yaml': SERVED });
    const { started, dataPlane, logger } = await world.start();
    await started;
    expect(classConditions(world)).toEqual(condition('Accepted', 'False', 'InvalidParameters'));
    expect(dataPlane.changes.at(-1)?.set).toEqual([]);
    expect(logger.messages('warn').join('\n')).toContain('there is no BlixtParameters edge; create it');
    world.write('parameters.yaml', parameters(pool('192.0.2.0/29')));
    await eventually(() => expect(addressesOf(world)).toEqual(['192.0.2.1']));
    expect(classConditions(world)).toEqual(condition('Accepted', 'True', 'Accepted'));
  });

  it.each([
    ['are gone', (world: DirectoryWorld) => world.remove('parameters.yaml')],
    [
      'have ranges that overlap',
      (world: DirectoryWorld) =>
        world.write('parameters.yaml', parameters(pool('198.51.100.1', '198.51.100.0/29'))),
    ],
    [
      'name a provider that there is not',
      (world: DirectoryWorld) =>
        world.write('parameters.yaml', parameters({ addresses: { provider: 'Service' } })),
    ],
  ])('that %s are told, and do not take down what runs', async (_title, spoil) => {
    const { world, dataPlane, controller } = await start(pool('192.0.2.0/29'));
    const before = dataPlane.changes.length;
    spoil(world);
    await eventually(() =>
      expect(classConditions(world)).toEqual(condition('Accepted', 'False', 'InvalidParameters')),
    );
    await controller.idle();
    expect(dataPlane.changes.slice(before)).toEqual([]);
    expect(addressesOf(world)).toEqual(['192.0.2.1']);
    world.write('parameters.yaml', parameters(pool('192.0.2.0/29')));
    await eventually(() => expect(classConditions(world)).toEqual(condition('Accepted', 'True', 'Accepted')));
  });
});
