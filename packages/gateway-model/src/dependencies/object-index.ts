/** The objects of a cluster, and which Gateways a change of one can touch. */
import type { Gateway, GatewayClass, ListenerSet, ReferenceGrant } from '../generated/types.ts';
import type { BlixtParameters } from '../objects/blixt-parameters.ts';
import {
  isRoute,
  type ModelKind,
  type ModelObject,
  namespacedName,
  type ObjectOfKind,
  type Route,
  routeKinds,
} from '../objects/kinds.ts';
import type { EndpointSlice, Namespace, Secret, Service } from '../objects/objects.ts';
import type { ParametersView } from '../resolution/parameters.ts';
import { gatewayOfListenerSet, serviceOfEndpointSlice } from '../resolution/references.ts';
import type { NamespacedName } from '../resolution/resolution.ts';
import type { ObjectView } from '../resolution/view.ts';
import { type AffectedRoots, RootCollector } from './affected-roots.ts';
import { Edges } from './edges.ts';
import { type ListenerOwner, parentsOf } from './mentions.ts';
import { type Exchange, ObjectStore } from './object-store.ts';
import {
  classDiffers,
  classServesOtherwise,
  grantDiffers,
  listenerOwnerDiffers,
  namespaceDiffers,
  parametersDiffer,
  routeDiffers,
  secretDiffers,
  serviceDiffers,
  sliceDiffers,
} from './relevance.ts';
import { selectsListenerSetsOtherwise, selectsRoutesOtherwise } from './selection.ts';

/** One change of one object. */
export interface ObjectChange {
  /** `upsert`: it is new, or there is a new version of it. */
  readonly type: 'upsert' | 'delete';
  /** The new version; of a deletion only kind, namespace and name count. */
  readonly object: ModelObject;
}

/** Settings of an {@link ObjectIndex}. */
export interface ObjectIndexOptions {
  /**
   * Value of `spec.controllerName` of the classes that are ours: Gateways of other classes are told only when
   * something of ours has to go, and in routes' statuses only entries with this name are read.
   */
  readonly controllerName: string;
}

/**
 * Holds objects by kind and name, answers the look-ups of {@link ObjectView} from indexes, and tells after each
 * change what has to be decided again:
 *
 * - EndpointSlice → Service → route → Gateway, directly or by a ListenerSet
 * - Service → route → Gateway
 * - Secret → Gateways, and ListenerSets → Gateway, whose listeners name it
 * - ReferenceGrant → routes, Gateways and ListenerSets with a reference that it permits, or did → Gateway
 * - Namespace → Gateways and ListenerSets that select by labels, and take its routes or ListenerSets with the
 *   labels of before and not with those of after, or the other way round
 * - ListenerSet → its Gateway, before and after
 * - route → its Gateways, before and after
 * - Gateway → itself; and its class, when it comes, goes or changes the class
 * - GatewayClass → itself, and its Gateways
 * - BlixtParameters → GatewayClasses that refer to it, and their Gateways
 *
 * A change of fields that no decision reads touches nothing. Read are: of all that has a status `metadata.uid`,
 * `generation`, `creationTimestamp` and `deletionTimestamp`, `spec` and `status` (of a route's status only our
 * entries, and how many there are); of a ReferenceGrant `spec`; of a Service `spec.type`, `clusterIP` and
 * `ports`; of an EndpointSlice `addressType`, `ports`, each endpoint's `addresses` and `conditions`, and the
 * label `kubernetes.io/service-name`; of a Secret `type`, `data` and `stringData`; of a Namespace
 * `metadata.labels`; of BlixtParameters `spec`. All others, such as `resourceVersion`, `managedFields` and `annotations`, are kept, not read.
 *
 * Objects are never changed in place nor copied: whoever holds one holds a version of it, and must not change
 * it either. Look-ups are O(1) and return the index's own sets, which are true until the next
 * {@link ObjectIndex.apply}. A change costs O(what the object refers to + what it touches), however many
 * objects there are.
 */
export class ObjectIndex implements ObjectView, ParametersView {
  readonly #controllerName: string;
  readonly #objects = new ObjectStore();
  readonly #edges: Edges;

  constructor({ controllerName }: ObjectIndexOptions) {
    this.#controllerName = controllerName;
    this.#edges = new Edges(controllerName);
  }

