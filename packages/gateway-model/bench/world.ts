import {
  backendRef,
  type EndpointSlice,
  endpointSlice,
  type Gateway,
  gateway,
  gatewayClass,
  listener,
  type ModelObject,
  type Namespace,
  namespace,
  parentRef,
  type ReferenceGrant,
  referenceGrant,
  type Service,
  service,
  type TCPRoute,
  tcpRoute,
} from '../src/index.ts';

/** Routes of a Gateway, each on a listener and with a Service of its own. */
const ROUTES = 10;
/** Endpoints of a Service, in one EndpointSlice. */
const ENDPOINTS = 10;
/** Gateways of a namespace, and of a namespace that has Services for them. */
const NEIGHBOURS = 10;

/** Objects by kind, in the order of the Gateways that they belong to. */
export interface BenchWorld {
  readonly gateways: readonly Gateway[];
  readonly routes: readonly TCPRoute[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  /** Those whose labels a Gateway selects by. */
  readonly namespaces: readonly Namespace[];
  readonly grants: readonly ReferenceGrant[];
  /** All of them, and the class. */
  readonly objects: readonly ModelObject[];
}

const addressOf = (number: number): string =>
  `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

/**
 * A cluster of a size. Every tenth Gateway's routes come from a team's namespace that is selected by its labels;
 * every tenth Service is in another namespace than its route, and a ReferenceGrant for each of them permits it.
 */
export function worldOf(size: number): BenchWorld {
  const gateways: Gateway[] = [];
  const routes: TCPRoute[] = [];
  const services: Service[] = [];
  const slices: EndpointSlice[] = [];
  const namespaces = new Map<string, Namespace>();
  const grants: ReferenceGrant[] = [];
  for (let index = 0; index < size; index += 1) {
    const neighbourhood = Math.floor(index / NEIGHBOURS);
    const [team, pool] = [`team-${neighbourhood}`, `pool-${neighbourhood}`];
    for (const name of [team, pool])
      if (!namespaces.has(name)) namespaces.set(name, namespace(name, { team: name, tier: 'live' }));
    const name = `gateway-${index}`;
    const allowed = { from: 'Selector', selector: { matchLabels: { tier: 'live' } } } as const;
    const listeners = Array.from({ length: ROUTES }, (_, route) =>
      listener('TCP', 9000 + route, {
        allowedRoutes: { namespaces: index % NEIGHBOURS === 0 ? allowed : { from: 'Same' } },
      }),
    );
    gateways.push(gateway({ listeners }, { name, namespace: team, uid: name }));
    for (let route = 0; route < ROUTES; route += 1) {
      const number = index * ROUTES + route;
      const isFar = route === 0;
      const of = `service-${number}`;
      const home = isFar ? pool : team;
      routes.push(
        tcpRoute(
          {
            parentRefs: [parentRef(name, { sectionName: `tcp-${9000 + route}` })],
            backendRefs: [backendRef(of, 80, isFar ? { namespace: pool } : {})],
          },
          { name: `route-${number}`, namespace: team, uid: `route-${number}` },
        ),
      );
      services.push(service(of, [80], { namespace: home }));
      const endpoints = Array.from({ length: ENDPOINTS }, (_, endpoint) => ({
        addresses: [addressOf(number * ENDPOINTS + endpoint)],
        conditions: { ready: true, serving: true, terminating: false },
      }));
      slices.push(
        endpointSlice(
          { service: of, endpoints, ports: [{ port: 8080, protocol: 'TCP' }] },
          { namespace: home },
        ),
      );
      if (isFar) {
        const from = [{ group: 'gateway.networking.k8s.io', kind: 'TCPRoute', namespace: team }];
        const to = [{ group: '', kind: 'Service', name: of }];
        grants.push(referenceGrant({ from, to }, { name: of, namespace: pool }));
      }
    }
  }
  const objects = [
    gatewayClass(),
    ...namespaces.values(),
    ...grants,
    ...services,
    ...slices,
    ...routes,
    ...gateways,
  ];
  const selected = [...namespaces.values()].filter(({ metadata }) => metadata.name.startsWith('team-'));
  return { gateways, routes, services, slices, namespaces: selected, grants, objects };
}
