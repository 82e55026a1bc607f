import { describe, expect, it } from 'vitest';
import { CONTROLLER } from '../../test/world.ts';
import {
  backendRef,
  endpointSlice,
  gateway,
  httpRoute,
  listener,
  parentRef,
  tcpRoute,
} from '../objects/builders.ts';
import {
  backendServices,
  grantNamespaces,
  parentGateways,
  routeGateways,
  selectsNamespaces,
  serviceOfEndpointSlice,
} from './references.ts';

describe('what an object refers to', () => {
  const route = tcpRoute(
    {
      parentRefs: [
        parentRef('a'),
        { name: 'a', sectionName: 'x' },
        parentRef('a', { namespace: 'infra' }),
        parentRef('mesh', { group: '', kind: 'Service' }),
        parentRef('set', { kind: 'ListenerSet' }),
      ],
      backendRefs: [
        backendRef('web', 80),
        backendRef('web', 81),
        backendRef('web', 80, { namespace: 'other' }),
        backendRef('thing', 80, { kind: 'Thing' }),
      ],
    },
    { namespace: 'apps' },
  );

  it('the Gateways of a route, each once, in its own namespace by default', () => {
    expect(parentGateways(route)).toEqual([
      { namespace: 'apps', name: 'a' },
      { namespace: 'infra', name: 'a' },
    ]);
  });

  it('the Gateways of a route’s status count as well, if the entry is ours', () => {
    const parent = (name: string, controllerName: string) => ({
      parentRef: parentRef(name),
      controllerName,
      conditions: [],
    });
    const status = {
      parents: [parent('left', CONTROLLER), parent('theirs', 'example.com/other'), parent('a', CONTROLLER)],
    };
    expect(routeGateways({ ...route, status }, CONTROLLER).map(({ name }) => name)).toEqual([
      'a',
      'a',
      'left',
    ]);
  });

  it('the Services of a route, each once', () => {
    expect(backendServices(route)).toEqual([
      { namespace: 'apps', name: 'web' },
      { namespace: 'other', name: 'web' },
    ]);
  });

  it('the Services of every rule of an HTTPRoute', () => {
    const rules = ['a', 'b'].map((name) => ({ backendRefs: [backendRef(name, 80)] }));
    expect(backendServices(httpRoute({ rules })).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(backendServices(httpRoute({}))).toEqual([]);
  });

  it('the namespaces whose ReferenceGrants matter', () => {
    expect(grantNamespaces(route)).toEqual(['other']);
    const tls = { certificateRefs: [{ name: 'own' }, { name: 'shared', namespace: 'certs' }] };
    expect(grantNamespaces(gateway({ listeners: [listener('HTTPS', 443, { tls })] }))).toEqual(['certs']);
  });

  it('the Service of an EndpointSlice, by its label', () => {
    const slice = endpointSlice({ service: 'web', endpoints: [], ports: [] }, { namespace: 'apps' });
    expect(serviceOfEndpointSlice(slice)).toEqual({ namespace: 'apps', name: 'web' });
    expect(serviceOfEndpointSlice({ ...slice, metadata: { name: 'x', namespace: 'apps' } })).toBeUndefined();
  });

  it('whether labels of Namespaces matter to a Gateway', () => {
    const selector = listener('TCP', 80, {
      allowedRoutes: { namespaces: { from: 'Selector', selector: {} } },
    });
    expect(selectsNamespaces(gateway({ listeners: [listener('TCP', 81), selector] }))).toBe(true);
    expect(selectsNamespaces(gateway({ listeners: [listener('TCP', 81)] }))).toBe(false);
  });
});
