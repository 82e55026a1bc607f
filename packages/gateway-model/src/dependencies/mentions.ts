/** What an object mentions: the edges of the graph of dependencies, read off one object. */
import type { Gateway, ListenerSet } from '../generated/types.ts';
import type { Route } from '../objects/kinds.ts';
import { backendRefs, parentOfRef, sameParent, serviceOfBackendRef } from '../resolution/references.ts';
import type { NamespacedName, RouteParentName } from '../resolution/resolution.ts';

/** A Gateway or ListenerSet that a route mentions. */
export interface MentionedParent {
  readonly parent: RouteParentName;
  /** A parentRef of the spec names it. */
  inSpec: boolean;
  /** An entry of ours in the status names it. */
  isOurs: boolean;
}

/** An object with listeners. */
export type ListenerOwner = Gateway | ListenerSet;

/** A reference for which a ReferenceGrant is needed. */
export interface ForeignReference extends NamespacedName {
  readonly kind: 'Service' | 'Secret';
}

/**
 * Gateways and ListenerSets that a route names in its spec, or that an entry of its status names, whoever
 * wrote it; each once. O(parentRefs^2), of which there are 32 at most.
 */
export function parentsOf(route: Route, controllerName: string): MentionedParent[] {
  const { namespace } = route.metadata;
  const mentioned: MentionedParent[] = [];
  const note = (parent: RouteParentName | undefined): MentionedParent | undefined => {
    if (parent === undefined) return undefined;
    let known = mentioned.find((other) => sameParent(other.parent, parent));
    if (known === undefined) {
      known = { parent, inSpec: false, isOurs: false };
      mentioned.push(known);
    }
    return known;
  };
  for (const ref of route.spec.parentRefs ?? []) {
    const known = note(parentOfRef(ref, namespace));
    if (known) known.inSpec = true;
  }
  for (const entry of route.status?.parents ?? []) {
    const known = note(parentOfRef(entry.parentRef, namespace));
    if (known && entry.controllerName === controllerName) known.isOurs = true;
  }
  return mentioned;
}

/** Services that a route names in its backendRefs, in order; one may come more than once. */
export function servicesOf(route: Route): NamespacedName[] {
  const { namespace } = route.metadata;
  return backendRefs(route).flatMap((ref) => serviceOfBackendRef(ref, namespace) ?? []);
}

/** Secrets that the listeners name in their certificateRefs, in order; one may come more than once. */
export function secretsOf({ metadata, spec }: ListenerOwner): NamespacedName[] {
  const secrets: NamespacedName[] = [];
  for (const { tls } of spec.listeners) {
    for (const {
      group = '',
      kind = 'Secret',
      namespace = metadata.namespace,
      name,
    } of tls?.certificateRefs ?? [])
      if (group === '' && kind === 'Secret') secrets.push({ namespace, name });
  }
  return secrets;
}

/** References of an object into other namespaces, in order; one may come more than once. */
export function foreignReferencesOf(object: Route | ListenerOwner): ForeignReference[] {
  const own = object.metadata.namespace;
  const hasListeners = object.kind === 'Gateway' || object.kind === 'ListenerSet';
  const kind = hasListeners ? 'Secret' : 'Service';
  const targets = hasListeners ? secretsOf(object) : servicesOf(object);
  return targets
    .filter(({ namespace }) => namespace !== own)
    .map(({ namespace, name }) => ({ kind, namespace, name }));
}
