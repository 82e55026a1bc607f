/** References into other namespaces, found by the ReferenceGrants that name them. */
import type { ReferenceGrant } from '../generated/types.ts';
import { GATEWAY_API_GROUP, type Route } from '../objects/kinds.ts';
import { grantPermits } from '../resolution/grants.ts';
import { foreignReferencesOf, type ListenerOwner } from './mentions.ts';
import { NameMap, ReverseIndex } from './name-map.ts';

/** An object that may refer to objects in other namespaces. */
export type Referrer = Route | ListenerOwner;

/**
 * Who refers across namespaces: by the target's namespace, by kind and namespace of the one who refers, and by
 * the target's kind and name, which are what a ReferenceGrant names.
 */
export class ForeignReferences {
  /** By the target's namespace and the source; in it by the target's kind and name. */
  readonly #bySource = new NameMap<ReverseIndex<Referrer>>();

  /** Notes the references of an object. O(its references). */
  add(referrer: Referrer): void {
    const source = sourceOf(referrer.kind, referrer.metadata.namespace);
    for (const { kind, namespace, name } of foreignReferencesOf(referrer)) {
      const targets = this.#bySource.get(namespace, source) ?? new ReverseIndex();
      targets.add(kind, name, referrer);
      this.#bySource.set(namespace, source, targets);
    }
  }

  /** Forgets the references of an object. O(its references). */
  remove(referrer: Referrer): void {
    const source = sourceOf(referrer.kind, referrer.metadata.namespace);
    for (const { kind, namespace, name } of foreignReferencesOf(referrer)) {
      const targets = this.#bySource.get(namespace, source);
      targets?.remove(kind, name, referrer);
      if (targets?.size === 0) this.#bySource.delete(namespace, source);
    }
  }

  /**
   * Objects with a reference that one of the two versions of a grant permits and the other does not; an object
   * may come more than once. O(references that either names).
   */
  *decidedBy(
    before: ReferenceGrant | undefined,
    after: ReferenceGrant | undefined,
  ): Generator<Referrer, void, undefined> {
    for (const grant of [before, after]) {
      if (grant === undefined) continue;
      const other = grant === before ? after : before;
      for (const [referrer, kind, name] of this.#named(grant)) {
        const source = {
          group: GATEWAY_API_GROUP,
          kind: referrer.kind,
          namespace: referrer.metadata.namespace,
        };
        const target = { group: '', kind, namespace: grant.metadata.namespace, name };
        if (other === undefined || !grantPermits(other, source, target)) yield referrer;
      }
    }
  }

  /** All that is noted, in no order. */
  *entries(): Generator<readonly [namespace: string, source: string, targets: ReverseIndex<Referrer>]> {
    yield* this.#bySource.entries();
  }

  /** References that a grant permits, with kind and name of their targets. */
  *#named({ metadata, spec }: ReferenceGrant): Generator<readonly [Referrer, kind: string, name: string]> {
    for (const { group, kind, namespace } of spec.from) {
      const targets =
        group === GATEWAY_API_GROUP
          ? this.#bySource.get(metadata.namespace, sourceOf(kind, namespace))
          : undefined;
      if (targets === undefined) continue;
      for (const to of spec.to) {
        if (to.group !== '') continue;
        if (to.name !== undefined) {
          for (const referrer of targets.members(to.kind, to.name)) yield [referrer, to.kind, to.name];
          continue;
        }
        for (const [name, referrers] of targets.within(to.kind))
          for (const referrer of referrers) yield [referrer, to.kind, name];
      }
    }
  }
}

/** A side `from` of grants. Neither kinds nor namespaces have a blank. */
const sourceOf = (kind: string, namespace: string): string => `${kind} ${namespace}`;
