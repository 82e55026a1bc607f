import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { type ApiResource, describeResource } from './api-resource.ts';

/** `APIGroup` of `meta/v1`. */
interface ApiGroup {
  readonly versions?: readonly { readonly version: string }[];
}

/** `APIResourceList` of `meta/v1`. */
interface ApiResourceList {
  readonly resources?: readonly { readonly name: string }[];
}

/**
 * Versions in which the API server serves a resource of a group, the one that it prefers first; undefined when it
 * cannot be asked. Everybody who is authenticated may ask (ClusterRole `system:discovery`).
 */
export async function servedVersions(
  client: ApiClient,
  { group, resource }: ApiResource,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const root = `/apis/${encodeURIComponent(group)}`;
  try {
    const { versions = [] } = await client.request<ApiGroup>('GET', root, { signal });
    const found: string[] = [];
    for (const { version } of versions) {
      const path = `${root}/${encodeURIComponent(version)}`;
      const { resources = [] } = await client.request<ApiResourceList>('GET', path, { signal });
      if (resources.some(({ name }) => name === resource)) found.push(version);
    }
    return found;
  } catch (error) {
    return error instanceof ApiError && error.isNotFound ? [] : undefined;
  }
}

/** Says what is served of a resource that is not served as it is wanted, and what to do. */
export function describeMissing(resource: ApiResource, served: readonly string[]): string {
  const name = describeResource(resource);
  const { version } = resource;
  if (served.length === 0)
    return `the API server does not serve ${name}: install its CustomResourceDefinition; waiting for it`;
  return `the API server serves ${name} as ${served.join(', ')}, and not as ${version}: install a release of its CustomResourceDefinition that serves ${version}; waiting for it`;
}
