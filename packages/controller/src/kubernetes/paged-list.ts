import type { ApiClient, ApiQuery } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { type ApiObject, isApiObject } from './api-resource.ts';

/** How a list is read. */
export interface PagedListOptions {
  readonly path: string;
  /** Selectors. */
  readonly query: ApiQuery;
  readonly accept: string;
  /** Objects in a page. */
  readonly pageSize: number;
  readonly signal: AbortSignal;
}

/** A page: the objects, and what version of the whole list they belong to. */
interface Page {
  readonly objects: readonly ApiObject[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
}

/** Lists that outlive what the API server remembers are read in one piece after so many tries. */
const PAGED_TRIES = 3;

/**
 * Reads a list as it is now, page by page; all pages show the same version. When that version is forgotten
 * before the last page (410), the list is read again from its start, and at last without pages.
 *
 * @param begin - called at the start of each try; gives what takes the objects
 * @returns the resourceVersion to watch from, and what the last `begin` gave
 * @throws ApiError
 */
export async function readPages<L extends { add(object: ApiObject): void }>(
  client: ApiClient,
  options: PagedListOptions,
  begin: () => L,
): Promise<{ readonly resourceVersion: string; readonly listing: L }> {
  for (let attempt = 1; ; attempt += 1) {
    const listing = begin();
    const limit = attempt > PAGED_TRIES ? undefined : options.pageSize;
    let continueToken: string | undefined;
    try {
      for (;;) {
        const page = await readPage(client, options, limit, continueToken);
        for (const object of page.objects) listing.add(object);
        continueToken = page.continueToken;
        if (continueToken === undefined) return { resourceVersion: page.resourceVersion, listing };
      }
    } catch (error) {
      const isForgotten = error instanceof ApiError && error.isGone && continueToken !== undefined;
      if (!isForgotten) throw error;
    }
  }
}

interface ListAnswer {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  /** Null in an empty list of metadata. */
  readonly items?: readonly unknown[] | null;
}

async function readPage(
  client: ApiClient,
  { path, query, accept, signal }: PagedListOptions,
  limit: number | undefined,
  continueToken: string | undefined,
): Promise<Page> {
  const answer = await client.request<ListAnswer>('GET', path, {
    query: { ...query, limit, continue: continueToken },
    accept,
    signal,
  });
  const resourceVersion = answer.metadata?.resourceVersion;
  const items = answer.items === null ? [] : answer.items;
  if (resourceVersion === undefined || !Array.isArray(items)) {
    throw new ApiError('ERR_API_RESPONSE', `GET ${path}: expected a list with a resourceVersion`);
  }
  // The objects of built-in lists do not name their kind.
  const { apiVersion } = answer;
  const kind = answer.kind?.replace(/List$/, '');
  const type = {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
  };
  const objects = items.filter(isApiObject).map((object) => ({ ...type, ...object }));
  return { objects, resourceVersion, continueToken: answer.metadata?.continue || undefined };
}
