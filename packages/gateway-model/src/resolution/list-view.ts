/** The simplest ObjectView: over a list. */
import type { GatewayClass, ListenerSet, ParentReference, ReferenceGrant } from '../generated/types.ts';
import {
  formatName,
  isRoute,
  type ModelObject,
  namespacedName,
  type Route,
  sameName,
} from '../objects/kinds.ts';
import type { EndpointSlice, Namespace, Secret, Service } from '../objects/objects.ts';
import {
  gatewayOfListenerSet,
  gatewayOfParentRef,
  listenerSetOfParentRef,
  serviceOfEndpointSlice,
} from './references.ts';
import type { NamespacedName } from './resolution.ts';
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
  const isListenerSet = (object: ModelObject): object is ListenerSet => object.kind === 'ListenerSet';
  const isSecret = (object: ModelObject): object is Secret => object.kind === 'Secret';
  const listenerSetsOf = (gateway: NamespacedName): ListenerSet[] =>
    ofKind(isListenerSet).filter((set) => {
      const parent = gatewayOfListenerSet(set);
      return parent !== undefined && sameName(parent, gateway);
    });
  const allParentRefs = ({ spec, status }: Route): ParentReference[] => [
    ...(spec.parentRefs ?? []),
    ...(status?.parents ?? []).map(({ parentRef }) => parentRef),
  ];
  return {
    gatewayClass: (name) => ofKind(isClass).find(({ metadata }) => metadata.name === name),
    namespace: (name) => ofKind(isNamespace).find(({ metadata }) => metadata.name === name),
    routesOf: (gateway) => {
      const sets = listenerSetsOf(gateway).map(namespacedName);
      const leadsHere = (ref: ParentReference, { metadata }: Route): boolean => {
        const parent = gatewayOfParentRef(ref, metadata.namespace);
        if (parent) return sameName(parent, gateway);
        const set = listenerSetOfParentRef(ref, metadata.namespace);
        return set !== undefined && sets.some((name) => sameName(name, set));
      };
      return ofKind(isRoute).filter((route) => allParentRefs(route).some((ref) => leadsHere(ref, route)));
    },
    routesOfListenerSet: (listenerSet) =>
      ofKind(isRoute).filter((route) =>
        allParentRefs(route).some((ref) => {
          const set = listenerSetOfParentRef(ref, route.metadata.namespace);
          return set !== undefined && sameName(set, listenerSet);
        }),
      ),
    listenerSetsOf,
    secret: (key) => ofKind(isSecret).find((secret) => sameName(namespacedName(secret), key)),
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
