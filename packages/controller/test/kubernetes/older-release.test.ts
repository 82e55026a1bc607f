/** A cluster whose CRDs are of an older release of Gateway API, and are upgraded while a controller runs. */
import { installGatewayApi } from '@blixt/cluster';
import { gatewayApiVersion, gatewayClass } from '@blixt/gateway-model';
import { expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { clusterForTests } from './cluster-for-tests.ts';
import { backend, GatewayWorld, gatewayAt, routeTo } from './gateway-world.ts';
import { kubernetesController } from './kubernetes-controller.ts';

/** Serves TCPRoutes and UDPRoutes as v1alpha2, of the experimental channel. */
const OLDER = 'v1.5.1';

const cluster = await clusterForTests();
await installGatewayApi(cluster, OLDER, 'experimental');
const world = new GatewayWorld(cluster);

it('is told what it serves and what is wanted, does what it can, and all of it after the upgrade', async () => {
  const [blixt, edge] = [gatewayClass(), gatewayAt('edge', '192.0.2.1')];
  await world.apply(blixt, edge, ...backend('web', '10.0.0.1'));
  const { start, logger, dataPlane } = kubernetesController(cluster);
  await start();
  const told = (): string[] => logger.messages('warn').filter((it) => it.includes(' as v1alpha2'));
  await eventually(() =>
    expect(told().sort()).toEqual(
      ['tcproutes', 'udproutes'].map(
        (name) =>
          `the API server serves ${name}.gateway.networking.k8s.io as v1alpha2, and not as v1: install a release of its CustomResourceDefinition that serves v1; waiting for it`,
      ),
    ),
  );
  const classCondition = async (type: string) =>
    (await world.get(blixt)).status?.conditions?.find((it) => it.type === type);
  expect(await classCondition('Accepted')).toMatchObject({ status: 'True' });
  expect(await classCondition('SupportedVersion')).toMatchObject({
    status: 'False',
    reason: 'UnsupportedVersion',
    message: expect.stringContaining(OLDER),
  });
  expect(dataPlane.served()).toEqual({ 'TCP 192.0.2.1:80': { reject: 1 } });

  await installGatewayApi(cluster, gatewayApiVersion);
  await eventually(async () =>
    expect(await classCondition('SupportedVersion')).toMatchObject({ status: 'True' }),
  );
  const route = routeTo('web', 'edge', 'web');
  await world.apply(route);
  await eventually(async () => {
    expect(dataPlane.served()).toEqual({ 'TCP 192.0.2.1:80': { '10.0.0.1:8080': 1 } });
    expect((await world.get(route)).status?.parents).toHaveLength(1);
  }, 15_000);
  expect(told()).toHaveLength(2);
  expect(logger.messages('error')).toEqual([]);
}, 120_000);
