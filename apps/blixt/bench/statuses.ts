import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient, type ApiObject, Informer } from '@blixt/controller';
import type { TCPRoute } from '@blixt/gateway-model';
import type { BenchSite, RequestCount } from './site.ts';

/** Watches until every route's status says that it is accepted; resolves to the time on performance.now()'s clock. */
export async function allAccepted(site: BenchSite, routes: number, timeoutMs: number): Promise<number> {
  await using client = await ApiClient.fromKubeconfig(site.control.kubeconfigPath);
  const accepted = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<number>();
  await using informer = new Informer<
    TCPRoute & ApiObject,
    { readonly name: string; readonly isAccepted: boolean }
  >({
    client,
    resource: { group: 'gateway.networking.k8s.io', version: 'v1', resource: 'tcproutes' },
    transform: ({ metadata: { name }, status }) => ({
      name,
      isAccepted: (status?.parents ?? []).some(({ conditions }) =>
        conditions.some(({ type, status: value }) => type === 'Accepted' && value === 'True'),
      ),
    }),
  });
  informer.subscribe((events) => {
    for (const { object } of events) if (object.isAccepted) accepted.add(object.name);
    if (accepted.size === routes) resolve(performance.now());
  });
  informer.start();
  const limit = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`${accepted.size} of ${routes} routes are accepted after ${timeoutMs} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    limit.abort();
    late.catch(() => undefined);
  }
}

/** Writes of statuses. */
export interface StatusWrites {
  readonly routes: number;
  readonly all: number;
  /** Answered by 429. */
  readonly throttled: number;
  /** Events that were made beside. */
  readonly events: number;
}

/** What was written between two readings of the API server's counters. */
export function writesBetween(before: readonly RequestCount[], after: readonly RequestCount[]): StatusWrites {
  const sum = (isCounted: (request: RequestCount) => boolean): number => {
    const total = (counts: readonly RequestCount[]): number =>
      counts.filter(isCounted).reduce((all, { count }) => all + count, 0);
    return total(after) - total(before);
  };
  const isStatus = ({ verb, subresource }: RequestCount): boolean =>
    subresource === 'status' && (verb === 'PUT' || verb === 'PATCH' || verb === 'APPLY');
  return {
    routes: sum((request) => isStatus(request) && request.resource === 'tcproutes' && request.code === '200'),
    all: sum(isStatus),
    throttled: sum(({ code }) => code === '429'),
    events: sum(({ verb, resource }) => verb === 'POST' && resource === 'events'),
  };
}
