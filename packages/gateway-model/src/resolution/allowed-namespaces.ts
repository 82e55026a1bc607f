/** Which namespaces a Gateway's `allowedListeners` or a listener's `allowedRoutes` lets in. */

import type { ExplanationCause } from '../explanation/explanation.ts';
import type { LabelSelector } from '../objects/objects.ts';
import { matchesSelector } from './selectors.ts';
import type { ObjectView } from './view.ts';

/** `namespaces` of `allowedRoutes` and `allowedListeners`. */
export interface NamespaceRule {
  readonly from?: 'All' | 'Same' | 'Selector' | 'None';
  readonly selector?: LabelSelector;
}

/** Whether objects of a namespace are let in. */
export type NamespaceFilter = (namespace: string) => boolean;

const all: NamespaceFilter = () => true;
const none: NamespaceFilter = () => false;

/**
 * Makes the filter of a rule. A selector is evaluated once a namespace; one that is absent selects nothing,
 * and neither is a namespace selected that is not known.
 *
 * @param own - what `Same` means: the namespace of the object that has the rule
 */
export function namespaceFilter(
  { from = 'Same', selector }: NamespaceRule,
  own: string,
  view: ObjectView,
): NamespaceFilter {
  switch (from) {
    case 'All':
      return all;
    case 'None':
      return none;
    case 'Same':
      return (namespace) => namespace === own;
    case 'Selector': {
      const known = new Map<string, boolean>();
      return (namespace) => {
        const before = known.get(namespace);
        if (before !== undefined) return before;
        const object = view.namespace(namespace);
        const selected = object !== undefined && matchesSelector(selector, object.metadata.labels);
        known.set(namespace, selected);
        return selected;
      };
    }
    default:
      return none;
  }
}

/** What a decision by the rule rests on beside it: the labels of the Namespace, when they are selected by. */
export function selectedBy({ from }: NamespaceRule, namespace: string): ExplanationCause[] {
  return from === 'Selector' ? [{ kind: 'Namespace', name: namespace, path: 'metadata.labels' }] : [];
}
