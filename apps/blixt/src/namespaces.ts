/** Namespaces as an API server keeps them. */
import type { ModelObject, Namespace } from '@blixt/gateway-model';

/** Label that the API server puts on every Namespace (well-known labels of Kubernetes). */
const NAME_LABEL = 'kubernetes.io/metadata.name';

/** The objects, Namespaces among them with their names as labels. */
export function withNameLabels(objects: readonly ModelObject[]): ModelObject[] {
  return objects.map((object) => {
    if (object.kind !== 'Namespace') return object;
    const { metadata } = object;
    const labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
    return { ...object, metadata: { ...metadata, labels } };
  });
}

/** The Namespaces that objects are in and nobody declares. */
export function impliedNamespaces(objects: readonly ModelObject[]): Namespace[] {
  const names = new Set(objects.flatMap(({ metadata: { namespace } }: ModelObject) => namespace ?? []));
  for (const { kind, metadata } of objects) if (kind === 'Namespace') names.delete(metadata.name);
  return [...names].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { [NAME_LABEL]: name } },
  }));
}