  /**
   * Takes a change.
   *
   * @returns what has to be decided again; see {@link ObjectIndex} for what that is
   */
  apply({ type, object }: ObjectChange): AffectedRoots {
    const roots = new RootCollector();
    if (isRoute(object)) this.#changeRoute(this.#objects.exchange(type, object), roots);
    else if (object.kind === 'EndpointSlice') this.#changeSlice(this.#objects.exchange(type, object), roots);
    else if (object.kind === 'Service') this.#changeService(this.#objects.exchange(type, object), roots);
    else if (object.kind === 'Gateway') this.#changeGateway(this.#objects.exchange(type, object), roots);
    else if (object.kind === 'ListenerSet')
      this.#changeListenerSet(this.#objects.exchange(type, object), roots);
    else if (object.kind === 'GatewayClass') this.#changeClass(this.#objects.exchange(type, object), roots);
    else if (object.kind === 'ReferenceGrant') this.#changeGrant(this.#objects.exchange(type, object), roots);
    else if (object.kind === 'Secret') this.#changeSecret(this.#objects.exchange(type, object), roots);
    else if (object.kind === 'Namespace') this.#changeNamespace(this.#objects.exchange(type, object), roots);
    else if (object.kind === 'BlixtParameters')
      this.#changeParameters(this.#objects.exchange(type, object), roots);
    // Nothing is decided about the other kinds.
    else this.#objects.exchange(type, object);
    return roots.result();
  }

  /** The object of a kind by name; `namespace` is undefined for kinds of cluster scope. O(1). */
  get<K extends ModelKind>(
    kind: K,
    namespace: string | undefined,
    name: string,
  ): ObjectOfKind<K> | undefined {
    return this.#objects.get(kind, namespace, name);
  }

  /** All objects of a kind, in no order. */
  list<K extends ModelKind>(kind: K): Iterable<ObjectOfKind<K>> {
    return this.#objects.list(kind);
  }

  /** How many objects of a kind there are. O(1). */
  count(kind: ModelKind): number {
    return this.#objects.count(kind);
  }

  /**
   * All there is to decide about: for a start. Beside the Gateways and GatewayClasses that are there, those
   * Gateways and ListenerSets that are not, and of which a route's status still has an entry of ours.
   * O(objects).
   */
  roots(): AffectedRoots {
    const roots = new RootCollector();
    for (const { metadata } of this.list('GatewayClass')) roots.addClass(metadata.name);
    for (const gateway of this.list('Gateway')) roots.addGateway(namespacedName(gateway));
    for (const kind of routeKinds) for (const route of this.list(kind)) this.#tellParents(route, roots);
    return roots.result();
  }

  gatewayClass(name: string): GatewayClass | undefined {
    return this.get('GatewayClass', undefined, name);
  }

  blixtParameters(name: string): BlixtParameters | undefined {
    return this.get('BlixtParameters', undefined, name);
  }

  /** The Gateway of a name. O(1). */
  gateway({ namespace, name }: NamespacedName): Gateway | undefined {
    return this.get('Gateway', namespace, name);
  }

  namespace(name: string): Namespace | undefined {
    return this.get('Namespace', undefined, name);
  }

