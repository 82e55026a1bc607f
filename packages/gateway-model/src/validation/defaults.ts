/** Defaults of the schemas, applied as the Kubernetes API server does. */
import { Decoder } from './decode.ts';
import { isObject, type JsonObject, ownEntry } from './json.ts';
import type { Schema } from './schema.ts';
import { kindSchemas } from './schemas.ts';

/** Null where it is not allowed counts as absent. */
const isAbsent = (value: unknown, schema: Schema): boolean =>
  value === undefined || (value === null && schema.nullable !== true);

function defaultFields(object: JsonObject, schema: Schema): JsonObject {
  const { properties } = schema;
  const result: Record<string, unknown> = { ...object };
  let changed = false;
  for (const name in properties) {
    const field = properties[name];
    if (!field || !Object.hasOwn(object, name)) continue;
    const value = object[name];
    const absent = isAbsent(value, field);
    if (absent) delete result[name];
    else result[name] = applyDefaults(value, field);
    changed ||= absent || result[name] !== value;
  }
  const before = Object.keys(result).length;
  new Decoder().addDefaults(result, schema);
  return changed || Object.keys(result).length > before ? result : object;
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
  if (properties) return defaultFields(value, schema);
  if (!additionalProperties) return value;
  const entries = Object.entries(value).flatMap(([key, item]) =>
    isAbsent(item, additionalProperties) ? [] : [[key, applyDefaults(item, additionalProperties)] as const],
  );
  const changed =
    entries.length < Object.keys(value).length || entries.some(([key, item]) => item !== value[key]);
  return changed ? Object.fromEntries(entries) : value;
}

/**
 * Fills in the defaults of the object's kind, as the API server does on admission: fields that are absent,
 * where their parent is there. Null counts as absent where it is not allowed. Objects of other kinds, and
 * values that are no objects, come back as they are. A status that is there stays; one that is absent gets
 * the default that the API server gives it on creation.
 *
 * @returns the object itself when it lacks nothing, otherwise a copy that shares what is unchanged. The
 * input is never changed. O(size of the object).
 */
export function withDefaults<T>(object: T): T {
  try {
    if (!isObject(object)) return object;
    const { kind, apiVersion } = object;
    const known = typeof kind === 'string' ? kindSchemas.get(kind) : undefined;
    if (!known) return object;
    const schema =
      ownEntry(known.schemas, String(apiVersion)) ?? ownEntry(known.schemas, known.apiVersions[0] ?? '');
    // Defaults only add to what the type of the object says.
    return schema ? (defaultFields(object, schema) as T) : object;
  } catch {
    // A value that cannot be read has nothing that lacks a default.
    return object;
  }
}
