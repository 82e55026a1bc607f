/** BlixtParameters: the model and a kube-apiserver with our CRD say the same of each, and give it the same defaults. */
import { join } from 'node:path';
import { type ControlPlane, installCrds, startControlPlane } from '@blixt/cluster';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { create, mapConcurrently } from './api.ts';
import { compare, describe as describeComparison } from './comparison.ts';
import type { ServedKind } from './crds.ts';

const served: ServedKind = {
  kind: 'BlixtParameters',
  apiVersion: 'blixt.dev/v1alpha1',
  root: '/apis/blixt.dev/v1alpha1',
  plural: 'blixtparameters',
  namespaced: false,
  statusSubresource: false,
  schema: {},
};

const NOTHING = undefined;
const providers = [NOTHING, 'Pool', 'Node', 'Service', 'pool', 3];
const pools = [
  NOTHING,
  {},
  { ranges: [] },
  { ranges: ['203.0.113.0/28', '2001:db8::/112', '203.0.113.32-203.0.113.40', '192.0.2.1'] },
  { ranges: ['203.0.113.0/28', '203.0.113.0/28'] },
  { ranges: ['nonsense'] },
  { ranges: ['203.0.113.0/28'], requests: 'Any' },
  { ranges: ['203.0.113.0/28'], requests: 'None', more: true },
];
const nodes = [NOTHING, {}, { type: 'ExternalIP' }, { type: 'Hostname' }];
const services = [NOTHING, {}, { loadBalancerClass: 'example.com/lb' }, { loadBalancerClass: '' }];

const addresses = providers.flatMap((provider) =>
  pools.flatMap((pool) =>
    nodes.flatMap((node) => services.map((service) => ({ provider, pool, node, service }))),
  ),
);
const specs: unknown[] = [
  ...addresses.map((it) => ({ addresses: it })),
  ...[{}, { mode: 'snat' }, { mode: 'local' }, { mode: 'dsr' }, { mode: null }, { addresses: null }],
  ...[NOTHING, null, 'text', { addresses: {} }, { addresses: [] }, { moed: 'snat' }],
];

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane({ connections: 8 });
  await installCrds(cluster, join(import.meta.dirname, '../../crds'));
}, 20 * 60_000);

afterAll(() => cluster?.stop());

it(`of ${specs.length} BlixtParameters`, async () => {
  const comparisons = await mapConcurrently(specs, 8, async (spec) => {
    // Without the fields that are undefined, as JSON has it.
    const { apiVersion, kind } = served;
    const object = JSON.parse(JSON.stringify({ apiVersion, kind, metadata: { name: 'p' }, spec }));
    const request = { namespace: 'default' };
    return compare(
      { served, object, origin: 'made' },
      await create(cluster, served, object, request),
      request,
    );
  });
  const disagreements = comparisons.filter(({ disagreement }) => disagreement !== undefined);
  expect(disagreements.slice(0, 5).map(describeComparison)).toEqual([]);
  expect(comparisons.filter(({ compared }) => compared).length).toBeGreaterThan(10);
  expect(comparisons.filter(({ verdict }) => !verdict.accepted).length).toBeGreaterThan(500);
}, 300_000);
