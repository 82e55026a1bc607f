/** Listeners as Gateways and ListenerSets declare them. */

import type { ExplanationCause } from '../explanation/explanation.ts';
import type { Gateway, Listener, ListenerSet } from '../generated/types.ts';
import type { RouteParentName } from './resolution.ts';

/** A listener and the object that declares it. */
export interface DeclaredListener {
  readonly owner: RouteParentName;
  /** Where it is in `spec.listeners` of the owner. */
  readonly index: number;
  readonly listener: Listener;
}

/** The listeners of a Gateway or ListenerSet, in the order of its spec. */
export function declaredListeners({ kind, metadata, spec }: Gateway | ListenerSet): DeclaredListener[] {
  const owner: RouteParentName = { kind, namespace: metadata.namespace, name: metadata.name };
  return spec.listeners.map((listener, index) => ({ owner, index, listener }));
}

/** The field path of a listener in its owner. */
export function listenerPath({ index }: DeclaredListener): string {
  return `spec.listeners[${index}]`;
}

/** Names a listener as a cause. */
export function listenerCause(declared: DeclaredListener): ExplanationCause {
  return { ...declared.owner, path: listenerPath(declared) };
}
