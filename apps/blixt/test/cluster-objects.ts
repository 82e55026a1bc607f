import { readFileSync } from 'node:fs';
import { type ControlPlane, isSuccess } from '@blixt/cluster';
import { parseAllDocuments } from 'yaml';

/** What is read of a manifest here. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly PolicyRule[];
}

/** A rule of a Role or a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The documents of a file. */
export function readManifests(path: string): Manifest[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS());
}

/** Where an object is in the API; the plurals of the kinds that tests use are regular. */
export function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = `${kind.toLowerCase()}${kind.endsWith('ss') ? 'es' : kind.endsWith('s') ? '' : 's'}`;
  const { namespace, name } = metadata;
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}/${name}`;
}

/** Makes objects, or makes them what they shall be (server-side apply). */
export async function apply(cluster: ControlPlane, ...objects: readonly Manifest[]): Promise<void> {
  for (const object of objects) {
    const { generation: _, ...metadata }: Manifest['metadata'] & { generation?: number } = object.metadata;
    const answer = await cluster.request('PATCH', pathOf(object), {
      query: { fieldManager: 'test', force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: { ...object, metadata },
    });
    if (!isSuccess(answer)) throw new Error(`${pathOf(object)}: ${JSON.stringify(answer.body)}`);
  }
}
