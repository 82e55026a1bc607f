/** ReferenceGrants: who may refer to objects in another namespace (GEP-709). */
import type { ReferenceGrant } from '../generated/types.ts';
import type { ObjectView } from './view.ts';

/** The object that refers. */
export interface ReferenceSource {
  /** API group; empty for the core group. */
  readonly group: string;
  /** Its kind, e.g. `TCPRoute`. */
  readonly kind: string;
  /** The namespace that it lives in. */
  readonly namespace: string;
}

/** The object that is referred to. */
export interface ReferenceTarget {
  /** API group; empty for the core group. */
  readonly group: string;
  /** Its kind, e.g. `Service`. */
  readonly kind: string;
  /** The namespace that it lives in, which is also that of the grants. */
  readonly namespace: string;
  /** Its name. */
  readonly name: string;
}

/**
 * Whether one grant, in the target's namespace, lets `from` refer to `to`: any entry of `from` with any of
 * `to`, groups and kinds compared exactly.
 */
export function grantPermits(grant: ReferenceGrant, from: ReferenceSource, to: ReferenceTarget): boolean {
  return (
    grant.metadata.namespace === to.namespace &&
    grant.spec.from.some(
      (entry) => entry.group === from.group && entry.kind === from.kind && entry.namespace === from.namespace,
    ) &&
    grant.spec.to.some(
      (entry) => entry.group === to.group && entry.kind === to.kind && (entry.name ?? to.name) === to.name,
    )
  );
}

/** Why a reference is allowed: the grant, or that it does not leave its namespace. */
export type Permission = ReferenceGrant | 'same-namespace';

/**
 * Finds what lets `from` refer to `to`: nothing is needed within a namespace, otherwise a grant is; the first
 * by name of those that permit it. O(grants in the target's namespace).
 *
 * @returns undefined when the reference is not allowed
 */
export function findPermission(
  view: ObjectView,
  from: ReferenceSource,
  to: ReferenceTarget,
): Permission | undefined {
  if (from.namespace === to.namespace) return 'same-namespace';
  let found: ReferenceGrant | undefined;
  for (const grant of view.referenceGrants(to.namespace)) {
    if (found && found.metadata.name <= grant.metadata.name) continue;
    if (grantPermits(grant, from, to)) found = grant;
  }
  return found;
}
