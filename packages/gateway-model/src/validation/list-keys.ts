/** Lists that are maps: their items must differ in their keys (`x-kubernetes-list-type`). */
import { type FieldError, type FieldPath, fieldError } from './field-error.ts';
import type { Schema } from './schemas.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The key of an item of a map-list; a missing field counts with its default. */
function keyOf(item: unknown, keys: readonly string[], items: Schema): Record<string, unknown> | undefined {
  if (!isObject(item)) return undefined;
  return Object.fromEntries(keys.map((key) => [key, item[key] ?? items.properties?.[key]?.default ?? null]));
}

function duplicateItems(value: readonly unknown[], schema: Schema, path: FieldPath): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const mapKeys = schema['x-kubernetes-list-map-keys'];
  const keys = Array.isArray(mapKeys) ? mapKeys.map(String) : [];
  if (listType !== 'set' && (listType !== 'map' || keys.length === 0)) return [];
  const first = new Map<string, number>();
  return value.flatMap((item, index) => {
    const key = listType === 'set' ? item : keyOf(item, keys, schema.items ?? {});
    const text = JSON.stringify(key) ?? '';
    const known = first.get(text);
    if (known === undefined) {
      first.set(text, index);
      return [];
    }
    const expected =
      listType === 'set'
        ? 'a value that is unique in the list'
        : `a ${keys.join(' and ')} unique in the list`;
    return [fieldError('duplicate', [...path, index], key, expected, `the same as item ${known}`)];
  });
}

/** Finds duplicate keys in every list below a value whose structure is right. O(size of the value). */
export function listKeyErrors(value: unknown, schema: Schema, path: FieldPath): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    const nested = items ? value.flatMap((item, index) => listKeyErrors(item, items, [...path, index])) : [];
    return [...duplicateItems(value, schema, path), ...nested];
  }
  if (!isObject(value)) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([field, child]) =>
    Object.hasOwn(value, field) ? listKeyErrors(value[field], child, [...path, field]) : [],
  );
}
