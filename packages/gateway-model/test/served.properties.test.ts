/** What is served at layer 4 is what a proxy that reads HTTP would do, whatever the request. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backendRef,
  comparePrecedence,
  endpointSlice,
  type Gateway,
  gateway,
  gatewayClass,
  type HTTPRoute,
  type HTTPRouteMatch,
  type HTTPRouteRule,
  httpRoute,
  listener,
  listView,
  type ModelObject,
  parentRef,
  resolveGateway,
  SERVED_CONDITION,
  service,
} from '../src/index.ts';
import { dualStack } from './simulated-cluster.ts';

/** Service `gone` does not exist. */
const services = ['a', 'b', 'c'];
const backends: ModelObject[] = services.flatMap((name, index) => [
  service(name, [80]),
  endpointSlice({ service: name, endpoints: [`10.0.0.${index}`], ports: [{ port: 8080 }] }),
]);
const serviceAt = (address: string): string => services[Number(address.split('.')[3])] ?? 'unknown';

interface Request {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One of each sort that some match or host name could tell apart. */
const requests: Request[] = ['a.example', 'b.example', 'c.test'].flatMap((host) =>
  ['/', '/deep', '/deep/er', '/other'].flatMap((path) =>
    ['GET', 'POST'].flatMap((method) => [
      { host, path, method, headers: {} },
      { host, path, method, headers: { version: '2' } },
    ]),
  ),
);

/** How specific a pattern of host names is for a host; undefined when it does not match. */
function hostRank(pattern: string | undefined, host: string): number | undefined {
  if (pattern === undefined) return 0;
  if (pattern.startsWith('*.')) return host.endsWith(pattern.slice(1)) ? pattern.length : undefined;
  return pattern === host ? 1_000 : undefined;
}

/** Path, method and headers in the order in which Gateway API compares them (HTTPRouteRule.matches). */
function matchRank({ path, method, headers = [] }: HTTPRouteMatch, request: Request): number[] | undefined {
  const { type = 'PathPrefix', value = '/' } = path ?? {};
  const prefix = value.endsWith('/') ? value : `${value}/`;
  const fits = type === 'Exact' ? request.path === value : `${request.path}/`.startsWith(prefix);
  if (!fits || (method !== undefined && method !== request.method)) return undefined;
  if (!headers.every(({ name, value: wanted }) => request.headers[name] === wanted)) return undefined;
  return [type === 'Exact' ? 1 : 0, value.length, method === undefined ? 0 : 1, headers.length];
}

const compareRanks = (a: readonly number[], b: readonly number[]): number =>
  a.map((rank, index) => (b[index] ?? 0) - rank).find((difference) => difference !== 0) ?? 0;

type Shares = Readonly<Record<string, number>>;
const REFUSED: Shares = { error: 1 };

function sharesOf({ backendRefs = [] }: HTTPRouteRule): Shares {
  const total = backendRefs.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const shares: Record<string, number> = {};
  for (const { name, weight = 1 } of backendRefs) {
    const to = services.includes(name) ? name : 'error';
    if (weight > 0) shares[to] = (shares[to] ?? 0) + weight / total;
  }
  return total === 0 ? REFUSED : shares;
}

/** What a proxy does with a request: the route that it is for, and who answers, with which probability. */
function answerOf(
  { spec }: Gateway,
  routes: readonly HTTPRoute[],
  port: number,
  request: Request,
): { readonly route?: HTTPRoute; readonly shares: Shares } {
  const [own] = spec.listeners
    .filter((it) => it.port === port)
    .flatMap((it) => {
      const rank = hostRank(it.hostname, request.host);
      return rank === undefined ? [] : [{ listener: it, rank }];
    })
    .sort((a, b) => b.rank - a.rank);
  if (!own) return { shares: REFUSED };
  const found = routes
    .filter(({ spec: { parentRefs = [] } }) =>
      parentRefs.some(({ sectionName }) => (sectionName ?? own.listener.name) === own.listener.name),
    )
    .flatMap((route) =>
      (route.spec.hostnames ?? [undefined]).flatMap((hostname) =>
        (route.spec.rules ?? []).flatMap((rule) =>
          (rule.matches ?? [{}]).flatMap((match) => {
            const [host, rank] = [hostRank(hostname, request.host), matchRank(match, request)];
            return host === undefined || !rank ? [] : [{ route, rule, rank: [host, ...rank] }];
          }),
        ),
      ),
    )
    .sort((a, b) => compareRanks(a.rank, b.rank) || comparePrecedence(a.route, b.route));
  const [first] = found;
  return first ? { route: first.route, shares: sharesOf(first.rule) } : { shares: REFUSED };
}

const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 7 }, { arbitrary, weight: 1 });

const aGateway = fc
  .uniqueArray(
    fc.record({
      port: fc.constantFrom(80, 81),
      hostname: seldom(fc.constantFrom('a.example', '*.example')),
    }),
    { minLength: 1, maxLength: 2, selector: ({ port, hostname }) => `${port} ${hostname}` },
  )
  .map((listeners) =>
    gateway({
      listeners: listeners.map(({ port, hostname }, index) =>
        listener('HTTP', port, { name: `l${index}`, ...(hostname && { hostname }) }),
      ),
    }),
  );

