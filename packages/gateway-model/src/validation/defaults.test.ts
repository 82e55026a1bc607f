import { describe, expect, it } from 'vitest';
import { endpointSlice, gateway, listener, tcpRoute } from '../objects/builders.ts';
import { withDefaults } from './defaults.ts';

describe('defaults of the schemas', () => {
  it('a Gateway: its listeners’ allowedRoutes, its status as the API server creates it', () => {
    const object = withDefaults(
      gateway({ listeners: [listener('TCP', 80)], addresses: [{ value: '192.0.2.1' }] }),
    );
    expect(object.spec.listeners[0]?.allowedRoutes).toEqual({ namespaces: { from: 'Same' } });
    expect(object.spec.addresses).toEqual([{ type: 'IPAddress', value: '192.0.2.1' }]);
    expect(object.status?.conditions?.map(({ type, status }) => [type, status])).toEqual([
      ['Accepted', 'Unknown'],
      ['Programmed', 'Unknown'],
    ]);
  });

  it('a TCPRoute: references', () => {
    const object = withDefaults(
      tcpRoute({ parentRefs: [{ name: 'g' }], backendRefs: [{ name: 'web', port: 80 }] }),
    );
    expect(object.spec).toEqual({
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'g' }],
      rules: [{ backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }] }],
    });
  });

  it('what is given stays, falsy values as well', () => {
    const ref = { group: 'example.com', kind: 'Thing', name: 'x', weight: 0 };
    expect(withDefaults(tcpRoute({ backendRefs: [ref] })).spec.rules[0]?.backendRefs).toEqual([ref]);
  });

  it('null is absent where it is not allowed', () => {
    const slice = endpointSlice({ service: 'web', endpoints: [], ports: [{ port: 80, protocol: null }] });
    expect(withDefaults(slice).ports).toEqual([{ port: 80, protocol: 'TCP' }]);
  });

  it('a default is a value of its own for each object', () => {
    const [a, b] = [1, 2].map((port) => withDefaults(gateway({ listeners: [listener('TCP', port)] })));
    expect(a?.spec.listeners[0]?.allowedRoutes).not.toBe(b?.spec.listeners[0]?.allowedRoutes);
  });

  it('the input is not changed, and comes back itself when it lacks nothing', () => {
    const object = Object.freeze(gateway({ listeners: [Object.freeze(listener('TCP', 80))] }));
    const defaulted = withDefaults(object);
    expect(defaulted).not.toBe(object);
    expect(withDefaults(defaulted)).toBe(defaulted);
  });

  it.each([undefined, null, 7, 'text', [], {}, { kind: 'Pod' }, { kind: 'TCPRoute', spec: 'x' }])(
    '%j comes back',
    (value) => {
      expect(withDefaults(value)).toBe(value);
    },
  );
});
