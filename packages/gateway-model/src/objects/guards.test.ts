import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Gateway, GatewayApiObject, TCPRoute } from '../generated/types.ts';
import { backendRef, gateway, namespace, service, tcpRoute } from './builders.ts';
import * as guards from './guards.ts';
import { isGateway, isGatewayApiObject, isKind, isModelObject, isService, isTCPRoute } from './guards.ts';
import type { ModelKind, ModelObject } from './kinds.ts';

const route = tcpRoute({ backendRefs: [backendRef('web', 80)] });

describe('a guard goes by apiVersion and kind', () => {
  it.each<[string, unknown, boolean]>([
    ['the preferred version', { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' }, true],
    ['another served version', { apiVersion: 'gateway.networking.k8s.io/v1beta1', kind: 'Gateway' }, true],
    ['a version that is not served', { apiVersion: 'gateway.networking.k8s.io/v2', kind: 'Gateway' }, false],
    [
      'a kind of that name in another group',
      { apiVersion: 'networking.istio.io/v1', kind: 'Gateway' },
      false,
    ],
    ['another kind', route, false],
    ['no apiVersion', { kind: 'Gateway' }, false],
    ['an apiVersion that is no text', { apiVersion: 1, kind: 'Gateway' }, false],
  ])('%s', (_title, value, expected) => {
    expect(isGateway(value)).toBe(expected);
  });

  it('and there is one for every kind, which knows no other', () => {
    const versions = ['v1', 'discovery.k8s.io/v1', 'gateway.networking.k8s.io/v1', 'blixt.dev/v1alpha1'];
    const objects = versions.flatMap((apiVersion) =>
      Object.keys(guards).map((name) => ({ apiVersion, kind: name.replace(/^is/, '') })),
    );
    const found = objects.filter(isModelObject).map(({ kind }) => kind);
    expect(found.length).toBe(Object.keys(guards).length - 3);
    for (const [name, guard] of Object.entries(guards)) {
      if (guard === isKind || guard === isModelObject || guard === isGatewayApiObject) continue;
      const known = objects.filter((object) => (guard as (value: unknown) => boolean)(object));
      expect(known.map(({ kind }) => kind)).toEqual([name.replace(/^is/, '')]);
    }
  });

  it('so that core kinds are not of Gateway API', () => {
    const objects = [gateway(), route, service('web', [80]), namespace('edge')];
    expect(objects.map(isGatewayApiObject)).toEqual([true, true, false, false]);
    expect(objects.map(isModelObject)).toEqual([true, true, true, true]);
    expect(objects.map((object) => isService(object))).toEqual([false, false, true, false]);
  });
});

describe('a guard answers for any value', () => {
  const throwing = {
    get kind(): string {
      throw new Error('no plain data');
    },
  };
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'Gateway'],
    ['a number', Number.NaN],
    ['a list', []],
    ['a function', () => 'Gateway'],
    ['kinds that Object.prototype has', { apiVersion: 'v1', kind: 'constructor' }],
    ['a getter that throws', throwing],
    ['a revoked proxy', revokedProxy()],
  ])('%s', (_title, value) => {
    expect([
      isGateway(value),
      isKind(value, 'TCPRoute'),
      isGatewayApiObject(value),
      isModelObject(value),
    ]).toEqual([false, false, false, false]);
  });
});

describe('a guard narrows the type', () => {
  it('of what is unknown', () => {
    const value: unknown = route;
    if (isTCPRoute(value)) expectTypeOf(value).toEqualTypeOf<TCPRoute>();
    if (isKind(value, 'Gateway')) expectTypeOf(value).toEqualTypeOf<Gateway>();
    if (isGatewayApiObject(value)) expectTypeOf(value).toEqualTypeOf<GatewayApiObject>();
    expectTypeOf(isKind<'Gateway' | 'TCPRoute'>).guards.toEqualTypeOf<Gateway | TCPRoute>();
  });

  it('of an object of the model', () => {
    const object: ModelObject = gateway() as ModelObject;
    if (isGateway(object)) expectTypeOf(object).toEqualTypeOf<Gateway>();
    else expectTypeOf(object).toEqualTypeOf<Exclude<ModelObject, Gateway>>();
  });

  it('and takes the kinds of the model only', () => {
    expectTypeOf(isKind).parameter(1).toEqualTypeOf<ModelKind>();
  });
});

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