  routesOf({ namespace, name }: NamespacedName): Iterable<Route> {
    const direct = this.#edges.routesByGateway.members(namespace, name);
    const listenerSets = this.#edges.listenerSetsByGateway.members(namespace, name);
    if (listenerSets.size === 0) return direct;
    const routes = new Set(direct);
    for (const { metadata } of listenerSets)
      for (const route of this.#edges.routesByListenerSet.members(metadata.namespace, metadata.name))
        routes.add(route);
    return routes;
  }

  routesOfListenerSet({ namespace, name }: NamespacedName): ReadonlySet<Route> {
    return this.#edges.routesByListenerSet.members(namespace, name);
  }

  listenerSetsOf({ namespace, name }: NamespacedName): ReadonlySet<ListenerSet> {
    return this.#edges.listenerSetsByGateway.members(namespace, name);
  }

  /** The Gateways whose `spec.gatewayClassName` is the name. O(1). */
  gatewaysOfClass(name: string): ReadonlySet<Gateway> {
    return this.#edges.gatewaysByClass.members('', name);
  }

  service({ namespace, name }: NamespacedName): Service | undefined {
    return this.get('Service', namespace, name);
  }

  endpointSlicesOf({ namespace, name }: NamespacedName): ReadonlySet<EndpointSlice> {
    return this.#edges.slicesByService.members(namespace, name);
  }

  referenceGrants(namespace: string): ReadonlySet<ReferenceGrant> {
    return this.#edges.grantsByNamespace.members('', namespace);
  }

  secret({ namespace, name }: NamespacedName): Secret | undefined {
    return this.get('Secret', namespace, name);
  }

  /**
   * The contents of all indexes in text form, sorted: `what is mentioned` by `who`. For comparing two indexes,
   * and for looking at one. O(objects).
   */
  edges(): Record<string, string[]> {
    return this.#edges.describe();
  }

  #changeRoute({ before, after }: Exchange<Route>, roots: RootCollector): void {
    if (before) this.#edges.route(before, -1);
    if (after) this.#edges.route(after, 1);
    if (!routeDiffers(before, after, this.#controllerName)) return;
    if (before) this.#tellParents(before, roots);
    if (after) this.#tellParents(after, roots);
  }

  #changeListenerSet({ before, after }: Exchange<ListenerSet>, roots: RootCollector): void {
    if (before) this.#edges.listenerSet(before, -1);
    if (after) this.#edges.listenerSet(after, 1);
    if (!listenerOwnerDiffers(before, after)) return;
    if (before) this.#tellOwner(before, roots);
    if (after) this.#tellOwner(after, roots);
    const listenerSet = after ?? before;
    if (listenerSet) this.#tellIfOrphaned(namespacedName(listenerSet), roots);
  }

  #changeGateway({ before, after }: Exchange<Gateway>, roots: RootCollector): void {
    const [was, is] = [before?.spec.gatewayClassName, after?.spec.gatewayClassName];
    if (before) this.#edges.gateway(before, -1);
    if (after) this.#edges.gateway(after, 1);
    for (const name of was === is ? [] : [was, is])
      if (name !== undefined && this.#isOurClass(name)) roots.addClass(name);
    const gateway = after ?? before;
    if (!gateway || !listenerOwnerDiffers(before, after)) return;
    const wasOurs = was !== undefined && this.#isOurClass(was);
    const isOurs = is !== undefined && this.#isOurClass(is);
    if (!after || wasOurs || isOurs) roots.addGateway(namespacedName(gateway));
    if (!isOurs) this.#tellOrphansOf(namespacedName(gateway), roots);
  }

  #changeClass({ before, after }: Exchange<GatewayClass>, roots: RootCollector): void {
    if (before) this.#edges.gatewayClass(before, -1);
    if (after) this.#edges.gatewayClass(after, 1);
    const isOurs = (it: GatewayClass | undefined): boolean =>
      it?.spec.controllerName === this.#controllerName;
    const name = (after ?? before)?.metadata.name;
    if (name === undefined || !(isOurs(before) || isOurs(after)) || !classDiffers(before, after)) return;
    roots.addClass(name);
    if (!classServesOtherwise(before, after)) return;
    for (const gateway of this.gatewaysOfClass(name)) {
      roots.addGateway(namespacedName(gateway));
      if (!isOurs(after)) this.#tellOrphansOf(namespacedName(gateway), roots);
    }
  }

  #changeParameters({ before, after }: Exchange<BlixtParameters>, roots: RootCollector): void {
    const name = (after ?? before)?.metadata.name;
    if (name === undefined || !parametersDiffer(before, after)) return;
    for (const { metadata, spec } of this.#edges.classesByParameters.members('', name)) {
      if (spec.controllerName !== this.#controllerName) continue;
      roots.addClass(metadata.name);
      for (const gateway of this.gatewaysOfClass(metadata.name)) roots.addGateway(namespacedName(gateway));
    }
  }

