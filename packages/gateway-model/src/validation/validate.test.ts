import { describe, expect, it } from 'vitest';
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  listener,
  namespace,
  parentRef,
  service,
  tcpRoute,
} from '../objects/builders.ts';
import { parseObject, validate } from './validate.ts';

/** A deep copy with one field set; `undefined` takes the field away. */
function set(object: object, path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(object);
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let parent: unknown = copy;
  for (const step of steps) parent = Reflect.get(Object(parent), step);
  if (value === undefined) Reflect.deleteProperty(Object(parent), last);
  else Reflect.set(Object(parent), last, value);
  return copy;
}

const aGateway = gateway({ listeners: [listener('TCP', 80)] });
const aRoute = tcpRoute({ backendRefs: [backendRef('web', 80)] });
const told = (value: unknown) => validate(value).map(({ path, code }) => `${path} ${code}`);

describe('valid objects', () => {
  it.each([
    ['GatewayClass', gatewayClass()],
    ['Gateway', aGateway],
    ['Gateway v1beta1', { ...aGateway, apiVersion: 'gateway.networking.k8s.io/v1beta1' }],
    ['TCPRoute', aRoute],
    ['Service', service('web', [80, { name: 'x', port: 81, targetPort: 'http' }])],
    ['EndpointSlice', endpointSlice({ service: 'web', endpoints: ['10.0.0.1'], ports: [{ port: 80 }] })],
    ['Namespace', namespace('shop', { team: 'a' })],
  ])('%s', (_, object) => {
    expect(validate(object)).toEqual([]);
  });

  it('come back with their defaults', () => {
    const result = parseObject(set(aRoute, 'spec.parentRefs', [{ name: 'gateway' }]));
    expect(result).toMatchObject({
      ok: true,
      object: {
        spec: { parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gateway' }] },
      },
    });
  });

  it('fields of core kinds that are not read are not looked at', () => {
    expect(validate(set(service('web', [80]), 'spec.ipFamilyPolicy', 'SingleStack'))).toEqual([]);
    expect(
      validate({ ...namespace('shop'), spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
    ).toEqual([]);
  });
});

describe('kind and version', () => {
  it.each([
    ['nothing', undefined, ' type'],
    ['null', null, ' type'],
    ['a text', 'kind: Gateway', ' type'],
    ['a list', [aGateway], ' type'],
    ['no kind', {}, 'kind required'],
    ['an unknown kind', { ...aGateway, kind: 'Gatway' }, 'kind unknown-kind'],
    ['a kind that is no text', { ...aGateway, kind: 7 }, 'kind unknown-kind'],
    ['no version', { kind: 'Gateway' }, 'apiVersion required'],
    [
      'a version that is not served',
      { ...aRoute, apiVersion: 'gateway.networking.k8s.io/v1alpha2' },
      'apiVersion unknown-version',
    ],
  ])('%s', (_, value, expected) => {
    expect(told(value)).toEqual([expected]);
  });

  it('a misspelt kind gets a suggestion', () => {
    expect(validate({ ...aGateway, kind: 'TcpRoute' })[0]?.message).toContain('did you mean TCPRoute?');
  });
});

describe('structure', () => {
  it.each<[string, object, string, unknown, string[]]>([
    ['a port out of range', aGateway, 'spec.listeners.0.port', 70_000, ['spec.listeners[0].port range']],
    ['a port that is a text', aGateway, 'spec.listeners.0.port', '80', ['spec.listeners[0].port type']],
    ['a port that is a fraction', aGateway, 'spec.listeners.0.port', 80.5, ['spec.listeners[0].port type']],
    [
      'a missing field',
      aGateway,
      'spec.listeners.0.protocol',
      undefined,
      ['spec.listeners[0].protocol required'],
    ],
    ['an unknown field', aGateway, 'spec.listeners.0.prot', 80, ['spec.listeners[0].prot unknown-field']],
    ['an empty list', aGateway, 'spec.listeners', [], ['spec.listeners length']],
    [
      'a value that is not listed',
      aGateway,
      'spec.listeners.0.allowedRoutes',
      { namespaces: { from: 'all' } },
      ['spec.listeners[0].allowedRoutes.namespaces.from enum'],
    ],
    ['a name that does not match', aGateway, 'metadata.name', 'My Gateway', ['metadata.name pattern']],
    ['no namespace', aGateway, 'metadata.namespace', undefined, ['metadata.namespace required']],
    [
      'no metadata',
      aGateway,
      'metadata',
      undefined,
      ['metadata.name required', 'metadata.namespace required'],
    ],
    [
      'a label that is no text',
      aGateway,
      'metadata.labels',
      { 'example.com/a': 1 },
      ['metadata.labels["example.com/a"] type'],
    ],
    [
      'a date that is none',
      aGateway,
      'metadata.creationTimestamp',
      'yesterday',
      ['metadata.creationTimestamp format'],
    ],
    [
      'an address that is none',
      aGateway,
      'spec.addresses',
      [{ value: '10.0.0.300' }],
      ['spec.addresses[0].value format'],
    ],
    [
      'two rules',
      aRoute,
      'spec.rules',
      [{ backendRefs: [backendRef('a', 1)] }, { backendRefs: [backendRef('a', 1)] }],
      ['spec.rules length'],
    ],
    [
      'a weight below 0',
      aRoute,
      'spec.rules.0.backendRefs.0.weight',
      -1,
      ['spec.rules[0].backendRefs[0].weight range'],
    ],
    ['spec is a list', aRoute, 'spec', [], ['spec type']],
    ['a Service port of 0', service('web', [80]), 'spec.ports.0.port', 0, ['spec.ports[0].port range']],
    [
      'an EndpointSlice of no known type',
      endpointSlice({ service: 'web', endpoints: [], ports: [] }),
      'addressType',
      'ipv4',
      ['addressType enum'],
    ],
    [
      'an endpoint without an address',
      endpointSlice({ service: 'web', endpoints: [], ports: [] }),
      'endpoints',
      [{ addresses: [] }],
      ['endpoints[0].addresses length'],
    ],
    [
      'a targetPort that is neither',
      service('web', [80]),
      'spec.ports.0.targetPort',
      true,
      ['spec.ports[0].targetPort type'],
    ],
  ])('%s', (_, object, path, value, expected) => {
    expect(told(set(object, path, value))).toEqual(expected);
  });

  it('tells path, value, expectation and what to do', () => {
    expect(validate(set(aGateway, 'spec.listeners.0.prot', 'TCP'))).toEqual([
      {
        path: 'spec.listeners[0].prot',
        value: 'TCP',
        expected: 'no such field',
        message: 'spec.listeners[0].prot: expected no such field, got "TCP"; did you mean port?',
        code: 'unknown-field',
        suggestion: 'did you mean port?',
      },
    ]);
    expect(validate(set(aGateway, 'spec.listeners.0.port', 70_000))[0]?.message).toBe(
      'spec.listeners[0].port: expected an integer from 1 to 65535, got 70000',
    );
    expect(
      validate(set(aGateway, 'spec.listeners.0.allowedRoutes', { namespaces: { from: 'all' } }))[0]?.message,
    ).toBe(
      'spec.listeners[0].allowedRoutes.namespaces.from: expected "All" or "Selector" or "Same", got "all"; did you mean All?',
    );
  });

  it('lists what fields there are when no name is near, however few', () => {
    expect(validate(set(aGateway, 'spec.allowedListeners', { selects: 1 }))[0]?.suggestion).toBe(
      'known fields: namespaces',
    );
  });

  it('tells every error, not only the first', () => {
    const twice = set(aGateway, 'spec.listeners.0', { name: 'a', port: 0 });
    expect(told(twice)).toEqual(['spec.listeners[0].protocol required', 'spec.listeners[0].port range']);
  });
});

describe('a namespace can be given for objects that name none', () => {
  it('as kubectl would', () => {
    const bare = set(aGateway, 'metadata.namespace', undefined);
    expect(parseObject(bare, { namespace: 'shop' })).toMatchObject({
      ok: true,
      object: { metadata: { namespace: 'shop' } },
    });
    expect(parseObject(aGateway, { namespace: 'shop' })).toMatchObject({
      object: { metadata: { namespace: 'default' } },
    });
    expect(parseObject(gatewayClass(), { namespace: 'shop' })).toMatchObject({ ok: true });
  });
});

describe('lists that are maps have unique keys', () => {
  it('listeners by name, Service ports by port and protocol', () => {
    const twins = gateway({
      listeners: [listener('TCP', 80, { name: 'a' }), listener('TCP', 81, { name: 'a' })],
    });
    // Twice: for the list's key, and for the rule of the CRD.
    expect(told(twins)).toEqual(['spec.listeners[1] duplicate', 'spec.listeners[1] duplicate']);
    expect(validate(twins)[0]?.message).toContain('a name unique in the list');
    const ports = [
      { name: 'a', port: 53 },
      { name: 'b', port: 53, protocol: 'TCP' as const },
      { name: 'c', port: 53, protocol: 'UDP' as const },
    ];
    expect(told(service('dns', ports))).toEqual(['spec.ports[1] duplicate']);
  });
});

describe('rules across fields', () => {
  const tls = { certificateRefs: [{ name: 'c' }] };

  it.each([
    ['tls on TCP', [listener('TCP', 80, { tls })], ['spec.listeners[0].tls forbidden']],
    ['tls on HTTP', [listener('HTTP', 80, { tls })], ['spec.listeners[0].tls forbidden']],
    [
      'hostname on UDP',
      [listener('UDP', 80, { hostname: 'a.test' })],
      ['spec.listeners[0].hostname forbidden'],
    ],
    [
      'HTTPS that passes through',
      [listener('HTTPS', 443, { tls: { ...tls, mode: 'Passthrough' } })],
      ['spec.listeners[0].tls.mode rule'],
    ],
    ['HTTPS without certificates', [listener('HTTPS', 443, { tls: {} })], ['spec.listeners[0].tls rule']],
    ['TLS without a mode', [listener('TLS', 443)], ['spec.listeners[0].tls.mode required']],
    [
      'port, protocol and hostname twice',
      [listener('TCP', 80, { name: 'a' }), listener('TCP', 80, { name: 'b' })],
      ['spec.listeners[1] duplicate'],
    ],
    ['TCP and UDP on one port', [listener('TCP', 80), listener('UDP', 80)], []],
    ['TCP and HTTP on one port', [listener('TCP', 80), listener('HTTP', 80)], []],
    [
      'HTTP with two host names',
      [listener('HTTP', 80, { name: 'a', hostname: 'a.test' }), listener('HTTP', 80, { name: 'b' })],
      [],
    ],
  ] as const)('listeners: %s', (_, listeners, expected) => {
    expect(told(gateway({ listeners }))).toEqual(expected);
  });

  it('addresses are unique by type', () => {
    const addresses = [
      { value: '192.0.2.1' },
      { type: 'IPAddress', value: '192.0.2.1' },
      { type: 'Hostname', value: 'a.test' },
    ];
    expect(told(gateway({ listeners: [listener('TCP', 80)], addresses }))).toEqual([
      'spec.addresses[1] duplicate',
    ]);
  });

  it('addresses without a value may be several', () => {
    const addresses = [{ type: 'IPAddress' }, { type: 'IPAddress' }];
    expect(told(gateway({ listeners: [listener('TCP', 80)], addresses }))).toEqual([]);
  });

  it('a Service backendRef needs a port', () => {
    expect(told(set(aRoute, 'spec.rules.0.backendRefs.0.port', undefined))).toEqual([
      'spec.rules[0].backendRefs[0].port required',
    ]);
  });

  it.each([
    [
      'one with a sectionName and one without',
      [parentRef('a', { sectionName: 'x' }), parentRef('a')],
      ['spec.parentRefs[1].sectionName rule'],
    ],
    [
      'the same sectionName twice',
      [parentRef('a', { sectionName: 'x' }), parentRef('a', { sectionName: 'x' })],
      ['spec.parentRefs[1] duplicate'],
    ],
    [
      'two that differ by port only',
      [parentRef('a', { port: 1 }), parentRef('a', { port: 2 })],
      ['spec.parentRefs[1] duplicate'],
    ],
    ['two sections', [parentRef('a', { sectionName: 'x' }), parentRef('a', { sectionName: 'y' })], []],
    ['two parents', [parentRef('a'), parentRef('b'), parentRef('a', { namespace: 'other' })], []],
  ] as const)('parentRefs: %s', (_, parentRefs, expected) => {
    expect(told(tcpRoute({ parentRefs, backendRefs: [backendRef('web', 80)] }))).toEqual(expected);
  });
});

describe('no value makes validation throw', () => {
  it('values that are no data', () => {
    const cyclic: Record<string, unknown> = { ...aGateway };
    cyclic.spec = cyclic;
    const hostile = {
      get kind(): string {
        throw new Error('boom');
      },
    };
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const big = set(aGateway, 'spec.listeners.0.port', 10n);
    for (const value of [cyclic, hostile, revoked.proxy, big, Symbol('x'), () => 1, Number.NaN, new Map()]) {
      expect(validate(value).length).toBeGreaterThan(0);
    }
    expect(validate(hostile)[0]).toMatchObject({ code: 'unreadable', path: '' });
  });

  it('names that every JavaScript object has', () => {
    expect(told({ kind: 'constructor', apiVersion: 'v1' })).toEqual(['kind unknown-kind']);
    expect(
      told(JSON.parse('{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"a","__proto__":{"x":1}}}')),
    ).toEqual(['metadata.__proto__ unknown-field']);
  });
});
