/** The schemas of every kind that is validated: generated for Gateway API, written by hand for the core kinds. */

import { gatewayApiSchemas } from '../generated/schemas.ts';
import { coreSchemas } from './core-schemas.ts';

/** A node of a JSON schema, with Kubernetes' extensions for lists. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly [keyword: string]: unknown;
}

/** What is known of a kind. */
export interface KindSchema {
  readonly kind: string;
  /** Served versions, the preferred one first. */
  readonly apiVersions: readonly string[];
  readonly namespaced: boolean;
  /** Of every field but apiVersion, kind and metadata. */
  readonly fields: Readonly<Record<string, Schema>>;
  /** Names of fields that must be there. */
  readonly required: readonly string[];
  /** Whether fields that `fields` does not list are errors: not where only a part of the kind is known. */
  readonly closed: boolean;
}

/** By kind. */
export const kindSchemas: ReadonlyMap<string, KindSchema> = new Map(
  [...gatewayApiSchemas, ...coreSchemas].map((schema) => [schema.kind, schema]),
);

const stringMap: Schema = { type: 'object', additionalProperties: { type: 'string' } };
const dnsSubdomain = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

/** ObjectMeta: the fields that are read, and those that may be there. */
function metadataSchema(namespaced: boolean): Schema {
  const text: Schema = { type: 'string' };
  const opaque: Schema = { type: 'array' };
  return {
    type: 'object',
    required: namespaced ? ['name', 'namespace'] : ['name'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 253, pattern: dnsSubdomain },
      ...(namespaced && {
        namespace: {
          type: 'string',
          minLength: 1,
          maxLength: 63,
          pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
        },
      }),
      generateName: text,
      selfLink: text,
      uid: text,
      resourceVersion: text,
      generation: { type: 'integer', minimum: 0 },
      creationTimestamp: { type: 'string', format: 'date-time', nullable: true },
      deletionTimestamp: { type: 'string', format: 'date-time' },
      deletionGracePeriodSeconds: { type: 'integer' },
      labels: stringMap,
      annotations: stringMap,
      finalizers: { type: 'array', items: text },
      ownerReferences: opaque,
      managedFields: opaque,
    },
  };
}

/** The schema of a whole object of a kind. */
export function objectSchema({
  apiVersions,
  kind,
  namespaced,
  fields,
  required,
  closed,
}: KindSchema): Schema {
  return {
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', ...required],
    ...(closed && { additionalProperties: false }),
    properties: {
      apiVersion: { type: 'string', enum: apiVersions },
      kind: { type: 'string', enum: [kind] },
      metadata: metadataSchema(namespaced),
      ...fields,
    },
  };
}
