/** Asks the API server what it thinks of an object. */
import { type ControlPlane, isSuccess } from '@blixt/cluster';
import type { ServedKind } from './crds.ts';
import { fieldsOf, isObject, type JsonObject } from './json.ts';

/** What the API server said. */
export interface Verdict {
  readonly accepted: boolean;
  /** HTTP status. */
  readonly status: number;
  /** The object with its defaults, when it was accepted. */
  readonly object: unknown;
  /** Why not. */
  readonly message: string;
  /** The fields that it objects to. */
  readonly causes: readonly { readonly field: string; readonly message: string; readonly reason: string }[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function toVerdict(status: number, body: unknown): Verdict {
  const accepted = isSuccess({ status, body });
  const causes = fieldsOf(body, 'details').causes;
  return {
    accepted,
    status,
    object: accepted ? body : undefined,
    message: accepted || !isObject(body) ? '' : text(body.message),
    causes: (Array.isArray(causes) ? causes : []).filter(isObject).map(({ field, message, reason }) => ({
      field: text(field),
      message: text(message),
      reason: text(reason),
    })),
  };
}

/** Statuses that are answers about the object (409: another uid); any other is trouble with the test itself. */
const ANSWERS = new Set([200, 201, 400, 409, 422]);

async function ask(
  cluster: ControlPlane,
  method: string,
  path: string,
  body: unknown,
  dryRun: boolean,
): Promise<Verdict> {
  const query = { fieldValidation: 'Strict', ...(dryRun && { dryRun: 'All' }) };
  const answer = await cluster.request(method, path, { query, body });
  if (!ANSWERS.has(answer.status)) {
    const sent = JSON.stringify(body).slice(0, 2_000);
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}\nsent: ${sent}`);
  }
  return toVerdict(answer.status, answer.body);
}

/** Path of a collection in a namespace. */
const collection = ({ root, plural, namespaced }: ServedKind, namespace: string): string =>
  namespaced ? `${root}/namespaces/${namespace}/${plural}` : `${root}/${plural}`;

/** Creates an object, with dryRun unless `keep`. */
export const create = (
  cluster: ControlPlane,
  served: ServedKind,
  object: JsonObject,
  options: { readonly namespace: string; readonly keep?: boolean },
): Promise<Verdict> =>
  ask(cluster, 'POST', collection(served, options.namespace), object, options.keep !== true);

/** Puts an object, or its status, onto a stored one of this name, with dryRun unless `keep`. */
export const replace = (
  cluster: ControlPlane,
  served: ServedKind,
  object: JsonObject,
  options: {
    readonly namespace: string;
    readonly name: string;
    readonly subresource?: 'status' | undefined;
    readonly keep?: boolean;
  },
): Promise<Verdict> => {
  const suffix = options.subresource === undefined ? '' : `/${options.subresource}`;
  const path = `${collection(served, options.namespace)}/${options.name}${suffix}`;
  return ask(cluster, 'PUT', path, object, options.keep !== true);
};

/** Runs work on all items, at most `limit` at the same time; results in the items' order. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
