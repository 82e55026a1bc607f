/**
 * A many-to-many index that is kept up to date member by member: which members mention a term. Look-ups are
 * O(1), an update is linear in the member's terms.
 */
export class ReverseIndex<Term extends string, Member extends string> {
  readonly #members = new Map<Term, Set<Member>>();
  readonly #terms = new Map<Member, readonly Term[]>();

  /** Replaces the terms of a member. No terms take it out of the index. */
  set(member: Member, terms: Iterable<Term>): void {
    for (const term of this.#terms.get(member) ?? []) {
      const members = this.#members.get(term);
      members?.delete(member);
      if (members?.size === 0) this.#members.delete(term);
    }
    const unique = [...new Set(terms)];
    if (unique.length === 0) {
      this.#terms.delete(member);
      return;
    }
    this.#terms.set(member, unique);
    for (const term of unique) {
      const members = this.#members.get(term) ?? new Set();
      members.add(member);
      this.#members.set(term, members);
    }
  }

  /** Members that mention the term. */
  members(term: Term): ReadonlySet<Member> {
    return this.#members.get(term) ?? NONE;
  }

  /** Terms of a member. */
  terms(member: Member): readonly Term[] {
    return this.#terms.get(member) ?? [];
  }

  /** All of it, sorted: for comparing two indexes. */
  entries(): [Term, Member[]][] {
    return [...this.#members]
      .map(([term, members]): [Term, Member[]] => [term, [...members].sort()])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

const NONE: ReadonlySet<never> = new Set();
