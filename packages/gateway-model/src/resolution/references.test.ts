import { describe, expect, it } from 'vitest';
import {
  backendRef,
  endpointSlice,
  httpRoute,
  listenerSet,
  parentRef,
  tcpRoute,
} from '../objects/builders.ts';
import {
  backendRefs,
  gatewayOfListenerSet,
  gatewayOfParentRef,
  listenerSetOfParentRef,
  parentOfRef,
  serviceOfBackendRef,
  serviceOfEndpointSlice,
} from './references.ts';

describe('what an object refers to', () => {
  const set = parentRef('set', { kind: 'ListenerSet' });
  const mesh = parentRef('mesh', { group: '', kind: 'Service' });

  it('the Gateway of a parentRef, in the namespace of the route by default', () => {
    expect(gatewayOfParentRef({ name: 'a' }, 'apps')).toEqual({ namespace: 'apps', name: 'a' });
    expect(gatewayOfParentRef(parentRef('a', { namespace: 'infra' }), 'apps')).toEqual({
      namespace: 'infra',
      name: 'a',
    });
    for (const ref of [set, mesh]) expect(gatewayOfParentRef(ref, 'apps')).toBeUndefined();
  });

  it('the ListenerSet of a parentRef', () => {
    expect(listenerSetOfParentRef(set, 'apps')).toEqual({ namespace: 'apps', name: 'set' });
    for (const ref of [{ name: 'set' }, mesh]) expect(listenerSetOfParentRef(ref, 'apps')).toBeUndefined();
  });

  it('either of them, with its kind', () => {
    expect(parentOfRef({ name: 'a' }, 'apps')).toEqual({ kind: 'Gateway', namespace: 'apps', name: 'a' });
    expect(parentOfRef(set, 'apps')).toEqual({ kind: 'ListenerSet', namespace: 'apps', name: 'set' });
    expect(parentOfRef(mesh, 'apps')).toBeUndefined();
  });

  it('the Gateway of a ListenerSet', () => {
    const of = (fields: object) =>
      listenerSet({ listeners: [], parentRef: { name: 'g', ...fields } }, { namespace: 'apps' });
    expect(gatewayOfListenerSet(of({}))).toEqual({ namespace: 'apps', name: 'g' });
    expect(gatewayOfListenerSet(of({ namespace: 'infra' }))).toEqual({ namespace: 'infra', name: 'g' });
    expect(gatewayOfListenerSet(of({ kind: 'Thing' }))).toBeUndefined();
  });

  it('the Services of every rule, in the namespace of the route by default, and nothing that is no Service', () => {
    const rules = ['a', 'b'].map((name) => ({ backendRefs: [backendRef(name, 80)] }));
    expect(backendRefs(httpRoute({ rules })).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(backendRefs(httpRoute({}))).toEqual([]);
    const route = tcpRoute({
      backendRefs: [
        backendRef('web', 80),
        backendRef('web', 80, { namespace: 'other' }),
        backendRef('thing', 80, { kind: 'Thing' }),
      ],
    });
    expect(backendRefs(route).map((ref) => serviceOfBackendRef(ref, 'apps'))).toEqual([
      { namespace: 'apps', name: 'web' },
      { namespace: 'other', name: 'web' },
      undefined,
    ]);
  });

  it('the Service of an EndpointSlice, by its label', () => {
    const slice = endpointSlice({ service: 'web', endpoints: [], ports: [] }, { namespace: 'apps' });
    expect(serviceOfEndpointSlice(slice)).toEqual({ namespace: 'apps', name: 'web' });
    expect(serviceOfEndpointSlice({ ...slice, metadata: { name: 'x', namespace: 'apps' } })).toBeUndefined();
  });
});
