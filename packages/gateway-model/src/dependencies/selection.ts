/** Whether a change of a Namespace's labels changes whom a Gateway or ListenerSet lets in. */
import type { Gateway } from '../generated/types.ts';
import type { LabelSelector, Namespace } from '../objects/objects.ts';
import { matchesSelector } from '../resolution/selectors.ts';
import type { ListenerOwner } from './mentions.ts';

/** `allowedRoutes.namespaces` or `allowedListeners.namespaces`. */
interface AllowedNamespaces {
  readonly from?: string;
  readonly selector?: LabelSelector;
}

/** Whether the one version of a Namespace is let in and the other is not. */
function decidesOtherwise(
  allowed: AllowedNamespaces | undefined,
  before: Namespace | undefined,
  after: Namespace | undefined,
): boolean {
  if (allowed?.from !== 'Selector') return false;
  const letsIn = (namespace: Namespace | undefined): boolean =>
    namespace !== undefined && matchesSelector(allowed.selector, namespace.metadata.labels);
  return letsIn(before) !== letsIn(after);
}

/** Whether a listener takes routes from the one version of a Namespace and not from the other. O(listeners). */
export function selectsRoutesOtherwise(
  { spec }: ListenerOwner,
  before: Namespace | undefined,
  after: Namespace | undefined,
): boolean {
  for (const { allowedRoutes } of spec.listeners)
    if (decidesOtherwise(allowedRoutes?.namespaces, before, after)) return true;
  return false;
}

/** Whether a Gateway takes ListenerSets from the one version of a Namespace and not from the other. */
export function selectsListenerSetsOtherwise(
  { spec }: Gateway,
  before: Namespace | undefined,
  after: Namespace | undefined,
): boolean {
  return decidesOtherwise(spec.allowedListeners?.namespaces, before, after);
}
