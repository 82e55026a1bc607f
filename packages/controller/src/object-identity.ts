import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { groupOf, keyOf, type ModelObject, type ObjectKey, objectKey } from './object.ts';
import type { SourceEvent } from './source.ts';

/** RFC 3339 form of the epoch: the age of objects that nobody dated. */
export const UNDATED = '1970-01-01T00:00:00Z';

/**
 * Gives objects from files what an API server would give them: uid, generation, creationTimestamp, and the
 * Namespaces that they are in.
 */
export class ObjectIdentity {
  readonly #current = new Map<ObjectKey, ModelObject>();
  /** How many objects are in a namespace, not counting Namespaces. */
  readonly #population = new Map<string, number>();
  readonly #declaredNamespaces = new Set<string>();

  /**
   * Takes new versions of objects and objects that are gone.
   *
   * @returns the events that bring an observer up to date; none for an object that did not change
   */
  change(upserts: readonly ModelObject[], gone: readonly ModelObject[]): SourceEvent[] {
    const events: SourceEvent[] = [];
    const namespaces = new Set<string>();
    for (const raw of upserts) {
      const key = keyOf(raw);
      const previous = this.#current.get(key);
      const object = identified(raw, previous);
      this.#note(object, previous === undefined ? 1 : 0, namespaces);
      if (previous !== undefined && isDeepStrictEqual(previous, object)) continue;
      this.#current.set(key, object);
      events.push({ type: 'upsert', object });
    }
    for (const raw of gone) {
      const key = keyOf(raw);
      const object = this.#current.get(key);
      if (object === undefined) continue;
      this.#note(object, -1, namespaces);
      this.#current.delete(key);
      events.push({ type: 'delete', object });
    }
    for (const name of namespaces) events.push(...this.#implicitNamespace(name));
    return events;
  }

  #note(object: ModelObject, delta: number, namespaces: Set<string>): void {
    const { name, namespace } = object.metadata;
    if (object.kind === 'Namespace') {
      if (delta < 0) this.#declaredNamespaces.delete(name);
      else this.#declaredNamespaces.add(name);
      namespaces.add(name);
    } else if (namespace !== undefined && delta !== 0) {
      this.#population.set(namespace, (this.#population.get(namespace) ?? 0) + delta);
      namespaces.add(namespace);
    }
  }

  /** What changes for a Namespace that no file declares: it is there while something is in it. */
  #implicitNamespace(name: string): SourceEvent[] {
    if (this.#declaredNamespaces.has(name)) return [];
    const key = objectKey('Namespace', undefined, name);
    const current = this.#current.get(key);
    const populated = (this.#population.get(name) ?? 0) > 0;
    if (!populated) {
      this.#population.delete(name);
      if (current === undefined) return [];
      this.#current.delete(key);
      return [{ type: 'delete', object: current }];
    }
    if (current !== undefined) return [];
    const object = identified({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, undefined);
    this.#current.set(key, object);
    return [{ type: 'upsert', object }];
  }
}

function identified(raw: ModelObject, previous: ModelObject | undefined): ModelObject {
  const { metadata } = raw;
  const labels =
    raw.kind === 'Namespace'
      ? { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name }
      : metadata.labels;
  const object = {
    ...raw,
    metadata: {
      ...metadata,
      ...(labels === undefined ? {} : { labels }),
      uid: metadata.uid ?? stableUid(raw),
      creationTimestamp: metadata.creationTimestamp ?? UNDATED,
      generation: generationOf(raw, previous),
    },
  };
  return object as ModelObject;
}

function generationOf(raw: ModelObject, previous: ModelObject | undefined): number {
  const given = raw.metadata.generation ?? 1;
  const before = previous?.metadata.generation;
  if (previous === undefined || before === undefined) return given;
  const changed = !isDeepStrictEqual(withoutMetadata(raw), withoutMetadata(previous));
  return Math.max(given, changed ? before + 1 : before);
}

function withoutMetadata(object: ModelObject): object {
  return { ...object, metadata: undefined };
}

/** A UUID of version 8 (RFC 9562, section 5.8) from group, kind, namespace and name. */
function stableUid(object: ModelObject): string {
  const digest = createHash('sha256')
    .update(`${groupOf(object.apiVersion)}/${keyOf(object)}`)
    .digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
