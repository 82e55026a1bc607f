/** ReferenceGrants: who may refer to objects in another namespace (GEP-709). */
import type { ReferenceGrant } from '../generated/types.ts';
import type { ObjectView } from './view.ts';

/** The object that refers. */
export interface ReferenceSource {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** The object that is referred to. */
export interface ReferenceTarget {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
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

/** Whether `from` may refer to `to`: always within a namespace, otherwise when a grant permits it. */
export function referencePermitted(view: ObjectView, from: ReferenceSource, to: ReferenceTarget): boolean {
  if (from.namespace === to.namespace) return true;
  for (const grant of view.referenceGrants(to.namespace)) if (grantPermits(grant, from, to)) return true;
  return false;
}
