/** Defaults of the schemas, applied as the Kubernetes API server does. */
import { kindSchemas, type Schema } from './schemas.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function defaultFields(object: JsonObject, fields: Readonly<Record<string, Schema>>): JsonObject {
  let result = object;
  for (const [field, schema] of Object.entries(fields)) {
    const present = Object.hasOwn(object, field) && object[field] !== undefined;
    // null counts as absent where it is not allowed and a default exists (structural defaulting).
    const missing =
      !present || (object[field] === null && schema.nullable !== true && schema.default !== undefined);
    if (missing && schema.default === undefined) continue;
    const value = applyDefaults(missing ? structuredClone(schema.default) : object[field], schema);
    if (value !== object[field]) result = { ...result, [field]: value };
  }
  return result;
}

/** Returns the value itself when it lacks nothing. */
function applyDefaults(value: unknown, schema: Schema): unknown {
  const { items, properties, additionalProperties } = schema;
  if (Array.isArray(value)) {
    if (!items) return value;
    const defaulted = value.map((item) => applyDefaults(item, items));
    return defaulted.some((item, index) => item !== value[index]) ? defaulted : value;
  }
  if (!isObject(value)) return value;
  if (properties) return defaultFields(value, properties);
  if (typeof additionalProperties !== 'object') return value;
  const entries = Object.entries(value).map(
    ([key, item]) => [key, applyDefaults(item, additionalProperties)] as const,
  );
  return entries.some(([key, item]) => item !== value[key]) ? Object.fromEntries(entries) : value;
}

/**
 * Fills in the defaults of the object's kind, as the API server does on admission: fields that are absent,
 * where their parent is there. Objects of other kinds, and values that are no objects, come back as they are.
 *
 * @returns the object itself when it lacks nothing, otherwise a copy that shares what is unchanged. The
 * input is never changed. O(size of the object).
 */
export function withDefaults<T>(object: T): T {
  if (!isObject(object)) return object;
  const kind = typeof object.kind === 'string' ? kindSchemas.get(object.kind) : undefined;
  return kind ? (defaultFields(object, kind.fields) as T) : object;
}
