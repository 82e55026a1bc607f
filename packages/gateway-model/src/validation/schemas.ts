/**
 * The schemas of every kind that is validated: generated for Gateway API and Blixt's own, written by hand for the
 * core kinds.
 */
import { blixtSchemas } from '../generated/blixt-schemas.ts';
import { gatewayApiSchemas } from '../generated/schemas.ts';
import { coreSchemas } from './core-schemas.ts';
import type { KindSchema } from './schema.ts';

/** By kind. */
export const kindSchemas: ReadonlyMap<string, KindSchema> = new Map(
  [...gatewayApiSchemas, ...blixtSchemas, ...coreSchemas].map((schema) => [schema.kind, schema]),
);
