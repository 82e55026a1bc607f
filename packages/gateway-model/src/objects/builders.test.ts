import { describe, expect, it } from 'vitest';
import { GatewayApiKind } from '../generated/constants.ts';
import { validate } from '../validation/validate.ts';
import {
  backendRef,
  backendTLSPolicy,
  certificateRef,
  endpointSlice,
  gateway,
  gatewayClass,
  grpcRoute,
  grpcRule,
  httpRoute,
  httpRule,
  listener,
  listenerSet,
  methodMatch,
  namespace,
  parentRef,
  pathMatch,
  referenceGrant,
  service,
  tcpRoute,
  terminateTls,
  tlsRoute,
  tlsSecret,
  udpRoute,
} from './builders.ts';
import type { ModelObject } from './kinds.ts';

const backendRefs = [backendRef('web', 80)];

/** The shortest call of each builder. */
const shortest: readonly ModelObject[] = [
  gatewayClass(),
  gateway(),
  listenerSet(),
  httpRoute({}),
  grpcRoute({}),
  tlsRoute({ hostnames: ['web.example.com'], backendRefs }),
  tcpRoute({ backendRefs }),
  udpRoute({ backendRefs }),
  referenceGrant({
    from: [{ group: 'gateway.networking.k8s.io', kind: 'TCPRoute', namespace: 'edge' }],
    to: [{ group: '', kind: 'Service' }],
  }),
  backendTLSPolicy('web', 'web.example.com'),
  service('web', [80]),
  endpointSlice({ service: 'web', endpoints: ['10.0.0.1'], ports: [{ port: 8080 }] }),
  namespace('edge'),
  tlsSecret('cert', { certificate: 'certificate', key: 'key' }),
];

describe('the shortest call of a builder makes a valid object', () => {
  it('for every kind of Gateway API', () => {
    const kinds = new Set<string>(shortest.map(({ kind }) => kind));
    expect(Object.keys(GatewayApiKind).filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it.each(shortest.map((object) => [object.kind, object] as const))('%s', (_kind, object) => {
    expect(validate(object)).toEqual([]);
  });
});

describe('builders of parts make valid objects', () => {
  it.each<[string, ModelObject]>([
    [
      'a listener that terminates TLS, with Secrets of two namespaces',
      gateway({
        listeners: [
          listener('HTTPS', 443, { tls: terminateTls('a', certificateRef('b', { namespace: 'certs' })) }),
        ],
      }),
    ],
    [
      'a listener of a ListenerSet',
      listenerSet({ listeners: [listener('HTTPS', 8443, { tls: terminateTls('a') })] }),
    ],
    [
      'rules of an HTTPRoute',
      httpRoute({
        parentRefs: [parentRef('edge', { sectionName: 'web' })],
        rules: [
          httpRule(backendRefs, { matches: [pathMatch('/api'), pathMatch('/login', 'Exact')] }),
          httpRule([backendRef('web', 80, { weight: 9 }), backendRef('canary', 80)]),
        ],
      }),
    ],
    [
      'rules of a GRPCRoute',
      grpcRoute({
        rules: [
          grpcRule(backendRefs, {
            matches: [methodMatch('shop.Cart', 'AddItem'), methodMatch('shop.Stock')],
          }),
        ],
      }),
    ],
  ])('%s', (_title, object) => {
    expect(validate(object)).toEqual([]);
  });
});

describe('what a builder is given', () => {
  it('takes the place of its defaults', () => {
    expect(gateway({ gatewayClassName: 'other' }, { name: 'edge', namespace: 'infra' })).toMatchObject({
      metadata: { name: 'edge', namespace: 'infra' },
      spec: { gatewayClassName: 'other', listeners: [{ name: 'tcp-80' }] },
    });
  });

  it('has no namespace where the kind has none', () => {
    expect(gatewayClass({}, { namespace: 'infra' }).metadata).not.toHaveProperty('namespace');
  });

  it('is base64 of UTF-8 in a Secret', () => {
    const { data } = tlsSecret('cert', { certificate: 'größe ✓', key: 'k' });
    expect(Buffer.from(data?.['tls.crt'] ?? '', 'base64').toString('utf8')).toBe('größe ✓');
  });
});
