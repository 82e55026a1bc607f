import { type ModelObject, parseObject } from '@blixt/gateway-model';

/** Builds a valid object; a mistake in a test's fixture fails the test. */
function build(value: object): ModelObject {
  const result = parseObject(value);
  if (!result.ok) throw new Error(result.errors.map((error) => error.message).join('; '));
  return result.object;
}

interface Named {
  readonly name: string;
  readonly namespace?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function metadata({ name, namespace = 'default', creationTimestamp, labels }: Named): object {
  return {
    name,
    namespace,
    uid: `${namespace}/${name}`,
    generation: 1,
    creationTimestamp: creationTimestamp ?? '1970-01-01T00:00:00Z',
    ...(labels && { labels }),
  };
}

export function gatewayClass(
  name = 'blixt',
  controllerName = 'gateway.networking.k8s.io/blixt',
): ModelObject {
  return build({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name, uid: name, generation: 1 },
    spec: { controllerName },
  });
}

export interface ListenerFixture {
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
  readonly from?: 'Same' | 'All' | { readonly [label: string]: string };
}

export function gateway(
  named: Named & {
    readonly gatewayClassName?: string;
    readonly addresses?: readonly string[];
    readonly listeners?: readonly ListenerFixture[];
  },
): ModelObject {
  const listeners = named.listeners ?? [{ name: 'tcp', protocol: 'TCP', port: 80 }];
  return build({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: metadata(named),
    spec: {
      gatewayClassName: named.gatewayClassName ?? 'blixt',
      ...(named.addresses && { addresses: named.addresses.map((value) => ({ type: 'IPAddress', value })) }),
      listeners: listeners.map(({ name, protocol, port, from = 'Same' }) => ({
        name,
        protocol,
        port,
        allowedRoutes: {
          namespaces:
            typeof from === 'string' ? { from } : { from: 'Selector', selector: { matchLabels: from } },
        },
      })),
    },
  });
}

export interface BackendFixture {
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly weight?: number;
}

export interface ParentFixture {
  readonly name: string;
  readonly namespace?: string;
  readonly sectionName?: string;
}

export function route(
  kind: 'TCPRoute' | 'UDPRoute',
  named: Named & { readonly parents: readonly ParentFixture[]; readonly backends: readonly BackendFixture[] },
): ModelObject {
  return build({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: metadata(named),
    spec: {
      parentRefs: named.parents,
      rules: [{ backendRefs: named.backends.map((backend) => ({ port: 80, ...backend })) }],
    },
  });
}

export function service(named: Named): ModelObject {
  return build({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(named),
    spec: {
      ports: [
        { name: 'tcp', protocol: 'TCP', port: 80, targetPort: 8080 },
        { name: 'udp', protocol: 'UDP', port: 80, targetPort: 8053 },
      ],
    },
  });
}

export function slice(
  named: Named & { readonly service: string; readonly addresses: readonly string[] },
): ModelObject {
  return build({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadata({ ...named, labels: { 'kubernetes.io/service-name': named.service } }),
    addressType: 'IPv4',
    ports: [
      { name: 'tcp', protocol: 'TCP', port: 8080 },
      { name: 'udp', protocol: 'UDP', port: 8053 },
    ],
    endpoints: named.addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  });
}

export function referenceGrant(named: Named & { readonly from: string }): ModelObject {
  return build({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ReferenceGrant',
    metadata: metadata(named),
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'TCPRoute', namespace: named.from }],
      to: [{ group: '', kind: 'Service' }],
    },
  });
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): ModelObject {
  return build({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}
