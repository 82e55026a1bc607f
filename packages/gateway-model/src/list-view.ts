/** The simplest ObjectView: over a list. */
import type { GatewayClass, ReferenceGrant } from './generated/types.ts';
import { formatName, isRoute, type ModelObject, namespacedName, type Route, sameName } from './kinds.ts';
import type { EndpointSlice, Namespace, Service } from './objects.ts';
import { gatewayOfParentRef, parentGateways, serviceOfEndpointSlice } from './references.ts';
import type { ObjectView } from './view.ts';

/**
 * Looks objects up in a list: for tests, examples and one-off answers. Each look-up is O(objects); a store
 * that lives on should have indexes instead. Of several objects of one kind and name the last counts.
 */
export function listView(objects: Iterable<ModelObject>): ObjectView {
  const byKey = new Map<string, ModelObject>();
  for (const object of objects) {
    const { namespace = '', name } = object.metadata;
    byKey.set(`${object.kind} ${formatName({ namespace, name })}`, object);
  }
  const ofKind = <T extends ModelObject>(is: (object: ModelObject) => object is T): T[] =>
    [...byKey.values()].filter(is);
  const isClass = (object: ModelObject): object is GatewayClass => object.kind === 'GatewayClass';
  const isNamespace = (object: ModelObject): object is Namespace => object.kind === 'Namespace';
  const isService = (object: ModelObject): object is Service => object.kind === 'Service';
  const isSlice = (object: ModelObject): object is EndpointSlice => object.kind === 'EndpointSlice';
  const isGrant = (object: ModelObject): object is ReferenceGrant => object.kind === 'ReferenceGrant';
  const inStatus = (route: Route) =>
    (route.status?.parents ?? []).flatMap(
      ({ parentRef }) => gatewayOfParentRef(parentRef, route.metadata.namespace) ?? [],
    );
  return {
    gatewayClass: (name) => ofKind(isClass).find(({ metadata }) => metadata.name === name),
    namespace: (name) => ofKind(isNamespace).find(({ metadata }) => metadata.name === name),
    routesOf: (gateway) =>
      ofKind(isRoute).filter((route) =>
        [...parentGateways(route), ...inStatus(route)].some((name) => sameName(name, gateway)),
      ),
    service: (key) => ofKind(isService).find((service) => sameName(namespacedName(service), key)),
    endpointSlicesOf: (service) =>
      ofKind(isSlice).filter((slice) => {
        const owner = serviceOfEndpointSlice(slice);
        return owner !== undefined && sameName(owner, service);
      }),
    referenceGrants: (namespace) =>
      ofKind(isGrant).filter(({ metadata }) => metadata.namespace === namespace),
  };
}
