/** Label selectors (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors). */
import type { LabelSelector, LabelSelectorRequirement } from '../objects/objects.ts';

type Labels = Readonly<Record<string, string>>;

const has = (labels: Labels, key: string): boolean => Object.hasOwn(labels, key);

function requirementHolds({ key, operator, values = [] }: LabelSelectorRequirement, labels: Labels): boolean {
  const value = has(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/**
 * Whether the labels meet every requirement of the selector. An empty selector selects everything; an
 * absent one selects nothing.
 */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (!selector) return false;
  const present = labels ?? {};
  return (
    Object.entries(selector.matchLabels ?? {}).every(
      ([key, value]) => has(present, key) && present[key] === value,
    ) && (selector.matchExpressions ?? []).every((requirement) => requirementHolds(requirement, present))
  );
}
