/** Metadata that the builders write. */
import type { NamespacedObjectMeta, ObjectMeta } from '../objects.ts';

/** Metadata that a builder takes beside the object's own fields; `namespace` is `default` when absent. */
export type Meta = Partial<NamespacedObjectMeta>;

/** `apiVersion` of Gateway API's objects. */
export const GATEWAY_API_V1 = 'gateway.networking.k8s.io/v1';

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
