/** Maps from names to values, and from names to those who mention them. */
import type { NamespacedName } from '../resolution/resolution.ts';

/**
 * Values by namespace and name. Two levels deep, so that a look-up makes no key. Objects of cluster scope
 * have the namespace ''.
 */
export class NameMap<T> {
  readonly #byNamespace = new Map<string, Map<string, T>>();
  #size = 0;

  /** How many values there are. */
  get size(): number {
    return this.#size;
  }

  /** The value of a name. O(1), without allocation. */
  get(namespace: string, name: string): T | undefined {
    return this.#byNamespace.get(namespace)?.get(name);
  }

  /** Sets the value of a name. O(1). */
  set(namespace: string, name: string, value: T): void {
    let names = this.#byNamespace.get(namespace);
    if (names === undefined) {
      names = new Map();
      this.#byNamespace.set(namespace, names);
    }
    if (!names.has(name)) this.#size += 1;
    names.set(name, value);
  }

  /** Forgets a name. O(1). */
  delete(namespace: string, name: string): void {
    const names = this.#byNamespace.get(namespace);
    if (names?.delete(name) !== true) return;
    this.#size -= 1;
    if (names.size === 0) this.#byNamespace.delete(namespace);
  }

  /** Names and values of one namespace, in no order. */
  within(namespace: string): Iterable<readonly [name: string, value: T]> {
    return this.#byNamespace.get(namespace) ?? [];
  }

  /** All values, in no order. */
  *values(): Generator<T> {
    for (const names of this.#byNamespace.values()) yield* names.values();
  }

  /** All namespaces, names and values, in no order. */
  *entries(): Generator<readonly [namespace: string, name: string, value: T]> {
    for (const [namespace, names] of this.#byNamespace)
      for (const [name, value] of names) yield [namespace, name, value];
  }
}

const nobody: ReadonlySet<never> = new Set();

/**
 * Who mentions a name. Members are objects, by identity: a new version of an object takes the place of the
 * old one by `remove` and `add`. Each operation is O(1).
 */
export class ReverseIndex<Member> {
  readonly #members = new NameMap<Set<Member>>();

  /** Notes that a member mentions the name; more than once is once. */
  add(namespace: string, name: string, member: Member): void {
    const members = this.#members.get(namespace, name);
    if (members === undefined) this.#members.set(namespace, name, new Set([member]));
    else members.add(member);
  }

  /** Forgets that a member mentions the name. */
  remove(namespace: string, name: string, member: Member): void {
    const members = this.#members.get(namespace, name);
    members?.delete(member);
    if (members?.size === 0) this.#members.delete(namespace, name);
  }

  /** Those who mention the name, in no order. It is the index's own set: true until the next change. */
  members(namespace: string, name: string): ReadonlySet<Member> {
    return this.#members.get(namespace, name) ?? nobody;
  }

  /** How many names are mentioned. */
  get size(): number {
    return this.#members.size;
  }

  /** The names of one namespace that are mentioned, and by whom, in no order. */
  within(namespace: string): Iterable<readonly [name: string, members: ReadonlySet<Member>]> {
    return this.#members.within(namespace);
  }

  /** All that is mentioned, and by whom, in no order. */
  entries(): Generator<readonly [namespace: string, name: string, members: ReadonlySet<Member>]> {
    return this.#members.entries();
  }
}

/**
 * Which names are mentioned from a namespace, where it only matters whether anything there does. Each operation
 * is O(1).
 */
export class MentionsByNamespace {
  readonly #counts = new Map<string, NameMap<number>>();

  /** Counts one object more (1) or one less (-1) in `from` that mentions the name. */
  add(from: string, { namespace, name }: NamespacedName, difference: 1 | -1): void {
    const names = this.#counts.get(from) ?? new NameMap();
    const count = (names.get(namespace, name) ?? 0) + difference;
    if (count === 0) names.delete(namespace, name);
    else names.set(namespace, name, count);
    if (names.size === 0) this.#counts.delete(from);
    else this.#counts.set(from, names);
  }

  /** The names that are mentioned from a namespace, in no order. */
  *from(namespace: string): Generator<NamespacedName> {
    for (const [to, name] of this.#counts.get(namespace)?.entries() ?? []) yield { namespace: to, name };
  }

  /** All that is counted, in no order. */
  *entries(): Generator<readonly [from: string, name: NamespacedName, count: number]> {
    for (const [from, names] of this.#counts)
      for (const [namespace, name, count] of names.entries()) yield [from, { namespace, name }, count];
  }
}
