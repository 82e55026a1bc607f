/** Plain JSON values, and steps in them. */

export type JsonObject = { [field: string]: unknown };
/** Steps from an object to one of its values. */
export type Steps = readonly (string | number)[];

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at the end of the steps; undefined when there is none. */
export function valueAt(root: unknown, steps: Steps): unknown {
  let value = root;
  for (const step of steps) {
    if (Array.isArray(value) && typeof step === 'number') value = value[step];
    else if (isObject(value) && typeof step === 'string' && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

/** A field of an object's field, as an object; a new one when there is none. */
export const fieldsOf = (value: unknown, field: string): JsonObject => {
  const found = isObject(value) ? value[field] : undefined;
  return isObject(found) ? found : {};
};

/** Puts a value at the end of the steps, in place; undefined removes it. */
export function setAt(root: unknown, steps: Steps, value: unknown): void {
  const last = steps.at(-1);
  const parent = valueAt(root, steps.slice(0, -1));
  if (Array.isArray(parent) && typeof last === 'number') {
    if (value === undefined) parent.splice(last, 1);
    else parent[last] = value;
  } else if (isObject(parent) && typeof last === 'string') {
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
}

/** JSON with sorted fields: equal texts are equal objects, byte for byte. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, nested: unknown) =>
    isObject(nested)
      ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : nested,
  );
}
