/** Writes src/generated/schemas.ts: what validation and defaulting read of the CRDs' schemas. */
import { apiVersions, type Crd, type CrdSchema, type GatewayApiRelease } from './crds.ts';

/** Keywords that validation and defaulting read. */
const validationKeywords = new Set([
  'type',
  'format',
  'enum',
  'required',
  'default',
  'pattern',
  'nullable',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
]);

function toValidationSchema(schema: CrdSchema): CrdSchema {
  const result: CrdSchema = {};
  for (const [keyword, value] of Object.entries(schema))
    if (validationKeywords.has(keyword)) result[keyword] = value;
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([field, child]) => [field, toValidationSchema(child)]),
    );
    result.additionalProperties = false;
  } else if (typeof schema.additionalProperties === 'object') {
    result.additionalProperties = toValidationSchema(schema.additionalProperties);
  }
  if (schema.items) result.items = toValidationSchema(schema.items);
  return result;
}

/** The text of src/generated/schemas.ts. */
export function generateSchemas(crds: readonly Crd[], release: GatewayApiRelease, banner: string): string {
  const kinds = crds.map((crd) => {
    const { spec, status } = crd.schema.properties ?? {};
    return {
      kind: crd.kind,
      apiVersions: apiVersions(crd),
      namespaced: crd.scope === 'Namespaced',
      required: ['spec'],
      closed: true,
      fields: {
        spec: toValidationSchema(spec ?? {}),
        ...(status && { status: toValidationSchema(status) }),
      },
    };
  });
  return [
    banner,
    "import type { KindSchema } from '../validation/schemas.ts';\n",
    `export const gatewayApiVersion = '${release.version}';\n`,
    `export const gatewayApiSchemas: readonly KindSchema[] = ${JSON.stringify(kinds, null, 1)};\n`,
  ].join('\n');
}
