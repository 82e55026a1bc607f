/** The kinds of objects that the model knows, and how to name an object. */
import type {
  Gateway,
  GatewayApiObject,
  GatewayClass,
  HTTPRoute,
  ListenerSet,
  TCPRoute,
  UDPRoute,
} from '../generated/types.ts';
import type { NamespacedName } from '../resolution/resolution.ts';
import type { BlixtParameters } from './blixt-parameters.ts';
import type { EndpointSlice, Namespace, Secret, Service } from './objects.ts';

/** The API group of Gateway API. */
export const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/** Routes that this model attaches to Gateways. */
export type Route = TCPRoute | UDPRoute | HTTPRoute;

/** `kind` of a {@link Route}. */
export type RouteKind = Route['kind'];

/** Every object that the model reads. */
export type ModelObject = GatewayApiObject | BlixtParameters | Service | EndpointSlice | Namespace | Secret;

/** `kind` of a {@link ModelObject}. */
export type ModelKind = ModelObject['kind'];

/** The object type of a kind. */
export type ObjectOfKind<K extends ModelKind> = Extract<ModelObject, Record<'kind', K>>;

/** Kinds whose status the model decides. */
export type StatusOwner = GatewayClass | Gateway | ListenerSet | Route;

/** Every {@link RouteKind}. */
export const routeKinds = ['TCPRoute', 'UDPRoute', 'HTTPRoute'] as const satisfies readonly RouteKind[];

/** `kind` of every {@link StatusOwner}. */
export const statusKinds = ['GatewayClass', 'Gateway', 'ListenerSet', ...routeKinds] as const;

/** Whether the object is a route that the model attaches. */
export function isRoute(object: ModelObject): object is Route {
  return object.kind === 'TCPRoute' || object.kind === 'UDPRoute' || object.kind === 'HTTPRoute';
}

/** Whether the object is of a kind whose status the model decides. */
export function isStatusOwner(object: ModelObject): object is StatusOwner {
  const { kind } = object;
  return kind === 'GatewayClass' || kind === 'Gateway' || kind === 'ListenerSet' || isRoute(object);
}

/** The name of an object in a namespace. */
export function namespacedName(object: {
  readonly metadata: { readonly namespace: string; readonly name: string };
}): NamespacedName {
  return { namespace: object.metadata.namespace, name: object.metadata.name };
}

/** `namespace/name`: for messages, and as the key of an index. */
export function formatName(key: NamespacedName): string {
  return `${key.namespace}/${key.name}`;
}

/** Whether both name the same object of one kind. */
export function sameName(a: NamespacedName, b: NamespacedName): boolean {
  return a.name === b.name && a.namespace === b.namespace;
}
