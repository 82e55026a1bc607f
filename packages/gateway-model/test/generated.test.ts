/** What is generated from the CRDs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { pinnedRelease } from '../scripts/release.ts';
import {
  type BackendRef,
  type Condition,
  FeatureName,
  GATEWAY_NAME_LABEL_KEY,
  type Gateway,
  GatewayConditionReason,
  type GatewayStatus,
  gatewayApiVersion,
  type HTTPRouteFilter,
  type HTTPRouteFilterType,
  type Listener,
  type ListenerTLSConfig,
  type ObjectOfKind,
  type ParentReference,
  type ReferenceGrant,
  type Route,
  type RouteConditionType,
  type SubjectAltName,
  type SubjectAltNameType,
  type TCPRoute,
  TLSModeType,
  type UDPRoute,
} from '../src/index.ts';
import { kindSchemas } from '../src/validation/schemas.ts';

const root = join(import.meta.dirname, '..');
const types = readFileSync(join(root, 'src', 'generated', 'types.ts'), 'utf8');
const constants = readFileSync(join(root, 'src', 'generated', 'constants.ts'), 'utf8');

describe('the generated constants', () => {
  it('are the values that the specification names', () => {
    expect(GatewayConditionReason.ListenersNotValid).toBe('ListenersNotValid');
    expect(Object.values(TLSModeType)).toEqual(['Terminate', 'Passthrough']);
    expect(FeatureName.TCPRoute).toBe('TCPRoute');
    expect(GATEWAY_NAME_LABEL_KEY).toBe('gateway.networking.k8s.io/gateway-name');
  });

  it('have, for a field that is one of a list, just the values of the standard channel', () => {
    expectTypeOf<HTTPRouteFilterType>().toEqualTypeOf<HTTPRouteFilter['type']>();
    expectTypeOf<TLSModeType>().toEqualTypeOf<NonNullable<ListenerTLSConfig['mode']>>();
    expectTypeOf<SubjectAltNameType>().toEqualTypeOf<SubjectAltName['type']>();
  });

  it('are types of the same name as well', () => {
    expectTypeOf<'Accepted'>().toExtend<RouteConditionType>();
    expectTypeOf<'accepted'>().not.toExtend<RouteConditionType>();
  });

  it('say which features are of the experimental channel', () => {
    const experimental = /Of fields of the experimental channel\.\n {3}\*\/\n {2}(\w+)/g;
    const found = [...constants.matchAll(experimental)].map(([, name]) => name);
    expect(found).toContain(FeatureName.GatewayListenerFilters);
    expect(found).not.toContain(FeatureName.TCPRoute);
  });

  it('say which are deprecated', () => {
    expect(constants).toMatch(/@deprecated use "Accepted" instead\. \*\/\n {2}Scheduled:/);
  });
});

describe('the generated schemas and types', () => {
  it('are of the release that gateway-api.json names', () => {
    const { version } = pinnedRelease();
    expect(gatewayApiVersion).toBe(version);
    expect(types).toContain(version);
  });

  it('cover every kind, with the versions that are served', () => {
    const served = Object.fromEntries(
      [...kindSchemas].map(([kind, { apiVersions }]) => [
        kind,
        apiVersions.map((text) => text.split('/').at(-1)),
      ]),
    );
    expect(served).toEqual({
      GatewayClass: ['v1', 'v1beta1'],
      Gateway: ['v1', 'v1beta1'],
      ListenerSet: ['v1'],
      HTTPRoute: ['v1', 'v1beta1'],
      GRPCRoute: ['v1'],
      TLSRoute: ['v1'],
      TCPRoute: ['v1'],
      UDPRoute: ['v1'],
      ReferenceGrant: ['v1', 'v1beta1'],
      BackendTLSPolicy: ['v1'],
      Service: ['v1'],
      EndpointSlice: ['v1'],
      Namespace: ['v1'],
      Secret: ['v1'],
      BlixtParameters: ['v1alpha1'],
    });
  });

  it('are exported, each by its name', () => {
    const index = readFileSync(join(root, 'src', 'index.ts'), 'utf8');
    const exported = new Set(index.match(/\w+/g));
    const generated = [types, constants].flatMap((source) =>
      [...source.matchAll(/^export (?:interface|type|const) (\w+)/gm)].map(([, name]) => name ?? ''),
    );
    expect(generated.length).toBeGreaterThan(100);
    expect(generated.filter((name) => !exported.has(name))).toEqual([]);
  });

  it('have no constant, type or field without documentation', () => {
    for (const source of [types, constants]) {
      const lines = source.split('\n');
      const declarations = lines.flatMap((line, index) =>
        /^(export | {2}[\w']+: | {2}readonly )/.test(line) && !/^ {2}\w+: \[/.test(line) ? [index] : [],
      );
      expect(declarations.length).toBeGreaterThan(200);
      expect(declarations.filter((index) => !lines[index - 1]?.trim().endsWith('*/'))).toEqual([]);
      expect(source).not.toMatch(/\/\*\*\s*\*\//);
    }
  });

  it('carry the documentation of the fields', () => {
    expect(types).toMatch(/\/\*\*[^/]*Port is the network port[^/]*\*\/\s+readonly port: number;/s);
  });

  it('narrow by kind, and share what the kinds share', () => {
    expectTypeOf<ObjectOfKind<'Gateway'>>().toEqualTypeOf<Gateway>();
    expectTypeOf<Route['kind']>().toEqualTypeOf<'TCPRoute' | 'UDPRoute' | 'HTTPRoute'>();
    expectTypeOf<Gateway['spec']['listeners']>().toEqualTypeOf<readonly Listener[]>();
    expectTypeOf<NonNullable<GatewayStatus['conditions']>>().toEqualTypeOf<readonly Condition[]>();
    expectTypeOf<NonNullable<TCPRoute['spec']['parentRefs']>>().toEqualTypeOf<readonly ParentReference[]>();
    expectTypeOf<UDPRoute['spec']['rules'][number]['backendRefs']>().toEqualTypeOf<readonly BackendRef[]>();
    expectTypeOf<ReferenceGrant['metadata']['namespace']>().toEqualTypeOf<string>();
    expectTypeOf<Listener['port']>().toEqualTypeOf<number>();
  });
});
