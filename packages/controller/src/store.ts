import {
  backendServices,
  type EndpointSlice,
  type Gateway,
  type GatewayClass,
  gatewayOfListenerSet,
  grantNamespaces,
  isRoute,
  type ListenerSet,
  listenerSetOfParentRef,
  type ModelKind,
  type ModelObject,
  type Namespace,
  type NamespacedName,
  type ObjectOfKind,
  type ObjectView,
  type ReferenceGrant,
  type Route,
  routeGateways,
  type Secret,
  type Service,
  serviceOfEndpointSlice,
} from '@blixt/gateway-model';
import { gatewayKey, keyOf, type ObjectKey, objectKey } from './object.ts';
import { ReverseIndex } from './reverse-index.ts';
import type { SourceEvent } from './source.ts';

/**
 * The objects that are known, and the indexes that tell which Gateways a change can touch:
 *
 * - EndpointSlice → Service → Route → Gateway
 * - ReferenceGrant → Routes of other namespaces with a backend in its namespace → Gateway
 * - Namespace → Routes in it → Gateway
 * - GatewayClass → Gateway
 *
 * Objects are never changed in place, so whoever holds one holds a version of it. Every look-up costs in
 * proportion to what it returns, every update in proportion to what the object refers to.
 */
export class Store implements ObjectView {
  readonly #controllerName: string;
  readonly #objects = new Map<ModelKind, Map<ObjectKey, ModelObject>>();
  readonly #gatewaysByClass = new ReverseIndex<string, ObjectKey>();
  readonly #routesByGateway = new ReverseIndex<ObjectKey, ObjectKey>();
  readonly #routesByService = new ReverseIndex<ObjectKey, ObjectKey>();
  readonly #routesByForeignNamespace = new ReverseIndex<string, ObjectKey>();
  readonly #routesByNamespace = new ReverseIndex<string, ObjectKey>();
  readonly #slicesByService = new ReverseIndex<ObjectKey, ObjectKey>();
  readonly #grantsByNamespace = new ReverseIndex<string, ObjectKey>();

  /** @param controllerName - whose entries in routes' statuses count as references to a Gateway */
  constructor(controllerName: string) {
    this.#controllerName = controllerName;
  }

  /** The object of a kind by name. */
  get<K extends ModelKind>(
    kind: K,
    namespace: string | undefined,
    name: string,
  ): ObjectOfKind<K> | undefined {
    return this.#lookup(kind, objectKey(kind, namespace, name));
  }

