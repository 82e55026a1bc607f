/** Which of two competing objects wins (Gateway API, "Conflicts": oldest first, then by name). */
import type { ObjectMeta } from '../objects/objects.ts';

/** An object with an age and a name: any of Kubernetes' is one. */
export interface Aged {
  /** As far as precedence looks at it. */
  readonly metadata: Pick<ObjectMeta, 'creationTimestamp' | 'namespace' | 'name'>;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Age in milliseconds since 1970; an object without a (valid) timestamp is younger than any with one. */
function createdAt(object: Aged): number {
  const { creationTimestamp } = object.metadata;
  if (creationTimestamp === undefined) return Number.POSITIVE_INFINITY;
  const time = Date.parse(creationTimestamp);
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}

const fullName = ({ metadata: { namespace = '', name } }: Aged): string => `${namespace}/${name}`;

/**
 * Orders objects by precedence, for `sort`: the oldest `creationTimestamp` first, ties by `namespace/name`
 * in code unit order. Objects that have no timestamp come last.
 */
export function comparePrecedence(a: Aged, b: Aged): number {
  const [createdA, createdB] = [createdAt(a), createdAt(b)];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return compareText(fullName(a), fullName(b));
}

/**
 * Sorts objects as {@link comparePrecedence} does, and those of one age and name by kind. Reads each
 * timestamp once, which counts for long lists. O(n log n).
 *
 * @returns a new list
 */
export function sortByPrecedence<Item extends Aged & { readonly kind: string }>(
  objects: readonly Item[],
): Item[] {
  if (objects.length < 2) return [...objects];
  return objects
    .map((object) => ({ object, created: createdAt(object), name: fullName(object) }))
    .sort((a, b) => {
      if (a.created !== b.created) return a.created < b.created ? -1 : 1;
      return compareText(a.name, b.name) || compareText(a.object.kind, b.object.kind);
    })
    .map(({ object }) => object);
}
