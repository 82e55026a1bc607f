/**
 * Ratcheting (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting):
 * on an update, what is wrong with a value that did not change is tolerated. To know whether it changed,
 * its value before must be found: fields by name, items of lists by their keys, of other lists not at all.
 */
import { sameJson } from '../objects/json.ts';
import { isObject, ownEntry } from './json.ts';
import type { Schema } from './schema.ts';

/** A value and the one that it had before. */
export interface Pair {
  readonly now: unknown;
  readonly before: unknown;
  readonly schema: Schema;
  /** The whole object: it counts as changed, as the server never finds all of its metadata the same. */
  readonly root?: boolean;
}

/** The field of both, if both have it. */
export function pairField(pair: Pair | undefined, name: string): Pair | undefined {
  if (!pair || !isObject(pair.now) || !isObject(pair.before)) return undefined;
  const schema = ownEntry(pair.schema.properties, name) ?? pair.schema.additionalProperties;
  if (!schema || !Object.hasOwn(pair.now, name) || !Object.hasOwn(pair.before, name)) return undefined;
  return { now: pair.now[name], before: pair.before[name], schema };
}

/** The item of the list before that has the same keys as the item, or undefined. */
export function itemBefore(item: unknown, before: unknown, { listType, listMapKeys = [] }: Schema): unknown {
  if (listType !== 'map' || !isObject(item) || !Array.isArray(before)) return undefined;
  return before.find(
    (candidate) => isObject(candidate) && listMapKeys.every((key) => sameJson(candidate[key], item[key])),
  );
}

/** The item of both lists, if it can be found in the list before. */
export function pairItem(pair: Pair | undefined, index: number): Pair | undefined {
  if (!pair || !Array.isArray(pair.now) || !pair.schema.items) return undefined;
  const now: unknown = pair.now[index];
  const before = itemBefore(now, pair.before, pair.schema);
  return before === undefined ? undefined : { now, before, schema: pair.schema.items };
}

/** Whether the value is the same as before; items of a list with keys may have moved. */
export function isUnchanged(pair: Pair | undefined): boolean {
  if (!pair || pair.root) return false;
  const { now, before, schema } = pair;
  if (Array.isArray(now) && Array.isArray(before) && schema.listType === 'map')
    return now.length === before.length && now.every((_, index) => isUnchanged(pairItem(pair, index)));
  if (isObject(now) && isObject(before)) {
    const names = Object.keys(now);
    return (
      names.length === Object.keys(before).length && names.every((name) => isUnchanged(pairField(pair, name)))
    );
  }
  return sameJson(now, before);
}
