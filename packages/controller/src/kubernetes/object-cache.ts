import type { ApiObject } from './api-resource.ts';
import { isOlder } from './resource-version.ts';

/** An object is there that was not. */
export interface ObjectAdded<K> {
  /** Always `add`. */
  readonly type: 'add';
  /** What is kept of it. */
  readonly object: K;
}

/** An object changed. */
export interface ObjectUpdated<K> {
  /** Always `update`. */
  readonly type: 'update';
  /** What is kept of its new version. */
  readonly object: K;
  /** What was kept of the version before. */
  readonly previous: K;
}

/** An object is there no more. */
export interface ObjectDeleted<K> {
  /** Always `delete`. */
  readonly type: 'delete';
  /** What is kept of the last version; when nobody saw the deletion, of the last one that was seen. */
  readonly object: K;
}

/** A change of the objects that are kept. An object whose uid changes is deleted and added. */
export type CacheEvent<K> = (ObjectAdded<K> | ObjectUpdated<K> | ObjectDeleted<K>) & {
  /** It does not come from the API server's list or watch, but from who offered it. Default false. */
  readonly offered?: boolean;
};

interface Entry<K> {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly object: K;
}

/** `name`, or `namespace/name`. */
export const cacheKey = ({ metadata: { namespace, name } }: ApiObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** A list as it is read, page by page: what will replace the objects of an {@link ObjectCache}. */
export class Listing<K> {
  /** @internal */
  readonly entries = new Map<string, Entry<K>>();
  readonly #cache: ObjectCache<K>;
  readonly #trim: (object: ApiObject) => K | undefined;

  /** @internal */
  constructor(cache: ObjectCache<K>, trim: (object: ApiObject) => K | undefined) {
    this.#cache = cache;
    this.#trim = trim;
  }

  /** Takes an object of the list; one that is known in this version is neither trimmed nor kept again. */
  add(object: ApiObject): void {
    const key = cacheKey(object);
    const { uid, resourceVersion } = object.metadata;
    const known = this.#cache.entry(key);
    if (known?.uid === uid && known.resourceVersion === resourceVersion) {
      this.entries.set(key, known);
      return;
    }
    const kept = this.#trim(object);
    if (kept !== undefined) this.entries.set(key, { uid, resourceVersion, object: kept });
  }
}

/** Objects by namespace and name, and the changes that make them equal to what a list or a watch says. */
export class ObjectCache<K> {
  readonly #trim: (object: ApiObject) => K | undefined;
  #entries = new Map<string, Entry<K>>();

  /** @param trim - what to keep of an object; undefined when it is not kept */
  constructor(trim: (object: ApiObject) => K | undefined) {
    this.#trim = trim;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): K | undefined {
    return this.#entries.get(key)?.object;
  }

  *objects(): Generator<K, void, undefined> {
    for (const { object } of this.#entries.values()) yield object;
  }

  /** @internal */
  entry(key: string): Entry<K> | undefined {
    return this.#entries.get(key);
  }

  /** Begins to read a list. */
  listing(): Listing<K> {
    return new Listing(this, this.#trim);
  }

  /** Takes over a list that was read to its end. */
  replace(listing: Listing<K>): CacheEvent<K>[] {
    const before = this.#entries;
    this.#entries = listing.entries;
    const events: CacheEvent<K>[] = [];
    for (const [key, { uid, object }] of before) {
      // What is gone, goes first: it may make room for what comes.
      if (listing.entries.get(key)?.uid !== uid) events.push({ type: 'delete', object });
    }
    for (const [key, entry] of listing.entries) {
      const previous = before.get(key);
      if (previous === entry) continue;
      events.push(changeTo(entry, previous));
    }
    return events;
  }

  /** Takes out objects that are not wanted any more. */
  evict(isUnwanted: (object: K) => boolean): CacheEvent<K>[] {
    const events: CacheEvent<K>[] = [];
    for (const [key, { object }] of this.#entries) {
      if (!isUnwanted(object)) continue;
      this.#entries.delete(key);
      events.push({ type: 'delete', object });
    }
    return events;
  }

  /** An object was made or changed. What is no newer than what is known changes nothing. */
  upsert(object: ApiObject): CacheEvent<K>[] {
    const key = cacheKey(object);
    const { uid, resourceVersion } = object.metadata;
    const previous = this.#entries.get(key);
    if (previous?.uid === uid) {
      // The answer to a write of ours may have come before the watch got here.
      const known = previous.resourceVersion;
      if (known === resourceVersion || isOlder(resourceVersion, known)) return [];
    }
    const kept = this.#trim(object);
    const events: CacheEvent<K>[] = [];
    if (previous !== undefined && (kept === undefined || previous.uid !== uid)) {
      this.#entries.delete(key);
      events.push({ type: 'delete', object: previous.object });
    }
    if (kept === undefined) return events;
    const entry = { uid, resourceVersion, object: kept };
    this.#entries.set(key, entry);
    events.push(changeTo(entry, previous));
    return events;
  }

  /** An object was deleted. */
  remove(object: ApiObject): CacheEvent<K>[] {
    const key = cacheKey(object);
    const previous = this.#entries.get(key);
    if (previous === undefined || previous.uid !== object.metadata.uid) return [];
    this.#entries.delete(key);
    return [{ type: 'delete', object: this.#trim(object) ?? previous.object }];
  }
}

function changeTo<K>(entry: Entry<K>, previous: Entry<K> | undefined): CacheEvent<K> {
  const { object } = entry;
  return previous?.uid === entry.uid
    ? { type: 'update', object, previous: previous.object }
    : { type: 'add', object };
}