const aMatch: fc.Arbitrary<HTTPRouteMatch> = fc
  .record({
    path: fc.constantFrom('/', '/', '/', '/deep'),
    type: fc.constantFrom('PathPrefix', 'PathPrefix', 'PathPrefix', 'Exact'),
    method: seldom(fc.constantFrom('GET', 'POST')),
    version: seldom(fc.constant('2')),
  })
  .map(({ path, type, method, version }) => ({
    path: { type, value: path },
    ...(method && { method }),
    ...(version && { headers: [{ name: 'version', value: version }] }),
  }));

const aRule: fc.Arbitrary<HTTPRouteRule> = fc
  .record({
    matches: seldom(fc.array(aMatch, { minLength: 1, maxLength: 2 })),
    backendRefs: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(...services, 'a', 'b', 'gone'),
        weight: fc.constantFrom(0, 1, 2, 3, 1),
      }),
      { maxLength: 3, size: 'max', selector: ({ name }) => name },
    ),
  })
  .map(({ matches, backendRefs }) => ({
    ...(matches && { matches }),
    backendRefs: backendRefs.map(({ name, weight }) => backendRef(name, 80, { weight })),
  }));

const someRoutes = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('r1', 'r2', 'r3'),
      creationTimestamp: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
      sectionName: seldom(fc.constantFrom('l0', 'l1')),
      hostname: seldom(fc.constantFrom('a.example', '*.example')),
      rules: fc.oneof(
        { arbitrary: fc.array(aRule, { minLength: 1, maxLength: 1 }), weight: 5 },
        { arbitrary: fc.array(aRule, { maxLength: 2 }), weight: 1 },
      ),
    }),
    { minLength: 1, maxLength: 2, selector: ({ name }) => name },
  )
  .map((routes) =>
    routes.map(({ name, creationTimestamp, sectionName, hostname, rules }) =>
      httpRoute(
        {
          parentRefs: [parentRef('gateway', sectionName ? { sectionName } : {})],
          ...(hostname && { hostnames: [hostname] }),
          rules,
        },
        { name, creationTimestamp },
      ),
    ),
  );

const close = (shares: Shares): Record<string, unknown> =>
  Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, expect.closeTo(share, 9)]));

/** What the data plane does with a connection. */
function forwarded(subject: Gateway, objects: readonly ModelObject[], port: number): Shares {
  const { forwarding } = resolveGateway(subject, listView(objects), dualStack());
  const found = forwarding.services.find((it) => it.port === port && !it.address.includes(':'));
  if (!found) throw new Error(`nothing at port ${port}`);
  const total = found.backends.reduce((sum, { weight }) => sum + weight, found.rejectWeight);
  const shares: Record<string, number> = {};
  for (const { address, weight } of found.backends)
    if (weight > 0) shares[serviceAt(address)] = weight / total;
  return found.rejectWeight > 0 ? { ...shares, error: found.rejectWeight / total } : shares;
}

describe('an HTTPRoute', () => {
  it('that is Served has each request that a proxy would give it, to the same backends in the same shares; of others connections are refused, or go to the one that comes first', () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(aGateway, someRoutes, (subject, routes) => {
        const objects = [gatewayClass(), subject, ...routes, ...backends];
        const { statuses } = resolveGateway(subject, listView(objects), dualStack());
        for (const route of routes) {
          const update = statuses.find((it) => it.kind === 'HTTPRoute' && it.name === route.metadata.name);
          if (update?.kind !== 'HTTPRoute') throw new Error('expected a status');
          const [entry] = update.status.parents;
          const served = entry?.conditions.find(({ type }) => type === SERVED_CONDITION);
          if (!entry || !served) throw new Error('expected the condition');
          seen[served.reason] = (seen[served.reason] ?? 0) + 1;
          const { sectionName } = entry.parentRef;
          const attached = subject.spec.listeners.filter(
            ({ name, hostname }) =>
              (sectionName ?? name) === name &&
              (route.spec.hostnames ?? [undefined]).some(
                (own) =>
                  !own ||
                  !hostname ||
                  hostRank(own, hostname) !== undefined ||
                  hostRank(hostname, own) !== undefined,
              ),
          );
          if (served.status === 'True') {
            expect(attached.length).toBeGreaterThan(0);
            for (const { port } of attached) {
              const shares = forwarded(subject, objects, port);
              for (const request of requests) {
                const answer = answerOf(subject, routes, port, request);
                expect(answer.route?.metadata.name).toBe(route.metadata.name);
                expect(shares).toEqual(close(answer.shares));
                expect(shares).not.toHaveProperty('error');
              }
            }
          } else if (['NeedsLayer7', 'SharesPort'].includes(served.reason)) {
            expect(attached.map(({ port }) => forwarded(subject, objects, port))).toContainEqual(REFUSED);
          } else if (served.reason === 'InvalidBackends') {
            for (const { port } of attached) {
              const shares = forwarded(subject, objects, port);
              for (const request of requests)
                expect(shares).toEqual(close(answerOf(subject, routes, port, request).shares));
              expect(shares.error).toBeGreaterThan(0);
            }
          }
        }
      }),
      { numRuns: 1_000 },
    );
    for (const reason of [
      'Served',
      'NeedsLayer7',
      'SharesPort',
      'Superseded',
      'InvalidBackends',
      'NotAccepted',
    ])
      expect(seen[reason], reason).toBeGreaterThan(20);
  });
});
