/** Metadata that the builders write. */
import { GATEWAY_API_GROUP } from '../kinds.ts';
import type { NamespacedObjectMeta, ObjectMeta } from '../objects.ts';

/** Metadata that a builder takes beside the object's own fields; `namespace` is `default` when absent. */
export type Meta = Partial<NamespacedObjectMeta>;

/** `apiVersion` of Gateway API's objects. */
export const GATEWAY_API_V1 = `${GATEWAY_API_GROUP}/v1` as const;

/** Metadata of an object without a namespace. */
export const clusterMeta = (name: string, { namespace: _, ...meta }: Meta): ObjectMeta => ({
  generation: 1,
  name,
  ...meta,
});

/** Metadata of an object in a namespace. */
export const namespacedMeta = (name: string, given: Meta): NamespacedObjectMeta => ({
  generation: 1,
  name,
  namespace: 'default',
  ...given,
});
