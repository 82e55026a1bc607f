/** The schemas of every kind that is validated: generated for Gateway API, written by hand for the core kinds. */
import { gatewayApiSchemas } from '../generated/schemas.ts';
import { coreSchemas } from './core-schemas.ts';
import type { KindSchema } from './schema.ts';

/** By kind. */
export const kindSchemas: ReadonlyMap<string, KindSchema> = new Map(
  [...gatewayApiSchemas, ...coreSchemas].map((schema) => [schema.kind, schema]),
);
