/** Which of two competing objects wins (Gateway API, "Conflicts": oldest first, then by name). */

interface Aged {
  readonly metadata: {
    readonly creationTimestamp?: string;
    readonly namespace?: string;
    readonly name: string;
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Age in milliseconds since 1970; an object without a (valid) timestamp is younger than any with one. */
function createdAt(object: Aged): number {
  const time = Date.parse(object.metadata.creationTimestamp ?? '');
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}

/**
 * Orders objects by precedence, for `sort`: the oldest `creationTimestamp` first, ties by `namespace/name`
 * in code unit order. Objects that have no timestamp come last.
 */
export function comparePrecedence(a: Aged, b: Aged): number {
  const [createdA, createdB] = [createdAt(a), createdAt(b)];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return compareText(
    `${a.metadata.namespace ?? ''}/${a.metadata.name}`,
    `${b.metadata.namespace ?? ''}/${b.metadata.name}`,
  );
}
