import type { ApiClient } from '../api-client.ts';
import { ApiError } from '../api-error.ts';
import { resourcePath } from '../api-resource.ts';
import { FIELD_MANAGER, type FoundObject, type Manifest } from './manifest.ts';
import { ownedResources } from './owned-objects.ts';

/** Plural of the kind: `services`. */
export const resourceOf = ({ kind }: Pick<Manifest, 'kind'>): string => ownedResources[kind].resource;

/** The object of a name, of whoever it is; undefined when there is none. It takes the right to list, not to get. */
export async function readObject(
  client: ApiClient,
  { kind, metadata: { namespace, name } }: Manifest,
  signal: AbortSignal,
): Promise<FoundObject | undefined> {
  const { items } = await client.request<{ readonly items: readonly FoundObject[] }>(
    'GET',
    resourcePath(ownedResources[kind], { namespace }),
    { query: { fieldSelector: `metadata.name=${name}` }, signal },
  );
  // The objects of a list do not say what they are.
  const [object] = items;
  return object && { ...object, kind };
}

/** Makes an object, or makes ours of it what is wanted; what others have of it stays. */
export async function applyObject(client: ApiClient, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const { kind, metadata } = manifest;
  const { namespace, name } = metadata;
  await client.request('PATCH', resourcePath(ownedResources[kind], { namespace, name }), {
    query: { fieldManager: FIELD_MANAGER, force: true },
    contentType: 'application/apply-patch+yaml',
    body: manifest,
    signal,
  });
}

/** Deletes an object, unless it is gone, or another has its name by now. */
export async function deleteObject(
  client: ApiClient,
  { kind, metadata: { namespace = '', name, uid } }: FoundObject,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.request('DELETE', resourcePath(ownedResources[kind], { namespace, name }), {
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
      signal,
    });
  } catch (error) {
    if (!(error instanceof ApiError && (error.isNotFound || error.isConflict))) throw error;
  }
}
