import { describe, expect, it } from 'vitest';
import type { ModelKind } from '../objects/kinds.ts';
import { modelKinds } from './kind-info.ts';

/** Fails to compile when the model gets a kind that is not listed here. */
const scopes: Readonly<Record<ModelKind, readonly [group: string, namespaced: boolean]>> = {
  GatewayClass: ['gateway.networking.k8s.io', false],
  Gateway: ['gateway.networking.k8s.io', true],
  ListenerSet: ['gateway.networking.k8s.io', true],
  HTTPRoute: ['gateway.networking.k8s.io', true],
  GRPCRoute: ['gateway.networking.k8s.io', true],
  TLSRoute: ['gateway.networking.k8s.io', true],
  TCPRoute: ['gateway.networking.k8s.io', true],
  UDPRoute: ['gateway.networking.k8s.io', true],
  ReferenceGrant: ['gateway.networking.k8s.io', true],
  BackendTLSPolicy: ['gateway.networking.k8s.io', true],
  BlixtParameters: ['blixt.dev', false],
  Service: ['', true],
  Secret: ['', true],
  Namespace: ['', false],
  EndpointSlice: ['discovery.k8s.io', true],
};

describe('the table of kinds', () => {
  it('has every kind of the model, with its group and scope', () => {
    const found = [...modelKinds].map(([name, { kind, group, namespaced }]) => {
      expect(kind).toBe(name);
      return [kind, [group, namespaced]];
    });
    expect(Object.fromEntries(found)).toEqual(scopes);
  });

  it('names served versions, all of the kind’s group', () => {
    expect(modelKinds.get('ReferenceGrant')?.apiVersions).toEqual([
      'gateway.networking.k8s.io/v1',
      'gateway.networking.k8s.io/v1beta1',
    ]);
    for (const { group, apiVersions } of modelKinds.values())
      for (const version of apiVersions) expect(version.startsWith(group)).toBe(true);
  });
});
