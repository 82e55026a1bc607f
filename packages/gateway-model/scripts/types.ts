/** Writes src/generated/types.ts: TypeScript types of the kinds, with the CRDs' field docs as TSDoc. */
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { apiVersions, type Crd, type CrdSchema } from './crds.ts';
import { typeNames } from './type-names.ts';

/** Shared by all kinds, written by hand in src/objects/objects.ts. */
const handWritten = new Set(['Condition', 'LabelSelector', 'LabelSelectorRequirement']);

/** Keywords that TypeScript types are made of. */
const typeKeywords = new Set(['type', 'description', 'enum', 'required']);

/**
 * Copies a CRD schema as JSON schema for types: named nodes move to `definitions` (the first kind that names
 * a type defines it) and are referred to.
 */
function toTypeSchema(
  schema: CrdSchema,
  path: string,
  names: Record<string, string>,
  definitions: Record<string, JSONSchema>,
): JSONSchema {
  const name = names[path];
  if (name && handWritten.has(name)) return { tsType: name };
  if (name && definitions[name]) return { $ref: `#/definitions/${name}` };
  const result: JSONSchema = {};
  for (const [keyword, value] of Object.entries(schema))
    if (typeKeywords.has(keyword)) result[keyword] = value;
  if (name) definitions[name] = result;
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([field, child]) => [
        field,
        toTypeSchema(child, path ? `${path}.${field}` : field, names, definitions),
      ]),
    );
    result.additionalProperties = false;
  } else if (typeof schema.additionalProperties === 'object') {
    result.additionalProperties = toTypeSchema(schema.additionalProperties, `${path}{}`, names, definitions);
  }
  if (schema.items) result.items = toTypeSchema(schema.items, `${path}[]`, names, definitions);
  if (!name) return result;
  result.title = name;
  return { $ref: `#/definitions/${name}` };
}

/** Marks fields, and arrays of named types, as readonly: the model never changes an object that it is given. */
const readonlyFields = (source: string): string =>
  source
    .replace(/^(\s+)((?:[\w$-]+|'[^']+'|\[k: string\])\??:(?: |$))/gm, '$1readonly $2')
    .replace(/^(\s+readonly [^:]+: )([\w$]+\[\];)$/gm, '$1readonly $2');

/** The text of src/generated/types.ts. */
export async function generateTypes(crds: readonly Crd[], banner: string): Promise<string> {
  const definitions: Record<string, JSONSchema> = {};
  for (const crd of crds) {
    const names = typeNames[crd.kind];
    if (!names) throw new Error(`expected type names for ${crd.kind} in scripts/type-names.ts, got none`);
    const schema = toTypeSchema(crd.schema, '', names, definitions);
    definitions[crd.kind] = {
      ...schema,
      title: crd.kind,
      properties: {
        ...schema.properties,
        apiVersion: { enum: apiVersions(crd) },
        kind: { const: crd.kind },
        metadata: { tsType: crd.scope === 'Namespaced' ? 'NamespacedObjectMeta' : 'ObjectMeta' },
      },
      required: ['apiVersion', 'kind', 'metadata', 'spec'],
    };
  }
  const source = await compile(
    {
      title: 'GatewayApiObject',
      oneOf: crds.map(({ kind }) => ({ $ref: `#/definitions/${kind}` })),
      definitions,
    },
    'GatewayApiObject',
    {
      bannerComment: '',
      additionalProperties: false,
      ignoreMinAndMaxItems: true,
      style: { singleQuote: true, printWidth: 110 },
    },
  );
  const imports = ['Condition', 'LabelSelector', 'NamespacedObjectMeta', 'ObjectMeta'];
  return `${banner}import type { ${imports.join(', ')} } from '../objects/objects.ts';\n\n${readonlyFields(source)}`;
}
