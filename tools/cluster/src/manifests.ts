import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isSuccess } from './api-client.ts';
import type { ControlPlane } from './control-plane.ts';
import { ClusterError } from './errors.ts';

/** A Kubernetes object, as a file has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The objects of a YAML file, or of those directly in a folder, by name. */
export function readManifests(path: string): Manifest[] {
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.yaml') || name.endsWith('.yml'))
        .sort()
        .map((name) => join(path, name))
    : [path];
  return files.flatMap((file) => parseManifests(readFileSync(file, 'utf8')));
}

/** The objects of a YAML text. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document): Manifest | null => document.toJS())
    .filter((manifest) => manifest !== null);
}

/** What discovery tells of a kind (https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api). */
interface ServedResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const isResourceList = (body: unknown): body is { readonly resources: readonly ServedResource[] } =>
  typeof body === 'object' && body !== null && Array.isArray(Reflect.get(body, 'resources'));

const groupPath = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

/**
 * Where an object is in the API, for example `/apis/apps/v1/namespaces/default/deployments/web`; undefined when the
 * API server does not serve its kind. An object of a namespaced kind that names no namespace is in `default`.
 */
export async function objectPath(
  cluster: ControlPlane,
  { apiVersion, kind, metadata }: Manifest,
): Promise<string | undefined> {
  const { body } = await cluster.request('GET', groupPath(apiVersion));
  const resources = isResourceList(body) ? body.resources : [];
  const resource = resources.find((it) => it.kind === kind && !it.name.includes('/'));
  if (resource === undefined) return undefined;
  const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
  return `${groupPath(apiVersion)}${namespace}/${resource.name}/${metadata.name}`;
}

/**
 * Makes objects, or makes them what they shall be (server-side apply), in their order.
 *
 * @throws ClusterError `CLUSTER_INSTALL_FAILED` for the first that the API server does not take
 */
export async function applyManifests(cluster: ControlPlane, manifests: readonly Manifest[]): Promise<void> {
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest;
    const refuse = (reason: string): never => {
      throw new ClusterError('CLUSTER_INSTALL_FAILED', `${kind} ${metadata.name}: ${reason}`);
    };
    const path = await objectPath(cluster, manifest);
    if (path === undefined) return refuse(`the API server does not serve ${kind} of ${apiVersion}`);
    const answer = await cluster.request('PATCH', path, {
      query: { fieldManager: 'blixt-cluster', force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: manifest,
    });
    if (!isSuccess(answer)) refuse(`${answer.status} ${JSON.stringify(answer.body)}`);
  }
}
