/** What is generated from the CRDs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type BackendRef,
  type Condition,
  type Gateway,
  type GatewayStatus,
  gatewayApiVersion,
  type Listener,
  type ObjectOfKind,
  type ParentReference,
  type ReferenceGrant,
  type Route,
  type TCPRoute,
  type UDPRoute,
} from '../src/index.ts';
import { kindSchemas } from '../src/validation/schemas.ts';

const root = join(import.meta.dirname, '..');
const types = readFileSync(join(root, 'src', 'generated', 'types.ts'), 'utf8');

describe('the generated schemas and types', () => {
  it('are of the release that gateway-api.json names', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'gateway-api.json'), 'utf8'));
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
    });
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