  /** All objects of a kind, in no order. */
  *list<K extends ModelKind>(kind: K): Iterable<ObjectOfKind<K>> {
    for (const object of this.#objects.get(kind)?.values() ?? []) if (isOfKind(object, kind)) yield object;
  }

  /** How many objects of a kind there are. */
  count(kind: ModelKind): number {
    return this.#objects.get(kind)?.size ?? 0;
  }

  /**
   * Takes a change.
   *
   * @returns keys of the Gateways and GatewayClasses whose rules or statuses it can touch, before and after
   */
  apply(event: SourceEvent): Set<ObjectKey> {
    const affected = new Set<ObjectKey>();
    const key = keyOf(event.object);
    this.#affectedBy(event.object.kind, key, affected);
    if (event.type === 'upsert') this.#put(event.object);
    else this.#remove(event.object.kind, key);
    this.#affectedBy(event.object.kind, key, affected);
    return affected;
  }

  /**
   * Replaces an object by one that differs in its status only; touches no Gateway. Does nothing when the
   * object is not there.
   */
  putStatus(object: ModelObject): void {
    if (this.#objects.get(object.kind)?.has(keyOf(object))) this.#put(object);
  }

  /** Every Gateway's and GatewayClass's key. */
  roots(): ObjectKey[] {
    return [
      ...(this.#objects.get('GatewayClass')?.keys() ?? []),
      ...(this.#objects.get('Gateway')?.keys() ?? []),
    ];
  }

  gatewayClass(name: string): GatewayClass | undefined {
    return this.get('GatewayClass', undefined, name);
  }

  gateway(key: NamespacedName): Gateway | undefined {
    return this.get('Gateway', key.namespace, key.name);
  }

  namespace(name: string): Namespace | undefined {
    return this.get('Namespace', undefined, name);
  }

  *routesOf(gateway: NamespacedName): Iterable<Route> {
    for (const key of this.#routesByGateway.members(gatewayKey(gateway))) {
      const route = this.route(key);
      if (route !== undefined) yield route;
    }
  }

  *routesOfListenerSet(listenerSet: NamespacedName): Iterable<Route> {
    for (const kind of ['TCPRoute', 'UDPRoute', 'HTTPRoute'] as const) {
      for (const route of this.list(kind)) {
        const refs = [
          ...(route.spec.parentRefs ?? []),
          ...(route.status?.parents ?? []).map(({ parentRef }) => parentRef),
        ];
        const { namespace } = route.metadata;
        if (refs.some((ref) => isNamed(listenerSetOfParentRef(ref, namespace), listenerSet))) yield route;
      }
    }
  }

  /** A route of any kind by its key. */
  route(key: ObjectKey): Route | undefined {
    const kind = key.slice(0, key.indexOf('/'));
    if (kind !== 'TCPRoute' && kind !== 'UDPRoute' && kind !== 'HTTPRoute') return undefined;
    return this.#lookup(kind, key);
  }

  *listenerSetsOf(gateway: NamespacedName): Iterable<ListenerSet> {
    for (const set of this.list('ListenerSet')) {
      const parent = gatewayOfListenerSet(set);
      if (parent?.name === gateway.name && parent.namespace === gateway.namespace) yield set;
    }
  }

  secret(key: NamespacedName): Secret | undefined {
    return this.get('Secret', key.namespace, key.name);
  }

  service(key: NamespacedName): Service | undefined {
    return this.get('Service', key.namespace, key.name);
  }

  *endpointSlicesOf(service: NamespacedName): Iterable<EndpointSlice> {
    for (const key of this.#slicesByService.members(serviceKey(service))) {
      const slice = this.#lookup('EndpointSlice', key);
      if (slice !== undefined) yield slice;
    }
  }

  *referenceGrants(namespace: string): Iterable<ReferenceGrant> {
    for (const key of this.#grantsByNamespace.members(namespace)) {
      const grant = this.#lookup('ReferenceGrant', key);
      if (grant !== undefined) yield grant;
    }
  }

  /** Keys of the Gateways of a class. */
  gatewaysOfClass(name: string): ReadonlySet<ObjectKey> {
    return this.#gatewaysByClass.members(name);
  }

  /** The contents of all indexes, sorted: for comparing two stores. */
  indexes(): Record<string, [string, string[]][]> {
    return {
      gatewaysByClass: this.#gatewaysByClass.entries(),
      routesByGateway: this.#routesByGateway.entries(),
      routesByService: this.#routesByService.entries(),
      routesByForeignNamespace: this.#routesByForeignNamespace.entries(),
      routesByNamespace: this.#routesByNamespace.entries(),
      slicesByService: this.#slicesByService.entries(),
      grantsByNamespace: this.#grantsByNamespace.entries(),
    };
  }

  #lookup<K extends ModelKind>(kind: K, key: ObjectKey): ObjectOfKind<K> | undefined {
    const object = this.#objects.get(kind)?.get(key);
    return object !== undefined && isOfKind(object, kind) ? object : undefined;
  }

  #put(object: ModelObject): void {
    const key = keyOf(object);
    const objects = this.#objects.get(object.kind) ?? new Map<ObjectKey, ModelObject>();
    objects.set(key, object);
    this.#objects.set(object.kind, objects);
    if (isRoute(object)) {
      const { namespace } = object.metadata;
      this.#routesByGateway.set(key, routeGateways(object, this.#controllerName).map(gatewayKey));
      this.#routesByService.set(key, backendServices(object).map(serviceKey));
      this.#routesByNamespace.set(key, [namespace]);
      this.#routesByForeignNamespace.set(key, grantNamespaces(object));
    } else if (object.kind === 'Gateway') {
      this.#gatewaysByClass.set(key, [object.spec.gatewayClassName]);
    } else if (object.kind === 'EndpointSlice') {
      const service = serviceOfEndpointSlice(object);
      this.#slicesByService.set(key, service === undefined ? [] : [serviceKey(service)]);
    } else if (object.kind === 'ReferenceGrant') {
      this.#grantsByNamespace.set(key, [object.metadata.namespace]);
    }
  }

  #remove(kind: ModelKind, key: ObjectKey): void {
    this.#objects.get(kind)?.delete(key);
    this.#routesByGateway.set(key, []);
    this.#routesByService.set(key, []);
    this.#routesByNamespace.set(key, []);
    this.#routesByForeignNamespace.set(key, []);
    this.#gatewaysByClass.set(key, []);
    this.#slicesByService.set(key, []);
    this.#grantsByNamespace.set(key, []);
  }

  /** Adds the roots that the object touches as it is stored now. */
  #affectedBy(kind: ModelKind, key: ObjectKey, affected: Set<ObjectKey>): void {
    switch (kind) {
      case 'Gateway': {
        affected.add(key);
        // Whether a class is in use is part of what is decided for the class.
        for (const name of this.#gatewaysByClass.terms(key))
          affected.add(objectKey('GatewayClass', undefined, name));
        break;
      }
      case 'GatewayClass': {
        affected.add(key);
        const name = key.slice(key.lastIndexOf('/') + 1);
        for (const gateway of this.#gatewaysByClass.members(name)) affected.add(gateway);
        break;
      }
      case 'TCPRoute':
      case 'UDPRoute':
      case 'HTTPRoute':
        this.#gatewaysOfRoute(key, affected);
        break;
      case 'Service':
        this.#gatewaysOfRoutes(this.#routesByService.members(key), affected);
        break;
      case 'EndpointSlice':
        for (const service of this.#slicesByService.terms(key)) {
          this.#gatewaysOfRoutes(this.#routesByService.members(service), affected);
        }
        break;
      case 'ReferenceGrant':
        for (const namespace of this.#grantsByNamespace.terms(key)) {
          this.#gatewaysOfRoutes(this.#routesByForeignNamespace.members(namespace), affected);
        }
        break;
      case 'Namespace': {
        const name = key.slice(key.lastIndexOf('/') + 1);
        this.#gatewaysOfRoutes(this.#routesByNamespace.members(name), affected);
        break;
      }
      case 'ListenerSet':
      case 'Secret':
        // Listeners of ListenerSets are not resolved (see @blixt/gateway-model), so nothing depends on them.
        break;
    }
  }

  #gatewaysOfRoutes(routes: Iterable<ObjectKey>, affected: Set<ObjectKey>): void {
    for (const route of routes) this.#gatewaysOfRoute(route, affected);
  }

  #gatewaysOfRoute(route: ObjectKey, affected: Set<ObjectKey>): void {
    for (const gateway of this.#routesByGateway.terms(route)) affected.add(gateway);
  }
}

function isNamed(name: NamespacedName | undefined, expected: NamespacedName): boolean {
  return name?.name === expected.name && name.namespace === expected.namespace;
}

function serviceKey(service: NamespacedName): ObjectKey {
  return objectKey('Service', service.namespace, service.name);
}

function isOfKind<K extends ModelKind>(object: ModelObject, kind: K): object is ObjectOfKind<K> {
  return object.kind === kind;
}
