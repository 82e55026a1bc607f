/** Objects by kind and name. */
import type { ModelKind, ModelObject, ObjectOfKind } from '../objects/kinds.ts';
import { NameMap } from './name-map.ts';

/** A version of an object, and the one that takes its place; undefined where it is not there. */
export interface Exchange<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** Holds objects by kind, namespace and name. */
export class ObjectStore {
  readonly #objects = new Map<string, NameMap<ModelObject>>();

  /** The object of a name; objects of cluster scope have no namespace. O(1). */
  get<K extends ModelKind>(
    kind: K,
    namespace: string | undefined,
    name: string,
  ): ObjectOfKind<K> | undefined {
    const object = this.#objects.get(kind)?.get(namespace ?? '', name);
    return object !== undefined && isOfKind(object, kind) ? object : undefined;
  }

  /** All objects of a kind, in no order. */
  *list<K extends ModelKind>(kind: K): Generator<ObjectOfKind<K>, void, undefined> {
    for (const object of this.#objects.get(kind)?.values() ?? []) if (isOfKind(object, kind)) yield object;
  }

  /** How many objects of a kind there are. O(1). */
  count(kind: ModelKind): number {
    return this.#objects.get(kind)?.size ?? 0;
  }

  /** Puts the object in the place of its version of before, or takes that out. O(1). */
  exchange<T extends ModelObject>(type: 'upsert' | 'delete', object: T): Exchange<T> {
    const { namespace = '', name }: { readonly namespace?: string; readonly name: string } = object.metadata;
    let objects = this.#objects.get(object.kind);
    if (objects === undefined) {
      objects = new NameMap();
      this.#objects.set(object.kind, objects);
    }
    const stored = objects.get(namespace, name);
    const before = stored !== undefined && isSameKind(stored, object) ? stored : undefined;
    if (type === 'delete') {
      objects.delete(namespace, name);
      return { before, after: undefined };
    }
    objects.set(namespace, name, object);
    return { before, after: object };
  }
}

function isOfKind<K extends ModelKind>(object: ModelObject, kind: K): object is ObjectOfKind<K> {
  return object.kind === kind;
}

/** Objects are stored by kind, so that one found in its place is of the type of the one that comes there. */
function isSameKind<T extends ModelObject>(stored: ModelObject, object: T): stored is T {
  return stored.kind === object.kind;
}