  #changeService({ before, after }: Exchange<Service>, roots: RootCollector): void {
    const service = after ?? before;
    if (service && serviceDiffers(before, after)) this.#tellUsersOfService(namespacedName(service), roots);
  }

  #changeSlice({ before, after }: Exchange<EndpointSlice>, roots: RootCollector): void {
    const [was, is] = [before && serviceOfEndpointSlice(before), after && serviceOfEndpointSlice(after)];
    if (before) this.#edges.slice(before, -1);
    if (after) this.#edges.slice(after, 1);
    if (!sliceDiffers(before, after)) return;
    for (const service of was && is && was.name === is.name ? [is] : [was, is])
      if (service && this.service(service)) this.#tellUsersOfService(service, roots);
  }

  #changeGrant({ before, after }: Exchange<ReferenceGrant>, roots: RootCollector): void {
    if (before) this.#edges.grant(before, -1);
    if (after) this.#edges.grant(after, 1);
    if (!grantDiffers(before, after)) return;
    for (const referrer of this.#edges.foreignReferences.decidedBy(before, after)) {
      if (isRoute(referrer)) this.#tellGatewaysOfRoute(referrer, roots);
      else this.#tellOwner(referrer, roots);
    }
  }

  #changeSecret({ before, after }: Exchange<Secret>, roots: RootCollector): void {
    const secret = after ?? before;
    if (!secret || !secretDiffers(before, after)) return;
    const { namespace, name } = secret.metadata;
    for (const owner of this.#edges.ownersBySecret.members(namespace, name)) this.#tellOwner(owner, roots);
  }

  #changeNamespace({ before, after }: Exchange<Namespace>, roots: RootCollector): void {
    const name = (after ?? before)?.metadata.name;
    if (name === undefined || !namespaceDiffers(before, after)) return;
    for (const key of this.#edges.gatewaysByRouteNamespace.from(name)) {
      const gateway = this.#ourGateway(key);
      if (gateway && selectsRoutesOtherwise(gateway, before, after)) roots.addGateway(key);
    }
    for (const key of this.#edges.gatewaysByListenerSetNamespace.from(name)) {
      const gateway = this.#ourGateway(key);
      if (gateway && selectsListenerSetsOtherwise(gateway, before, after)) roots.addGateway(key);
    }
    for (const key of this.#edges.listenerSetsByRouteNamespace.from(name)) {
      const listenerSet = this.get('ListenerSet', key.namespace, key.name);
      if (listenerSet && selectsRoutesOtherwise(listenerSet, before, after))
        this.#tellOwner(listenerSet, roots);
    }
  }

  #isOurClass(name: string): boolean {
    return this.gatewayClass(name)?.spec.controllerName === this.#controllerName;
  }

  /** The Gateway, if it is there and of a class of ours. */
  #ourGateway(key: NamespacedName): Gateway | undefined {
    const gateway = this.gateway(key);
    return gateway && this.#isOurClass(gateway.spec.gatewayClassName) ? gateway : undefined;
  }

  #tellUsersOfService({ namespace, name }: NamespacedName, roots: RootCollector): void {
    for (const route of this.#edges.routesByService.members(namespace, name))
      this.#tellGatewaysOfRoute(route, roots);
  }

  /** The Gateways whose rules the route is part of. */
  #tellGatewaysOfRoute(route: Route, roots: RootCollector): void {
    for (const { parent, inSpec } of parentsOf(route, this.#controllerName)) {
      const gateway = inSpec ? this.#gatewayOfParent(parent) : undefined;
      if (gateway && this.#ourGateway(gateway)) roots.addGateway(gateway);
    }
  }

  /** The Gateways whose rules the route is part of, and those of which its status has an entry of ours. */
  #tellParents(route: Route, roots: RootCollector): void {
    for (const { parent, inSpec, isOurs } of parentsOf(route, this.#controllerName)) {
      const gateway = this.#gatewayOfParent(parent);
      if (gateway && (isOurs || (inSpec && this.#ourGateway(gateway)))) roots.addGateway(gateway);
      if (isOurs && parent.kind === 'ListenerSet') this.#tellIfOrphaned(parent, roots);
    }
  }

  /** The Gateway that a parent is or belongs to; it need not exist. */
  #gatewayOfParent(parent: { kind: 'Gateway' | 'ListenerSet' } & NamespacedName): NamespacedName | undefined {
    if (parent.kind === 'Gateway') return parent;
    const listenerSet = this.get('ListenerSet', parent.namespace, parent.name);
    return listenerSet && gatewayOfListenerSet(listenerSet);
  }

  #tellOwner(owner: ListenerOwner, roots: RootCollector): void {
    const gateway = owner.kind === 'Gateway' ? namespacedName(owner) : gatewayOfListenerSet(owner);
    if (gateway && this.#ourGateway(gateway)) roots.addGateway(gateway);
  }

  /** Tells a ListenerSet that routes name, and that leads to no Gateway of ours. */
  #tellIfOrphaned(key: NamespacedName, roots: RootCollector): void {
    if (this.routesOfListenerSet(key).size === 0) return;
    const listenerSet = this.get('ListenerSet', key.namespace, key.name);
    const gateway = listenerSet && gatewayOfListenerSet(listenerSet);
    if (!gateway || !this.#ourGateway(gateway)) roots.addListenerSet(key);
  }

  #tellOrphansOf(gateway: NamespacedName, roots: RootCollector): void {
    for (const listenerSet of this.listenerSetsOf(gateway))
      this.#tellIfOrphaned(namespacedName(listenerSet), roots);
  }
}
