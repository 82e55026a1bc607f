/**
 * Schemas of the core kinds, as far as the model reads them (Kubernetes API reference, core/v1 and
 * discovery.k8s.io/v1). Other fields are not looked at.
 */
import type { KindSchema, Schema } from './schema.ts';

const portNumber: Schema = { type: 'integer', minimum: 1, maximum: 65535 };
const transport: Schema = { type: 'string', enum: ['TCP', 'UDP', 'SCTP'] };
const stringMap: Schema = { type: 'object', additionalProperties: { type: 'string' } };
const flag: Schema = { type: 'boolean', nullable: true };

/** Adds `open` to every object with fields: these schemas name only those that the model reads. */
function opened(schema: Schema): Schema {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(properties && { properties: openedFields(properties), open: true }),
    ...(items && { items: opened(items) }),
  };
}

const openedFields = (fields: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, opened(field)]));

interface KindOptions {
  /** Default subdomain. */
  readonly names?: KindSchema['names'];
  /** Default true. */
  readonly namespaced?: boolean;
  readonly required?: readonly string[];
}

function coreKind(
  kind: string,
  apiVersion: string,
  { names = 'subdomain', namespaced = true, required = [] }: KindOptions,
  properties: Readonly<Record<string, Schema>>,
): KindSchema {
  const schema = opened({ type: 'object', properties, required });
  return {
    kind,
    apiVersions: [apiVersion],
    namespaced,
    statusSubresource: false,
    names,
    schemas: { [apiVersion]: schema },
  };
}

const service = coreKind(
  'Service',
  'v1',
  { names: 'label', required: ['spec'] },
  {
    spec: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] },
        clusterIP: { type: 'string' },
        selector: stringMap,
        ports: {
          type: 'array',
          listType: 'map',
          listMapKeys: ['port', 'protocol'],
          items: {
            type: 'object',
            required: ['port'],
            properties: {
              name: { type: 'string' },
              protocol: { ...transport, default: 'TCP' },
              port: portNumber,
              targetPort: { anyOf: [portNumber, { type: 'string', minLength: 1, maxLength: 63 }] },
            },
          },
        },
      },
    },
  },
);

const endpointSlice = coreKind(
  'EndpointSlice',
  'discovery.k8s.io/v1',
  { required: ['addressType'] },
  {
    addressType: { type: 'string', enum: ['IPv4', 'IPv6', 'FQDN'] },
    endpoints: {
      type: 'array',
      nullable: true,
      maxItems: 1000,
      items: {
        type: 'object',
        required: ['addresses'],
        properties: {
          addresses: { type: 'array', minItems: 1, maxItems: 100, items: { type: 'string', minLength: 1 } },
          conditions: { type: 'object', properties: { ready: flag, serving: flag, terminating: flag } },
          nodeName: { type: 'string' },
          zone: { type: 'string' },
        },
      },
    },
    ports: {
      type: 'array',
      nullable: true,
      maxItems: 100,
      items: {
        type: 'object',
        properties: {
          name: { type: 'string', nullable: true },
          protocol: { ...transport, default: 'TCP' },
          port: { ...portNumber, nullable: true },
        },
      },
    },
  },
);

const namespace = coreKind('Namespace', 'v1', { names: 'label', namespaced: false }, {});

const secret = coreKind(
  'Secret',
  'v1',
  {},
  { type: { type: 'string' }, data: stringMap, stringData: stringMap },
);

export const coreSchemas: readonly KindSchema[] = [service, endpointSlice, namespace, secret];
