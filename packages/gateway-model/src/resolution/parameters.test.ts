import { describe, expect, it } from 'vitest';
import type { GatewayClass } from '../generated/types.ts';
import { ObjectIndex } from '../index.ts';
import type { BlixtParameters } from '../objects/blixt-parameters.ts';
import { validate } from '../validation/validate.ts';
import { findParameters } from './parameters.ts';

const CONTROLLER = 'example.com/controller';

const parameters = (spec: BlixtParameters['spec'] = {}): BlixtParameters => ({
  apiVersion: 'blixt.dev/v1alpha1',
  kind: 'BlixtParameters',
  metadata: { name: 'edge' },
  spec,
});

const gatewayClass = (parametersRef?: GatewayClass['spec']['parametersRef']): GatewayClass => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'blixt' },
  spec: { controllerName: CONTROLLER, ...(parametersRef === undefined ? {} : { parametersRef }) },
});

const ref = { group: 'blixt.dev', kind: 'BlixtParameters', name: 'edge' };

describe('what a GatewayClass refers to in spec.parametersRef', () => {
  const index = new ObjectIndex({ controllerName: CONTROLLER });
  const edge = parameters();
  index.apply({ type: 'upsert', object: edge });

  it('may be nothing', () => {
    expect(findParameters(gatewayClass(), index)).toEqual({ ok: true });
  });

  it('is found by name', () => {
    expect(findParameters(gatewayClass(ref), index)).toEqual({ ok: true, parameters: edge });
  });

  it.each([
    [{ ...ref, name: 'other' }, 'there is no BlixtParameters other; create it'],
    [{ ...ref, kind: 'ConfigMap', group: '' }, 'got ConfigMap edge'],
    [{ ...ref, group: 'example.com' }, 'got example.com/BlixtParameters edge'],
    [
      { ...ref, namespace: 'blixt-system' },
      'without namespace, got blixt.dev/BlixtParameters blixt-system/edge',
    ],
  ])('is said to be wrong where it leads nowhere: %j', (wrong, message) => {
    expect(findParameters(gatewayClass(wrong), index)).toEqual({
      ok: false,
      message: expect.stringContaining(message),
    });
  });
});

describe('a change of parameters', () => {
  it('touches the classes of ours that refer to them, and their Gateways', () => {
    const index = new ObjectIndex({ controllerName: CONTROLLER });
    const upsert = (object: Parameters<typeof index.apply>[0]['object']) =>
      index.apply({ type: 'upsert', object });
    upsert(gatewayClass(ref));
    upsert({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { namespace: 'default', name: 'web' },
      spec: { gatewayClassName: 'blixt', listeners: [] },
    });
    const touched = {
      gatewayClasses: ['blixt'],
      gateways: [{ namespace: 'default', name: 'web' }],
      listenerSets: [],
    };
    const nothing = { gatewayClasses: [], gateways: [], listenerSets: [] };
    expect(upsert(parameters())).toEqual(touched);
    expect(upsert({ ...parameters(), metadata: { name: 'edge', labels: { a: 'b' } } })).toEqual(nothing);
    expect(upsert(parameters({ mode: 'local' }))).toEqual(touched);
    expect(upsert({ ...parameters(), metadata: { name: 'other' } })).toEqual(nothing);
    expect(index.apply({ type: 'delete', object: parameters() })).toEqual(touched);
    upsert(gatewayClass());
    expect(upsert(parameters())).toEqual(nothing);
  });
});

describe('BlixtParameters', () => {
  const errorsOf = (spec: unknown): string[] => {
    const result = validate({ ...parameters(), spec });
    return result.map(({ path, message }) => `${path}: ${message}`);
  };

  it.each([
    {},
    { mode: 'local' },
    { addresses: { pool: { ranges: ['192.0.2.0/28', '192.0.2.32-192.0.2.40', '2001:db8::1'] } } },
    { addresses: { provider: 'Node', node: { type: 'ExternalIP' } } },
    { addresses: { provider: 'Service', service: { loadBalancerClass: 'metallb.io/metallb' } } },
  ])('may be %j', (spec) => {
    expect(errorsOf(spec)).toEqual([]);
  });

  it.each([
    [{ mode: 'dsr' }, 'spec.mode'],
    [{ addresses: {} }, 'pool must be set for provider Pool'],
    [{ addresses: { provider: 'Node', pool: { ranges: ['192.0.2.1'] } } }, 'and for no other'],
    [{ addresses: { provider: 'Service', node: {} } }, 'node must be set for provider Node only'],
    [{ addresses: { pool: { ranges: [] } } }, 'spec.addresses.pool.ranges'],
    [{ addresses: { pool: { ranges: ['banana'] } } }, 'spec.addresses.pool.ranges[0]'],
    [{ addresses: { pool: { ranges: ['192.0.2.1', '192.0.2.1'] } } }, 'spec.addresses.pool.ranges[1]'],
  ])('must not be %j', (spec, told) => {
    expect(errorsOf(spec).join('\n')).toContain(told);
  });
});
