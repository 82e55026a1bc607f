/** Builders of Kubernetes' own objects. */
import { SERVICE_NAME_LABEL } from '../../resolution/references.ts';
import type {
  Endpoint,
  EndpointSlice,
  Namespace,
  Secret,
  Service,
  ServicePort,
  ServiceSpec,
} from '../objects.ts';
import { type Meta, namespacedMeta } from './metadata.ts';

/** A Service; ports given as numbers are TCP ports without a name. */
export function service(
  name: string,
  ports: readonly (number | ServicePort)[],
  given: Meta = {},
  spec: Partial<ServiceSpec> = {},
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: namespacedMeta(name, given),
    spec: {
      ports: ports.map((port) => (typeof port === 'number' ? { port, protocol: 'TCP' } : port)),
      ...spec,
    },
  };
}

/** What an EndpointSlice is built of. */
export interface EndpointSliceFields {
  /** Name of the Service. */
  readonly service: string;
  /** A text is the address of a ready endpoint. */
  readonly endpoints: readonly (string | Endpoint)[];
  /** Ports of every endpoint. */
  readonly ports: NonNullable<EndpointSlice['ports']>;
  /** Default IPv4. */
  readonly addressType?: EndpointSlice['addressType'];
}

/** An EndpointSlice of a Service, called after it and its address type: `web-ipv4`. */
export function endpointSlice(fields: EndpointSliceFields, given: Meta = {}): EndpointSlice {
  const { addressType = 'IPv4', endpoints, ports } = fields;
  const labels = { [SERVICE_NAME_LABEL]: fields.service, ...given.labels };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: namespacedMeta(`${fields.service}-${addressType.toLowerCase()}`, { ...given, labels }),
    addressType,
    endpoints: endpoints.map((endpoint) =>
      typeof endpoint === 'string' ? { addresses: [endpoint] } : endpoint,
    ),
    ports,
  };
}

/** A Namespace. */
export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** A certificate and its private key, in PEM (RFC 7468). */
export interface KeyPair {
  /** The certificate, and those of the authorities between it and the root, if there are any. */
  readonly certificate: string;
  /** The private key. */
  readonly key: string;
}

/** UTF-8 in base64. */
const base64 = (text: string): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));

/** A Secret of type `kubernetes.io/tls`: what a certificateRef names. */
export function tlsSecret(name: string, { certificate, key }: KeyPair, given: Meta = {}): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: namespacedMeta(name, given),
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) },
  };
}
