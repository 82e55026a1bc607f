import { type ControlPlane, isSuccess } from '@blixt/cluster';
import {
  backendRef,
  type EndpointSlice,
  endpointSlice,
  type Gateway,
  gateway,
  listener,
  parentRef,
  type Service,
  service,
  type TCPRoute,
  tcpRoute,
} from '@blixt/gateway-model';

/** Listeners of a Gateway, each with a TCPRoute, a Service and an EndpointSlice of its own. */
export const LISTENERS = 10;
/** Gateways of a namespace. */
const NEIGHBOURS = 10;
/** Of all endpoints. */
export const TARGET_PORT = 8080;
/** Of all Services. */
const SERVICE_PORT = 80;
/** Requests to the API server at a time. */
const AT_ONCE = 32;

/** How much there is. */
export interface Scale {
  readonly gateways: number;
  /** Of each Service, in one EndpointSlice. */
  readonly endpoints: number;
}

/** One way through: a listener's port of a Gateway, to the endpoints of a Service. */
export interface Way {
  readonly namespace: string;
  readonly gateway: string;
  readonly port: number;
  readonly service: string;
  /** Addresses of the endpoints. */
  readonly endpoints: readonly string[];
}

/** The n-th address of a range that nothing else uses. */
export const endpointAddress = (number: number): string =>
  `10.${128 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;

/** All ways, Gateway by Gateway. */
export function waysOf({ gateways, endpoints }: Scale): Way[] {
  return Array.from({ length: gateways * LISTENERS }, (_, number) => {
    const index = Math.floor(number / LISTENERS);
    return {
      namespace: `team-${Math.floor(index / NEIGHBOURS)}`,
      gateway: `gateway-${index}`,
      port: 9000 + (number % LISTENERS),
      service: `service-${number}`,
      endpoints: Array.from({ length: endpoints }, (_, at) => endpointAddress(number * endpoints + at)),
    };
  });
}

/** `endpoints` of a way's EndpointSlice. */
export const endpointsOf = (addresses: readonly string[]): EndpointSlice['endpoints'] =>
  addresses.map((address) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
  }));

/** Where the EndpointSlice of a way is in the API. */
export const slicePath = ({ namespace, service: name }: Way): string =>
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${name}-ipv4`;

type WorldObject = Gateway | TCPRoute | Service | EndpointSlice;

function objectsOf(way: Way): WorldObject[] {
  const { namespace, port, service: name } = way;
  const parentRefs = [parentRef(way.gateway, { sectionName: `tcp-${port}` })];
  return [
    service(name, [SERVICE_PORT], { namespace }),
    endpointSlice(
      {
        service: name,
        endpoints: endpointsOf(way.endpoints) ?? [],
        ports: [{ port: TARGET_PORT, protocol: 'TCP' }],
      },
      { namespace },
    ),
    tcpRoute(
      { parentRefs, backendRefs: [backendRef(name, SERVICE_PORT)] },
      { name: `route-${name}`, namespace },
    ),
  ];
}

const PLURALS: Readonly<Record<WorldObject['kind'], string>> = {
  Gateway: 'gateways',
  TCPRoute: 'tcproutes',
  Service: 'services',
  EndpointSlice: 'endpointslices',
};

/** Makes an object. @throws where the API server does not take it */
export async function create(control: ControlPlane, path: string, body: object): Promise<void> {
  const answer = await control.request('POST', path, { body });
  if (!isSuccess(answer)) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

async function createObject(control: ControlPlane, object: WorldObject): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  await create(control, `${root}/namespaces/${metadata.namespace}/${PLURALS[kind]}`, object);
}

/** Makes all objects of the ways, many at a time. */
export async function createWorld(control: ControlPlane, ways: readonly Way[]): Promise<void> {
  for (const name of new Set(ways.map(({ namespace }) => namespace))) {
    const metadata = { name };
    await create(control, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
  }
  const ports = Array.from({ length: LISTENERS }, (_, at) => 9000 + at);
  const gateways = new Map(ways.map(({ namespace, gateway: name }) => [name, namespace]));
  const objects: Iterator<WorldObject> = (function* () {
    for (const [name, namespace] of gateways) {
      yield gateway({ listeners: ports.map((port) => listener('TCP', port)) }, { name, namespace });
    }
    for (const way of ways) yield* objectsOf(way);
  })();
  const work = async (): Promise<void> => {
    for (let next = objects.next(); next.done !== true; next = objects.next()) {
      await createObject(control, next.value);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
