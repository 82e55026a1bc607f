import type { AffectedRoots, KubernetesObject, ModelObject, NamespacedName } from '@blixt/gateway-model';

/** Names an object: `Kind/namespace/name`; the namespace is empty for cluster-scoped objects. */
export type ObjectKey = `${string}/${string}/${string}`;

/** The key of an object by its parts. */
export function objectKey(kind: string, namespace: string | undefined, name: string): ObjectKey {
  return `${kind}/${namespace ?? ''}/${name}`;
}

/** The key of an object. */
export function keyOf(object: KubernetesObject): ObjectKey {
  return objectKey(object.kind, object.metadata.namespace, object.metadata.name);
}

/** The key of a Gateway. */
export function gatewayKey(gateway: NamespacedName): ObjectKey {
  return objectKey('Gateway', gateway.namespace, gateway.name);
}

/** Keys of all that has to be decided again. */
export function rootKeys({ gatewayClasses, gateways, listenerSets }: AffectedRoots): ObjectKey[] {
  return [
    ...gatewayClasses.map((name) => objectKey('GatewayClass', undefined, name)),
    ...gateways.map(gatewayKey),
    ...listenerSets.map(({ namespace, name }) => objectKey('ListenerSet', namespace, name)),
  ];
}

/** The parts of an {@link ObjectKey}. */
export interface ObjectKeyParts extends NamespacedName {
  /** Kind of the object. */
  readonly kind: string;
}

/** The parts of a key; the namespace is empty for kinds of cluster scope. None of them has a slash. */
export function parseKey(key: ObjectKey): ObjectKeyParts {
  const [kind = '', namespace = '', name = ''] = key.split('/');
  return { kind, namespace, name };
}

/** The group of an API version: empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** An object for a human: `Gateway default/web`, `GatewayClass blixt`. */
export function describeKey(key: ObjectKey): string {
  const { kind, namespace, name } = parseKey(key);
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The name and namespace of a namespaced object. */
export function nameOf(key: ObjectKey): NamespacedName {
  const { namespace, name } = parseKey(key);
  return { namespace, name };
}

export type { ModelObject };
