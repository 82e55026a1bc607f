/** The graph of dependencies: which objects mention which names. */
import type { Gateway, GatewayClass, ListenerSet, ReferenceGrant } from '../generated/types.ts';
import type { ModelObject, Route } from '../objects/kinds.ts';
import type { EndpointSlice } from '../objects/objects.ts';
import { parametersName } from '../resolution/parameters.ts';
import { gatewayOfListenerSet, serviceOfEndpointSlice } from '../resolution/references.ts';
import { ForeignReferences } from './foreign-references.ts';
import { type ListenerOwner, parentsOf, secretsOf, servicesOf } from './mentions.ts';
import { MentionsByNamespace, ReverseIndex } from './name-map.ts';

/** An object's mentions come (1), or go (-1). */
type Difference = 1 | -1;

const methodOf = (difference: Difference): 'add' | 'remove' => (difference === 1 ? 'add' : 'remove');

/**
 * Reverse indexes from what is mentioned to the versions of objects that mention it. A version's mentions are
 * added when it comes and removed when it goes, in O(its mentions).
 */
export class Edges {
  readonly classesByParameters = new ReverseIndex<GatewayClass>();
  readonly gatewaysByClass = new ReverseIndex<Gateway>();
  readonly routesByGateway = new ReverseIndex<Route>();
  readonly routesByListenerSet = new ReverseIndex<Route>();
  readonly listenerSetsByGateway = new ReverseIndex<ListenerSet>();
  readonly routesByService = new ReverseIndex<Route>();
  readonly slicesByService = new ReverseIndex<EndpointSlice>();
  readonly grantsByNamespace = new ReverseIndex<ReferenceGrant>();
  readonly ownersBySecret = new ReverseIndex<ListenerOwner>();
  readonly foreignReferences = new ForeignReferences();
  readonly gatewaysByRouteNamespace = new MentionsByNamespace();
  readonly listenerSetsByRouteNamespace = new MentionsByNamespace();
  readonly gatewaysByListenerSetNamespace = new MentionsByNamespace();
  readonly #controllerName: string;

  constructor(controllerName: string) {
    this.#controllerName = controllerName;
  }

  route(route: Route, difference: Difference): void {
    const change = methodOf(difference);
    for (const { parent } of parentsOf(route, this.#controllerName)) {
      const isGateway = parent.kind === 'Gateway';
      const routes = isGateway ? this.routesByGateway : this.routesByListenerSet;
      routes[change](parent.namespace, parent.name, route);
      const mentions = isGateway ? this.gatewaysByRouteNamespace : this.listenerSetsByRouteNamespace;
      mentions.add(route.metadata.namespace, parent, difference);
    }
    for (const { namespace, name } of servicesOf(route)) this.routesByService[change](namespace, name, route);
    this.foreignReferences[change](route);
  }

  gatewayClass(gatewayClass: GatewayClass, difference: Difference): void {
    const name = parametersName(gatewayClass);
    if (name !== undefined) this.classesByParameters[methodOf(difference)]('', name, gatewayClass);
  }

  gateway(gateway: Gateway, difference: Difference): void {
    this.gatewaysByClass[methodOf(difference)]('', gateway.spec.gatewayClassName, gateway);
    this.#listenerOwner(gateway, difference);
  }

  listenerSet(listenerSet: ListenerSet, difference: Difference): void {
    const gateway = gatewayOfListenerSet(listenerSet);
    if (gateway) {
      this.listenerSetsByGateway[methodOf(difference)](gateway.namespace, gateway.name, listenerSet);
      this.gatewaysByListenerSetNamespace.add(listenerSet.metadata.namespace, gateway, difference);
    }
    this.#listenerOwner(listenerSet, difference);
  }

  slice(slice: EndpointSlice, difference: Difference): void {
    const service = serviceOfEndpointSlice(slice);
    if (service) this.slicesByService[methodOf(difference)](service.namespace, service.name, slice);
  }

  grant(grant: ReferenceGrant, difference: Difference): void {
    this.grantsByNamespace[methodOf(difference)]('', grant.metadata.namespace, grant);
  }

  /** All of it in text form: `what is mentioned` by `who`, sorted. */
  describe(): Record<string, string[]> {
    const edges: Record<string, string[]> = {};
    const show = (label: string, index: ReverseIndex<ModelObject>): void => {
      for (const [namespace, name, members] of index.entries())
        edges[`${label} ${namespace}/${name}`] = [...members].map(describe).sort();
    };
    show('parameters', this.classesByParameters);
    show('class', this.gatewaysByClass);
    show('routes of Gateway', this.routesByGateway);
    show('routes of ListenerSet', this.routesByListenerSet);
    show('ListenerSets of', this.listenerSetsByGateway);
    show('routes to Service', this.routesByService);
    show('EndpointSlices of', this.slicesByService);
    show('grants in', this.grantsByNamespace);
    show('users of Secret', this.ownersBySecret);
    for (const [namespace, source, targets] of this.foreignReferences.entries())
      show(`references from ${source} into ${namespace}`, targets);
    const counts = {
      'Gateways of routes in': this.gatewaysByRouteNamespace,
      'ListenerSets of routes in': this.listenerSetsByRouteNamespace,
      'Gateways of ListenerSets in': this.gatewaysByListenerSetNamespace,
    };
    for (const [label, index] of Object.entries(counts)) {
      for (const [from, { namespace, name }, count] of index.entries()) {
        const key = `${label} ${from}`;
        edges[key] = [...(edges[key] ?? []), `${namespace}/${name} ${count}`].sort();
      }
    }
    return edges;
  }

  #listenerOwner(owner: ListenerOwner, difference: Difference): void {
    const change = methodOf(difference);
    for (const { namespace, name } of secretsOf(owner)) this.ownersBySecret[change](namespace, name, owner);
    this.foreignReferences[change](owner);
  }
}

function describe({ kind, metadata }: ModelObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}
