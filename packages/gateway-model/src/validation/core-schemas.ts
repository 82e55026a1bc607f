/**
 * Schemas of the core kinds, as far as the model reads them (Kubernetes API reference, core/v1 and
 * discovery.k8s.io/v1). Other fields are not looked at.
 */
import type { KindSchema, Schema } from './schemas.ts';

const portNumber: Schema = { type: 'integer', minimum: 1, maximum: 65535 };
const transport: Schema = { type: 'string', enum: ['TCP', 'UDP', 'SCTP'] };
const stringMap: Schema = { type: 'object', additionalProperties: { type: 'string' } };
const flag: Schema = { type: 'boolean', nullable: true };

const service: KindSchema = {
  kind: 'Service',
  apiVersions: ['v1'],
  namespaced: true,
  required: ['spec'],
  closed: false,
  fields: {
    spec: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] },
        clusterIP: { type: 'string' },
        selector: stringMap,
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
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
};

const endpointSlice: KindSchema = {
  kind: 'EndpointSlice',
  apiVersions: ['discovery.k8s.io/v1'],
  namespaced: true,
  required: ['addressType'],
  closed: false,
  fields: {
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
};

const namespace: KindSchema = {
  kind: 'Namespace',
  apiVersions: ['v1'],
  namespaced: false,
  required: [],
  closed: false,
  fields: {},
};

const secret: KindSchema = {
  kind: 'Secret',
  apiVersions: ['v1'],
  namespaced: true,
  required: [],
  closed: false,
  fields: { type: { type: 'string' }, data: stringMap, stringData: stringMap },
};

export const coreSchemas: readonly KindSchema[] = [service, endpointSlice, namespace, secret];
