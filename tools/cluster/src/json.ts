const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What is at a path of what may be an object: `at(pod, 'status', 'phase')`. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((inner, name) => (isObject(inner) ? inner[name] : undefined), value);

/** The list at a path; empty when there is none. */
export const listAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const list = at(value, ...path);
  return Array.isArray(list) ? list : [];
};

/** Whether an object's status has a condition that is True. */
export const hasCondition = (object: unknown, type: string): boolean =>
  listAt(object, 'status', 'conditions').some(
    (condition) => at(condition, 'type') === type && at(condition, 'status') === 'True',
  );
